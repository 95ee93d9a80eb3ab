#include "roles/grouping.h"

#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace inbetween {
namespace {

using Path = std::vector<std::string>;

constexpr int unknownRank = 1000; // of layers whose name tells nothing

Path parentOf(const Path& path) {
    return Path(path.begin(), path.end() - (path.empty() ? 0 : 1));
}

bool isBeginning(const Path& begin, const Path& path) {
    return begin.size() <= path.size() && std::equal(begin.begin(), begin.end(), path.begin());
}

// "fg_depth" and "depth_fg" are of the picture "fg".
bool namesPicture(const std::string& layer, const std::string& picture) {
    const auto separates = [](char c) { return c == '_' || c == '-' || c == ' '; };
    if (layer.size() < picture.size() + 2)
        return false;
    return (layer.starts_with(picture) && separates(layer[picture.size()])) ||
           (layer.ends_with(picture) && separates(layer[layer.size() - picture.size() - 1]));
}

std::string listOf(const std::vector<const Layer*>& layers) {
    std::set<std::string> names;
    for (const Layer* layer : layers)
        names.insert(layer->path.empty() ? "channels without a layer" : layer->joinedPath("."));
    return fmt::format("{}", fmt::join(names, ", "));
}

} // namespace

Grouping::Grouping(const Image& image, const RoleOptions& options, bool strict)
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

std::string Grouping::nameOf(const Picture& picture) const {
    const bool severalViews = std::ranges::any_of(layers_, [&](const Layer& layer) {
        return layer.view != layers_.front().view;
    });
    Path words = picture.path;
    if (severalViews && !picture.view.empty())
        words.insert(words.begin(), picture.view);
    return words.empty() ? "beauty" : fmt::format("{}", fmt::join(words, "."));
}

std::vector<const Layer*> Grouping::unknown() const {
    std::vector<const Layer*> layers;
    for (const Picture& picture : pictures_)
        if (const Layer* layer = picture.layers.beauty; layer && layer->kind == LayerKind::unknown &&
                                                        !chosen_.contains(layer) && layer->isColour() &&
                                                        layer->view == pictures_.front().view)
            layers.push_back(layer);
    return layers;
}

void Grouping::refuse(const std::string& why) const {
    throw Error(ErrorKind::usage,
                image_.path.empty() ? why : fmt::format("{}: {}", image_.path.string(), why));
}

