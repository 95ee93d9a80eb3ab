#include "pipeline/shot_roles.h"

#include "inbetween/error.h"
#include "sequence/frame_files.h"

#include <algorithm>
#include <fmt/format.h>

namespace inbetween {
namespace {

void requireVectors(const Image& outline, const std::vector<ChannelGroup>& groups,
                    const std::string& vectors) {
    if (vectors == "auto" || vectors == "none" ||
        std::any_of(groups.begin(), groups.end(),
                    [](const ChannelGroup& g) { return bool(g.roles.vector[0]); }))
        return;
    throw Error(
        ErrorKind::usage,
        fmt::format("--vectors {}: no layer of motion vectors is known in {}; name it with --vector-layer, "
                    "or leave --vectors out",
                    vectors, outline.path.string()));
}

} // namespace

std::vector<GroupRoles> rolesOfShot(const Sequence& sequence, const RunOptions& options) {
    const Image outline = readFrameOutline(sequence.keyframes.front(), sequence.companions);
    const std::vector<ChannelGroup> groups = findGroups(outline, options.roles);
    requireVectors(outline, groups, options.vectors);
    return rolesByGroup(outline, groups);
}

} // namespace inbetween
