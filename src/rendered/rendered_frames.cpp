#include "rendered/rendered_frames.h"

#include "base/atomic_file.h"
#include "base/hash.h"
#include "base/text.h"
#include "exr/provenance.h"
#include "inbetween/error.h"
#include "rendered/rendered_companions.h"
#include "sequence/frame_pattern.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <set>
#include <strings.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> entriesOf(const fs::path& folder, bool folders) {
    std::error_code error, ignored;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
         it.increment(error))
        if (!it->path().filename().string().starts_with('.') && it->is_directory(ignored) == folders)
            entries.push_back(it->path());
    if (error)
        throw Error(ErrorKind::input,
                    fmt::format("{}: the folder cannot be read: {}", folder.string(), error.message()));
    std::sort(entries.begin(), entries.end());
    return entries;
}

bool isExr(const fs::path& path) {
    return ::strcasecmp(path.extension().c_str(), ".exr") == 0;
}

bool isNamedLike(const NumberedName& name, const FramePattern& pattern) {
    return name.prefix == pattern.prefix && ::strcasecmp(name.suffix.c_str(), pattern.suffix.c_str()) == 0;
}

// The frames of one folder, no subfolders.
void findInFolder(const fs::path& folder, const FramePattern& like, std::vector<RenderedFile>& found,
                  std::vector<std::string>& problems) {
    struct Named {
        NumberedName name;
        fs::path path;
    };
    std::vector<Named> files;
    for (const fs::path& path : entriesOf(folder, false)) {
        if (!isExr(path))
            continue;
        const std::string fileName = path.filename().string();
        if (const auto name = matchPattern(like, fileName); name || splitName(fileName))
            files.push_back({name ? *name : *splitName(fileName), path});
        else
            problems.push_back(fmt::format("{}: there is no frame number in its name; rename it like {}",
                                           path.string(), like.text()));
    }
    if (std::any_of(files.begin(), files.end(), [&](const Named& f) { return isNamedLike(f.name, like); }))
        std::erase_if(files, [&](const Named& f) { return !isNamedLike(f.name, like); });
    std::set<int> numbers;
    for (const Named& file : files) {
        if (numbers.insert(file.name.number).second)
            found.push_back({file.name.number, file.path});
        else
            problems.push_back(fmt::format("{}: frame {} is there twice; delete one of them",
                                           file.path.string(), file.name.number));
    }
}

// "region_10_-4_32x16"
std::optional<Box> parseRegion(const std::string& name) {
    int x = 0, y = 0, w = 0, h = 0, length = 0;
    if (std::sscanf(name.c_str(), "region_%d_%d_%dx%d%n", &x, &y, &w, &h, &length) != 4 ||
        std::size_t(length) != name.size() || w < 1 || h < 1)
        return std::nullopt;
    const std::int64_t maxX = std::int64_t(x) + w - 1, maxY = std::int64_t(y) + h - 1;
    if (maxX > INT32_MAX || maxY > INT32_MAX)
        return std::nullopt;
    return Box({x, y}, {int(maxX), int(maxY)});
}

std::string regionName(const Box& box) {
    return fmt::format("region_{}_{}_{}x{}", box.min.x, box.min.y, width(box), height(box));
}

bool store(const fs::path& source, const fs::path& out, const fs::path& folder, const std::string& name) {
    makeFolderWithin(out, folder);
    return copyIfDifferent(source, folder / name);
}

std::string nameOf(const FramePattern& pattern, int frame) {
    return pattern.path(frame).filename().string();
}

const char* typeName(SampleType type) {
    return type == SampleType::half ? "half" : type == SampleType::float32 ? "float" : "uint";
}

std::string sizeText(const Box& box) {
    return fmt::format("{}x{} at {},{}", width(box), height(box), box.min.x, box.min.y);
}

