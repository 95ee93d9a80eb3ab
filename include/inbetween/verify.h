// Are the frames of a run still what they were when they were written?
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

struct VerifyOptions {
    std::filesystem::path out; // of a run, whole or in parts
    int threads = 0;           // 0: all that the process may use
};

struct VerifyResult {
    int verified = 0; // frames whose pixels and bytes are those of the manifest
    int notKept = 0;  // the run kept the manifest alone
    int notMade = 0;  // failed, or not to be made: there is nothing to compare
    std::vector<std::string>
        differing; // one line for each file that is gone, cannot be read or is another, by frame
};

// Reads every file of OUT/manifest.json (of a shot in parts that are not merged yet: of OUT/shards) and
// compares its pixels with the pixel hash and its bytes with the file hash that the manifest has. Writes
// nothing. Throws Error(input) where there is no manifest that can be read.
VerifyResult verify(const VerifyOptions& options);

} // namespace inbetween
