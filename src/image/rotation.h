// Pictures rotated by 180 degrees: the last sample comes first.
#pragma once

#include "inbetween/image.h"

#include <algorithm>

namespace inbetween {

template <class T> void rotate180(BasicPlane<T>& plane) {
    std::reverse(plane.values.begin(), plane.values.end());
}

// Of vectors, whose direction is then the opposite one.
inline void rotateVectors(Plane& x, Plane& y) {
    for (Plane* plane : {&x, &y}) {
        rotate180(*plane);
        for (float& v : plane->values)
            v = -v;
    }
}

} // namespace inbetween
