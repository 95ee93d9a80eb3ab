// Why a frame may be wrong, in words.
#pragma once

#include "inbetween/risk.h"
#include "risk/evidence.h"

#include <string>
#include <vector>

namespace inbetween {

struct ReasonInput {
    const Risk& risk; // score, cut
    const Evidence& evidence;
    const Plane& disagreementBlocks, &networkBlocks; // means of each block, display view
    const Plane& errorBlocks; // root mean square predicted error of each block
    Box canvas;
    double leastError; // blocks under this predicted error give no reason
};

// One sentence each, worst first; empty for a quiet frame.
std::vector<std::string> riskReasons(const ReasonInput& input);

} // namespace inbetween
