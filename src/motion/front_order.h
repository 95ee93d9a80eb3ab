// What is in front, where no depth tells: by what hides what in the keyframes.
#pragma once

#include "inbetween/motion.h"

namespace inbetween {

// Stand-ins for depth: 1 in front, 1.5 not known, 2.25 behind.
struct Distances {
    Plane of0, of1;
};

// What moves to a place where the other keyframe shows something that moves otherwise is hidden by it. That
// says of the surfaces around, as far as they move alike, which is in front. Where there is no vector the
// flow is followed.
Distances distancesByOcclusion(const RendererVectors& vectors0, const RendererVectors& vectors1,
                               const FlowPair& flow, int gap);

} // namespace inbetween
