// What turns or grows while it moves: wheels, fans, balls, limbs. A patch that is only shifted does not find
// it again, and the flow of its pixels is scrambled.
#pragma once

#include "inbetween/motion.h"
#include "motion/match/patch_match.h"

namespace inbetween {

// Two pictures, and the same at half the size.
struct PatchPictures {
    const PatchPicture &picture0, &picture1, &half0, &half1;
};

// Windows of the pictures are matched by similarities (PatchMatch with turns and scales, Barnes et al. 2010;
// on a grid, as Hu et al. 2016) where the flow goes back and forth at odds. Those that come home both ways,
// and turn or grow, give their pixels' flow where it fits better than what is there. `flow` has a sample a
// pixel of the pictures and its agreement; both are brought up to date.
void matchRotationAndScale(const PatchPictures& pictures, FlowPair& flow);

} // namespace inbetween
