#include "inbetween/evaluate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

namespace inbetween {
namespace {

constexpr double bestPsnr = 100;
constexpr int blockSide = 64;
constexpr double worstShare = 0.05;

double psnr(double mse) {
    return mse > 0 ? std::min(bestPsnr, -10 * std::log10(mse)) : bestPsnr;
}

// As displayCurve treats what is no number; infinity becomes the largest one, so that the mean stays a
// number.
double finiteLinear(float value) {
    constexpr float most = std::numeric_limits<float>::max();
    return std::isnan(value) ? 0.0 : std::clamp(value, -most, most);
}

ColourPlanes toDisplay(const ColourPlanes& linear) {
    ColourPlanes display = linear;
    for (Plane* plane : {&display.r, &display.g, &display.b})
        for (float& v : plane->values)
            v = displayCurve(v);
    return display;
}

cv::Mat wrap(const Plane& plane) {
    return cv::Mat(plane.height, plane.width, CV_32F, const_cast<float*>(plane.values.data()));
}

double detailOfDisplay(const ColourPlanes& display) {
    constexpr int window = 9;
    constexpr double sigma = 1;
    double squares = 0;
    for (const Plane* plane : {&display.r, &display.g, &display.b}) {
        cv::Mat blurred;
        cv::GaussianBlur(wrap(*plane), blurred, cv::Size(window, window), sigma);
        const double distance = cv::norm(wrap(*plane), blurred, cv::NORM_L2);
        squares += distance * distance;
    }
    return std::sqrt(squares / (3.0 * double(display.r.values.size())));
}

cv::Mat displayLuma(const ColourPlanes& display) {
    cv::Mat luma(display.r.height, display.r.width, CV_32F);
    for (int y = 0; y < luma.rows; ++y)
        for (int x = 0; x < luma.cols; ++x)
            luma.at<float>(y, x) = 0.2126f * display.r.at(x, y) + 0.7152f * display.g.at(x, y) +
                                   0.0722f * display.b.at(x, y);
    return luma;
}

// Mean structural similarity, as Wang et al. 2004 define it: over windows that lie wholly inside the picture.
double ssim(const cv::Mat& a, const cv::Mat& b) {
    constexpr int window = 11;
    constexpr double sigma = 1.5, c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    const auto blur = [](const cv::Mat& m) {
        cv::Mat blurred;
        cv::GaussianBlur(m, blurred, cv::Size(window, window), sigma);
        return blurred;
    };
    const cv::Mat meanA = blur(a), meanB = blur(b);
    const cv::Mat squareA = blur(a.mul(a)), squareB = blur(b.mul(b)), product = blur(a.mul(b));
    // Pictures smaller than the window are taken whole.
    const int left = a.cols >= window ? window / 2 : 0, top = a.rows >= window ? window / 2 : 0;
    double sum = 0;
    for (int y = top; y < a.rows - top; ++y)
        for (int x = left; x < a.cols - left; ++x) {
            const double ma = meanA.at<float>(y, x), mb = meanB.at<float>(y, x);
            const double varianceA = squareA.at<float>(y, x) - ma * ma,
                         varianceB = squareB.at<float>(y, x) - mb * mb;
            const double covariance = product.at<float>(y, x) - ma * mb;
            sum += (2 * ma * mb + c1) * (2 * covariance + c2) /
                   ((ma * ma + mb * mb + c1) * (varianceA + varianceB + c2));
        }
    return sum / (double(a.cols - 2 * left) * (a.rows - 2 * top));
}

struct BlockError {
    double squares = 0;
    std::size_t samples = 0;
    double mse() const { return squares / double(samples); }
};

double worstBlocksPsnr(std::vector<BlockError> blocks) {
    const auto worst = static_cast<std::size_t>(std::ceil(worstShare * double(blocks.size())));
    std::sort(blocks.begin(), blocks.end(),
              [](const BlockError& a, const BlockError& b) { return a.mse() > b.mse(); });
    BlockError total;
    for (std::size_t i = 0; i < worst; ++i) {
        total.squares += blocks[i].squares;
        total.samples += blocks[i].samples;
    }
    return psnr(total.mse());
}

} // namespace

double detailOf(const ColourPlanes& linear) {
    return detailOfDisplay(toDisplay(linear));
}

double detailRatio(double detail, double reference) {
    constexpr double most = 100;
    return detail == reference ? 1 : reference > 0 ? std::min(most, detail / reference) : most;
}

PictureError comparePictures(const ColourPlanes& linear, const ColourPlanes& reference) {
    const int w = linear.r.width, h = linear.r.height;
    if (w < 1 || h < 1 || reference.r.width != w || reference.r.height != h)
        throw std::invalid_argument("comparePictures: pictures of different sizes, or empty ones");
    const ColourPlanes display = toDisplay(linear), displayReference = toDisplay(reference);
    const auto planesOf = [](const ColourPlanes& planes) {
        return std::array{&planes.r, &planes.g, &planes.b};
    };

    double squaresLinear = 0, squaresDisplay = 0;
    const int columns = (w + blockSide - 1) / blockSide;
    std::vector<BlockError> blocks(std::size_t(columns) * ((h + blockSide - 1) / blockSide));
    for (int c = 0; c < 3; ++c) {
        const Plane &a = *planesOf(linear)[c], &b = *planesOf(reference)[c];
        const Plane &displayA = *planesOf(display)[c], &displayB = *planesOf(displayReference)[c];
        for (int y = 0; y < h; ++y)
            for (int x = 0; x < w; ++x) {
                const double d = finiteLinear(a.at(x, y)) - finiteLinear(b.at(x, y));
                const double dd = double(displayA.at(x, y)) - displayB.at(x, y);
                squaresLinear += d * d;
                squaresDisplay += dd * dd;
                BlockError& block = blocks[std::size_t(y / blockSide) * columns + x / blockSide];
                block.squares += dd * dd;
                ++block.samples;
            }
    }
    const double samples = 3.0 * w * h;
    PictureError error;
    error.mseLinear = squaresLinear / samples;
    error.mseDisplay = squaresDisplay / samples;
    error.psnrDisplay = psnr(error.mseDisplay);
    error.ssimDisplay = ssim(displayLuma(display), displayLuma(displayReference));
    error.worstBlocksPsnr = worstBlocksPsnr(std::move(blocks));
    error.detailRatio = detailRatio(detailOfDisplay(display), detailOfDisplay(displayReference));
    return error;
}

} // namespace inbetween
