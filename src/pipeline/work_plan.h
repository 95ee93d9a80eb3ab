// How much of a shot is in flight at once, so that memory is bounded by a budget and not by luck.
#pragma once

#include "inbetween/run.h"
#include "pipeline/flow_graph.h"

#include <cstddef>

namespace inbetween {

// `budgetBytes`: at least one gap and one frame are let in all the same. `keyframe` is what one keyframe
// holds; each of its groups of channels has motion of its own.
WorkPlan planFor(const ExrInfo& keyframe, std::size_t groups, std::size_t budgetBytes, int threads,
                 Quality quality);
GraphLimits limitsOf(const WorkPlan& work);

// The plan of a shot, from its first keyframe; threads and budget as the options say, or all and half of what
// there is.
WorkPlan planFor(const RunOptions& options, const Sequence& sequence, std::size_t groups);

} // namespace inbetween
