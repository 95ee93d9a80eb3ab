#include "roles/layers.h"

#include "exr/exr_header.h"
#include "roles/cryptomatte.h"

#include <OpenEXR/ImfMultiView.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

namespace inbetween {
namespace {

std::vector<std::string> splitAtDots(const std::string& text) {
    std::vector<std::string> words(1);
    for (const char c : text)
        if (c == '.')
            words.emplace_back();
        else
            words.back() += c;
    std::erase(words, "");
    return words;
}

std::string layerNameOf(const std::string& channel) {
    const std::size_t dot = channel.rfind('.');
    return dot == std::string::npos ? "" : channel.substr(0, dot);
}

Imf::StringVector viewsOf(const Part& part) {
    return part.header && Imf::hasMultiView(part.header->imf) ? Imf::multiView(part.header->imf)
                                                              : Imf::StringVector();
}

// Either a part has a view, or a single part lists them all and the channels' names hold them ("right.R").
class LayerList {
public:
    explicit LayerList(const Image& image) : image_(image), firstView_(firstViewOf(image)) {
        for (int p = 0; p < int(image.parts.size()); ++p) {
            cryptomattes_ = cryptomatteNames(image.parts[p]);
            for (int c = 0; c < int(image.parts[p].channels.size()); ++c)
                add(p, c);
        }
    }

    std::vector<Layer> take() { return std::move(layers_); }

private:
    void add(int p, int c) {
        const Part& part = image_.parts[p];
        const Channel& channel = part.channels[c];
        std::string name = channel.name;
        const std::string view = takeView(part, name);
        const std::string layerName = layerNameOf(name);
        const std::string component = lowerCase(name.substr(name.rfind('.') + 1));
        Layer& layer = layerOf(p, view, layerName, layerNameOf(channel.name));
        // A channel without a layer has a name of its own: "id" beside "R".
        const bool identifier = channel.type == SampleType::uint32 || layer.kind == LayerKind::identifier ||
                                isOfCryptomatte(layerName, cryptomattes_) ||
                                (!layer.ownName && isOfCryptomatte(part.name, cryptomattes_)) ||
                                namesIdentifier(component);
        layer.components.push_back({component, {p, c}, identifier, channel.type == SampleType::uint32});
    }

    // The view's name is removed from the channel's. What is of no view goes with the first.
    std::string takeView(const Part& part, std::string& channelName) const {
        if (!part.view.empty())
            return part.view;
        const Imf::StringVector views = viewsOf(part);
        if (views.empty())
            return firstView_;
        const std::string view = Imf::viewFromChannelName(channelName, views);
        if (view.empty())
            return views.front();
        channelName = Imf::removeViewName(channelName, view);
        return view;
    }

    Layer& layerOf(int p, const std::string& view, const std::string& name, const std::string& fileName) {
        for (Layer& layer : layers_)
            if (layer.part == p && layer.view == view && layer.name == name)
                return layer;
        Layer layer;
        layer.part = p;
        layer.view = view;
        layer.name = name;
        layer.fileName = fileName;
        layer.ownName = !name.empty();
        layer.path = pathOf(image_.parts[p], name);
        layer.kind = layer.path.empty() ? LayerKind::beauty : kindOf(layer.path.back());
        layers_.push_back(layer);
        return layers_.back();
    }

    // The part's name counts where there are several, and where it is not the beginning of the layer's.
    std::vector<std::string> pathOf(const Part& part, const std::string& layer) const {
        std::vector<std::string> path = splitAtDots(layer);
        const bool oneNamedPart = image_.parts.size() == 1 && path.empty() &&
                                  kindOf(part.name) != LayerKind::unknown;
        if (image_.parts.size() == 1 && !oneNamedPart)
            return path;
        // Parts are often called "rgba.left".
        std::vector<std::string> begin = splitAtDots(part.name);
        if (!begin.empty() && begin.back() == part.view)
            begin.pop_back();
        const bool repeated = path.size() >= begin.size() &&
                              std::equal(begin.begin(), begin.end(), path.begin());
        if (!repeated)
            path.insert(path.begin(), begin.begin(), begin.end());
        // "Combined.left" is the eye's, as "left.Combined" is.
        if (path.size() > 1 && (lowerCase(path.back()) == "left" || lowerCase(path.back()) == "right"))
            std::rotate(path.begin(), path.end() - 1, path.end());
        return path;
    }

    const Image& image_;
    std::string firstView_;
    std::vector<std::string> cryptomattes_; // of the part that is looked at
    std::vector<Layer> layers_;
};

bool matches(const std::string& pattern, const std::string& name) {
    return pattern == name || ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

} // namespace

const Layer::Component* Layer::find(std::initializer_list<std::string_view> names) const {
    for (const Component& component : components)
        if (!component.identifier && std::find(names.begin(), names.end(), component.name) != names.end())
            return &component;
    return nullptr;
}

bool Layer::isColour() const {
    return find({"r", "red"}) && find({"g", "green"}) && find({"b", "blue"});
}

bool Layer::isLuminance() const {
    return find({"y"}) && !find({"x"}) && (path.empty() || kind == LayerKind::beauty);
}

bool Layer::isNamed(const std::string& pattern, const Image& image) const {
    if (matches(pattern, joinedPath(".")) || (!path.empty() && matches(pattern, path.back())))
        return true;
    const Part& of = image.parts[part];
    if (matches(pattern, name) || matches(pattern, of.name + ":" + name) ||
        (!ownName && matches(pattern, of.name)))
        return true;
    return std::any_of(components.begin(), components.end(), [&](const Component& component) {
        return matches(pattern, of.channels[component.ref.channel].name);
    });
}

std::string Layer::joinedPath(const char* separator) const {
    return fmt::format("{}", fmt::join(path, separator));
}

std::string firstViewOf(const Image& image) {
    for (const Part& part : image.parts)
        if (!part.view.empty())
            return part.view;
        else if (const Imf::StringVector views = viewsOf(part); !views.empty())
            return views.front();
    return "";
}

std::vector<Layer> layersOf(const Image& image) {
    return LayerList(image).take();
}

} // namespace inbetween
