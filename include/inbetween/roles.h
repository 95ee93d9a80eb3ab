// What the channels of an image are for: beauty, depth, motion vectors, identifiers. Found by the names that
// renderers give them and by Cryptomatte's metadata, or said by the user.
#pragma once

#include "inbetween/image.h"

#include <string>
#include <vector>

namespace inbetween {

struct ChannelRef {
    int part = -1, channel = -1; // -1: not there
    explicit operator bool() const { return part >= 0; }
    auto operator<=>(const ChannelRef&) const = default;
};

struct ChannelRoles {
    ChannelRef red, green, blue,
        alpha; // the beauty; a luminance-only file has the same ref in red, green and blue
    ChannelRef depth;
    ChannelRef vector[4];         // X, Y, Z, W or u/v pairs in the order of the convention; two or four
    std::string vectorConvention; // guessed from the names: "blender", "nuke", ...; empty without vectors
    std::vector<ChannelRef> identifiers; // Cryptomatte ranks, object and material ids, every uint channel
    std::vector<ChannelRef>
        radiance; // colour and alpha of all layers and views: what the renderer's noise is in
};

// What the user says of the roles. Each names layers as they are in the file ("Image", "ViewLayer.Combined",
// the last word of it, a part's name, "part:layer") or one of their channels ("R"); globs are allowed. Empty:
// found by name.
struct RoleOptions {
    std::string beauty{}, depth{};
    std::vector<std::string> vectors{};     // the layer of forward vectors first
    std::vector<std::string> identifiers{}; // besides those that are found
    std::vector<std::string> passes{}; // colour layers that move with the beauty, whatever they are called
    bool operator==(const RoleOptions&) const = default;
};

// The roles in the image's first group (see groups.h); identifiers and radiance of all. Never throws; refs
// are empty where there is nothing.
ChannelRoles findRoles(const Image& image, const RoleOptions& options = {});

} // namespace inbetween
