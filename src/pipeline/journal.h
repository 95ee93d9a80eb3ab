// What an interrupted run had finished: one line of JSON a frame, appended once the frame's file is complete.
#pragma once

#include "inbetween/manifest.h"

#include <filesystem>
#include <map>
#include <string_view>

namespace inbetween {

class Journal {
public:
    explicit Journal(const std::filesystem::path& outFolder);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    void append(const ManifestFrame& frame);
    static void remove(const std::filesystem::path& outFolder); // once the manifest says it all

private:
    void append(std::string_view text);

    std::filesystem::path path_;
    int fd_ = -1;
};

// Frames of an earlier run, by number: from its manifest, and from its journal where it was interrupted. A damaged
// manifest or a torn last line is as if it were not there.
std::map<int, ManifestFrame> earlierFrames(const std::filesystem::path& outFolder);

} // namespace inbetween
