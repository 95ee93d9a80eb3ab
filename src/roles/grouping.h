// Which layers of an image are pictures of their own, and which belong to them.
#pragma once

#include "roles/layers.h"
#include "roles/roles_of_layers.h"

#include <set>
#include <string>
#include <vector>

namespace inbetween {

// An eye, a view layer, a foreground.
struct Picture {
    std::string view;
    std::vector<std::string> path; // where its layers are: {"Env"} for "Env.Combined" and "Env.Depth"
    int rank = 0;                  // how sure it is that this is the main one: 0 is surest
    GroupLayers layers;
};

class Grouping {
public:
    // strict: throws as findGroups says; else takes the first of several that may be the beauty.
    Grouping(const Image& image, const RoleOptions& options, bool strict);

    const std::vector<Picture>& pictures() const { return pictures_; } // at least one, the main one first
    std::string nameOf(const Picture& picture) const;
    // Colour layers that nothing tells what they are: pictures, or light passes of one.
    std::vector<const Layer*> unknown() const;

private:
    using Path = std::vector<std::string>;

    [[noreturn]] void refuse(const std::string& why) const;
    std::vector<Layer*> named(const std::string& pattern, const char* option);
    void applyOptions();
    bool isBeauty(const Layer& layer) const;
    bool isOfBlendersViewLayer(const Layer& layer) const;
    bool isPicture(const Layer& layer) const;
    int rankOf(const Layer& layer) const;
    void addPicture(const Layer& beauty, const Path& path);
    void addViewLayersWithoutBeauty();
    void putMainFirst();
    void requireOne(const std::string& view) const;
    std::size_t pictureOf(const Layer& layer) const;
    void chooseRoles();

    const Image& image_;
    const RoleOptions& options_;
    const bool strict_;
    std::vector<Layer> layers_;
    std::set<const Layer*> chosen_, depths_;
    std::vector<const Layer*> vectors_;
    std::vector<Picture> pictures_;
};

} // namespace inbetween
