// Pictures turned by 180 degrees: the last sample comes first.
#pragma once

#include "inbetween/image.h"

#include <algorithm>

namespace inbetween {

template <class T> void turn(BasicPlane<T>& plane) {
    std::reverse(plane.values.begin(), plane.values.end());
}

// Of vectors, which point the other way then.
inline void turnVectors(Plane& x, Plane& y) {
    for (Plane* plane : {&x, &y}) {
        turn(*plane);
        for (float& v : plane->values)
            v = -v;
    }
}

} // namespace inbetween
