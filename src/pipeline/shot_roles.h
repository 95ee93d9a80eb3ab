// What the layers of a shot are for, and which of them move together.
#pragma once

#include "inbetween/run.h"

#include <vector>

namespace inbetween {

// From the first keyframe's header. Throws Error(usage) where an option finds nothing to act on: a layer that
// is not there, --vectors CONVENTION without vectors; and where it is not known which layer is the beauty.
std::vector<GroupRoles> rolesOfShot(const Sequence& sequence, const RunOptions& options);

} // namespace inbetween
