#include "sequence/frame_files.h"

#include "exr/exr_header.h"
#include "exr/memory_error.h"
#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <utility>

namespace inbetween {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", path.string(), why));
}

using Reader = std::function<Image(const std::filesystem::path&)>;

Image readCompanion(const std::filesystem::path& path, const Image& first, const Reader& read) {
    Image image = read(path);
    if (image.displayWindow != first.displayWindow)
        fail(path, fmt::format("the display window is {}x{}, that of {} {}x{}; render it again",
                               width(image.displayWindow), height(image.displayWindow),
                               first.path.filename().string(), width(first.displayWindow),
                               height(first.displayWindow)));
    return image;
}

void append(Image& image, Image companion, int file, const std::string& layer) {
    const bool isOnly = companion.parts.size() == 1;
    for (Part& part : companion.parts) {
        part.file = file;
        if (isOnly)
            part.name = layer;
        part.namedByFile = isOnly;
        image.parts.push_back(std::move(part));
    }
}

Image joinFiles(Image image, const SequenceFrame& frame, const std::vector<Companion>& companions,
                const Reader& read) {
    if (!companions.empty() && image.parts.size() == 1) { // as where it is alone: its name does not count
        image.parts.front().name.clear();
        image.parts.front().namedByFile = true;
    }
    for (std::size_t i = 0; i < companions.size(); ++i) {
        const int file = int(i) + 1;
        const std::filesystem::path& path = frame.companions[i];
        try {
            if (path.empty())
                fail(companions[i].pattern.path(frame.number), "there is no such file; render it");
            append(image, readCompanion(path, image, read), file, companions[i].layer);
        } catch (const MemoryError&) {
            throw; // another time it may be read
        } catch (const Error& error) {
            image.missingFiles.emplace(file, error.what());
        }
    }
    return image;
}

} // namespace

Image readFrameFiles(const SequenceFrame& frame, const std::vector<Companion>& companions,
                     const ReadOptions& options) {
    return joinFiles(readExr(frame.path, options), frame, companions, [&](const auto& path) {
        return readExr(path, {.channels = {}, .maxPixels = options.maxPixels});
    });
}

Image readFrameOutline(const SequenceFrame& frame, const std::vector<Companion>& companions) {
    return joinFiles(readExrOutline(frame.path), frame, companions, readExrOutline);
}

ExrInfo readFrameInfo(const SequenceFrame& frame, const std::vector<Companion>& companions,
                      const ReadOptions& options) {
    ExrInfo info = readExrInfo(frame.path, options);
    for (std::size_t i = 0; i < companions.size(); ++i) {
        const std::filesystem::path& path = frame.companions[i];
        try {
            if (path.empty())
                continue;
            ExrInfo companion = readExrInfo(path, {.channels = {}, .maxPixels = options.maxPixels});
            if (companion.parts.size() == 1)
                companion.parts.front().name = companions[i].layer;
            info.parts.insert(info.parts.end(), companion.parts.begin(), companion.parts.end());
            info.fileBytes += companion.fileBytes;
        } catch (const Error&) { // is told of when its pixels are read
        }
    }
    return info;
}

Image takeFile(Image& image, int file) {
    Image taken{image.path, image.displayWindow, {}};
    for (Part& part : image.parts) {
        if (part.file != file)
            continue;
        taken.parts.push_back(std::move(part));
        Part& own = taken.parts.back();
        if (own.namedByFile)
            own.name = own.header && own.header->imf.hasName() ? own.header->imf.name() : "";
    }
    std::erase_if(image.parts, [&](const Part& part) { return part.file == file; });
    return taken;
}

void leaveOutFiles(Image& image, const std::map<int, std::string>& files) {
    std::erase_if(image.parts, [&](const Part& part) { return files.contains(part.file); });
    image.missingFiles.insert(files.begin(), files.end());
}

} // namespace inbetween
