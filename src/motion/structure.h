// What can be recognised of a keyframe whatever its brightness.
#pragma once

#include "inbetween/image.h"
#include "inbetween/view.h"

#include <array>

namespace inbetween {

// A weighted sum of the view's colours, its mean over 7x7 samples taken off, divided by their spread: an even
// change of brightness leaves it as it is.
struct Structure {
    Plane detail;    // about [-3, 3]; near 0 where there is nothing but noise
    Plane strength;  // [0, 1): how far the spread is above the noise
    int divisor = 1; // canvas pixels a sample, each way: 1, 2 from 2 Mpx on, 4 from 8 Mpx on
};
using ColourWeights = std::array<float, 3>; // of R, G and B
inline constexpr ColourWeights luma{0.2126f, 0.7152f, 0.0722f};
// Of keyframe 0 and 1.
std::array<Structure, 2> structuresOf(const View& view, const ColourWeights& weights = luma);

// Mean over the window of 2 * radius + 1 samples each way, cut off at the borders.
Plane windowMean(const Plane& plane, int radius);

// How much a sample and its 5x5 window differ from where they are after a displacement: 0 alike, 1 about as
// much as unrelated details do. Negative where they leave the picture, or the displacement is not finite.
// `displacement(x, y)` gives pixels of the canvas, of a canvas pixel.
template <class Displacement>
Plane mismatchAlong(const Structure& from, const Structure& to, const Displacement& displacement);

} // namespace inbetween

#include "motion/structure.inl"