std::string partMisfit(const ExrInfo::PartInfo& here, const ExrInfo::PartInfo& wanted) {
    const auto nameless = [](const ExrInfo::ChannelInfo& a, const ExrInfo::ChannelInfo& b) {
        return a.name == b.name;
    };
    const auto lacking = [&](const auto& from, const auto& in) -> const ExrInfo::ChannelInfo* {
        for (const ExrInfo::ChannelInfo& channel : from)
            if (std::none_of(in.begin(), in.end(),
                             [&](const auto& other) { return nameless(channel, other); }))
                return &channel;
        return nullptr;
    };
    if (const auto* channel = lacking(wanted.channels, here.channels))
        return fmt::format("the channel {} is missing", printable(channel->name));
    if (const auto* channel = lacking(here.channels, wanted.channels))
        return fmt::format("the keyframes have no channel {}", printable(channel->name));
    for (std::size_t i = 0; i < wanted.channels.size(); ++i) {
        const ExrInfo::ChannelInfo &a = here.channels[i], &b = wanted.channels[i];
        if (a.type != b.type)
            return fmt::format("the channel {} is {}, that of the keyframes {}", printable(a.name),
                               typeName(a.type), typeName(b.type));
        if (!(a == b))
            return fmt::format("the channel {} is sampled otherwise", printable(a.name));
    }
    return "";
}

// Renderers that crop to what is there may find a little less than an even motion leads to expect.
bool covers(const Box& window, const Box& expected) {
    constexpr int leastSlackPx = 2, slackDivisor = 10;
    const int slackX = std::max(leastSlackPx, width(expected) / slackDivisor);
    const int slackY = std::max(leastSlackPx, height(expected) / slackDivisor);
    return window.min.x <= expected.min.x + slackX && window.max.x >= expected.max.x - slackX &&
           window.min.y <= expected.min.y + slackY && window.max.y >= expected.max.y - slackY;
}

// Blender leaves 1e4 in motion vectors and 1e10 or more in depth where it rendered nothing: a large value
// that nothing in the channel exceeds.
bool isNothing(float value, float largest) {
    constexpr float leastFill = 1e4f;
    return value == 0 || (value == largest && largest >= leastFill);
}

// Where any channel of the image shows something.
struct Mask {
    Box canvas;
    std::vector<char> set;

    Mask(const Image& image, const Box& on) : canvas(on), set(std::size_t(width(on)) * height(on), 0) {
        for (const Part& part : image.parts)
            for (const Channel& channel : part.channels) {
                const Plane plane = planeOnCanvas(part, channel, canvas, 0.0f);
                float largest = 0;
                for (const float value : plane.values)
                    largest = std::max(largest, value);
                for (std::size_t i = 0; i < set.size(); ++i)
                    set[i] |= !isNothing(plane.values[i], largest);
            }
    }
    bool at(int x, int y) const {
        return set[std::size_t(y - canvas.min.y) * width(canvas) + (x - canvas.min.x)];
    }
    Box bounds() const {
        Box box;
        for (int y = canvas.min.y; y <= canvas.max.y; ++y)
            for (int x = canvas.min.x; x <= canvas.max.x; ++x)
                if (at(x, y))
                    box.extendBy(Imath::V2i(x, y));
        return box;
    }
};

// A cut-out ends along straight lines, things that are seen before nothing do not.
bool hasStraightSides(const Mask& mask, const Box& box) {
    constexpr double most = 0.9;
    long set = 0, all = 0;
    const auto count = [&](int x, int y) { ++all, set += mask.at(x, y); };
    for (const int x : {box.min.x, box.max.x})
        if (x != mask.canvas.min.x && x != mask.canvas.max.x)
            for (int y = box.min.y; y <= box.max.y; ++y)
                count(x, y);
    for (const int y : {box.min.y, box.max.y})
        if (y != mask.canvas.min.y && y != mask.canvas.max.y)
            for (int x = box.min.x; x <= box.max.x; ++x)
                count(x, y);
    return double(set) >= most * double(all);
}

} // namespace

std::vector<RenderedFile> findRenderedFiles(const fs::path& what, const FramePattern& like,
                                            std::vector<std::string>& problems,
                                            const std::set<std::string>& others) {
    std::error_code ignored;
    std::vector<RenderedFile> found;
    const std::size_t problemsBefore = problems.size();
    if (fs::is_directory(what, ignored)) {
        findInFolder(what, like, found, problems);
        for (const fs::path& folder : entriesOf(what, true))
            if (!others.contains(folder.filename().string()))
                findInFolder(folder, like, found, problems);
    } else if (fs::exists(what, ignored)) {
        if (const auto name = splitName(what.filename().string()))
            found.push_back({name->number, what});
    } else if (const auto pattern = parsePattern(what);
               pattern && fs::is_directory(pattern->directory, ignored)) {
        for (const fs::path& path : entriesOf(pattern->directory, false))
            if (const auto name = matchPattern(*pattern, path.filename().string()))
                found.push_back({name->number, path});
    } else {
        throw Error(ErrorKind::input,
                    fmt::format("{}: there is no such folder; give the one with the rendered frames",
                                what.string()));
    }
    if (found.empty() && problems.size() == problemsBefore)
        throw Error(ErrorKind::input,
                    fmt::format("{}: there are no rendered frames, no .exr file with a frame number in its "
                                "name; give the folder that was rendered to",
                                what.string()));
    std::stable_sort(found.begin(), found.end(),
                     [](const RenderedFile& a, const RenderedFile& b) { return a.frame < b.frame; });
    return found;
}

