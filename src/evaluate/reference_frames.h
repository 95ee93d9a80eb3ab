#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace inbetween {

// The rendered frames of a folder or pattern by their numbers. Other than for keyframes one frame is enough,
// and may be named by itself. Throws Error(input).
std::map<int, std::filesystem::path> referenceFrames(const std::string& what);

} // namespace inbetween
