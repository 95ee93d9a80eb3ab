// Words on pictures.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

namespace inbetween {

enum class Corner { lowerLeft, lowerRight };

// White on a dark box, small; changes no pixel outside the box, which it returns. Empty text: nothing.
cv::Rect drawLabel(cv::Mat& bgr, const std::string& text, Corner corner);

// A grey picture with the text in the middle, wrapped.
cv::Mat slate(cv::Size size, const std::string& text);

} // namespace inbetween
