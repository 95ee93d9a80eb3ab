// Frames and maps as small 8-bit pictures.
#pragma once

#include "inbetween/image.h"

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace inbetween {

// A map that is this large or larger is drawn in the last colour of the scale.
inline constexpr float mapTop = 0.2f;

// What the page shows for a linear sample: the sRGB curve, with a shoulder above 0.8 instead of a clip, so
// that the exposure control finds what is brighter than white. report.js has the inverse.
float pictureCurve(float linear);

// What a shot's pictures share.
struct ShownFrame {
    Box displayWindow;
    float pixelAspect = 1.0f; // width of a pixel over its height
};
// The beauty within the display window, BGR, in its true shape, at most `width` wide. Throws Error(input).
cv::Mat readPicture(const std::filesystem::path& file, int width, ShownFrame* frame = nullptr);
// The mean of these channels, as [0, mapTop] to [0, 255]. Throws Error(input).
cv::Mat readMap(const std::filesystem::path& file, const std::vector<std::string>& channels, int width);

cv::Mat shrinkTo(const cv::Mat& picture, int width);
// WebP in base64; quality in [1, 100].
std::string encodePicture(const cv::Mat& picture, int quality);

} // namespace inbetween
