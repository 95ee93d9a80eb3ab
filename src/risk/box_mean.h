// Means over square windows.
#pragma once

#include "inbetween/image.h"
#include "risk/rows.h"

namespace inbetween {

// The mean of each pixel's window (side 2 * radius + 1, cut off at the borders) of values that are not
// negative, in the rows that are wanted, which begin at a strip; the others stay 0.
Plane boxMean(const Plane& plane, int radius, Rows wanted);

} // namespace inbetween
