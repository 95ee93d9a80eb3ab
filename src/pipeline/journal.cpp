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
#include <vector>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view journalName = ".inbetween-journal";

fs::path journalPath(const fs::path& outFolder, const ShotPart& part) {
    if (part.whole())
        return outFolder / journalName;
    return outFolder / shardFolder / fmt::format("{}.{}", journalName, part.name());
}

void readJournal(const fs::path& path, std::map<int, ManifestFrame>& frames) {
    std::ifstream journal(path);
    for (std::string line; std::getline(journal, line);)
        if (const auto frame = frameFromJsonLine(line))
            frames[frame->frame] = *frame;
}

} // namespace

Journal::Journal(const fs::path& outFolder, const ShotPart& part) : path_(journalPath(outFolder, part)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd_ < 0)
        throw Error(ErrorKind::output,
                    fmt::format("{}: cannot write: {}", path_.string(), std::strerror(errno)));
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

void Journal::remove(const fs::path& outFolder, const ShotPart& part) {
    std::error_code error;
    fs::remove(journalPath(outFolder, part), error);
}

std::map<int, ManifestFrame> earlierFrames(const fs::path& outFolder) {
    std::vector<fs::path> manifests = shardManifests(outFolder);
    manifests.push_back(outFolder / "manifest.json");
    std::multimap<fs::file_time_type, fs::path> byAge;
    for (const fs::path& manifest : manifests) {
        std::error_code error;
        const auto written = fs::last_write_time(manifest, error);
        if (!error)
            byAge.emplace(written, manifest);
    }
    std::map<int, ManifestFrame> frames;
    for (const auto& [written, manifest] : byAge) {
        try {
            for (const ManifestFrame& frame : readManifest(manifest).frames)
                frames[frame.frame] = frame;
        } catch (const Error&) {
        }
    }
    readJournal(outFolder / journalName, frames);
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(outFolder / shardFolder, error))
        if (entry.path().filename().string().starts_with(journalName))
            readJournal(entry.path(), frames);
    return frames;
}

std::optional<SelfCalibration> earlierCalibration(const fs::path& outFolder, const std::string& inputHash) {
    std::vector<fs::path> manifests = shardManifests(outFolder);
    manifests.push_back(outFolder / "manifest.json");
    for (const fs::path& file : manifests) {
        try {
            const Manifest manifest = readManifest(file);
            if (manifest.selfCalibration && manifest.selfCalibration->inputHash == inputHash)
                return manifest.selfCalibration;
        } catch (const Error&) { // not there, or damaged
        }
    }
    return std::nullopt;
}

} // namespace inbetween
