#include "exr/input_file.h"
#include "inbetween/render_times.h"

#include <OpenEXR/ImfDoubleAttribute.h>
#include <OpenEXR/ImfFloatAttribute.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfIntAttribute.h>
#include <OpenEXR/ImfStringAttribute.h>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>

namespace inbetween {
namespace {

bool isRenderTime(const std::string& name) {
    const std::size_t at = name.find_last_of(".:/");
    std::string word = at == std::string::npos ? name : name.substr(at + 1);
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    constexpr std::string_view words[] = {"rendertime", "render_time", "rendertime_s", "total_time"};
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::optional<double> secondsOf(const Imf::Attribute& attribute) {
    std::optional<double> seconds;
    if (const auto* text = dynamic_cast<const Imf::StringAttribute*>(&attribute))
        return parseSeconds(text->value());
    if (const auto* number = dynamic_cast<const Imf::FloatAttribute*>(&attribute))
        seconds = number->value();
    else if (const auto* number = dynamic_cast<const Imf::DoubleAttribute*>(&attribute))
        seconds = number->value();
    else if (const auto* number = dynamic_cast<const Imf::IntAttribute*>(&attribute))
        seconds = number->value();
    return seconds && *seconds > 0 && std::isfinite(*seconds) ? seconds : std::nullopt;
}

} // namespace

std::optional<double> parseSeconds(const std::string& text) {
    double seconds = 0;
    const char *at = text.data(), *end = at + text.size();
    for (int fields = 0;; ++at) {
        double field = 0;
        const auto [next, error] = std::from_chars(at, end, field, std::chars_format::fixed);
        if (error != std::errc() || !(field >= 0) || ++fields > 3)
            return std::nullopt;
        seconds = 60 * seconds + field;
        at = next;
        if (at == end || *at == '\r')
            break;
        if (*at != ':')
            return std::nullopt;
    }
    return seconds > 0 && std::isfinite(seconds) ? std::optional(seconds) : std::nullopt;
}

std::optional<double> renderSeconds(const std::filesystem::path& exr) {
    const InputFile file = openInput(exr);
    return withReadErrors(exr, [&] {
        std::optional<double> greatest;
        const Imf::Header& header = file.imf->header(0);
        for (auto it = header.begin(); it != header.end(); ++it)
            if (isRenderTime(it.name()))
                if (const auto seconds = secondsOf(it.attribute()))
                    greatest = std::max(greatest.value_or(0.0), *seconds);
        return greatest;
    });
}

} // namespace inbetween
