#include "exr/exr_header.h"
#include "exr/frame_buffer.h"
#include "exr/input_file.h"
#include "exr/names.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfInputPart.h>
#include <OpenEXR/ImfPartType.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <OpenEXR/ImfStringAttribute.h>
#include <OpenEXR/ImfThreading.h>
#include <OpenEXR/ImfTiledInputPart.h>
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

namespace inbetween {
namespace {

constexpr std::size_t maxChannels = 4096;
// maxPixels bounds one plane; this many planes of that size are the most that a file may ask memory for.
constexpr std::size_t maxPlanes = 16;
constexpr std::size_t maxSide = 1 << 18;
// Pixels that compress better than any render are a decompression bomb, or empty: only so many bytes of them
// are read, for each of maxPixels.
constexpr std::size_t maxExpansion = 200, maxExpandedBytesPerPixel = 6;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", path.string(), why));
}

std::string storageName(const std::string& type) {
    if (type == Imf::SCANLINEIMAGE)
        return "scanline";
    if (type == Imf::TILEDIMAGE)
        return "tiled";
    if (type == Imf::DEEPSCANLINE)
        return "deep scanline";
    if (type == Imf::DEEPTILE)
        return "deep tiled";
    return type;
}

ExrInfo::PartInfo describePart(const InputFile& input, int index) {
    const Imf::MultiPartInputFile& file = *input.imf;
    const Imf::Header& header = file.header(index);
    ExrInfo::PartInfo part;
    part.index = index;
    part.name = header.hasName() ? header.name() : "";
    part.view = header.hasView() ? header.view() : "";
    part.compression = compressionName(header.compression());
    part.storage = storageName(header.hasType() ? header.type() : Imf::SCANLINEIMAGE);
    part.dataWindow = header.dataWindow();
    part.complete = file.partComplete(index);
    part.cutOff = input.cutOff[std::size_t(index)];
    const Imf::ChannelList& channels = header.channels();
    for (auto it = channels.begin(); it != channels.end(); ++it)
        part.channels.push_back(
            {it.name(), fromImf(it.channel().type), it.channel().xSampling, it.channel().ySampling});
    return part;
}

ExrInfo describe(const InputFile& input, const std::filesystem::path& path) {
    const Imf::MultiPartInputFile& file = *input.imf;
    ExrInfo info;
    info.path = path;
    info.fileBytes = input.layout.bytes;
    info.displayWindow = file.header(0).displayWindow();
    info.pixelAspect = pixelAspectOf(file.header(0));
    if (Imf::hasFramesPerSecond(file.header(0)) && Imf::framesPerSecond(file.header(0)).d != 0)
        info.framesPerSecond = Imf::framesPerSecond(file.header(0));
    if (const auto* version = file.header(0).findTypedAttribute<Imf::StringAttribute>("inbetween:version"))
        info.generatedBy = version->value().empty() ? "unknown" : version->value();
    for (int i = 0; i < file.parts(); ++i)
        info.parts.push_back(describePart(input, i));
    return info;
}

std::string partLabel(const ExrInfo& info, const ExrInfo::PartInfo& part) {
    if (info.parts.size() == 1)
        return "";
    return part.name.empty() ? fmt::format("part {}: ", part.index) : fmt::format("part '{}': ", part.name);
}

// The area as far as it can be trusted: OpenEXR keeps window coordinates within +-2^30, so sides fit an int.
void checkWindow(const ExrInfo& info, const std::string& what, const Box& window,
                 const ReadOptions& options) {
    if (window.isEmpty())
        fail(info.path, fmt::format("{} is empty; render it again", what));
    const std::size_t w = std::size_t(std::int64_t(window.max.x) - window.min.x + 1);
    const std::size_t h = std::size_t(std::int64_t(window.max.y) - window.min.y + 1);
    if (w > options.maxPixels || h > options.maxPixels || w * h > options.maxPixels)
        fail(info.path,
             fmt::format(
                 "{} of {}x{} pixels is larger than the {} million pixels that are read; allow more with "
                 "--max-pixels",
                 what, w, h, options.maxPixels / 1'000'000));
    if (w > maxSide || h > maxSide)
        fail(info.path, fmt::format("{} of {}x{} pixels is longer than the {} pixels that are read", what, w,
                                    h, maxSide));
}

bool matches(const std::string& pattern, const std::string& part, const std::string& channel) {
    const auto glob = [&](const std::string& name) {
        return pattern == name || ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
    };
    return glob(channel) || (!part.empty() && glob(part + ":" + channel));
}

std::vector<std::string> allChannelNames(const ExrInfo& info) {
    std::vector<std::string> names;
    for (const ExrInfo::PartInfo& part : info.parts)
        for (const ExrInfo::ChannelInfo& channel : part.channels)
            names.push_back(info.parts.size() > 1 && !part.name.empty() ? part.name + ":" + channel.name
                                                                        : channel.name);
    return names;
}

ExrInfo selectChannels(const ExrInfo& info, const ReadOptions& options) {
    const std::vector<std::string>& patterns = options.channels;
    if (patterns.empty())
        return info;
    ExrInfo selected = info;
    std::vector<bool> used(patterns.size(), false);
    for (ExrInfo::PartInfo& part : selected.parts)
        std::erase_if(part.channels, [&](const ExrInfo::ChannelInfo& channel) {
            bool wanted = std::ranges::any_of(options.guides, [&](const std::string& guide) {
                return matches(guide, part.name, channel.name);
            });
            for (std::size_t i = 0; i < patterns.size(); ++i)
                if (matches(patterns[i], part.name, channel.name))
                    wanted = used[i] = true;
            return !wanted;
        });
    for (std::size_t i = 0; i < patterns.size(); ++i)
        if (!used[i])
            fail(info.path, fmt::format("no channel matches '{}'; there are {}", patterns[i],
                                        fmt::join(allChannelNames(info), ", ")));
    std::erase_if(selected.parts, [](const ExrInfo::PartInfo& part) { return part.channels.empty(); });
    return selected;
}

// What can be said of the file before its pixels are read; gives the parts and channels to read.
ExrInfo checkReadable(const ExrInfo& info, const ReadOptions& options) {
    checkWindow(info, "the display window", info.displayWindow, options);
    ExrInfo selected = selectChannels(info, options);
    std::size_t samples = 0, bytes = 0, channels = 0;
    for (const ExrInfo::PartInfo& part : selected.parts) {
        const std::string label = partLabel(info, part);
        if (part.storage.starts_with("deep"))
            fail(info.path,
                 fmt::format("{}deep images ({}) are not supported; flatten it, or leave this part out with "
                             "--channels",
                             label, part.storage));
        if (part.storage != "scanline" && part.storage != "tiled")
            fail(info.path, fmt::format("{}'{}' is no kind of image that can be read", label, part.storage));
        if (!part.complete)
            fail(info.path,
                 label + "the file is incomplete, lines or tiles are missing; render or copy it again");
        if (part.cutOff)
            fail(info.path,
                 label +
                     "the file is cut off, it ends before its last lines or tiles; render or copy it again");
        checkWindow(info, label + "the data window", part.dataWindow, options);
        for (const ExrInfo::ChannelInfo& channel : part.channels) {
            const std::size_t count = sampleCount(part.dataWindow, channel.xSampling, channel.ySampling);
            samples += count;
            bytes += count * bytesPerSample(channel.type);
        }
        channels += part.channels.size();
    }
    if (channels == 0)
        fail(info.path, "the file has no channels; render it again");
    if (channels > maxChannels)
        fail(info.path, fmt::format("{} channels are more than the {} that are read; choose with --channels",
                                    channels, maxChannels));
    if (samples / maxPlanes > options.maxPixels)
        fail(info.path,
             fmt::format("its {} channels are too large to be read at once; choose with --channels",
                         channels));
    if (bytes / maxExpandedBytesPerPixel > options.maxPixels && bytes / maxExpansion > info.fileBytes)
        fail(info.path,
             fmt::format(
                 "its {} bytes would become {} million; where that is right, choose with --channels or "
                 "allow more with --max-pixels",
                 info.fileBytes, bytes / 1'000'000));
    return selected;
}

void checkTiles(const std::filesystem::path& path, const Imf::Header& header, const ReadOptions& options) {
    const std::size_t w = header.tileDescription().xSize, h = header.tileDescription().ySize;
    if (w > options.maxPixels || h > options.maxPixels || w * h > options.maxPixels)
        fail(path, fmt::format("tiles of {}x{} pixels are too large; render or copy it again", w, h));
}

// The samples of the lines above `end` have room from now on; where they begin does not change.
void makeRoom(Part& part, int end) {
    const Box lines({part.dataWindow.min.x, part.dataWindow.min.y}, {part.dataWindow.max.x, end - 1});
    for (Channel& channel : part.channels)
        channel.samples.resize(byteCount(lines, channel));
}

// Memory is touched as lines arrive, so that a file that claims much and holds little takes little.
// read(first, last), lines from the data window's first one on, is called for multiples of `step` lines.
template <class Read> void readInBands(Part& part, int step, const Read& read) {
    constexpr std::size_t bandBytes = 64 << 20;
    std::size_t lineBytes = 1;
    for (Channel& channel : part.channels) {
        channel.samples.reserve(byteCount(part.dataWindow, channel));
        lineBytes += std::size_t(width(part.dataWindow)) * bytesPerSample(channel.type);
    }
    const int lines = height(part.dataWindow);
    const int band = int(
        std::min<std::size_t>(std::size_t(lines),
                              std::max<std::size_t>(1, bandBytes / lineBytes / step) * step));
    for (int first = 0; first < lines; first += band) {
        const int last = std::min(lines, first + band) - 1;
        makeRoom(part, part.dataWindow.min.y + last + 1);
        read(first, last);
    }
}

// Without samples.
Part outlineOf(Imf::MultiPartInputFile& file, const ExrInfo::PartInfo& info) {
    Part part;
    part.name = info.name;
    part.view = info.view;
    part.dataWindow = info.dataWindow;
    const Imf::Header& header = file.header(info.index);
    // The count of chunks is the file's; another window or compression has another.
    part.header = std::make_shared<ExrHeader>(
        selectAttributes(header, [](const std::string& name) { return name != "chunkCount"; }));
    for (const ExrInfo::ChannelInfo& channel : info.channels)
        part.channels.push_back({channel.name,
                                 channel.type,
                                 channel.xSampling,
                                 channel.ySampling,
                                 header.channels()[channel.name].pLinear,
                                 {}});
    return part;
}

Part readPart(Imf::MultiPartInputFile& file, const ExrInfo::PartInfo& info) {
    Part part = outlineOf(file, info);
    if (info.storage == "tiled") {
        // Level 0 of a mip-map or rip-map is the full resolution.
        Imf::TiledInputPart input(file, info.index);
        const int tileHeight = int(input.tileYSize());
        readInBands(part, tileHeight, [&](int first, int last) {
            if (first == 0)
                input.setFrameBuffer(frameBufferOf(part));
            input.readTiles(0, input.numXTiles(0) - 1, first / tileHeight, last / tileHeight, 0, 0);
        });
    } else {
        constexpr int mostLinesOfChunk = 256; // dwab's
        Imf::InputPart input(file, info.index);
        readInBands(part, mostLinesOfChunk, [&](int first, int last) {
            if (first == 0)
                input.setFrameBuffer(frameBufferOf(part));
            input.readPixels(part.dataWindow.min.y + first, part.dataWindow.min.y + last);
        });
    }
    return part;
}

} // namespace

