// How much may be in flight, so that memory is bounded by a budget and not by luck.
#pragma once

#include "inbetween/exr.h"
#include "pipeline/flow_graph.h"

#include <cstddef>

namespace inbetween {

// Half of what is free: the smaller of the machine's available memory and what the process's cgroup leaves.
std::size_t defaultMemoryBytes();

// `budget` in bytes; at least one gap and one frame are always let in. `keyframe` is what one keyframe holds.
GraphLimits limitsFor(std::size_t budget, int threads, const ExrInfo& keyframe);

} // namespace inbetween
