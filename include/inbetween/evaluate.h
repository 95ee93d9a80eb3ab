// The error against rendered frames, and how well risk predicted it.
#pragma once

#include "inbetween/image.h"
#include "inbetween/manifest.h"
#include "inbetween/view.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace inbetween {

struct PictureError {
    double mseLinear = 0;  // mean over R, G, B of squared difference, linear
    double mseDisplay = 0; // the same after displayCurve
    double psnrDisplay = 0; // 10 log10(1 / mseDisplay), dB; limited to 100
    double ssimDisplay = 0; // Wang et al. 2004 on display luma, 11x11 Gaussian window, sigma 1.5
    double worstBlocksPsnr = 0; // display PSNR of the worst 5% of 64-pixel blocks
};
PictureError comparePictures(const ColourPlanes& linear, const ColourPlanes& reference);

struct FrameEvaluation {
    int frame = 0;
    double score = 0; // the manifest's: the predicted root mean square error in the display view
    PictureError inbetween, meanOfKeyframes, disWarp;
};
struct RiskCorrelation {
    std::string feature; // "score", "angleStdRad", ...
    double spearman = 0; // rank correlation with rmse of the frame in the display view; NaN where there is none
};
struct Evaluation {
    std::vector<FrameEvaluation> frames;
    FrameEvaluation mean; // errors are means of squared errors; PSNR is the mean of the frames' PSNR
    std::vector<RiskCorrelation> correlations;
    std::vector<std::string> problems; // frames without a reference, of another size, ...; one line each
};

struct EvaluateOptions {
    bool differencePictures = true; // OUT/evaluate/<frame>.exr, |difference| in linear
    int threads = 0;
};
// `out` is a folder written by `run`; `reference` a folder or pattern. Writes OUT/evaluate.json.
// Throws Error(input) when nothing can be compared.
Evaluation evaluate(const std::filesystem::path& out, const std::string& reference, const EvaluateOptions& options = {});

// What a user has without us, on the canvas of the two. The mean is weighted by time. The warp samples keyframe 0 at
// p - t * forward(p) and keyframe 1 at p - (1 - t) * backward(p), flow by OpenCV's DIS between the views, and weights
// the two by time.
ColourPlanes meanOfKeyframes(const ColourPlanes& linear0, const ColourPlanes& linear1, double time);
ColourPlanes disWarp(const ColourPlanes& linear0, const ColourPlanes& linear1, double time);

// Pairs with a NaN are left out; NaN where fewer than two are left or one list is constant. Ties share their mean rank.
double spearman(const std::vector<double>& a, const std::vector<double>& b);

} // namespace inbetween
