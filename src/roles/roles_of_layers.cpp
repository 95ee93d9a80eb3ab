#include "roles/roles_of_layers.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace inbetween {
namespace {

using Names = std::initializer_list<std::string_view>;
using Refs = std::vector<ChannelRef>;

bool isOneOf(std::string_view text, Names names) {
    return std::find(names.begin(), names.end(), text) != names.end();
}

ChannelRef refOf(const Layer::Component* component) {
    return component ? component->ref : ChannelRef();
}

std::string plainLast(const Layer& layer) {
    return layer.path.empty() ? "" : plainName(layer.path.back());
}

// The components of a layer in order, as X Y Z W, U V or R G; empty where one is missing.
Refs componentsOf(const Layer& layer, std::initializer_list<Names> wanted) {
    Refs refs;
    for (const Names names : wanted)
        if (const Layer::Component* component = layer.find(names))
            refs.push_back(component->ref);
    return refs.size() == wanted.size() ? refs : Refs();
}
Refs pairOf(const Layer& layer) {
    return componentsOf(layer, {{"u", "x", "r", "red"}, {"v", "y", "g", "green"}});
}

class RoleFinder {
public:
    explicit RoleFinder(const GroupLayers& group) : group_(group) {}

    ChannelRoles find() {
        for (const Layer* layer : group_.all)
            for (const Layer::Component& component : layer->components)
                if (component.identifier)
                    roles_.identifiers.push_back(component.ref);
                else if (isRadiance(*layer, component))
                    roles_.radiance.push_back(component.ref);
        std::sort(roles_.identifiers.begin(), roles_.identifiers.end());
        std::sort(roles_.radiance.begin(), roles_.radiance.end());
        findBeauty();
        findDepth();
        findVectors();
        return roles_;
    }

private:
    struct Found {
        const Layer* layer = nullptr;
        const Layer::Component* component = nullptr;
    };

    static bool isRadiance(const Layer& layer, const Layer::Component& c) {
        return isOneOf(c.name, {"r", "g", "b", "a", "y", "red", "green", "blue", "alpha"}) &&
               layer.kind != LayerKind::data && layer.kind != LayerKind::depth &&
               layer.kind != LayerKind::vectors && layer.kind != LayerKind::identifier &&
               !(c.name == "y" && !layer.isLuminance());
    }

    // The component of the lowest rank; of equals one beside the beauty, then the first. Negative ranks do
    // not count.
    template <class Rank> Found best(Rank rank) const {
        Found found;
        int lowest = 0;
        for (const Layer* layer : group_.all)
            for (const Layer::Component& component : layer->components) {
                if (component.identifier)
                    continue;
                int r = rank(*layer, component);
                if (r < 0)
                    continue;
                r = 2 * r + (isBesideBeauty(*layer) ? 0 : 1);
                if (!found.layer || r < lowest) {
                    found = {layer, &component};
                    lowest = r;
                }
            }
        return found;
    }

    bool isBesideBeauty(const Layer& layer) const {
        const auto parent = [](const Layer& l) {
            return std::vector<std::string>(l.path.begin(), l.path.end() - (l.path.empty() ? 0 : 1));
        };
        return group_.beauty && (&layer == group_.beauty || parent(layer) == parent(*group_.beauty));
    }

    // A sequence of Cryptomatte alone: its hashes show where things are. Plain indices are no picture.
    void followHashes() {
        for (const Layer* layer : group_.all)
            for (const Layer::Component& component : layer->components)
                if (component.identifier && !component.integer && !roles_.red)
                    roles_.red = roles_.green = roles_.blue = component.ref;
    }

    void findBeauty() {
        Found first{group_.beauty, nullptr};
        if (!first.layer) // the only thing there is: better than nothing to follow
            first = best([](const Layer& layer, const Layer::Component& c) {
                return layer.isColour() && isOneOf(c.name, {"r", "red"}) ? 0
                       : isOneOf(c.name, {"r", "red"})                   ? 1
                       : isOneOf(c.name, {"a", "alpha"})                 ? 3
                                                                         : 2;
            });
        if (!first.layer) {
            followHashes();
            return;
        }
        const Layer& layer = *first.layer;
        if (layer.isColour()) {
            roles_.red = refOf(layer.find({"r", "red"}));
            roles_.green = refOf(layer.find({"g", "green"}));
            roles_.blue = refOf(layer.find({"b", "blue"}));
        } else {
            const Layer::Component* only = first.component ? first.component : layer.find({"y"});
            for (std::size_t i = 0; !only && i < layer.components.size(); ++i)
                only = layer.components[i].identifier ? nullptr : &layer.components[i];
            roles_.red = roles_.green = roles_.blue = refOf(only);
        }
        roles_.alpha = refOf(layer.find({"a", "alpha"}));
        if (!roles_.alpha) // in a part or layer of its own
            roles_.alpha = refOf(best([](const Layer& l, const Layer::Component& c) {
                                     return !isOneOf(c.name, {"a", "alpha"})        ? -1
                                            : l.path.empty()                        ? 0
                                            : isOneOf(plainLast(l), {"a", "alpha"}) ? 1
                                                                                    : -1;
                                 }).component);
    }

