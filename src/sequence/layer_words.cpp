#include "sequence/layer_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <vector>

namespace inbetween {
namespace {

using Words = std::vector<std::string>;

Words wordsOf(std::string_view text) {
    Words words(1);
    for (const char c : text)
        if (c == '.' || c == '_' || c == '-' || c == ' ')
            words.emplace_back();
        else
            words.back() += c;
    std::erase(words, "");
    return words;
}

std::string without(const Words& words, const Words& others) {
    std::string text;
    for (const std::string& word : words)
        if (std::ranges::find(others, word) == others.end())
            text += (text.empty() ? "" : "_") + word;
    return text;
}

// The extension is no word, and the number stands between words.
Words wordsOfName(const FramePattern& pattern) {
    return wordsOf(std::filesystem::path(pattern.prefix + "." + pattern.suffix).stem().string());
}

Words wordsOfFolder(const FramePattern& pattern) {
    std::error_code ignored;
    const std::filesystem::path folder =
        std::filesystem::absolute(pattern.directory, ignored).lexically_normal();
    return wordsOf((folder.has_filename() ? folder : folder.parent_path()).filename().string());
}

} // namespace

std::string layerName(const FramePattern& pattern, const FramePattern& other) {
    std::string layer = without(wordsOfName(pattern), wordsOfName(other));
    if (layer.empty())
        layer = without(wordsOfFolder(pattern), wordsOfFolder(other));
    return layer.empty() ? "layer" : layer;
}

bool namesBeauty(const std::string& layer) {
    std::string word = layer;
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    constexpr std::array<std::string_view, 11> beauties{"beauty",   "bty",    "rgba",      "rgb",
                                                        "combined", "image",  "main",      "master",
                                                        "color",    "colour", "finalimage"};
    return std::ranges::find(beauties, word) != beauties.end();
}

} // namespace inbetween
