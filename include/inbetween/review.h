// Decisions that people made in the report, and their way into the manifest.
#pragma once

#include "inbetween/manifest.h"

#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

// decisions.json, as the report saves it:
//   {"version": 1, "kind": "inbetween decisions",
//    "manifest": {"identity": HEX, "sourcePattern": TEXT, "model": HEX},
//    "by": TEXT,
//    "decisions": [{"frame": 12, "pixelHash": HEX, "verdict": "keep" | "rerender" | "undecided",
//                   "by": TEXT, "at": "2026-11-21T10:15:00Z", "comment": TEXT}, ...]}
// "undecided" takes an earlier decision back. Other keys are not read.
inline constexpr int decisionsVersion = 1;

// What a shot's decisions belong to: the hash of its keyframes' pattern and its model. Each decision names
// the pixels that were looked at besides, so that it does not outlive them.
std::string shotIdentity(const Manifest& manifest);

struct ReviewOptions {
    std::string by; // for decisions that carry no name
    bool skipChanged =
        false; // leave out decisions on frames that are not what was looked at, instead of refusing all
};
struct ReviewResult {
    Manifest manifest;             // as it now is on disk
    int changed = 0;               // frames whose decision is another one than before
    int unchanged = 0;             // decisions that the manifest had already
    std::vector<int> skipped;      // not what was looked at any more
    std::vector<int> decidedLater; // the manifest's own decision is younger, and stays
};

// Writes the decisions of `file` into OUT/manifest.json, manifest.csv and rerender.txt, each complete or as
// it was. Doing it twice changes nothing. Throws Error(input), and writes nothing, where a decision cannot be
// taken: not JSON, another version, another shot or model, frames that are unknown, have other pixels by now
// or are not there to be kept, two decisions on one frame, no name, no time. Throws Error(output).
ReviewResult applyDecisions(const std::filesystem::path& out, const std::filesystem::path& file,
                            const ReviewOptions& options = {});

} // namespace inbetween
