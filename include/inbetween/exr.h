// OpenEXR in and out.
#pragma once

#include "inbetween/image.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace inbetween {

// What a file says of itself before any pixel is read.
struct ExrInfo {
    struct ChannelInfo {
        std::string name;
        SampleType type;
        int xSampling, ySampling;
        bool operator==(const ChannelInfo&) const = default;
    };
    struct PartInfo {
        std::string name, view, compression,
            storage; // storage: "scanline", "tiled", "deep scanline", "deep tiled"
        Box dataWindow;
        std::vector<ChannelInfo> channels;
        int index = 0;        // which part of the file it is
        bool complete = true; // false: the file's own table lacks lines or tiles (an aborted render)
        bool cutOff = false; // the file ends before the lines or tiles that its table names (an aborted copy)
    };
    std::filesystem::path path;
    Box displayWindow;
    float pixelAspect = 1.0f;   // width of a pixel over its height, as shown
    double framesPerSecond = 0; // 0 where the file does not say
    std::string generatedBy;    // the version of Inbetween that generated it; empty for a render
    std::size_t fileBytes = 0;
    std::vector<PartInfo> parts;
};
// Throws Error(input) that names the file. Deep and incomplete files are described, not refused.
ExrInfo readExrInfo(const std::filesystem::path& path);

struct ReadOptions {
    // Glob patterns over channel names ("R", "diffuse.*"), in a multi-part file also "part:name"; empty means
    // all. Parts without any channel that matches are left out.
    std::vector<std::string> channels{};
    // Of a window; 16k by 9k fits. What is larger is refused before memory is taken for it, and so are more
    // than 16 channels of that size, and files of over 6 bytes for each of these pixels that unpack to more
    // than 200 times their size.
    std::size_t maxPixels = 150'000'000;
    // Besides `channels`, where there are channels to choose: they are read where they are there, for what
    // they tell.
    std::vector<std::string> guides{};
};

// Scanline and tiled (full-resolution level), half/float/uint, every compression, multi-part, multi-view.
// Throws Error(input) that names the file: not an EXR, truncated, deep, too large, a pattern that matches
// nothing.
Image readExr(const std::filesystem::path& path, const ReadOptions& options = {});

// Removes the channels that none of the patterns of ReadOptions::channels matches; without patterns none, and
// none of companions.
void keepChannels(Image& image, const std::vector<std::string>& patterns);

// What readExr would read with these options, from the header alone; throws as it would, as far as the header
// tells.
ExrInfo readExrInfo(const std::filesystem::path& path, const ReadOptions& options);

// The image without its samples, all parts and channels: for what names and attributes tell.
Image readExrOutline(const std::filesystem::path& path);

// How many threads OpenEXR may use for one file, for the whole process; 0: the caller's own. The default is
// 0.
void setExrThreads(int threads);

enum class Compression { keep, none, rle, zips, zip, piz, pxr24, b44, b44a, dwaa, dwab };
enum class DepthPolicy { keep, half, float32 };        // uint channels always stay uint
Compression parseCompression(const std::string& name); // throws Error(usage) that lists the names
DepthPolicy parseDepth(const std::string& name);

struct WriteOptions {
    Compression compression = Compression::keep;
    DepthPolicy depth = DepthPolicy::keep;
    std::map<std::string, std::string>
        attributes{}; // string attributes added to every part ("inbetween:model", ...)
    // Before the file gets its name it is read back, from the disk as far as the system lets us, and
    // compared.
    bool readBack = false;
};

// Writes beside the target, syncs, renames: the file is complete or absent. An existing file is replaced. A
// part that its lossy compression does not hold (DWAA and DWAB turn floats over 65504 into infinity) is
// written as zip; `notes` gets a line about it. Returns the pixel hash of what was written (as readers will
// see it). Throws Error(output).
std::string writeExr(const std::filesystem::path& path, const Image& image, const WriteOptions& options = {},
                     std::vector<std::string>* notes = nullptr);

// xxHash (XXH3, 128 bit, hex) over windows, channel names, types and samples of all parts; attributes do not
// count.
std::string pixelHash(const Image& image);

// An image of the same parts, channels, types and attributes as `key0`, with zeroed samples on `dataWindows`
// (one a part). Attributes: those of key0, with time codes, frame numbers and other per-frame numbers
// interpolated towards key1 at `time` in (0, 1). Throws Error(input) where the two have different parts or
// channels, naming them.
Image imageBetween(const Image& key0, const Image& key1, double time, const std::vector<Box>& dataWindows);

// What red, green, blue and white of a part are, CIE xy; nothing where its header does not say, or says what
// are no colours. Then they are Rec. 709's.
struct Chromaticities {
    Imath::V2d red, green, blue, white;
};
std::optional<Chromaticities> chromaticitiesOf(const Part& part);
// Width of a pixel over its height, as shown; 1 where the header does not say or says nonsense.
float pixelAspectOf(const Image& image);

// A string attribute of the first part, as written by WriteOptions::attributes.
std::optional<std::string> stringAttribute(const std::filesystem::path& path, const std::string& name);

} // namespace inbetween
