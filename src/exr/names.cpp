#include "exr/names.h"

#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace inbetween {
namespace {

struct CompressionEntry {
    const char* name;
    Compression compression;
    Imf::Compression imf;
};

constexpr CompressionEntry compressions[] = {
    {"none", Compression::none, Imf::NO_COMPRESSION},   {"rle", Compression::rle, Imf::RLE_COMPRESSION},
    {"zips", Compression::zips, Imf::ZIPS_COMPRESSION}, {"zip", Compression::zip, Imf::ZIP_COMPRESSION},
    {"piz", Compression::piz, Imf::PIZ_COMPRESSION},    {"pxr24", Compression::pxr24, Imf::PXR24_COMPRESSION},
    {"b44", Compression::b44, Imf::B44_COMPRESSION},    {"b44a", Compression::b44a, Imf::B44A_COMPRESSION},
    {"dwaa", Compression::dwaa, Imf::DWAA_COMPRESSION}, {"dwab", Compression::dwab, Imf::DWAB_COMPRESSION},
};

[[noreturn]] void unknown(const char* what, const std::string& name, const std::string& known) {
    throw Error(ErrorKind::usage, fmt::format("no {} is called '{}'; there are {}", what, name, known));
}

} // namespace

std::string compressionName(Imf::Compression compression) {
    for (const CompressionEntry& entry : compressions)
        if (entry.imf == compression)
            return entry.name;
    return fmt::format("compression {}", static_cast<int>(compression));
}

Imf::Compression toImf(Compression compression) {
    return std::find_if(std::begin(compressions), std::end(compressions),
                        [&](const CompressionEntry& e) { return e.compression == compression; })
        ->imf;
}

Compression parseCompression(const std::string& name) {
    if (name == "keep")
        return Compression::keep;
    std::string known = "keep";
    for (const CompressionEntry& entry : compressions) {
        if (name == entry.name)
            return entry.compression;
        known += fmt::format(", {}", entry.name);
    }
    unknown("compression", name, known);
}

DepthPolicy parseDepth(const std::string& name) {
    if (name == "keep")
        return DepthPolicy::keep;
    if (name == "half")
        return DepthPolicy::half;
    if (name == "float")
        return DepthPolicy::float32;
    unknown("depth", name, "keep, half, float");
}

} // namespace inbetween
