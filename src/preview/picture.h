#pragma once

#include "inbetween/image.h"

#include <opencv2/core/mat.hpp>

namespace inbetween {

// The beauty within the display window in the display view, 8-bit BGR, in its true shape (pixels that are not
// square become so), at most `width` wide (0: as it is). `gain` multiplies linear samples. Throws
// Error(input).
cv::Mat readPreviewPicture(const std::filesystem::path& file, float gain, int width);

// What readPreviewPicture would give, from the header alone.
cv::Size previewPictureSize(const std::filesystem::path& file, int width);

// H.264 wants even sizes: the last row and column are repeated where needed.
cv::Size evenSize(cv::Size size);
cv::Mat padToEven(const cv::Mat& bgr);

} // namespace inbetween
