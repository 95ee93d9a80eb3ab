// Why a frame may be wrong, in words.
#pragma once

#include "inbetween/risk.h"

#include <string>
#include <vector>

namespace inbetween {

// What reasons are given for: means over the blocks of BlockGrid, a sample each, and shares of the frame.
struct RiskBlocks {
    Plane error;        // root mean square predicted error
    Plane disagreement; // of the warped keyframes, display view
    Plane network;      // its own estimate, display view
    Plane forwardBackwardPx, motionPx, angleStdRad;
    double crossingShare =
        0;                 // of the frame's pixels: fast motion whose directions differ from place to place
    double aloneShare = 0; // one keyframe alone is used
};

// Of the longer side of the frame: from how many pixels on motion is fast.
float leastFastPx(const Box& canvas);
inline constexpr double leastAngleDegrees = 45;
inline constexpr float leastWeightAlone = 0.95f; // of a keyframe that counts as used alone

struct ReasonInput {
    const Risk& risk; // score, cut
    const RiskBlocks& blocks;
    Box canvas;
    double leastError; // blocks under this predicted error give no reason
};

// One sentence each, worst first; empty for a quiet frame.
std::vector<std::string> riskReasons(const ReasonInput& input);

} // namespace inbetween
