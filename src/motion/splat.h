// Forward splatting: motion known at a keyframe's pixels, brought to the pixels of another time.
#pragma once

#include "inbetween/image.h"

#include <limits>

namespace inbetween {

struct SplatInput {
    const Plane* displacementX = nullptr; // pixels, from the keyframe to the wanted time
    const Plane* displacementY = nullptr;
    const Plane* distance = nullptr; // > 0; the smaller wins where several land
    const Plane* trust = nullptr;    // [0, 1], optional
    // Pixels: what moves otherwise than the nearest by more is no part of its surface.
    float mostApart = std::numeric_limits<float>::infinity();
};

struct Splat {
    Plane flowX, flowY; // pixels, from the wanted time back to the keyframe; 0 in holes
    Plane distance;     // of the surface that won; 0 in holes
    Plane confidence;   // [0, 1]: coverage times trust; 0 is a hole
};

// Each pixel covers the four around its target with bilinear weights; only what lies within 5% of the nearest
// distance, and moves like that, counts, and is averaged. Runs on one thread: the order of sums is part of
// the result.
Splat splat(const SplatInput& input);

// Fills what has no weight from its surroundings, coarse to fine (pull-push, Gortler et al. 1996); what has
// weight stays.
void fillHoles(Plane& valuesX, Plane& valuesY, const Plane& weight);

} // namespace inbetween