// The layers that a pattern names. None are an error: an option never does nothing in silence.
std::vector<Layer*> Grouping::named(const std::string& pattern, const char* option) {
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

void Grouping::applyOptions() {
    // Channels without a layer are many things at once: naming one of them says nothing of the others.
    const auto take = [](Layer& layer, LayerKind kind) {
        if (!layer.path.empty())
            layer.kind = kind;
    };
    for (const Layer* layer : named(options_.beauty, "--beauty"))
        chosen_.insert(layer);
    for (const std::string& pattern : options_.identifiers)
        for (Layer* layer : named(pattern, "--ids")) {
            take(*layer, LayerKind::identifier);
            for (Layer::Component& component : layer->components)
                component.identifier = component.identifier || !layer->path.empty() ||
                                       component.name == lowerCase(pattern);
        }
    for (const std::string& pattern : options_.passes)
        for (Layer* layer : named(pattern, "--passes"))
            if (!chosen_.contains(layer))
                take(*layer, LayerKind::pass);
    for (Layer* layer : named(options_.depth, "--depth-layer")) {
        depths_.insert(layer);
        take(*layer, LayerKind::depth);
    }
    for (const std::string& pattern : options_.vectors)
        for (Layer* layer : named(pattern, "--vector-layer")) {
            vectors_.push_back(layer);
            take(*layer, LayerKind::vectors);
        }
}

bool Grouping::isBeauty(const Layer& layer) const {
    return layer.kind == LayerKind::beauty || chosen_.contains(&layer);
}

// Blender writes all passes of a view layer beside its "Combined", the user's own (AOVs) by any name.
bool Grouping::isOfBlendersViewLayer(const Layer& layer) const {
    return layer.path.size() > 1 && std::ranges::any_of(layers_, [&](const Layer& other) {
               return other.view == layer.view && !other.path.empty() && other.path.back() == "Combined" &&
                      parentOf(other.path) == parentOf(layer.path);
           });
}

bool Grouping::isPicture(const Layer& layer) const {
    if (chosen_.contains(&layer))
        return true;
    if (layer.kind != LayerKind::beauty && isOfBlendersViewLayer(layer))
        return false;
    return (layer.isColour() || layer.isLuminance()) &&
           (layer.kind == LayerKind::beauty || layer.kind == LayerKind::picture ||
            layer.kind == LayerKind::unknown);
}

int Grouping::rankOf(const Layer& layer) const {
    if (chosen_.contains(&layer))
        return -1;
    const int luminance = layer.isColour() ? 0 : unknownRank / 2;
    return luminance + (layer.path.empty()                ? 0
                        : layer.kind == LayerKind::beauty ? 1 + beautyRank(layer.path.back())
                                                          : unknownRank);
}

void Grouping::addPicture(const Layer& beauty, const Path& path) {
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
void Grouping::addViewLayersWithoutBeauty() {
    const std::vector<Picture> known = pictures_;
    const auto isViewLayer = [&](const Path& path) {
        return !path.empty() && kindOf(path.back()) != LayerKind::pass &&
               std::ranges::any_of(known, [&](const Picture& picture) {
                   return picture.path.size() == path.size() && isBeauty(*picture.layers.beauty);
               });
    };
    const auto isKnown = [&](const Layer& layer) {
        return std::ranges::any_of(known, [&](const Picture& picture) {
            return picture.view == layer.view && !picture.path.empty() &&
                   isBeginning(picture.path, layer.path);
        });
    };
    for (const Layer& layer : layers_)
        if (layer.kind == LayerKind::pass && layer.isColour() && isViewLayer(parentOf(layer.path)) &&
            !isKnown(layer))
            addPicture(layer, parentOf(layer.path));
}

void Grouping::putMainFirst() {
    const std::string view = firstViewOf(image_);
    const auto main = std::ranges::min_element(pictures_, {}, [&](const Picture& picture) {
        return std::pair(picture.view != view, picture.rank);
    });
    if (strict_ && main->layers.beauty && main->rank >= unknownRank)
        requireOne(view);
    std::rotate(pictures_.begin(), main, main + 1);
}

// Pictures that have a name for what they are, or an alpha, stand for themselves.
void Grouping::requireOne(const std::string& view) const {
    std::vector<const Layer*> candidates;
    for (const Picture& picture : pictures_)
        if (picture.view == view && picture.layers.beauty->kind == LayerKind::unknown &&
            !picture.layers.beauty->find({"a", "alpha"}))
            candidates.push_back(picture.layers.beauty);
    if (candidates.size() > 1)
        refuse(
            fmt::format("which layer is the beauty? It may be {}; choose with --beauty LAYER, and name light "
                        "passes that have its motion with --passes",
                        listOf(candidates)));
}

std::size_t Grouping::pictureOf(const Layer& layer) const {
    std::size_t found = 0; // what belongs to no other goes with the main one
    int best = -1;
    const auto offer = [&](std::size_t picture, int closeness) {
        if (closeness > best) {
            found = picture;
            best = closeness;
        }
    };
    for (std::size_t i = 0; i < pictures_.size(); ++i) {
        const Picture& picture = pictures_[i];
        if (picture.layers.beauty == &layer)
            return i;
        if (picture.view != layer.view)
            continue;
        if (!picture.path.empty() && isBeginning(picture.path, layer.path))
            offer(i, 3 + int(picture.path.size()));
        else if (!picture.path.empty() && !layer.path.empty() &&
                 namesPicture(layer.path.back(), picture.path.back()))
            offer(i, 2);
        else
            offer(i, picture.path.empty() ? 1 : 0);
    }
    return found;
}

void Grouping::chooseRoles() {
    for (Picture& picture : pictures_)
        for (const Layer* layer : picture.layers.all) {
            if (depths_.contains(layer) && !picture.layers.depth)
                picture.layers.depth = layer;
            if (std::ranges::find(vectors_, layer) != vectors_.end())
                picture.layers.vectors.push_back(layer);
        }
}

} // namespace inbetween
