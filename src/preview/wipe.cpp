#include "preview/wipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inbetween {
namespace {

constexpr double secondsOfSwing = 4;
constexpr double shareOfSwing = 0.9; // of the width, so that both sides are always to be seen

} // namespace

int wipeColumn(double seconds, int width) {
    const double swing = std::sin(2 * std::numbers::pi * seconds / secondsOfSwing);
    return int(std::lround(width * (0.5 + 0.5 * shareOfSwing * swing)));
}

void wipe(cv::Mat& bgr, const cv::Mat& right, int column) {
    right.colRange(column, right.cols).copyTo(bgr.colRange(column, bgr.cols));
    const int lineWidth = std::max(1, bgr.cols / 640);
    bgr.colRange(column, std::min(bgr.cols, column + lineWidth)).setTo(cv::Scalar(0, 160, 255)); // orange
}

} // namespace inbetween
