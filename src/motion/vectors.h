// What renderer vectors say about a keyframe's pixels.
#pragma once

#include "inbetween/motion.h"

namespace inbetween {

// Displacement of every pixel after `frames` (> 0), forwards in time or backwards: a parabola through the previous,
// the present and the next position, so that turning and bouncing things follow their arcs over wider gaps; a straight
// line where the two ends contradict each other. Exact at one frame. Values that are not finite become 0.
Flow displacementAfter(const RendererVectors& vectors, float frames, bool forwards);

// 1 where a vector is finite, else 0.
Plane vectorTrust(const RendererVectors& vectors);

} // namespace inbetween
