// The numbers in a file name, and which of them is the frame.
#pragma once

#include "sequence/frame_pattern.h"

#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

// A number in a file name, as if it were the frame.
struct NamePlace {
    NumberedName name;
    bool alone = false; // between separators: "shot.0012.exr", "shot_0012_v02.exr"; not "cam01", "1920x1080"
    bool version = false; // "v02", "ver2", "rev3"
};

// Every number that is an int, from left to right; none in the extension. A '-' is its sign only where it
// cannot join words: at the start, after '.' or after '_'.
std::vector<NamePlace> placesIn(const std::string& fileName);

struct NumberedFile {
    NumberedName name;
    std::filesystem::path path;
};
using NumberedFiles = std::vector<NumberedFile>;

struct NumberedGroups {
    std::vector<NumberedFiles> sequences; // files of one prefix and suffix; some have one file only
    // Files whose names differ in a number that is no frame, as far as one can tell: a version, or a camera
    // or pass beside a number of its own that stays the same.
    std::vector<NumberedFiles> unlikely;
};

// `fileNames` are .exr files of `directory`. Files whose names differ in numbers alone are looked at
// together; the frame is the number that differs: one between separators if there is any, of several the
// last. The extension's case does not matter.
NumberedGroups groupByFrame(const std::vector<std::string>& fileNames,
                            const std::filesystem::path& directory);

} // namespace inbetween
