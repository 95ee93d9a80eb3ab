#include "inbetween/groups.h"

#include "roles/grouping.h"

#include <algorithm>
#include <map>

namespace inbetween {
namespace {

// From the whole image to the group's own.
class RefMap {
public:
    explicit RefMap(const std::vector<ChannelRef>& channels) {
        ChannelRef own{-1, -1}, last{-1, -1};
        for (const ChannelRef ref : channels) {
            own = ref.part == last.part ? ChannelRef{own.part, own.channel + 1} : ChannelRef{own.part + 1, 0};
            map_[ref] = own;
            last = ref;
        }
    }

    ChannelRoles operator()(ChannelRoles roles) const {
        for (ChannelRef* ref : {&roles.red, &roles.green, &roles.blue, &roles.alpha, &roles.depth})
            move(*ref);
        for (ChannelRef& ref : roles.vector)
            move(ref);
        for (ChannelRef& ref : roles.identifiers)
            move(ref);
        for (ChannelRef& ref : roles.radiance)
            move(ref);
        return roles;
    }

private:
    void move(ChannelRef& ref) const {
        if (ref)
            ref = map_.at(ref);
    }

    std::map<ChannelRef, ChannelRef> map_;
};

} // namespace

std::vector<ChannelGroup> findGroups(const Image& image, const RoleOptions& options) {
    const Grouping grouping(image, options, true);
    std::vector<ChannelGroup> groups;
    for (const Picture& picture : grouping.pictures()) {
        ChannelGroup group;
        group.name = grouping.nameOf(picture);
        for (const Layer* layer : picture.layers.all)
            for (const Layer::Component& component : layer->components)
                group.channels.push_back(component.ref);
        std::sort(group.channels.begin(), group.channels.end());
        group.roles = RefMap(group.channels)(rolesOf(picture.layers));
        groups.push_back(std::move(group));
    }
    return groups;
}

ChannelRoles findRoles(const Image& image, const RoleOptions& options) {
    const Grouping grouping(image, options, false);
    ChannelRoles roles = rolesOf(grouping.pictures().front().layers);
    for (std::size_t i = 1; i < grouping.pictures().size(); ++i) {
        const ChannelRoles more = rolesOf(grouping.pictures()[i].layers);
        roles.identifiers.insert(roles.identifiers.end(), more.identifiers.begin(), more.identifiers.end());
        roles.radiance.insert(roles.radiance.end(), more.radiance.begin(), more.radiance.end());
    }
    std::sort(roles.identifiers.begin(), roles.identifiers.end());
    std::sort(roles.radiance.begin(), roles.radiance.end());
    return roles;
}

} // namespace inbetween
