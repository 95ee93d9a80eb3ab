// Bilinear samples of planes, coordinates clamped to them.
#pragma once

#include "inbetween/image.h"

#include <algorithm>

namespace inbetween {

// A place between four pixels, for any plane of one size.
class BilinearTap {
public:
    BilinearTap(int width, int height, float x, float y) {
        x = onAxis(x, width);
        y = onAxis(y, height);
        const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
        fx_ = x - static_cast<float>(x0);
        fy_ = y - static_cast<float>(y0);
        corner_ = std::size_t(y0) * width + x0;
        right_ = x0 + 1 < width ? 1 : 0;
        below_ = y0 + 1 < height ? width : 0;
    }

    template <class T> float operator()(const BasicPlane<T>& plane) const {
        const T* above = plane.values.data() + corner_;
        const T* below = above + below_;
        const float top = above[0] + fx_ * (above[right_] - above[0]);
        const float bottom = below[0] + fx_ * (below[right_] - below[0]);
        return top + fy_ * (bottom - top);
    }

private:
    // The comparisons send NaN to 0; a cast of it would be undefined.
    static float onAxis(float position, int size) {
        return position > 0.0f ? std::min(position, static_cast<float>(size - 1)) : 0.0f;
    }

    std::size_t corner_, right_, below_;
    float fx_, fy_;
};

inline float bilinear(const Plane& plane, float x, float y) {
    return BilinearTap(plane.width, plane.height, x, y)(plane);
}

} // namespace inbetween
