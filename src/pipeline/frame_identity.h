// What an in-between depends on, as one hash: two runs with the same hash make the same bits.
#pragma once

#include "exr/provenance.h"
#include "inbetween/run.h"
#include "rendered/rendered_frames.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace inbetween {

// By which a file that was replaced or written to is told from what it was. All zero where there is none.
struct FileStamp {
    std::uint64_t device = 0, inode = 0, bytes = 0;
    std::int64_t seconds = 0, nanoseconds = 0; // of the last change to its bytes
    bool operator==(const FileStamp&) const = default;
    static FileStamp of(const std::filesystem::path& path);
};

// Of all files of a keyframe, the first one and its companions.
using FileStamps = std::vector<FileStamp>;
FileStamps stampsOf(const SequenceFrame& key);
// Of the bytes of those files. A companion that is not there may come. Throws Error(input) where one cannot
// be read.
std::string hashOfFiles(const SequenceFrame& key);

class FrameIdentity {
public:
    FrameIdentity(const RunOptions& options, const std::string& modelHash, Precision precision,
                  const std::string& instructionSet);

    // Reads the bytes of both keyframes, of those beside them that tell of the motion, too (null: none), once
    // each, and of the regions that came back. Throws Error(input) where one cannot be read.
    std::string hash(const SequenceFrame& key0, const SequenceFrame& key1, int frame,
                     const std::vector<const SequenceFrame*>& beside = {},
                     const std::vector<RenderedRegion>& regions = {}) const;

private:
    const std::string& fileHash(const SequenceFrame& key) const;

    std::string settings_;
    mutable std::map<int, std::string> fileHashes_;
};

} // namespace inbetween
