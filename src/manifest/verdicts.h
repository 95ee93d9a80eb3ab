// The verdicts over a whole shot, for a run and for a merge of its shards alike.
#pragma once

#include "inbetween/manifest.h"

namespace inbetween {

// The first reason of a frame that takes the place of a keyframe begins so; such a frame is always flagged.
inline constexpr const char* standsInReason = "it stands in for a keyframe that cannot be used: ";

// Sets every frame's verdict by manifest.verdictOptions, and the boxes of those that are partial.
void decideVerdicts(Manifest& manifest);

} // namespace inbetween
