// FLIP: how different two pictures look to a person who flips between them.
#pragma once

#include "inbetween/view.h"

namespace quality {

// Pixels a degree of the field of view: 0.7 m before a display 0.7 m wide with 3840 pixels, as the reference
// assumes.
inline constexpr double flipPixelsPerDegree = 0.7 * 3840 / 0.7 * 3.14159265358979323846 / 180;

// LDR-FLIP a pixel, [0, 1]. Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström, Fairchild: FLIP: A
// Difference Evaluator for Alternating Images, Proc. ACM Comput. Graph. Interact. Tech. 3(2), 2020. The
// pictures are linear; they are compared as displayCurve shows them (clamped to [0, 1], NaN is 0). Throws
// std::invalid_argument where the sizes differ.
inbetween::Plane flip(const inbetween::ColourPlanes& linear, const inbetween::ColourPlanes& reference,
                      double pixelsPerDegree = flipPixelsPerDegree);

double meanFlip(const inbetween::ColourPlanes& linear, const inbetween::ColourPlanes& reference);

} // namespace quality
