#include "exr/exr_header.h"
#include "inbetween/exr.h"

#include <OpenEXR/ImfMultiView.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace inbetween {
namespace {

using Words = std::initializer_list<std::string_view>;

bool isOneOf(std::string_view text, Words words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

// "ViewLayer.Combined.R": group "viewlayer", layer "combined", component "r"; all in lower case.
// A channel without a layer of its own has its part's name as layer.
struct NamedChannel {
    ChannelRef ref;
    std::string group, layer, component;
    bool ownLayer = false;  // the layer is in the channel's name, not the part's
    bool otherView = false; // of a view that is not the first
    bool identifier = false;
};

void splitAtLastDot(const std::string& text, std::string& before, std::string& after) {
    const std::size_t dot = text.rfind('.');
    before = dot == std::string::npos ? "" : text.substr(0, dot);
    after = dot == std::string::npos ? text : text.substr(dot + 1);
}

bool endsWithWord(std::string_view text, std::string_view word) {
    return text.size() > word.size() && text.ends_with(word) &&
           isOneOf(text.substr(text.size() - word.size() - 1, 1), {"_", "-", " "});
}

bool namesIdentifier(const std::string& name) {
    return isOneOf(name, {"indexob", "indexma", "id", "objectid", "materialid", "instanceid", "primid",
                          "objid", "matid"}) ||
           endsWithWord(name, "id");
}

bool isIdentifier(const NamedChannel& channel, SampleType type, const std::string& fullName) {
    return type == SampleType::uint32 || fullName.find("crypto") != std::string::npos ||
           namesIdentifier(channel.layer) || namesIdentifier(channel.component);
}

// Views: either a part has one, or a single part lists them all and the channels' names hold them
// ("right.R").
class Views {
public:
    explicit Views(const Image& image) {
        for (const Part& part : image.parts)
            if (first_.empty())
                first_ = part.view;
    }

    static Imf::StringVector listed(const Part& part) {
        return part.header && Imf::hasMultiView(part.header->imf) ? Imf::multiView(part.header->imf)
                                                                  : Imf::StringVector();
    }

    bool isOther(const Part& part, const std::string& channelName) const {
        if (!part.view.empty())
            return part.view != first_;
        const Imf::StringVector views = listed(part);
        const std::string view = views.empty() ? "" : Imf::viewFromChannelName(channelName, views);
        return !view.empty() && view != views.front();
    }

    static std::string withoutView(const Part& part, const std::string& channelName) {
        const Imf::StringVector views = listed(part);
        if (views.empty())
            return channelName;
        const std::string view = Imf::viewFromChannelName(channelName, views);
        return view.empty() ? channelName : Imf::removeViewName(channelName, view);
    }

    // Parts are often called "rgba.left".
    static std::string partLayer(const Part& part) {
        const std::string ending = "." + part.view;
        return !part.view.empty() && part.name.ends_with(ending)
                   ? part.name.substr(0, part.name.size() - ending.size())
                   : part.name;
    }

private:
    std::string first_;
};

class RoleFinder {
public:
    explicit RoleFinder(const Image& image) : image_(image) {
        const Views views(image);
        for (int p = 0; p < int(image.parts.size()); ++p)
            for (int c = 0; c < int(image.parts[p].channels.size()); ++c)
                addChannel(views, p, c);
    }

    ChannelRoles find() {
        for (const NamedChannel& channel : channels_)
            if (channel.identifier)
                roles_.identifiers.push_back(channel.ref);
            else if (isRadiance(channel))
                roles_.radiance.push_back(channel.ref);
        // The other roles are those of the first view, and never an identifier's.
        std::erase_if(channels_, [](const NamedChannel& c) { return c.otherView || c.identifier; });
        findBeauty();
        findDepth();
        findVectors();
        return roles_;
    }

private:
    void addChannel(const Views& views, int p, int c) {
        const Part& part = image_.parts[p];
        const Channel& channel = part.channels[c];
        NamedChannel named;
        named.ref = {p, c};
        named.otherView = views.isOther(part, channel.name);
        std::string layers;
        splitAtLastDot(lowerCase(Views::withoutView(part, channel.name)), layers, named.component);
        named.ownLayer = !layers.empty();
        splitAtLastDot(named.ownLayer ? layers : lowerCase(Views::partLayer(part)), named.group, named.layer);
        named.identifier = isIdentifier(named, channel.type, lowerCase(part.name + "." + channel.name));
        channels_.push_back(named);
    }

    // The channel of the same part and layer with one of these component names.
    const NamedChannel* sibling(const NamedChannel& channel, Words components) const {
        for (const NamedChannel& other : channels_)
            if (other.ref.part == channel.ref.part && other.group == channel.group &&
                other.layer == channel.layer && other.ownLayer == channel.ownLayer &&
                isOneOf(other.component, components))
                return &other;
        return nullptr;
    }

    static bool isRadiance(const NamedChannel& c) {
        return isOneOf(c.component, {"r", "g", "b", "a", "y", "red", "green", "blue", "alpha"}) &&
               !isOneOf(c.layer, {"depth",        "z",          "zdepth",     "depthz",  "p",
                                  "pos",          "position",   "n",          "normal",  "normals",
                                  "pref",         "uv",         "st",         "vector",  "motion",
                                  "motionvector", "motionfore", "motionback", "forward", "backward"}) &&
               !(c.component == "y" && c.ownLayer && !isOneOf(c.layer, {"rgba", "beauty", "combined"}));
    }

    static ChannelRef refOf(const NamedChannel* channel) { return channel ? channel->ref : ChannelRef(); }

    // The channel of the lowest rank; of equals one of the beauty's group, then the first. Negative ranks do
    // not count.
    template <class Rank> const NamedChannel* best(Rank rank) const {
        const NamedChannel* found = nullptr;
        int lowest = 0;
        for (const NamedChannel& channel : channels_) {
            int r = rank(channel);
            if (r < 0)
                continue;
            r = 2 * r + (channel.group != beautyGroup_);
            if (!found || r < lowest) {
                found = &channel;
                lowest = r;
            }
        }
        return found;
    }

    // How sure it is that red's layer is the beauty.
    int beautyRank(const NamedChannel& red) const {
        if (!isOneOf(red.component, {"r", "red"}) || !sibling(red, {"g", "green"}) ||
            !sibling(red, {"b", "blue"}))
            return -1;
        const Words words = {"rgba", "rgb",  "beauty", "combined", "c",
                             "ci",   "main", "master", "color",    "colour"};
        const bool beautyWord = isOneOf(red.layer, words);
        if (!red.ownLayer && (red.layer.empty() || beautyWord || image_.parts.size() == 1))
            return 0;
        if (beautyWord)
            return 1 + int(std::find(words.begin(), words.end(), red.layer) - words.begin());
        return red.ownLayer ? 22 : 20; // 21 is luminance
    }

    void findBeauty() {
        const NamedChannel* first = best([&](const NamedChannel& c) {
            return c.component == "y" && (!c.ownLayer || isOneOf(c.layer, {"rgba", "beauty", "combined"})) &&
                           !sibling(c, {"x"})
                       ? 21
                       : beautyRank(c);
        });
        if (!first) // the only thing there is: better than nothing to follow
            first = best([](const NamedChannel& c) {
                return isOneOf(c.component, {"r", "red"}) ? 0 : isOneOf(c.component, {"a", "alpha"}) ? 2 : 1;
            });
        if (!first)
            return;
        const bool colour = isOneOf(first->component, {"r", "red"}) && beautyRank(*first) >= 0;
        roles_.red = first->ref;
        roles_.green = colour ? refOf(sibling(*first, {"g", "green"})) : first->ref;
        roles_.blue = colour ? refOf(sibling(*first, {"b", "blue"})) : first->ref;
        roles_.alpha = refOf(sibling(*first, {"a", "alpha"}));
        if (!roles_.alpha) // in a part or layer of its own
            roles_.alpha = refOf(best([](const NamedChannel& c) {
                return !isOneOf(c.component, {"a", "alpha"}) ? -1
                       : c.layer.empty()                     ? 0
                       : isOneOf(c.layer, {"a", "alpha"})    ? 1
                                                             : -1;
            }));
        beautyGroup_ = first->group;
    }

    int depthRank(const NamedChannel& c) const {
        if (isOneOf(c.layer, {"depth", "z", "zdepth", "depthz"}))
            return isOneOf(c.component, {"z", "depth"})                ? 1
                   : isOneOf(c.component, {"v", "y", "r", "x", "red"}) ? 2
                                                                       : -1;
        if (isOneOf(c.component, {"depth", "zdepth"}))
            return 3;
        // Z of a position or a normal has X and Y beside it; where it is alone in its layer, it is a depth.
        if (c.component != "z" || sibling(c, {"x", "y"}) ||
            isOneOf(c.layer,
                    {"p", "pos", "position", "n", "normal", "normals", "vector", "motion", "pref", "mist"}))
            return -1;
        return c.ownLayer ? 4 : 0;
    }

    void findDepth() {
        roles_.depth = refOf(best([&](const NamedChannel& c) { return depthRank(c); }));
    }

    const NamedChannel* layerNamed(std::string_view name) const {
        return best([&](const NamedChannel& c) { return c.layer == name ? 0 : -1; });
    }

    // The components of a layer in order; nothing where one is missing.
    std::vector<ChannelRef> components(std::string_view layer, std::initializer_list<Words> wanted) const {
        const NamedChannel* any = layerNamed(layer);
        std::vector<ChannelRef> refs;
        if (any)
            for (const Words& words : wanted)
                if (const NamedChannel* channel = sibling(*any, words))
                    refs.push_back(channel->ref);
        return refs.size() == wanted.size() ? refs : std::vector<ChannelRef>();
    }

    // Takes the vectors where every layer has all its components.
    bool takeVectors(const char* convention, Words layers, std::initializer_list<Words> wanted) {
        std::vector<ChannelRef> refs;
        for (std::string_view layer : layers) {
            const std::vector<ChannelRef> found = components(layer, wanted);
            if (found.empty())
                return false;
            refs.insert(refs.end(), found.begin(), found.end());
        }
        std::copy(refs.begin(), refs.end(), roles_.vector);
        roles_.vectorConvention = convention;
        return true;
    }

    void findVectors() {
        takeVectors("blender", {"vector"}, {{"x"}, {"y"}, {"z"}, {"w"}}) ||
            takeVectors("nuke", {"forward", "backward"}, {{"u"}, {"v"}}) ||
            takeVectors("renderman", {"motionfore", "motionback"}, {{"r", "x"}, {"g", "y"}}) ||
            takeVectors("arnold", {"motionvector"}, {{"r", "x"}, {"g", "y"}});
    }

    const Image& image_;
    std::vector<NamedChannel> channels_;
    ChannelRoles roles_;
    std::string beautyGroup_;
};

} // namespace

ChannelRoles findRoles(const Image& image) {
    return RoleFinder(image).find();
}

} // namespace inbetween
