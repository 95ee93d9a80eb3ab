// Is a file of the output folder the one that the manifest tells of?
#pragma once

#include "inbetween/manifest.h"

#include <filesystem>
#include <string>

namespace inbetween {

// Why the pixels of a complete frame are not those of its record, in words; empty where they are, to the last
// sample.
std::string pixelsDiffer(const std::filesystem::path& file, const ManifestFrame& frame,
                         std::size_t maxPixels);
// The same of the files of its companions that were written.
std::string companionsDiffer(const std::filesystem::path& out, const ManifestFrame& frame,
                             std::size_t maxPixels);
// The same of its bytes, attributes and all; empty, too, where the manifest does not know them.
std::string bytesDiffer(const std::filesystem::path& file, const ManifestFrame& frame);

} // namespace inbetween
