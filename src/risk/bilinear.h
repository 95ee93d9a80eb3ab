// One bilinear sample of a plane, coordinates clamped to it.
#pragma once

#include "inbetween/image.h"

#include <algorithm>

namespace inbetween {

inline float bilinear(const Plane& plane, float x, float y) {
    // The comparisons send NaN to 0; a cast of it would be undefined.
    const auto onAxis = [](float position, int size) {
        return position > 0.0f ? std::min(position, static_cast<float>(size - 1)) : 0.0f;
    };
    x = onAxis(x, plane.width);
    y = onAxis(y, plane.height);
    const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
    const int x1 = std::min(x0 + 1, plane.width - 1), y1 = std::min(y0 + 1, plane.height - 1);
    const float fx = x - static_cast<float>(x0), fy = y - static_cast<float>(y0);
    const float* above = plane.row(y0);
    const float* below = plane.row(y1);
    const float top = above[x0] + fx * (above[x1] - above[x0]);
    const float bottom = below[x0] + fx * (below[x1] - below[x0]);
    return top + fy * (bottom - top);
}

} // namespace inbetween
