// Light passes that add up, found by their samples: renderers and compositors name them as they like.
#pragma once

#include "synthesis/blended.h"

#include <vector>

namespace inbetween {

// For each channel whether it is part of a sum: whether it is a linear combination of at least two others of
// the same component (R, G, ...), in both keyframes, to the precision in which they are stored (2^-9 of the
// values for half, 1e-5 for float). Only radiance is looked at. A pass that is black wherever it was looked
// at counts as part of what sums there are.
std::vector<bool> partsOfSums(const std::vector<Blended>& channels, const Box& canvas);

} // namespace inbetween
