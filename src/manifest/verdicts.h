// The verdicts over a whole shot, for a run and for a merge of its shards alike.
#pragma once

#include "inbetween/manifest.h"
#include "risk/boxes.h"

#include <optional>

namespace inbetween {

// The first reason of a frame that takes the place of a keyframe begins so; such a frame is always flagged.
inline constexpr const char* standsInReason = "it stands in for a keyframe that cannot be used: ";

// The least boxes that make a frame good, if its error were `scale` times what it is; nothing where there are
// none, or verdicts go by something else than the error.
std::optional<Boxes> boxesFor(const ManifestFrame& frame, const VerdictOptions& options, double scale = 1);

// Sets every frame's verdict by manifest.verdictOptions, and the boxes of those that are partial.
void decideVerdicts(Manifest& manifest);

} // namespace inbetween
