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
    double mseLinear = 0;       // mean over R, G, B of squared difference, linear
    double mseDisplay = 0;      // the same after displayCurve
    double psnrDisplay = 0;     // 10 log10(1 / mseDisplay), dB; limited to 100
    double ssimDisplay = 0;     // Wang et al. 2004 on display luma, 11x11 Gaussian window, sigma 1.5
    double worstBlocksPsnr = 0; // display PSNR of the worst 5% of 64-pixel blocks
    double detailRatio = 1;     // detailOf the picture over that of the reference; under 1 it is softer
};
PictureError comparePictures(const ColourPlanes& linear, const ColourPlanes& reference);

// Root mean square over R, G, B of the picture less its Gaussian of 1 pixel, in the display view: how much
// fine detail, or noise, it has.
double detailOf(const ColourPlanes& linear);
// Of `detail` to `reference`; 1 where neither has any, limited to 100.
double detailRatio(double detail, double reference);

struct FrameEvaluation {
    int frame = 0;
    double score = 0; // the manifest's: the predicted root mean square error in the display view
    bool bad = false; // isBad(inbetween)
    PictureError inbetween, meanOfKeyframes, disWarp;
    // detailOf the in-between over the mean of its keyframes', less 1: -0.2 is a fifth softer than the frames
    // beside it, which pulses when played.
    double pulse = 0;
};

// A frame is bad where PSNR is under 30 dB, or that of its worst 5% of blocks under 22 dB, in the display
// view.
inline constexpr double leastGoodPsnr = 30, leastGoodBlocksPsnr = 22;
bool isBad(const PictureError& error);
// 0 for a perfect frame, 1 at the border to bad: the greater of its two errors over what is allowed.
double badness(const PictureError& error);

// How well one figure told beforehand what was measured: the verdict's (score and worst blocks together), the
// score, or a feature alone. NaN where there is nothing to tell: one frame, no bad ones, no good ones, all
// figures the same.
struct RiskQuality {
    std::string feature;         // "verdict", "score", "worstBlocks", "angleStdRad", ...
    double spearman = 0;         // rank correlation with the root mean square error of the frame
    double rocArea = 0;          // chance that of a bad and a good frame the bad one has the greater figure
    double averagePrecision = 0; // area under precision over recall
    std::vector<double> caught;  // share of the bad frames among the worst caughtShares of all
    double goodFlagged = 0;      // least share of good frames that are flagged when 98% of the bad ones are
};
inline constexpr double caughtShares[] = {0.05, 0.1, 0.2, 0.3, 0.5};
inline constexpr double wantedRecall = 0.98;

// Figures of frames (rows in their order) against the errors that were measured.
RiskQuality riskQuality(const std::string& feature, const std::vector<double>& figures,
                        const std::vector<double>& errors, const std::vector<bool>& bad);

// The same within the frames, from risk/<frame>.exr: pixels with an error of 0.0794 (22 dB) or more against
// the others.
struct PixelQuality {
    std::string map;    // "predictedError", "angleStdRad", ...
    double rocArea = 0; // all pixels of all frames together
};

struct RiskAssessment {
    std::size_t frames = 0, bad = 0;
    // By the verdict options of the manifests: shares of the bad and of the good frames that were flagged.
    double badFlagged = 0, goodFlagged = 0;
    double medianRatio = 0;           // of score and measured error
    std::vector<RiskQuality> figures; // the verdict's first
    std::vector<PixelQuality> pixels; // empty where no maps were written
};

struct Evaluation {
    std::vector<FrameEvaluation> frames;
    FrameEvaluation mean; // errors are means of squared errors; PSNR is the mean of the frames' PSNR
    RiskAssessment risk;
    std::vector<std::string> problems; // frames without a reference, of another size, ...; one line each
};

struct EvaluateOptions {
    bool differencePictures = true; // OUT/evaluate/<frame>.exr, |difference| in linear
    int threads = 0;
};
// `out` is a folder written by `run`; `reference` a folder or pattern. Writes OUT/evaluate.json and
// OUT/risk.svg, the curves of risk. Frames that came back from the renderer are not compared. Throws
// Error(input) when nothing can be.
Evaluation evaluate(const std::filesystem::path& out, const std::string& reference,
                    const EvaluateOptions& options = {});

// Risk over several shots, from the evaluate.json and manifest.json of each; writes `file` (JSON) and the
// curves beside it (.svg). Throws Error(input) that names the folder: not evaluated, or run again since.
struct ShotAssessment {
    std::filesystem::path folder;
    RiskAssessment risk;
};
struct JointAssessment {
    std::vector<ShotAssessment> shots;
    RiskAssessment all; // the frames of all shots together; pixels: the mean of the shots' areas
};
JointAssessment assessShots(const std::vector<std::filesystem::path>& folders,
                            const std::filesystem::path& file);

// What a user has without us, on the canvas of the two. The mean is weighted by time. The warp samples
// keyframe 0 at p - t * forward(p) and keyframe 1 at p - (1 - t) * backward(p), flow by OpenCV's DIS between
// the views, and weights the two by time.
ColourPlanes meanOfKeyframes(const ColourPlanes& linear0, const ColourPlanes& linear1, double time);
ColourPlanes disWarp(const ColourPlanes& linear0, const ColourPlanes& linear1, double time);

// Pairs with a NaN are left out; NaN where fewer than two are left or one list is constant. Ties share their
// mean rank.
double spearman(const std::vector<double>& a, const std::vector<double>& b);

} // namespace inbetween
