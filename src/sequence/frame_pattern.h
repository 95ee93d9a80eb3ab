// File names and the frame numbers in them.
#pragma once

#include "inbetween/sequence.h"

#include <optional>
#include <string>
#include <string_view>

namespace inbetween {

// A file name cut at its frame number.
struct NumberedName {
    std::string prefix, suffix;
    std::string digits; // without the sign
    int number = 0;
};

// Nothing where `number` ("0012", "-0012") is no int.
std::optional<NumberedName> numberedName(std::string_view prefix, std::string_view number,
                                         std::string_view suffix);

// The frame number in one name alone: the last number between separators ("sh_v2.0012.exr" is 12,
// "shot_0012_v03.exr" too), else the last one that is no version, else the last one. Empty without any.
std::optional<NumberedName> splitName(const std::string& fileName);

// The frame number of a file of the pattern, with any padding.
std::optional<NumberedName> matchPattern(const FramePattern& pattern, const std::string& fileName);

// shot.####.exr, shot.@@@@.exr, shot.%04d.exr; empty where the last part of `text` has no place for a number.
// Throws Error(input) where it has several.
std::optional<FramePattern> parsePattern(const std::filesystem::path& text);

} // namespace inbetween
