// What a run took: OUT/summary.json, or OUT/shards/NAME.summary.json of a part. Nothing of it is in the
// manifest, whose bytes do not depend on the machine's mood.
#pragma once

#include "inbetween/run.h"
#include "inbetween/shard.h"
#include "pipeline/stage_times.h"

#include <optional>

namespace inbetween {

// What the process has used so far.
struct ResourceUse {
    double cpuSeconds = 0;
    std::size_t peakBytes = 0;                          // resident, greatest since the process began
    std::optional<std::size_t> readBytes, writtenBytes; // none where the system does not say
    static ResourceUse now();
};

struct RunSummary {
    ResourceUse before, after;
    double seconds = 0;
    int threads = 1;
    int total = 0; // frames of this run or part: made, kept, failed, and those across a cut or too wide a gap
    std::vector<StageTime> stages;
};

std::filesystem::path summaryPath(const std::filesystem::path& out, const ShotPart& part);
// Throws Error(output).
void writeSummary(const std::filesystem::path& file, const RunSummary& summary, const RunResult& result);

} // namespace inbetween
