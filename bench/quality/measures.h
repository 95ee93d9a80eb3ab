// How far a picture is from the rendered one, and the best that could have been picked.
#pragma once

#include "inbetween/motion.h"
#include "inbetween/view.h"

#include <vector>

namespace quality {

struct Measures {
    double psnr = 0;   // display view, dB; limited to 100
    double ssim = 0;   // display view
    double smape = 0;  // of linear values, [0, 1]
    double flip = 0;   // [0, 1]
    double detail = 1; // fine detail, over that of the truth
    double pulse = 0;  // fine detail over that of the keyframes beside it, less 1
};

// `keyframeDetail`: the mean of inbetween::detailOf of the two keyframes.
Measures compare(const inbetween::ColourPlanes& linear, const inbetween::ColourPlanes& truth,
                 double keyframeDetail);

// High dynamic range: the symmetric mean absolute percentage error mean over R, G, B of |a - b| / (|a| + |b|
// + 0.01). Every stop of exposure counts alike, and a highlight of 500 no more than any other pixel. Vogels
// et al., Denoising with Kernel Prediction and Asymmetric Loss Functions, ACM Trans. Graph. 37(4), 2018.
double smape(const inbetween::ColourPlanes& linear, const inbetween::ColourPlanes& truth);

// The oracle: for each pixel, the one sample of the keyframes that is nearest to the truth in the display
// view, of those near the motion: places within one pixel, in steps of half a pixel, of where each of
// `priors` says that the pixel's surface lies in keyframe 0 and in keyframe 1 (bilinear, as taken by weights
// over the four neighbours). No network that picks samples there can do better with one sample; a mean of
// several can, where it averages noise.
inbetween::ColourPlanes oracle(const inbetween::ColourPlanes& truth, const inbetween::ColourPlanes& key0,
                               const inbetween::ColourPlanes& key1,
                               const std::vector<inbetween::MotionPrior>& priors);

} // namespace quality
