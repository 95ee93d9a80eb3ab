#include "motion/splat.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace inbetween {
namespace {

constexpr float sameSurface = 1.05f; // distances up to this ratio are one surface
constexpr float leastClaim = 0.2f;   // a smaller share of a pixel does not hide what lies behind

// Calls visit(target index, weight) for the up to four pixels that (x, y) covers.
template <class Visit> void footprint(float x, float y, int width, int height, const Visit& visit) {
    // The bounds also keep the conversion to int defined for wild vectors, and reject NaN.
    if (!(x > -1.0f && y > -1.0f && x < float(width) && y < float(height)))
        return;
    const int x0 = int(std::floor(x)), y0 = int(std::floor(y));
    const float fx = x - float(x0), fy = y - float(y0);
    for (int dy = 0; dy < 2; ++dy)
        for (int dx = 0; dx < 2; ++dx) {
            const int tx = x0 + dx, ty = y0 + dy;
            const float weight = (dx ? fx : 1.0f - fx) * (dy ? fy : 1.0f - fy);
            if (tx >= 0 && ty >= 0 && tx < width && ty < height && weight > 0.0f)
                visit(std::size_t(ty) * width + tx, weight);
        }
}

} // namespace

Splat splat(const SplatInput& input) {
    const Plane& dx = *input.displacementX;
    const Plane& dy = *input.displacementY;
    const int w = dx.width, h = dx.height;

    constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    LargeVector<std::uint32_t> nearest(dx.values.size(), none); // which pixel is in front
    const auto distanceOf = [&](std::uint32_t pixel) {
        return pixel == none ? std::numeric_limits<float>::max() : input.distance->values[pixel];
    };
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const float distance = input.distance->at(x, y);
            footprint(float(x) + dx.at(x, y), float(y) + dy.at(x, y), w, h,
                      [&](std::size_t target, float weight) {
                          if (weight >= leastClaim && distance < distanceOf(nearest[target]))
                              nearest[target] = std::uint32_t(y) * std::uint32_t(w) + std::uint32_t(x);
                      });
        }

    Splat out{Plane(w, h), Plane(w, h), Plane(w, h), Plane(w, h)};
    Plane coverage(w, h);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const float distance = input.distance->at(x, y);
            const float trust = input.trust ? input.trust->at(x, y) : 1.0f;
            footprint(float(x) + dx.at(x, y), float(y) + dy.at(x, y), w, h,
                      [&](std::size_t target, float weight) {
                          const std::uint32_t front = nearest[target];
                          if (distance > distanceOf(front) * sameSurface)
                              return;
                          if (front != none && std::hypot(dx.at(x, y) - dx.values[front],
                                                          dy.at(x, y) - dy.values[front]) > input.mostApart)
                              return;
                          coverage.values[target] += weight;
                          out.flowX.values[target] -= weight * dx.at(x, y);
                          out.flowY.values[target] -= weight * dy.at(x, y);
                          out.distance.values[target] += weight * distance;
                          out.confidence.values[target] += weight * trust;
                      });
        }
    for (std::size_t i = 0; i < coverage.values.size(); ++i) {
        const float sum = coverage.values[i];
        if (sum <= 0.0f)
            continue;
        const float norm = 1.0f / sum;
        out.flowX.values[i] *= norm;
        out.flowY.values[i] *= norm;
        out.distance.values[i] *= norm;
        out.confidence.values[i] *= norm * std::min(1.0f, sum);
    }
    return out;
}

void fillHoles(Plane& valuesX, Plane& valuesY, const Plane& weight) {
    const int w = weight.width, h = weight.height;
    if (std::all_of(weight.values.begin(), weight.values.end(), [](float v) { return v > 0.0f; }))
        return;

    // Pull: halve while anything is missing, averaging what is there.
    const int cw = (w + 1) / 2, ch = (h + 1) / 2;
    Plane coarseX(cw, ch), coarseY(cw, ch), coarseWeight(cw, ch);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const float k = weight.at(x, y);
            if (k <= 0.0f)
                continue;
            coarseX.at(x / 2, y / 2) += k * valuesX.at(x, y);
            coarseY.at(x / 2, y / 2) += k * valuesY.at(x, y);
            coarseWeight.at(x / 2, y / 2) += k;
        }
    for (std::size_t i = 0; i < coarseWeight.values.size(); ++i)
        if (coarseWeight.values[i] > 0.0f) {
            coarseX.values[i] /= coarseWeight.values[i];
            coarseY.values[i] /= coarseWeight.values[i];
            coarseWeight.values[i] = std::min(1.0f, coarseWeight.values[i]);
        }
    if (cw > 1 || ch > 1)
        fillHoles(coarseX, coarseY, coarseWeight);

    // Push: bilinear from the coarser level into the holes.
    const auto sample = [&](const Plane& plane, int x, int y) {
        const float sx = std::clamp((float(x) - 0.5f) / 2.0f, 0.0f, float(cw - 1));
        const float sy = std::clamp((float(y) - 0.5f) / 2.0f, 0.0f, float(ch - 1));
        const int x0 = int(sx), y0 = int(sy), x1 = std::min(x0 + 1, cw - 1), y1 = std::min(y0 + 1, ch - 1);
        const float fx = sx - float(x0), fy = sy - float(y0);
        return (plane.at(x0, y0) * (1 - fx) + plane.at(x1, y0) * fx) * (1 - fy) +
               (plane.at(x0, y1) * (1 - fx) + plane.at(x1, y1) * fx) * fy;
    };
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x)
            if (weight.at(x, y) <= 0.0f) {
                valuesX.at(x, y) = sample(coarseX, x, y);
                valuesY.at(x, y) = sample(coarseY, x, y);
            }
}

} // namespace inbetween