RenderedStore openRenderedStore(const fs::path& out, const FramePattern& pattern) {
    RenderedStore opened;
    const fs::path folder = out / renderedFolder;
    std::error_code ignored;
    if (out.empty() || !fs::is_directory(folder, ignored))
        return opened;
    for (const fs::path& path : entriesOf(folder, false))
        if (const auto name = matchPattern(pattern, path.filename().string()))
            opened.frames[name->number] = path;
    for (const fs::path& region : entriesOf(folder, true))
        if (const auto box = parseRegion(region.filename().string()))
            for (const fs::path& path : entriesOf(region, false))
                if (const auto name = matchPattern(pattern, path.filename().string()))
                    opened.regions[name->number].push_back({path, *box});
    for (const auto& [frame, path] : opened.frames)
        opened.regions.erase(frame); // all of it came back in the end
    return opened;
}

RenderedStore takeRendered(Sequence& sequence, const fs::path& out, const ReadOptions& options) {
    RenderedStore store = openRenderedStore(out, sequence.pattern);
    if (store.frames.empty() && store.regions.empty())
        return store;
    const std::vector<int> bounds = sequence.bounds();
    const auto fits = [&](int frame, const fs::path& path) {
        if (frame <= bounds.front() || frame >= bounds.back() || sequence.find(frame))
            return false;
        std::string why;
        try {
            why = misfit(path, frame, sequence, options);
            if (why.empty())
                return true;
            why = fmt::format("{}: {}", path.string(), why);
        } catch (const Error& error) {
            why = error.what();
        }
        sequence.problems.push_back({SequenceProblem::Kind::unreadable, frame, path,
                                     why + "; bring it back with inbetween update, or delete it"});
        return false;
    };
    std::erase_if(store.frames, [&](const auto& frame) { return !fits(frame.first, frame.second); });
    for (auto& [frame, regions] : store.regions)
        std::erase_if(regions, [&, number = frame](const RenderedRegion& region) {
            return !fits(number, region.path);
        });
    std::erase_if(store.regions, [](const auto& regions) { return regions.second.empty(); });

    // What could not be used as a keyframe has been rendered since.
    const auto isAboutKeyframe = [](const SequenceProblem& problem) {
        using Kind = SequenceProblem::Kind;
        return problem.kind == Kind::unreadable || problem.kind == Kind::otherSize ||
               problem.kind == Kind::otherChannels;
    };
    std::erase_if(sequence.problems, [&](const SequenceProblem& problem) {
        return isAboutKeyframe(problem) && store.frames.contains(problem.frame);
    });
    std::erase_if(sequence.unusable, [&](int number) { return store.frames.contains(number); });
    for (const auto& [number, path] : store.frames)
        sequence.keyframes.push_back({number, path,
                                      std::make_shared<const ExrInfo>(readExrInfo(path, options)),
                                      storedCompanions(out, sequence, number)});
    std::sort(sequence.keyframes.begin(), sequence.keyframes.end(),
              [](const SequenceFrame& a, const SequenceFrame& b) { return a.number < b.number; });
    findGaps(sequence);
    return store;
}

bool storeFrame(const fs::path& out, const FramePattern& pattern, const RenderedFile& file) {
    return store(file.path, out, out / renderedFolder, nameOf(pattern, file.frame));
}

bool storeRegion(const fs::path& out, const FramePattern& pattern, const RenderedFile& file, const Box& box) {
    return store(file.path, out, out / renderedFolder / regionName(box), nameOf(pattern, file.frame));
}

