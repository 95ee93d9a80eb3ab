#pragma once

#include "image/bilinear.h"
#include "base/parallel.h"

#include <algorithm>
#include <cmath>

namespace inbetween {

template <class Displacement>
Plane mismatchAlong(const Structure& from, const Structure& to, const Displacement& displacement) {
    constexpr float most = 2.0f, leastInside = 0.3f;
    constexpr int radius = 2;
    const int w = from.detail.width, h = from.detail.height;
    const float samplesPerPixel = 1.0f / float(from.divisor);
    Plane sum(w, h), inside(w, h);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const auto [dx, dy] = displacement(x * from.divisor, y * from.divisor);
            const float tx = float(x) + dx * samplesPerPixel, ty = float(y) + dy * samplesPerPixel;
            if (!(tx >= 0.0f && ty >= 0.0f && tx <= float(w - 1) && ty <= float(h - 1)))
                continue;
            inside.at(x, y) = 1.0f;
            sum.at(x, y) = std::min(most, std::abs(from.detail.at(x, y) - BilinearTap(w, h, tx, ty)(to.detail)));
        }
    });
    Plane mean = windowMean(sum, radius);
    const Plane share = windowMean(inside, radius);
    for (std::size_t i = 0; i < mean.values.size(); ++i)
        mean.values[i] = inside.values[i] > 0.0f && share.values[i] >= leastInside
                             ? mean.values[i] / share.values[i]
                             : -1.0f;
    return mean;
}

} // namespace inbetween