    int depthRank(const Layer& layer, const Layer::Component& c) const {
        if (layer.kind == LayerKind::depth)
            return isOneOf(c.name, {"z", "depth"})                ? 1
                   : isOneOf(c.name, {"v", "y", "r", "x", "red"}) ? 2
                                                                  : -1;
        if (isOneOf(c.name, {"depth", "zdepth"}))
            return 3;
        // Z of a position or a normal has X and Y beside it; where it is alone in its layer, it is a depth.
        if (c.name != "z" || layer.find({"x", "y"}) || layer.kind == LayerKind::data ||
            layer.kind == LayerKind::vectors)
            return -1;
        return layer.path.empty() || !layer.ownName ? 0 : 4;
    }

    void findDepth() {
        if (group_.depth)
            roles_.depth = refOf(group_.depth->find({"z", "depth", "v", "y", "r", "x", "red", "a"}));
        else
            roles_.depth = refOf(best([&](const Layer& layer, const Layer::Component& c) {
                                     return depthRank(layer, c);
                                 }).component);
    }

    void takeVectors(const char* convention, const Refs& refs) {
        std::copy(refs.begin(), refs.end(), roles_.vector);
        roles_.vectorConvention = convention;
    }

    // Four channels in one layer: Blender's.
    bool takeFour(const std::vector<const Layer*>& layers) {
        for (const Layer* layer : layers)
            if (const Refs refs = componentsOf(*layer, {{"x"}, {"y"}, {"z"}, {"w"}}); !refs.empty()) {
                takeVectors("blender", refs);
                return true;
            }
        return false;
    }

    // A layer to the next frame and one to the previous, or the first alone.
    bool takeForward(const std::vector<const Layer*>& layers, const char* convention, Names forward,
                     Names backward) {
        const auto named = [&](Names names) {
            for (const Layer* layer : layers)
                if (isOneOf(plainLast(*layer), names))
                    if (Refs refs = pairOf(*layer); !refs.empty())
                        return refs;
            return Refs();
        };
        Refs refs = named(forward);
        if (refs.empty())
            return false;
        const Refs back = named(backward);
        refs.insert(refs.end(), back.begin(), back.end());
        takeVectors(convention, refs);
        return true;
    }

    bool takePair(const std::vector<const Layer*>& layers) {
        for (const Layer* layer : layers)
            if (const Refs refs = pairOf(*layer);
                !refs.empty() && !isOneOf(plainLast(*layer), {"backward", "motionback", "motionbackward",
                                                              "motionvectorbackward"})) {
                takeVectors("arnold", refs);
                return true;
            }
        return false;
    }

    void findVectors() {
        std::vector<const Layer*> layers = group_.vectors;
        if (layers.empty())
            for (const Layer* layer : group_.all)
                if (layer->kind == LayerKind::vectors)
                    layers.push_back(layer);
        const bool found = takeFour(layers) ||
                           takeForward(layers, "nuke", {"forward", "motionforward", "motionvectorforward"},
                                       {"backward", "motionbackward", "motionvectorbackward"}) ||
                           takeForward(layers, "renderman", {"motionfore"}, {"motionback"});
        if (found || layers.empty())
            return;
        if (group_.vectors.size() == 2) { // chosen: to the next and to the previous frame
            Refs refs = pairOf(*layers[0]);
            const Refs back = pairOf(*layers[1]);
            refs.insert(refs.end(), back.begin(), back.end());
            if (refs.size() == 4)
                return takeVectors("nuke", refs);
        }
        takePair(layers);
    }

    const GroupLayers& group_;
    ChannelRoles roles_;
};

} // namespace

ChannelRoles rolesOf(const GroupLayers& group) {
    return RoleFinder(group).find();
}

} // namespace inbetween
