#include "roles/cryptomatte.h"

#include "exr/exr_header.h"

#include <OpenEXR/ImfStringAttribute.h>
#include <algorithm>
#include <cctype>
#include <string_view>

namespace inbetween {

std::vector<std::string> cryptomatteNames(const Part& part) {
    constexpr std::string_view beginning = "cryptomatte/", ending = "/name";
    std::vector<std::string> names;
    if (!part.header)
        return names;
    for (auto it = part.header->imf.begin(); it != part.header->imf.end(); ++it) {
        const std::string_view key = it.name();
        const auto* text = dynamic_cast<const Imf::StringAttribute*>(&it.attribute());
        if (text && key.starts_with(beginning) && key.ends_with(ending) && !text->value().empty())
            names.push_back(text->value());
    }
    return names;
}

bool isOfCryptomatte(const std::string& layer, const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return layer.starts_with(name) &&
               std::all_of(layer.begin() + std::ptrdiff_t(name.size()), layer.end(),
                           [](unsigned char c) { return std::isdigit(c) != 0; });
    });
}

} // namespace inbetween
