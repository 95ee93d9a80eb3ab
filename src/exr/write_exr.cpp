#include "base/atomic_file.h"
#include "exr/depth.h"
#include "exr/exr_header.h"
#include "exr/frame_buffer.h"
#include "exr/names.h"
#include "exr/output_stream.h"
#include "exr/storage_fault.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFloatAttribute.h>
#include <OpenEXR/ImfMultiPartOutputFile.h>
#include <OpenEXR/ImfOutputPart.h>
#include <OpenEXR/ImfPartType.h>
#include <OpenEXR/ImfStringAttribute.h>
#include <OpenEXR/ImfThreading.h>
#include <OpenEXR/ImfTiledOutputPart.h>
#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace inbetween {
namespace {

// Nobody else looks at the lengths before OpenEXR reads through bare pointers.
void checkSamples(const std::filesystem::path& path, const Image& image) {
    if (image.parts.empty())
        throw Error(ErrorKind::output,
                    fmt::format("{}: an image without parts cannot be written", path.string()));
    for (const Part& part : image.parts)
        for (const Channel& channel : part.channels)
            if (channel.samples.size() != byteCount(part.dataWindow, channel))
                throw Error(ErrorKind::output,
                            fmt::format("{}: channel {} has {} bytes of samples, {} were expected",
                                        path.string(), channel.name, channel.samples.size(),
                                        byteCount(part.dataWindow, channel)));
}

Imf::Header makeHeader(const Image& image, const Part& part, const WriteOptions& options) {
    Imf::Header header = part.header ? part.header->imf : Imf::Header();
    header.displayWindow() = image.displayWindow;
    header.dataWindow() = part.dataWindow;
    Imf::ChannelList channels;
    for (const Channel& channel : part.channels)
        channels.insert(channel.name, Imf::Channel(toImf(channel.type), channel.xSampling, channel.ySampling,
                                                   channel.perceptuallyLinear));
    header.channels() = channels;
    if (options.compression != Compression::keep)
        header.compression() = toImf(options.compression);
    // OpenEXR keeps the level beside the attributes and does not fill it from a file's.
    if (const auto* level = header.findTypedAttribute<Imf::FloatAttribute>("dwaCompressionLevel"))
        header.dwaCompressionLevel() = level->value();
    if (!part.name.empty())
        header.setName(part.name);
    if (!part.view.empty())
        header.setView(part.view);
    // A tiled source stays tiled, as its readers expect, but at full resolution only: smaller levels are
    // filtered copies for textures, and how the source was filtered is not known.
    header.setType(header.hasTileDescription() ? Imf::TILEDIMAGE : Imf::SCANLINEIMAGE);
    if (header.hasTileDescription())
        header.tileDescription().mode = Imf::ONE_LEVEL;
    else if (header.lineOrder() == Imf::RANDOM_Y)
        header.lineOrder() = Imf::INCREASING_Y; // scan lines have no random order
    for (const auto& [name, value] : options.attributes)
        header.insert(name, Imf::StringAttribute(value));
    return header;
}

std::vector<Imf::Header> makeHeaders(const Image& image, const WriteOptions& options) {
    std::vector<Imf::Header> headers;
    for (const Part& part : image.parts) {
        headers.push_back(makeHeader(image, part, options));
        // In a file of several parts each must have a name of its own.
        if (image.parts.size() > 1 && part.name.empty())
            headers.back().setName(fmt::format("part{}", headers.size() - 1));
    }
    return headers;
}

void writeParts(OutputStream& stream, const std::vector<Imf::Header>& headers, const Image& image) {
    Imf::MultiPartOutputFile file(stream, headers.data(), static_cast<int>(headers.size()), true,
                                  Imf::globalThreadCount());
    for (int i = 0; i < static_cast<int>(headers.size()); ++i) {
        const Imf::FrameBuffer buffer = frameBufferOf(image.parts[i]);
        if (headers[i].type() == Imf::TILEDIMAGE) {
            Imf::TiledOutputPart output(file, i);
            output.setFrameBuffer(buffer);
            output.writeTiles(0, output.numXTiles(0) - 1, 0, output.numYTiles(0) - 1);
        } else {
            Imf::OutputPart output(file, i);
            output.setFrameBuffer(buffer);
            output.writePixels(height(image.parts[i].dataWindow));
        }
    }
}

// Whether readers will see other samples than were written.
bool isLossy(Imf::Compression compression, SampleType type) {
    switch (compression) {
    case Imf::PXR24_COMPRESSION:
        return type == SampleType::float32;
    case Imf::B44_COMPRESSION:
    case Imf::B44A_COMPRESSION:
        return type == SampleType::half;
    case Imf::DWAA_COMPRESSION:
    case Imf::DWAB_COMPRESSION:
        return type != SampleType::uint32;
    case Imf::NO_COMPRESSION:
    case Imf::RLE_COMPRESSION:
    case Imf::ZIPS_COMPRESSION:
    case Imf::ZIP_COMPRESSION:
    case Imf::PIZ_COMPRESSION:
        return false;
    default:
        return true; // one that newer OpenEXR knows
    }
}

bool isLossy(const std::vector<Imf::Header>& headers, const Image& image) {
    for (std::size_t i = 0; i < headers.size(); ++i)
        for (const Channel& channel : image.parts[i].channels)
            if (isLossy(headers[i].compression(), channel.type))
                return true;
    return false;
}

Image readStored(const std::filesystem::path& file) {
    return readExr(file, {.channels = {}, .maxPixels = std::numeric_limits<std::size_t>::max()});
}

// Parts that hold something else than was meant become zip; one line a part. False where all are right.
bool avoidFaults(std::vector<Imf::Header>& headers, const Image& meant, const Image& stored,
                 std::vector<std::string>& notes) {
    bool any = false;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        Imf::Compression& compression = headers[i].compression();
        const std::string fault = storageFault(meant.parts[i], stored.parts[i]);
        if (fault.empty() || compression == Imf::ZIP_COMPRESSION)
            continue;
        notes.push_back(fmt::format("{}written as zip, not {}: {}",
                                    meant.parts.size() > 1 ? fmt::format("part {}: ", i) : "",
                                    compressionName(compression), fault));
        compression = Imf::ZIP_COMPRESSION;
        any = true;
    }
    return any;
}

