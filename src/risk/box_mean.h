// Means over square windows.
#pragma once

#include "inbetween/image.h"

namespace inbetween {

// The mean of each pixel's window (side 2 * radius + 1, cut off at the borders) of values that are not negative. The
// bits do not depend on the threads.
Plane boxMean(const Plane& plane, int radius);

} // namespace inbetween
