#pragma once

#include <opencv2/core/mat.hpp>

namespace inbetween {

// Where the line of a wipe is: from the middle to and fro over the picture, once in four seconds.
int wipeColumn(double seconds, int width);

// Left of the column stays, the rest becomes `right`, with a line between.
void wipe(cv::Mat& bgr, const cv::Mat& right, int column);

} // namespace inbetween
