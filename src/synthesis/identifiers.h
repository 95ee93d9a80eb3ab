// Channels whose samples are names: picked, never blended.
#pragma once

#include "inbetween/synthesis.h"

namespace inbetween {

// The nearest sample of what weighs most; never a mean, which would be an identifier of nothing. All channels
// of a pixel are picked at the same place.
void pickIdentifiers(const Part& part0, const Channel& channel0, const Part& part1, const Channel& channel1,
                     const Box& canvas, const Field& field, const Part& targetPart, Channel& target);

} // namespace inbetween
