// What an interrupted run had finished: one line of JSON a frame, appended once the frame's file is complete.
#pragma once

#include "inbetween/manifest.h"
#include "inbetween/shard.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace inbetween {

class Journal {
public:
    // Each part of a shot has its own, so that shards at work in one folder do not end each other's.
    explicit Journal(const std::filesystem::path& outFolder, const ShotPart& part = {});
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    void append(const ManifestFrame& frame);
    static void remove(const std::filesystem::path& outFolder,
                       const ShotPart& part = {}); // once the manifest says it all

private:
    void append(std::string_view text);

    std::filesystem::path path_;
    int fd_ = -1;
};

// Frames of an earlier run, by number: from its manifest and those of its shards (the newest counts), and
// from their journals where they were interrupted. A damaged manifest or a torn last line is as if it were
// not there.
std::map<int, ManifestFrame> earlierFrames(const std::filesystem::path& outFolder);

// What such a run, or another shard of it, had measured of the same input.
std::optional<SelfCalibration> earlierCalibration(const std::filesystem::path& outFolder,
                                                  const std::string& inputHash);

} // namespace inbetween
