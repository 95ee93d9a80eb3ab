// The parts of a shot joined, and an index over many shots.
#pragma once

#include "inbetween/manifest.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace inbetween {

struct MergeOptions {
    // Folders that parts of one shot were made in: the manifests in their shards/ are joined.
    std::vector<std::filesystem::path> folders;
    std::filesystem::path out; // gets manifest.json, manifest.csv, rerender.txt; empty: the only folder
    std::optional<VerdictOptions> verdict; // none: those of the shards
    bool allowMixed = false;               // instruction set and precision may differ: so may the bits
    bool checkFiles = true;                // the frames' files must be there
};

// Verdicts are decided over the whole shot. Nothing is moved: paths are relative to `out`. From one folder
// the files are to the byte those of a run without parts. Throws Error(input) that says which frames or
// shards are missing, which frame is there twice with different pixels, or what differs between the
// manifests; nothing is written then.
Manifest merge(const MergeOptions& options);

// One shot, as a line of the index.
struct ShotSummary {
    std::filesystem::path folder; // of its manifest.json
    std::string name;             // folder, relative to the index
    Manifest::Totals totals;
    int frames = 0;        // rendered and in between
    double worstScore = 0; // predicted error of the worst frame that was made
    int worstFrame = 0;
    std::string rerender; // "12,18-19"
    std::string problem;  // why its manifest cannot be read; all else is empty then
};

// Every manifest.json in the folders and up to four levels below them, one at a time in memory; worst shot
// first: those that cannot be read, then by failed frames, by the share to render, by the worst score.
std::vector<ShotSummary> summariseShots(const std::vector<std::filesystem::path>& folders,
                                        const std::filesystem::path& relativeTo);

// A page on its own (`file`, HTML), and the same lines with the re-render lists beside it as CSV (`file` with
// .csv).
void writeIndex(const std::filesystem::path& file, const std::vector<ShotSummary>& shots);

} // namespace inbetween
