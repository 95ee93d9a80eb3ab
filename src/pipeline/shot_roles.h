// What the layers of a shot are for, and which of them move together.
#pragma once

#include "inbetween/run.h"

#include <string>
#include <vector>

namespace inbetween {

struct ShotRoles {
    RoleOptions options; // as asked for, completed by what the first keyframe tells
    std::vector<GroupRoles> groups;
    // Channels that guide those that are asked for: their groups' beauty, depth and vectors.
    std::vector<std::string> guides;
};

// From the first keyframe: its header, and its pixels where names are not enough. Throws Error(usage) where
// an option finds nothing to act on: a layer that is not there, --vectors CONVENTION without vectors; and
// where it is not known which layer is the beauty.
ShotRoles rolesOfShot(const Sequence& sequence, const RunOptions& options);

} // namespace inbetween
