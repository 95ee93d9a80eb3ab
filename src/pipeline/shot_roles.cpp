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
        std::ranges::any_of(groups, [](const ChannelGroup& group) { return bool(group.roles.vector[0]); }))
        return;
    throw Error(
        ErrorKind::usage,
        fmt::format("--vectors {}: no layer of motion vectors is known in {}; name it with --vector-layer, "
                    "or leave --vectors out",
                    vectors, outline.path.string()));
}

// `image` is the whole one; the group's roles are in its own.
void addGuides(const Image& image, const ChannelGroup& group, std::vector<std::string>& guides) {
    const Image own = splitIntoGroups(image, {group}).front();
    const ChannelRoles& roles = group.roles;
    const auto name = [&](ChannelRef ref) {
        const Part& part = own.parts[ref.part];
        const std::string& channel = part.channels[ref.channel].name;
        return image.parts.size() > 1 && !part.name.empty() ? part.name + ":" + channel : channel;
    };
    for (const ChannelRef ref : {roles.red, roles.green, roles.blue, roles.depth, roles.vector[0],
                                 roles.vector[1], roles.vector[2], roles.vector[3]})
        if (ref)
            guides.push_back(name(ref));
}

std::vector<std::string> guidesOf(const Image& outline, const std::vector<ChannelGroup>& groups,
                                  const std::vector<std::string>& channels) {
    std::vector<std::string> guides;
    if (channels.empty())
        return guides;
    for (const ChannelGroup& group : groups) {
        Image asked = splitIntoGroups(outline, {group}).front();
        keepChannels(asked, channels);
        if (!asked.parts.empty())
            addGuides(outline, group, guides);
    }
    return guides;
}

// The options completed by the pixels of the first keyframe that can be read: one that cannot costs its own
// frames alone.
RoleOptions withRolesFromKeyframes(const Sequence& sequence, const RunOptions& options) {
    for (const SequenceFrame& key : sequence.keyframes)
        try {
            return withRolesFromPixels(readFrameFiles(key, sequence.companions,
                                                      {.channels = {}, .maxPixels = options.read.maxPixels}),
                                       options.roles);
        } catch (const Error&) { // the next
        }
    return options.roles;
}

} // namespace

ShotRoles rolesOfShot(const Sequence& sequence, const RunOptions& options) {
    const SequenceFrame& first = sequence.keyframes.front();
    const Image outline = readFrameOutline(first, sequence.companions);
    ShotRoles roles;
    roles.options = options.roles;
    if (needsPixels(outline, options.roles))
        roles.options = withRolesFromKeyframes(sequence, options);
    const std::vector<ChannelGroup> groups = findGroups(outline, roles.options);
    requireVectors(outline, groups, options.vectors);
    roles.groups = rolesByGroup(outline, groups);
    roles.guides = guidesOf(outline, groups, options.read.channels);
    return roles;
}

} // namespace inbetween