bool copyIfDifferent(const fs::path& source, const fs::path& target) {
    std::error_code ignored;
    if (fs::is_regular_file(target, ignored) &&
        fs::file_size(target, ignored) == fs::file_size(source, ignored) &&
        hashOfFile(source) == hashOfFile(target))
        return false;
    writeFileAtomically(target, [&](const fs::path& temporary) {
        std::ifstream in(source, std::ios::binary);
        if (!in)
            throw Error(ErrorKind::input,
                        fmt::format("{}: cannot be read; check its permissions", source.string()));
        std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
        out << in.rdbuf();
        out.close();
        if (in.bad())
            throw Error(ErrorKind::input, fmt::format("{}: cannot be read to its end", source.string()));
        if (!out)
            throw Error(ErrorKind::output,
                        fmt::format("{}: cannot be written; make room and run again", target.string()));
    });
    return true;
}

std::string misfit(const fs::path& path, int frame, const Sequence& sequence, const ReadOptions& options) {
    const auto& keys = sequence.keyframes;
    const auto after = std::find_if(keys.begin(), keys.end(),
                                    [&](const SequenceFrame& key) { return key.number > frame; });
    const auto misfitOf = [&](const SequenceFrame& key) {
        return misfit(path, key.header ? *key.header : readExrInfo(key.path, options), options);
    };
    const std::string why = misfitOf(after == keys.begin() ? *after : *std::prev(after));
    const bool hasAnother = after != keys.begin() && after != keys.end();
    return !why.empty() && hasAnother && misfitOf(*after).empty() ? "" : why;
}

std::string misfit(const fs::path& path, const ExrInfo& keyframe, const ReadOptions& options) {
    const ExrInfo info = readExrInfo(path, options);
    if (stringAttribute(path, inputHashAttribute))
        return "it was generated by Inbetween, not rendered";
    if (info.displayWindow != keyframe.displayWindow)
        return fmt::format(
            "the display window is {}, that of the keyframes {} (a region keeps the frame's display window "
            "and has a smaller data window)",
            sizeText(info.displayWindow), sizeText(keyframe.displayWindow));
    if (info.parts.size() != keyframe.parts.size())
        return fmt::format("it has {} parts, the keyframes have {}", info.parts.size(),
                           keyframe.parts.size());
    for (std::size_t p = 0; p < info.parts.size(); ++p) {
        if (info.parts[p].name != keyframe.parts[p].name)
            return fmt::format("part {} is called '{}', that of the keyframes '{}'", p,
                               printable(info.parts[p].name), printable(keyframe.parts[p].name));
        if (const std::string why = partMisfit(info.parts[p], keyframe.parts[p]); !why.empty())
            return why;
    }
    return "";
}

std::vector<Box> windowsBetween(const ExrInfo& key0, const ExrInfo& key1, double time) {
    const auto between = [&](int a, int b) { return int(std::lround((1 - time) * a + time * b)); };
    std::vector<Box> windows;
    for (std::size_t p = 0; p < std::min(key0.parts.size(), key1.parts.size()); ++p) {
        const Box &a = key0.parts[p].dataWindow, &b = key1.parts[p].dataWindow;
        windows.push_back(Box({between(a.min.x, b.min.x), between(a.min.y, b.min.y)},
                              {between(a.max.x, b.max.x), between(a.max.y, b.max.y)}));
    }
    return windows;
}

std::optional<Box> renderedBox(const Image& rendered, const std::vector<Box>& expected,
                               const Image& keyframe) {
    Box common = rendered.displayWindow;
    bool isWhole = true;
    for (std::size_t p = 0; p < rendered.parts.size(); ++p) {
        common = intersection(common, rendered.parts[p].dataWindow);
        // What the keyframes have beyond the display is not asked for.
        isWhole &= covers(rendered.parts[p].dataWindow, intersection(expected.at(p), rendered.displayWindow));
    }
    if (!isWhole)
        return common;
    const Mask mask(rendered, common);
    const Box box = mask.bounds();
    if (box == common)
        return std::nullopt;
    constexpr double leastShare = 0.05;
    const Mask key(keyframe, common);
    long outside = 0, missing = 0;
    for (int y = common.min.y; y <= common.max.y; ++y)
        for (int x = common.min.x; x <= common.max.x; ++x)
            if (!box.intersects(Imath::V2i(x, y)))
                ++outside, missing += key.at(x, y);
    if (double(missing) < leastShare * double(outside) || (!box.isEmpty() && !hasStraightSides(mask, box)))
        return std::nullopt;
    return box;
}

} // namespace inbetween
