#include "pipeline/journal.h"

#include "inbetween/error.h"
#include "manifest/frame_json.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <unistd.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

fs::path journalPath(const fs::path& outFolder) {
    return outFolder / ".inbetween-journal";
}

} // namespace

Journal::Journal(const fs::path& outFolder) : path_(journalPath(outFolder)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd_ < 0)
        throw Error(ErrorKind::output, fmt::format("{}: cannot write: {}", path_.string(), std::strerror(errno)));
    // A line that a killed run left torn must not swallow the first one of this run.
    append("\n");
}

Journal::~Journal() {
    ::close(fd_);
}

void Journal::append(const ManifestFrame& frame) {
    append(frameToJsonLine(frame) + "\n");
}

void Journal::append(std::string_view text) {
    // A line that cannot be written (a full disk) costs time in a later run, never a frame in this one.
    while (!text.empty()) {
        const ssize_t n = ::write(fd_, text.data(), text.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        text.remove_prefix(std::size_t(n));
    }
}

void Journal::remove(const fs::path& outFolder) {
    std::error_code error;
    fs::remove(journalPath(outFolder), error);
}

std::map<int, ManifestFrame> earlierFrames(const fs::path& outFolder) {
    std::map<int, ManifestFrame> frames;
    try {
        for (const ManifestFrame& frame : readManifest(outFolder / "manifest.json").frames)
            frames[frame.frame] = frame;
    } catch (const Error&) {
    }
    std::ifstream journal(journalPath(outFolder));
    for (std::string line; std::getline(journal, line);)
        if (const auto frame = frameFromJsonLine(line))
            frames[frame->frame] = *frame;
    return frames;
}

} // namespace inbetween
