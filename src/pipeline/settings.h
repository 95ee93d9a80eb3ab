// The options of a run as its manifest keeps them, and back.
#pragma once

#include "inbetween/run.h"
#include "pair/pair.h"

namespace inbetween {

ManifestSettings settingsOf(const RunOptions& options);
// Throws Error(usage): a name that is not known.
void applySettings(const ManifestSettings& settings, RunOptions& options);

PairOptions pairOptionsOf(const RunOptions& options);

} // namespace inbetween
