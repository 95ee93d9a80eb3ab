#include "sequence/name_places.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace inbetween {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isSeparator(char c) {
    return c == '.' || c == '_' || c == '-' || c == ' ';
}

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

// The letters before a number: "v" of "shot_v02".
bool endsInVersion(std::string_view before) {
    std::size_t begin = before.size();
    while (begin > 0 && std::isalpha(static_cast<unsigned char>(before[begin - 1])))
        --begin;
    const std::string word = lowerCase(std::string(before.substr(begin)));
    return word == "v" || word == "ver" || word == "version" || word == "rev";
}

struct ShapedFile {
    std::string fileName;
    std::vector<NamePlace> places;
};
using Shape = std::vector<ShapedFile>; // the names differ in their numbers alone

// The name with a mark for each number.
std::string shapeOf(const ShapedFile& file) {
    std::string shape;
    std::size_t from = 0;
    for (const NamePlace& place : file.places) {
        shape += file.fileName.substr(from, place.name.prefix.size() - from) + '\0';
        from = file.fileName.size() - place.name.suffix.size();
    }
    const std::size_t extension = std::max(from, std::min(file.fileName.rfind('.'), file.fileName.size()));
    return shape + file.fileName.substr(from, extension - from) + lowerCase(file.fileName.substr(extension));
}

bool differsAt(const Shape& files, std::size_t place) {
    const NumberedName& first = files.front().places[place].name;
    return std::any_of(files.begin(), files.end(), [&](const ShapedFile& file) {
        const NumberedName& name = file.places[place].name;
        return name.number != first.number || name.digits != first.digits;
    });
}

struct FramePlace {
    std::size_t place = 0;
    std::optional<std::size_t> unlikely; // the names differ here, which looks like no frame
};

template <class Wanted>
std::optional<std::size_t> lastPlace(const std::vector<NamePlace>& places, const Wanted& wanted) {
    for (std::size_t i = places.size(); i-- > 0;)
        if (wanted(i))
            return i;
    return std::nullopt;
}

FramePlace framePlaceOf(const Shape& files) {
    const std::vector<NamePlace>& places = files.front().places;
    const auto differing = [&](std::size_t i) { return differsAt(files, i); };
    const auto alone = [&](std::size_t i) { return places[i].alone; };
    if (const auto last = lastPlace(places, [&](std::size_t i) { return alone(i) && differing(i); }))
        return {*last, {}};
    const auto stays = lastPlace(places, alone);
    const auto differs = lastPlace(places, [&](std::size_t i) {
        return differing(i) && (stays || !places[i].version);
    });
    if (stays)
        return {*stays, differs};
    if (differs)
        return {*differs, {}};
    const auto plain = lastPlace(places, [&](std::size_t i) { return !places[i].version; });
    return {plain.value_or(places.size() - 1), lastPlace(places, differing)};
}

// By what is before and after the number at `place`.
std::vector<NumberedFiles> splitAt(const Shape& files, std::size_t place,
                                   const std::filesystem::path& directory) {
    std::map<std::pair<std::string, std::string>, NumberedFiles> groups;
    for (const ShapedFile& file : files) {
        const NumberedName& name = file.places[place].name;
        groups[{name.prefix, lowerCase(name.suffix)}].push_back({name, directory / file.fileName});
    }
    std::vector<NumberedFiles> list;
    for (auto& [key, group] : groups)
        list.push_back(std::move(group));
    return list;
}

} // namespace

std::vector<NamePlace> placesIn(const std::string& fileName) {
    const std::string_view name = fileName;
    const std::size_t extension = std::min(name.rfind('.'), name.size());
    std::vector<NamePlace> places;
    for (std::size_t begin = 0, end; begin < extension; begin = end) {
        end = begin + 1;
        if (!isDigit(name[begin]))
            continue;
        while (end < extension && isDigit(name[end]))
            ++end;
        std::size_t signedBegin = begin;
        if (begin > 0 && name[begin - 1] == '-' &&
            (begin == 1 || name[begin - 2] == '.' || name[begin - 2] == '_'))
            --signedBegin;
        const auto numbered = numberedName(name.substr(0, signedBegin),
                                           name.substr(signedBegin, end - signedBegin), name.substr(end));
        if (numbered)
            places.push_back({*numbered,
                              (begin == 0 || isSeparator(name[begin - 1])) &&
                                  (end == name.size() || isSeparator(name[end])),
                              endsInVersion(name.substr(0, begin))});
    }
    return places;
}

std::optional<NumberedName> splitName(const std::string& fileName) {
    const ShapedFile file{fileName, placesIn(fileName)};
    return file.places.empty() ? std::nullopt : std::optional(file.places[framePlaceOf({file}).place].name);
}

NumberedGroups groupByFrame(const std::vector<std::string>& fileNames,
                            const std::filesystem::path& directory) {
    std::map<std::string, Shape> shapes;
    for (const std::string& fileName : fileNames) {
        const ShapedFile file{fileName, placesIn(fileName)};
        if (!file.places.empty())
            shapes[shapeOf(file)].push_back(file);
    }
    NumberedGroups groups;
    const auto append = [](std::vector<NumberedFiles>& to, std::vector<NumberedFiles> from) {
        std::move(from.begin(), from.end(), std::back_inserter(to));
    };
    for (const auto& [text, shape] : shapes) {
        const FramePlace frame = framePlaceOf(shape);
        if (frame.unlikely)
            append(groups.unlikely, splitAt(shape, *frame.unlikely, directory));
        else
            append(groups.sequences, splitAt(shape, frame.place, directory));
    }
    return groups;
}

} // namespace inbetween
