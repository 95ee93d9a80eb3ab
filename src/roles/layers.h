// The layers of an image: channels with the same part, view and name before the last dot.
#pragma once

#include "inbetween/image.h"
#include "inbetween/roles.h"
#include "roles/layer_names.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace inbetween {

struct Layer {
    struct Component {
        std::string name; // lower case: "r" of "diffuse.R"
        ChannelRef ref;
        bool identifier = false;
        bool integer = false; // stored as unsigned integers
    };
    int part = 0;
    std::string view;     // empty where there are none
    std::string name;     // without its view: "ViewLayer.Combined"; empty without one
    std::string fileName; // as in the file: "ViewLayer.Combined.left"
    std::vector<std::string>
        path;             // {"ViewLayer", "Combined"}; begins with the part's name where parts have one
    bool ownName = false; // the name is in the channels', not only the part's
    LayerKind kind = LayerKind::unknown; // of the last word of the path
    std::vector<Component> components;

    const Component* find(std::initializer_list<std::string_view> names) const;
    bool isColour() const;    // red, green and blue
    bool isLuminance() const; // Y, with or without subsampled chroma, and no X beside it
    std::string joinedPath(const char* separator) const;
    bool isNamed(const std::string& pattern, const Image& image) const; // see RoleOptions
};

std::vector<Layer> layersOf(const Image& image);
// The view of the main picture; empty where there are none.
std::string firstViewOf(const Image& image);

} // namespace inbetween
