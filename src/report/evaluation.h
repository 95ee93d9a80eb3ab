// OUT/evaluate.json, as far as the report shows it.
#pragma once

#include "inbetween/manifest.h"

#include <filesystem>
#include <map>
#include <string>

namespace inbetween {

struct ShownError {
    double psnr = 0, ssim = 0, worstBlocksPsnr = 0; // NaN where there is none
    double meanOfKeyframesPsnr = 0, disWarpPsnr = 0;
};
struct ShownEvaluation {
    std::string reference;
    std::map<int, ShownError> frames; // only those whose score is still the manifest's
};
// Throws Error(input).
ShownEvaluation readEvaluation(const std::filesystem::path& file, const Manifest& manifest);

} // namespace inbetween
