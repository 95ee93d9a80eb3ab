#include "inbetween/layer_sequences.h"

#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "sequence/layer_words.h"
#include "sequence/sequences_in.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

struct Found {
    FramePattern pattern;
    std::vector<int> numbers; // ascending
};

std::vector<Found> foundIn(const fs::path& folder) {
    std::vector<Found> found;
    try {
        for (const NumberedFiles& files : sequencesIn(folder))
            found.push_back({patternOf(files, folder), numbersOf(files)});
    } catch (const Error&) { // a folder that cannot be read has no layers
    }
    std::erase_if(found, [](const Found& sequence) { return sequence.numbers.size() < 2; });
    return found;
}

std::vector<Found> foundBelow(const fs::path& folder) {
    std::vector<fs::path> folders;
    std::error_code error, ignored;
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
         it.increment(error))
        if (it->is_directory(ignored) && !it->path().filename().string().starts_with('.'))
            folders.push_back(it->path());
    std::ranges::sort(folders);
    std::vector<Found> found;
    for (const fs::path& below : folders)
        for (Found& sequence : foundIn(below))
            found.push_back(std::move(sequence));
    return found;
}

int framesInCommon(const Found& a, const Found& b) {
    return int(
        std::ranges::count_if(a.numbers, [&](int n) { return std::ranges::binary_search(b.numbers, n); }));
}

// Beside all others: its name has a word for the beauty, or no word that theirs lack.
bool isBeauty(const std::vector<Found>& all, std::size_t i) {
    for (std::size_t other = 0; other < all.size(); ++other)
        if (other != i) {
            const std::string layer = layerName(all[i].pattern, all[other].pattern);
            if (!namesBeauty(layer) && layer != "layer")
                return false;
        }
    return true;
}

std::optional<std::size_t> beautyOf(const std::vector<Found>& all) {
    std::optional<std::size_t> beauty;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (isBeauty(all, i)) {
            if (beauty)
                return std::nullopt;
            beauty = i;
        }
    return beauty;
}

std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

} // namespace

std::vector<std::string> findLayerSequences(const fs::path& folder) {
    std::vector<Found> found = foundIn(folder);
    if (found.empty())
        found = foundBelow(folder);
    const auto beauty = found.size() > 1 ? beautyOf(found) : std::nullopt;
    if (!beauty)
        return {};
    std::swap(found[0], found[*beauty]);
    std::vector<std::string> patterns;
    for (const Found& sequence : found)
        if (framesInCommon(found[0], sequence) > 1)
            patterns.push_back((sequence.pattern.directory / sequence.pattern.text()).string());
    return patterns.size() > 1 ? patterns : std::vector<std::string>();
}

std::string joinCommand(const std::vector<std::string>& patterns) {
    if (patterns.size() < 2)
        return "";
    std::string command = "inbetween run";
    for (const std::string& pattern : patterns)
        command += " " + quoted(pattern);
    return command + " -o OUT";
}

} // namespace inbetween
