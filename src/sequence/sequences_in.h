// The sequences in a folder.
#pragma once

#include "sequence/name_places.h"

#include <filesystem>
#include <vector>

namespace inbetween {

// The .exr files of a folder; hidden ones, which temporaries are, do not count. Throws Error(input) where it
// cannot be read.
NumberedGroups groupFiles(const std::filesystem::path& directory);
// Those of them that are sequences; some may have one file only.
std::vector<NumberedFiles> sequencesIn(const std::filesystem::path& directory);

std::vector<std::string> fileNames(const std::filesystem::path& directory); // sorted
std::vector<int> numbersOf(const NumberedFiles& files);                     // ascending, unique
FramePattern patternOf(const NumberedFiles& files, const std::filesystem::path& directory);

} // namespace inbetween
