#include "pipeline/frame_check.h"

#include "base/hash.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"

#include <fmt/format.h>

namespace inbetween {

std::string pixelsDiffer(const std::filesystem::path& file, const ManifestFrame& frame,
                         std::size_t maxPixels) {
    try {
        const std::string hash = pixelHash(readExr(file, {.channels = {}, .maxPixels = maxPixels}));
        return hash == frame.pixelHash ? ""
                                       : fmt::format("{}: has the pixel hash {}, the manifest says {}",
                                                     file.string(), hash, frame.pixelHash);
    } catch (const Error& error) {
        return error.what();
    }
}

std::string bytesDiffer(const std::filesystem::path& file, const ManifestFrame& frame) {
    if (frame.fileHash.empty())
        return "";
    try {
        return hashOfFile(file) == frame.fileHash
                   ? ""
                   : fmt::format("{}: its bytes were changed since it was written", file.string());
    } catch (const Error& error) {
        return error.what();
    }
}

} // namespace inbetween
