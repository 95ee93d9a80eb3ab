#include "evaluate/reference_frames.h"

#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "sequence/frame_pattern.h"

#include <algorithm>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

std::map<int, fs::path> framesAlone(const fs::path& what) {
    std::error_code error;
    std::map<int, fs::path> frames;
    const auto add = [&](const std::optional<NumberedName>& name, const fs::path& path) {
        if (name)
            frames.emplace(name->number, path);
    };
    if (fs::is_regular_file(what, error)) {
        add(splitName(what.filename().string()), what);
        return frames;
    }
    const bool isFolder = fs::is_directory(what, error);
    const auto pattern = isFolder ? std::nullopt : parsePattern(what);
    if (!isFolder && !pattern)
        return frames;
    for (const auto& entry : fs::directory_iterator(isFolder ? what : pattern->directory, error)) {
        const std::string name = entry.path().filename().string();
        if (pattern)
            add(matchPattern(*pattern, name), entry.path());
        else if (entry.path().extension() == ".exr" && !name.starts_with('.'))
            add(splitName(name), entry.path());
    }
    return frames;
}

} // namespace

std::map<int, fs::path> referenceFrames(const std::string& what) {
    try {
        std::map<int, fs::path> frames;
        for (const SequenceFrame& frame : findSequence(what).keyframes)
            frames.emplace(frame.number, frame.path);
        return frames;
    } catch (const Error&) {
        // findSequence() wants two frames to begin with.
        std::map<int, fs::path> frames = framesAlone(what);
        if (frames.size() != 1)
            throw;
        return frames;
    }
}

} // namespace inbetween