ExrInfo readExrInfo(const std::filesystem::path& path) {
    const InputFile file = openInput(path);
    return withReadErrors(path, [&] { return describe(file, path); });
}

ExrInfo readExrInfo(const std::filesystem::path& path, const ReadOptions& options) {
    return checkReadable(readExrInfo(path), options);
}

Image readExr(const std::filesystem::path& path, const ReadOptions& options) {
    const InputFile file = openInput(path);
    return withReadErrors(path, [&] {
        const ExrInfo info = checkReadable(describe(file, path), options);
        Image image;
        image.path = path;
        image.displayWindow = info.displayWindow;
        for (const ExrInfo::PartInfo& part : info.parts) {
            if (part.storage == "tiled")
                checkTiles(path, file.imf->header(part.index), options);
            image.parts.push_back(readPart(*file.imf, part));
        }
        return image;
    });
}

void keepChannels(Image& image, const std::vector<std::string>& patterns) {
    if (patterns.empty())
        return;
    for (Part& part : image.parts)
        std::erase_if(part.channels, [&](const Channel& channel) {
            return part.file == 0 && std::ranges::none_of(patterns, [&](const std::string& pattern) {
                       return matches(pattern, part.name, channel.name);
                   });
        });
    std::erase_if(image.parts, [](const Part& part) { return part.channels.empty(); });
}

Image readExrOutline(const std::filesystem::path& path) {
    const InputFile file = openInput(path);
    return withReadErrors(path, [&] {
        const ExrInfo info = describe(file, path);
        Image image{path, info.displayWindow, {}};
        for (const ExrInfo::PartInfo& part : info.parts)
            image.parts.push_back(outlineOf(*file.imf, part));
        return image;
    });
}

std::optional<std::string> stringAttribute(const std::filesystem::path& path, const std::string& name) {
    const InputFile file = openInput(path);
    const auto* attribute = file.imf->header(0).findTypedAttribute<Imf::StringAttribute>(name);
    return attribute ? std::optional(attribute->value()) : std::nullopt;
}

void setExrThreads(int threads) {
    Imf::setGlobalThreadCount(std::max(threads, 0));
}

} // namespace inbetween
