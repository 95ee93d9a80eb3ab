// Groups: the channels of an image that move together and so share motion, depth and risk. Each picture of
// its own (an eye, a view layer, a foreground, a heads-up display) is one; light passes, normals, depth and
// ids go with the picture that they belong to.
#pragma once

#include "inbetween/image.h"
#include "inbetween/roles.h"

#include <string>
#include <vector>

namespace inbetween {

struct ChannelGroup {
    std::string name;                 // of its layer, view or part: "Env", "left"; "beauty" where it has none
    std::vector<ChannelRef> channels; // in the whole image, ascending; each channel is in exactly one group
    ChannelRoles roles;               // in the group's own image, as splitIntoGroups makes it
};

// The first group is the one that holds the beauty, and what belongs to no other. An image without channels
// has one group without any. Throws Error(usage) where an option names nothing, or where several layers may
// be the beauty and no name tells which: the message lists them.
std::vector<ChannelGroup> findGroups(const Image& image, const RoleOptions& options = {});

// Whether only the pixels can tell the light passes among the colour layers, and with them the beauty.
bool needsPixels(const Image& outline, const RoleOptions& options);
// The options completed by what the pixels of a keyframe tell: of layers whose names tell nothing, those that
// add up to another one (to 1% of it) are its passes, and it is the beauty where no name says which is.
RoleOptions withRolesFromPixels(const Image& image, RoleOptions options);

// One image a group, of the parts that it has channels in, with their windows and attributes. Samples are
// moved.
std::vector<Image> splitIntoGroups(Image image, const std::vector<ChannelGroup>& groups);

// The whole image again, with parts and channels in their places. Throws Error(input) where the images are
// not of these groups, or windows of the same part differ.
Image joinGroups(std::vector<Image> images, const std::vector<ChannelGroup>& groups);

// What a layer is taken for, for people and the manifest.
struct LayerRoles {
    std::string part;                  // empty in a file of one part
    std::string layer;                 // as in the file; empty for channels without one
    std::vector<std::string> channels; // without the layer's name
    std::vector<std::string> roles;    // "beauty", "depth", "vectors (blender)", "ids", "pass", "data", ...
    bool operator==(const LayerRoles&) const = default;
};
struct GroupRoles {
    std::string name;
    std::vector<LayerRoles> layers;
    bool operator==(const GroupRoles&) const = default;
};
std::vector<GroupRoles> rolesByGroup(const Image& image, const std::vector<ChannelGroup>& groups);

} // namespace inbetween
