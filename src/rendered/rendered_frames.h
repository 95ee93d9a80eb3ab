// Frames and regions that were rendered after all. OUT/rendered keeps a copy of each, and every run takes
// them from there: whole frames as OUT/rendered/NAME, regions as OUT/rendered/region_X_Y_WxH/NAME.
#pragma once

#include "inbetween/exr.h"
#include "inbetween/sequence.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace inbetween {

inline constexpr const char* renderedFolder = "rendered"; // within OUT

struct RenderedFile {
    int frame = 0;
    std::filesystem::path path;
};

// A region of a frame: what of the file is to be taken.
struct RenderedRegion {
    std::filesystem::path path;
    Box box; // pixels, within the display window
    bool operator==(const RenderedRegion&) const = default;
};

// Numbered EXR files of a folder and of the folders in it, of a pattern, or one file; ascending by frame,
// then path. In a folder with several sequences those named as `like` are taken. What cannot be told apart is
// a line in `problems`. Folders called like one of `others` hold something else. Throws Error(input): there
// is nothing there.
std::vector<RenderedFile> findRenderedFiles(const std::filesystem::path& what, const FramePattern& like,
                                            std::vector<std::string>& problems,
                                            const std::set<std::string>& others = {});

// What was kept by earlier updates. A folder that is not there is as an empty one.
struct RenderedStore {
    std::map<int, std::filesystem::path> frames;
    std::map<int, std::vector<RenderedRegion>> regions; // in a fixed order; the later ones go on top
};
RenderedStore openRenderedStore(const std::filesystem::path& out, const FramePattern& pattern);

// Takes what was kept into a sequence: whole frames become keyframes, except where the sequence has one of
// its own, or where they lie outside it. Returns what was taken. A file that does not fit, or cannot be read,
// becomes a problem.
RenderedStore takeRendered(Sequence& sequence, const std::filesystem::path& out, const ReadOptions& options);

// Keeps a copy, whole or not at all. Returns false where the same bytes are there already.
bool storeFrame(const std::filesystem::path& out, const FramePattern& pattern, const RenderedFile& file);
bool storeRegion(const std::filesystem::path& out, const FramePattern& pattern, const RenderedFile& file,
                 const Box& box);

// Brings `target` to the bytes of `source`; returns false where it has them already.
bool copyIfDifferent(const std::filesystem::path& source, const std::filesystem::path& target);

// Why a rendered file does not fit the keyframes (its header alone is read): another display window, other
// parts, channels or types, or made by Inbetween itself. Empty where it fits. Throws Error(input) where it
// cannot be read.
std::string misfit(const std::filesystem::path& path, const ExrInfo& keyframe, const ReadOptions& options);
// The same for the place of `frame` in a shot: it fits where it fits one of the two keyframes beside it.
std::string misfit(const std::filesystem::path& path, int frame, const Sequence& sequence,
                   const ReadOptions& options);

// The data windows of a frame between two keyframes if each moves evenly, part by part.
std::vector<Box> windowsBetween(const ExrInfo& key0, const ExrInfo& key1, double time);

// Which part of the frame a file shows; nothing where it shows all of it. That is its data window, where that
// is clearly smaller than `expected`; or, where everything else in the file is zero though the keyframe has
// something there, the box that is not: a border render that was not cropped. Reads the pixels.
std::optional<Box> renderedBox(const Image& rendered, const std::vector<Box>& expected,
                               const Image& keyframe);

} // namespace inbetween
