#include "inbetween/groups.h"

#include "inbetween/error.h"
#include "roles/layers.h"
#include "roles/roles_of_layers.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace inbetween {
namespace {

using Path = std::vector<std::string>;

Path parentOf(const Path& path) {
    return Path(path.begin(), path.end() - (path.empty() ? 0 : 1));
}

bool isBeginning(const Path& begin, const Path& path) {
    return begin.size() <= path.size() && std::equal(begin.begin(), begin.end(), path.begin());
}

// "fg_depth" and "depth_fg" are of the picture "fg".
bool namesPicture(const std::string& layer, const std::string& picture) {
    const auto separates = [](char c) { return c == '_' || c == '-' || c == ' '; };
    const std::size_t rest = layer.size() - picture.size();
    return layer.size() > picture.size() + 1 &&
           ((layer.starts_with(picture) && separates(layer[picture.size()])) ||
            (layer.ends_with(picture) && separates(layer[rest - 1])));
}

// A picture of its own: an eye, a view layer, a foreground.
struct Picture {
    std::string view;
    Path path; // where its layers are: {"Env"} for "Env.Combined" and "Env.Depth"
    int rank = 0;
    GroupLayers layers;
};

class Grouping {
public:
    // strict: throws as findGroups says.
    Grouping(const Image& image, const RoleOptions& options, bool strict)
        : image_(image), options_(options), strict_(strict), layers_(layersOf(image)) {
        applyOptions();
        for (const Layer& layer : layers_)
            if (isPicture(layer))
                addPicture(layer, isBeauty(layer) ? parentOf(layer.path) : layer.path);
        addViewLayersWithoutBeauty();
        if (pictures_.empty())
            pictures_.push_back({});
        putMainFirst();
        for (const Layer& layer : layers_)
            pictures_[pictureOf(layer)].layers.all.push_back(&layer);
        chooseRoles();
    }

    const std::vector<Picture>& pictures() const { return pictures_; }

    std::string nameOf(const Picture& picture) const {
        const bool severalViews = std::any_of(layers_.begin(), layers_.end(),
                                              [&](const Layer& l) { return l.view != layers_.front().view; });
        Path words = picture.path;
        if (severalViews && !picture.view.empty())
            words.insert(words.begin(), picture.view);
        return words.empty() ? "beauty" : fmt::format("{}", fmt::join(words, "."));
    }

private:
    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(ErrorKind::usage,
                    image_.path.empty() ? why : fmt::format("{}: {}", image_.path.string(), why));
    }

    std::string listOf(const std::vector<const Layer*>& layers) const {
        std::set<std::string> names;
        for (const Layer* layer : layers)
            names.insert(layer->path.empty() ? "R, G, B without a layer" : layer->joinedPath("."));
        return fmt::format("{}", fmt::join(names, ", "));
    }

    // The layers that a pattern names. None are an error: an option never does nothing in silence.
    std::vector<Layer*> named(const std::string& pattern, const char* option) {
        std::vector<Layer*> found;
        if (pattern.empty())
            return found;
        std::vector<const Layer*> all;
        for (Layer& layer : layers_) {
            all.push_back(&layer);
            if (layer.isNamed(pattern, image_))
                found.push_back(&layer);
        }
        if (found.empty() && strict_)
            refuse(fmt::format("{}: no layer is called '{}'; there are {}", option, pattern, listOf(all)));
        return found;
    }

    void applyOptions() {
        for (const Layer* layer : named(options_.beauty, "--beauty"))
            chosen_.insert(layer);
        for (const std::string& pattern : options_.identifiers)
            for (Layer* layer : named(pattern, "--ids")) {
                layer->kind = layer->path.empty() ? layer->kind : LayerKind::identifier;
                for (Layer::Component& component : layer->components)
                    component.identifier = component.identifier || !layer->path.empty() ||
                                           component.name == lowerCase(pattern);
            }
        for (const std::string& pattern : options_.passes)
            for (Layer* layer : named(pattern, "--passes"))
                if (!chosen_.contains(layer))
                    layer->kind = LayerKind::pass;
        for (Layer* layer : named(options_.depth, "--depth-layer")) {
            depths_.insert(layer);
            if (!layer->path.empty())
                layer->kind = LayerKind::depth;
        }
        for (const std::string& pattern : options_.vectors)
            for (Layer* layer : named(pattern, "--vector-layer")) {
                vectors_.push_back(layer);
                layer->kind = LayerKind::vectors;
            }
    }

    bool isBeauty(const Layer& layer) const {
        return layer.kind == LayerKind::beauty || chosen_.contains(&layer);
    }

    // Blender writes all passes of a view layer beside its "Combined", the user's own (AOVs) by any name.
    bool isOfBlendersViewLayer(const Layer& layer) const {
        return layer.path.size() > 1 && std::any_of(layers_.begin(), layers_.end(), [&](const Layer& other) {
                   return other.view == layer.view && !other.path.empty() &&
                          other.path.back() == "Combined" && parentOf(other.path) == parentOf(layer.path);
               });
    }

