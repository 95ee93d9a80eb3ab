#include "inbetween/groups.h"

#include "roles/layers.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace inbetween {
namespace {

// Of the channels of a group, by their place in the whole image.
std::map<ChannelRef, std::string> namedRoles(const ChannelGroup& group) {
    std::map<ChannelRef, ChannelRef> whole;
    ChannelRef own{-1, -1};
    int last = -1;
    for (const ChannelRef ref : group.channels) {
        own = ref.part == last ? ChannelRef{own.part, own.channel + 1} : ChannelRef{own.part + 1, 0};
        last = ref.part;
        whole[own] = ref;
    }
    std::map<ChannelRef, std::string> roles;
    const auto add = [&](ChannelRef ref, const std::string& role) {
        if (ref)
            roles.emplace(whole.at(ref), role);
    };
    for (const ChannelRef ref : group.roles.identifiers)
        add(ref, "ids");
    for (const ChannelRef ref : group.roles.vector)
        add(ref, fmt::format("vectors ({})", group.roles.vectorConvention));
    add(group.roles.depth, "depth");
    for (const ChannelRef ref : {group.roles.red, group.roles.green, group.roles.blue, group.roles.alpha})
        add(ref, "beauty");
    return roles;
}

std::string roleOf(LayerKind kind) {
    switch (kind) {
    case LayerKind::data:
        return "data";
    case LayerKind::depth:
        return "depth, not used";
    case LayerKind::vectors:
        return "vectors, not used";
    default:
        return "pass";
    }
}

LayerRoles rolesOf(const Layer& layer, const Image& image, const std::map<ChannelRef, std::string>& named) {
    LayerRoles result{image.parts.size() > 1 ? image.parts[layer.part].name : "", layer.fileName, {}, {}};
    for (const Layer::Component& component : layer.components) {
        const std::string& channel = image.parts[layer.part].channels[component.ref.channel].name;
        result.channels.push_back(channel.substr(channel.rfind('.') + 1));
        const auto known = named.find(component.ref);
        const std::string role = known != named.end() ? known->second : roleOf(layer.kind);
        if (std::find(result.roles.begin(), result.roles.end(), role) == result.roles.end())
            result.roles.push_back(role);
    }
    return result;
}

} // namespace

std::vector<GroupRoles> rolesByGroup(const Image& image, const std::vector<ChannelGroup>& groups) {
    const std::vector<Layer> layers = layersOf(image);
    std::vector<GroupRoles> result;
    for (const ChannelGroup& group : groups) {
        const std::map<ChannelRef, std::string> named = namedRoles(group);
        GroupRoles& roles = result.emplace_back(GroupRoles{group.name, {}});
        for (const Layer& layer : layers)
            if (std::binary_search(group.channels.begin(), group.channels.end(),
                                   layer.components.front().ref))
                roles.layers.push_back(rolesOf(layer, image, named));
    }
    return result;
}

} // namespace inbetween
