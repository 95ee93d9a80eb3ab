#include "pipeline/frame_check.h"

#include "base/hash.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"

#include <fmt/format.h>

namespace inbetween {

namespace {

std::string hashDiffers(const std::filesystem::path& file, const std::string& wanted, std::size_t maxPixels) {
    try {
        const std::string hash = pixelHash(readExr(file, {.channels = {}, .maxPixels = maxPixels}));
        return hash == wanted ? ""
                              : fmt::format("{}: has the pixel hash {}, the manifest says {}", file.string(),
                                            hash, wanted);
    } catch (const Error& error) {
        return error.what();
    }
}

} // namespace

std::string pixelsDiffer(const std::filesystem::path& file, const ManifestFrame& frame,
                         std::size_t maxPixels) {
    return hashDiffers(file, frame.pixelHash, maxPixels);
}

std::string companionsDiffer(const std::filesystem::path& out, const ManifestFrame& frame,
                             std::size_t maxPixels) {
    for (const CompanionFile& file : frame.companions) {
        if (file.path.empty())
            continue;
        if (const std::string why = hashDiffers(out / file.path, file.pixelHash, maxPixels); !why.empty())
            return why;
        try {
            if (!file.fileHash.empty() && hashOfFile(out / file.path) != file.fileHash)
                return fmt::format("{}: its bytes were changed since it was written",
                                   (out / file.path).string());
        } catch (const Error& error) {
            return error.what();
        }
    }
    return "";
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