    bool isPicture(const Layer& layer) const {
        if (chosen_.contains(&layer))
            return true;
        if (layer.kind != LayerKind::beauty && isOfBlendersViewLayer(layer))
            return false;
        return (layer.isColour() || layer.isLuminance()) &&
               (layer.kind == LayerKind::beauty || layer.kind == LayerKind::picture ||
                layer.kind == LayerKind::unknown);
    }

    static constexpr int unknownRank = 1000;
    int rankOf(const Layer& layer) const {
        if (chosen_.contains(&layer))
            return -1;
        const int luminance = layer.isColour() ? 0 : unknownRank / 2;
        return luminance + (layer.path.empty()                ? 0
                            : layer.kind == LayerKind::beauty ? 1 + beautyRank(layer.path.back())
                                                              : unknownRank);
    }

    void addPicture(const Layer& beauty, const Path& path) {
        const int rank = rankOf(beauty);
        for (Picture& picture : pictures_)
            if (picture.view == beauty.view && picture.path == path) {
                if (rank < picture.rank) {
                    picture.rank = rank;
                    picture.layers.beauty = &beauty;
                }
                return;
            }
        Picture picture{beauty.view, path, rank, {}};
        picture.layers.beauty = &beauty;
        pictures_.push_back(picture);
    }

    // Light passes under the name of a view layer whose beauty was not written are not of another's beauty.
    void addViewLayersWithoutBeauty() {
        const std::vector<Picture> known = pictures_;
        const auto isViewLayer = [&](const Path& path) {
            return std::any_of(known.begin(), known.end(), [&](const Picture& p) {
                return !path.empty() && p.path.size() == path.size() && !isBeginning(p.path, path) &&
                       isBeauty(*p.layers.beauty);
            });
        };
        const auto holds = [&](const Layer& layer) {
            return std::any_of(known.begin(), known.end(), [&](const Picture& p) {
                return p.view == layer.view && !p.path.empty() && isBeginning(p.path, layer.path);
            });
        };
        for (const Layer& layer : layers_) {
            const Path parent = parentOf(layer.path);
            if (layer.kind == LayerKind::pass && layer.isColour() && isViewLayer(parent) && !holds(layer) &&
                kindOf(parent.back()) != LayerKind::pass)
                addPicture(layer, parent);
        }
    }

    void putMainFirst() {
        const std::string& firstView = layers_.empty() ? std::string() : firstViewOf();
        const auto order = [&](const Picture& p) { return std::pair(p.view != firstView, p.rank); };
        const auto main = std::min_element(pictures_.begin(), pictures_.end(),
                                           [&](const auto& a, const auto& b) { return order(a) < order(b); });
        if (strict_ && main->layers.beauty && main->rank >= unknownRank)
            requireOne(firstView);
        std::rotate(pictures_.begin(), main, main + 1);
    }

    const std::string& firstViewOf() const {
        for (const Part& part : image_.parts)
            if (!part.view.empty())
                for (const Layer& layer : layers_)
                    if (layer.view == part.view)
                        return layer.view;
        return layers_.front().view;
    }

    // Pictures that have a name for what they are, or an alpha, stand for themselves.
    void requireOne(const std::string& view) const {
        std::vector<const Layer*> candidates;
        for (const Picture& picture : pictures_)
            if (picture.view == view && picture.layers.beauty->kind == LayerKind::unknown &&
                !picture.layers.beauty->find({"a", "alpha"}))
                candidates.push_back(picture.layers.beauty);
        if (candidates.size() > 1)
            refuse(
                fmt::format("which layer is the beauty? It may be {}; choose with --beauty LAYER, and name "
                            "light passes that have its motion with --passes",
                            listOf(candidates)));
    }

    std::size_t pictureOf(const Layer& layer) const {
        std::size_t found = 0, first = pictures_.size();
        int length = -1;
        const auto take = [&](std::size_t i, int l) {
            if (l > length) {
                found = i;
                length = l;
            }
        };
        for (std::size_t i = 0; i < pictures_.size(); ++i) {
            const Picture& picture = pictures_[i];
            if (picture.view != layer.view)
                continue;
            first = std::min(first, i);
            if (picture.layers.beauty == &layer)
                return i;
            if (isBeginning(picture.path, layer.path))
                take(i, int(2 * picture.path.size()));
            else if (!picture.path.empty() && !layer.path.empty() &&
                     namesPicture(layer.path.back(), picture.path.back()))
                take(i, 1);
        }
        return length >= 0 ? found : first < pictures_.size() ? first : 0;
    }

    void chooseRoles() {
        for (Picture& picture : pictures_)
            for (const Layer* layer : picture.layers.all) {
                if (depths_.contains(layer) && !picture.layers.depth)
                    picture.layers.depth = layer;
                if (std::find(vectors_.begin(), vectors_.end(), layer) != vectors_.end())
                    picture.layers.vectors.push_back(layer);
            }
    }

    const Image& image_;
    const RoleOptions& options_;
    const bool strict_;
    std::vector<Layer> layers_;
    std::set<const Layer*> chosen_, depths_;
    std::vector<const Layer*> vectors_;
    std::vector<Picture> pictures_;
};

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
