// The way back: frames and regions that were asked for were rendered, and become part of what a run made.
#pragma once

#include "inbetween/run.h"

#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

struct UpdateOptions {
    std::filesystem::path out;         // of a run
    std::vector<std::string> rendered; // folders (and those in them), patterns or files; read only
    std::string keys;                  // where the keyframes are now; empty: where the manifest says
    int threads = 0;                   // as for a run
    std::size_t memoryBytes = 0;
    bool verifyWrites = false; // WriteOptions::readBack
};

struct UpdateResult {
    RunResult run; // with the manifest as it is now
    Manifest before;
    // Frame numbers, ascending. The first three say what this update changed.
    std::vector<int> rendered;        // whole frames that came back
    std::vector<int> spliced;         // regions came back
    std::vector<int> remade;          // made again because a neighbour came back
    std::vector<int> kept;            // generated, as they were
    std::vector<int> missing;         // were asked for, and did not come back
    std::vector<std::string> refused; // one line for each file that cannot be used; what was there stays
    std::vector<std::string> notices; // one line for each file that was not asked for, taken all the same
};

// Checks the files, keeps a copy of each in OUT/rendered, and runs again with the settings of the manifest:
// whole frames are taken as keyframes and lie in OUT in place of the generated ones, regions are set into the
// generated frames, and the frames beside them are made anew. Later runs take them from OUT/rendered, too;
// deleting a file there and running again takes it back. The same update again changes nothing. Throws Error
// as run() does, and Error(input) where OUT has no manifest or there are no rendered frames.
UpdateResult update(const UpdateOptions& options, const ProgressCallback& progress = {});

} // namespace inbetween
