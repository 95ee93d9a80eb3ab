// flowAngleStd() of some rows.
#pragma once

#include "inbetween/image.h"
#include "risk/rows.h"

namespace inbetween {

// In the rows that are wanted, which begin at a strip; the others stay 0.
Plane flowAngleStd(const Plane& flowX, const Plane& flowY, int radius, Rows wanted);

} // namespace inbetween
