// The roles of the channels in one group.
#pragma once

#include "roles/layers.h"

#include <vector>

namespace inbetween {

struct GroupLayers {
    std::vector<const Layer*> all;
    const Layer* beauty = nullptr;     // null: whatever serves best
    const Layer* depth = nullptr;      // chosen by the user; null: found by name
    std::vector<const Layer*> vectors; // the same
};

// Refs into the whole image.
ChannelRoles rolesOf(const GroupLayers& group);

} // namespace inbetween
