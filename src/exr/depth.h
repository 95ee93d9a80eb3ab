// The sample type that a file is written in.
#pragma once

#include "inbetween/exr.h"

namespace inbetween {

bool needsConversion(const Image& image, DepthPolicy depth);

// Half and float channels in the wanted type. Finite values that half cannot hold become +-65504, the nearest
// that it can: an infinity that no one rendered must not appear. Infinities and NaN stay.
Image convertDepth(const Image& image, DepthPolicy depth);

} // namespace inbetween
