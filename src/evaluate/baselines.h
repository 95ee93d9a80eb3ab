#pragma once

#include "inbetween/evaluate.h"
#include "inbetween/motion.h"

namespace inbetween {

// disWarp() with the flow that estimateFlow() gave for the two, which all frames of a gap share.
ColourPlanes warpByFlow(const ColourPlanes& linear0, const ColourPlanes& linear1, const FlowPair& flow,
                        double time);

} // namespace inbetween
