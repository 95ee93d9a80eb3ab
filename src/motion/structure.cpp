#include "motion/structure.h"

#include <opencv2/imgproc.hpp>
#include <vector>

namespace inbetween {
namespace {

constexpr float leastSpread = 0.01f; // of the view: what is less is taken for nothing

int divisorFor(std::size_t pixels) {
    return pixels >= 8'000'000 ? 4 : pixels >= 2'000'000 ? 2 : 1;
}

Plane weightedSum(const ViewPlanes& view, const ColourWeights& weights, int divisor) {
    const int w = (view.r.width + divisor - 1) / divisor, h = (view.r.height + divisor - 1) / divisor;
    Plane out(w, h);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            float sum = 0;
            int count = 0;
            for (int vy = y * divisor; vy < std::min(view.r.height, (y + 1) * divisor); ++vy)
                for (int vx = x * divisor; vx < std::min(view.r.width, (x + 1) * divisor); ++vx, ++count)
                    sum += weights[0] * view.r.at(vx, vy) + weights[1] * view.g.at(vx, vy) +
                           weights[2] * view.b.at(vx, vy);
            out.at(x, y) = sum / float(count);
        }
    });
    return out;
}

// The least that neighbouring samples differ by anywhere of note: the tenth percentile.
float noiseOf(const Plane& picture) {
    const Plane mean = windowMean(picture, 1);
    Plane off(picture.width, picture.height);
    for (std::size_t i = 0; i < off.values.size(); ++i)
        off.values[i] = std::abs(picture.values[i] - mean.values[i]);
    off = windowMean(off, 2);
    const auto tenth = off.values.begin() + std::ptrdiff_t(off.values.size() / 10);
    std::nth_element(off.values.begin(), tenth, off.values.end());
    return *tenth;
}

Structure structureOf(const Plane& picture, int divisor, float floor) {
    constexpr int radius = 3;
    Plane squares(picture.width, picture.height);
    for (std::size_t i = 0; i < squares.values.size(); ++i)
        squares.values[i] = picture.values[i] * picture.values[i];
    const Plane mean = windowMean(picture, radius), meanSquare = windowMean(squares, radius);
    Structure out{Plane(picture.width, picture.height), Plane(picture.width, picture.height), divisor};
    for (std::size_t i = 0; i < mean.values.size(); ++i) {
        const float m = mean.values[i];
        const float spread = std::sqrt(std::max(0.0f, meanSquare.values[i] - m * m));
        out.detail.values[i] = (picture.values[i] - m) / (spread + floor);
        out.strength.values[i] = spread / (spread + floor);
    }
    return out;
}

} // namespace

Plane windowMean(const Plane& plane, int radius) {
    Plane out(plane.width, plane.height);
    const cv::Mat from(plane.height, plane.width, CV_32F, const_cast<float*>(plane.values.data()));
    cv::Mat to(plane.height, plane.width, CV_32F, out.values.data());
    cv::blur(from, to, {2 * radius + 1, 2 * radius + 1}, {-1, -1}, cv::BORDER_REFLECT);
    return out;
}

std::array<Structure, 2> structuresOf(const View& view, const ColourWeights& weights) {
    const int divisor = divisorFor(view.key0.r.values.size());
    const Plane sum0 = weightedSum(view.key0, weights, divisor),
                sum1 = weightedSum(view.key1, weights, divisor);
    const float floor = leastSpread + 3.0f * std::min(noiseOf(sum0), noiseOf(sum1));
    return {structureOf(sum0, divisor, floor), structureOf(sum1, divisor, floor)};
}

} // namespace inbetween
