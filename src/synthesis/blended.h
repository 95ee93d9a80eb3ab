// The channels of an in-between that are means of rendered samples.
#pragma once

#include "inbetween/image.h"

namespace inbetween {

struct Blended {
    const Part *part0, *part1;
    const Channel *channel0, *channel1;
    const Part* targetPart;
    Channel* target;
    bool isRadiance;
};

} // namespace inbetween