class StoredFile {
public:
    StoredFile(std::filesystem::path path, const Image& image, const WriteOptions& options)
        : path_(std::move(path)), image_(image), options_(options), headers_(makeHeaders(image, options)) {}

    // Returns the pixel hash.
    std::string write(std::vector<std::string>& notes) {
        std::string hash;
        writeFileAtomically(path_, [&](const std::filesystem::path& temporary) {
            writeTo(temporary);
            hash = pixelHash(image_);
            if (isLossy(headers_, image_)) {
                Image stored = readStored(temporary);
                if (avoidFaults(headers_, image_, stored, notes)) {
                    writeTo(temporary);
                    stored = readStored(temporary);
                }
                requireStored(stored);
                hash = pixelHash(stored);
            }
            if (options_.readBack)
                requireReadBack(temporary, hash);
        });
        return hash;
    }

private:
    void writeTo(const std::filesystem::path& temporary) const {
        OutputStream stream(temporary, path_);
        try {
            writeParts(stream, headers_, image_);
        } catch (const Error&) {
            throw;
        } catch (const std::exception& error) {
            throw Error(ErrorKind::output,
                        fmt::format("{}: cannot be written: {}", path_.string(), error.what()));
        }
        stream.close();
    }

    void requireStored(const Image& stored) const {
        for (std::size_t i = 0; i < stored.parts.size(); ++i)
            if (const std::string fault = storageFault(image_.parts[i], stored.parts[i]); !fault.empty())
                throw Error(ErrorKind::output, fmt::format("{}: is not stored as it was meant: {}; choose "
                                                           "another --compression",
                                                           path_.string(), fault));
    }

    void requireReadBack(const std::filesystem::path& temporary, const std::string& hash) const {
        dropFromCache(temporary);
        if (pixelHash(readStored(temporary)) != hash)
            throw Error(ErrorKind::output,
                        fmt::format("{}: what is read back is not what was written; check the disk and its "
                                    "connection",
                                    path_.string()));
    }

    const std::filesystem::path path_;
    const Image& image_;
    const WriteOptions& options_;
    std::vector<Imf::Header> headers_;
};

} // namespace

std::string writeExr(const std::filesystem::path& path, const Image& image, const WriteOptions& options,
                     std::vector<std::string>* notes) {
    checkSamples(path, image);
    std::vector<std::string> ignored;
    std::vector<std::string>& told = notes ? *notes : ignored;
    if (needsConversion(image, options.depth))
        return StoredFile(path, convertDepth(image, options.depth), options).write(told);
    return StoredFile(path, image, options).write(told);
}

} // namespace inbetween
