// Where things lie in an OpenEXR file, looked at before OpenEXR takes memory for what the file claims.
#pragma once

#include <OpenEXR/ImfMultiPartInputFile.h>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace inbetween {

struct FileLayout {
    std::uint64_t bytes = 0;  // of the file
    std::uint64_t tables = 0; // where the tables of chunk offsets begin, right after the headers
};

// Walks the headers of an open file from attribute to attribute. Throws Error(input) that names `path`: the
// headers are cut off, an attribute is longer than the file, or all of them are longer than any renderer
// writes.
FileLayout findLayout(int fd, const std::filesystem::path& path);

// For each part: do its lines, or the tiles of its full resolution, go on beyond the end of the file?
std::vector<bool> findCutOffParts(int fd, const FileLayout& layout, const Imf::MultiPartInputFile& file);

} // namespace inbetween
