// The least to render of a frame, so that what remains of it is good.
#pragma once

#include "inbetween/error_map.h"
#include "inbetween/risk.h"

#include <optional>
#include <vector>

namespace inbetween {

// What boxes may cost. A frame that needs more of them is wrong in too many places for the prediction to tell
// them apart: on the sample shots, at gaps of 2 to 8, 2 of 19 frames were still bad after boxes of up to 0.4
// frames, and 41 of 75 after dearer ones.
inline constexpr double dearestBoxes = 0.4;

struct BoxTask {
    const ErrorMap& map;
    double factor = 1;
    double score = 0, worstBlocks = 0; // of the frame; worstBlocks may be NaN
    double limit = 0;                  // for verdictError() of what remains
    double overhead = 0.05;            // what a box costs beside its area, as a share of a frame, [0, 1]
    double dearest = dearestBoxes;
};

struct Boxes {
    std::vector<RiskRegion> regions; // worst first; whole blocks, a margin around them, within map.window
    double cost = 0;                 // areas and overheads, as a share of a frame
    double remaining = 0;            // verdictError() of the frame once they are rendered
};

// Boxes that cost less than a frame, and no more than `dearest`; nothing where there are none. The boxes are
// grown from the blocks that buy most for their cost, joined where that is cheaper, and cut back where the
// frame is good all the same. The same boxes for the same map.
std::optional<Boxes> leastBoxes(const BoxTask& task);

inline constexpr int mostBoxes = 16; // also without any overhead: renderers start once for each

} // namespace inbetween
