// What a machine will do: the main job on frames made here, and where its time goes.
#pragma once

#include "inbetween/run.h"

#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

// Frame `frame` of a shot for measuring: a textured plane that pans by 6 pixels a frame. 12 half channels:
// RGBA, depth, vectors, normals.
Image madeFrame(int width, int height, int frame);
inline constexpr int madeFrameChannels = 12;

struct BenchOptions {
    int width = 1920, height = 1080;
    int keyframes = 3; // one in-between in each gap
    Compression compression = Compression::zip;
    Precision precision = Precision::automatic;
    int threads = 0;             // as in RunOptions
    std::size_t memoryBytes = 0; // as in RunOptions
};

struct BenchResult {
    struct Stage {
        std::string name; // read, prepare (view and pair), motion, network, synthesis, risk, write
        double seconds =
            0; // of one in-between: the median; of read the mean, since the first gap reads two keyframes
    };
    int width = 0, height = 0;
    int framesMade = 0, threads = 0;
    double seconds = 0, cpuSeconds = 0; // of the whole run: wall, and of all threads
    std::size_t peakMemoryBytes = 0;    // of the process so far
    std::string precision, instructionSet, compression;
    std::vector<Stage> stages;

    double framesPerHour() const { return seconds > 0 ? 3600 * framesMade / seconds : 0; }
};

// Writes keyframes to `folder` and runs over them; what was written stays there. The shot does not calibrate
// itself: that costs up to eight frames of a whole shot, and would be half of so short a one. Throws Error as
// run() does, and Error(output) where a frame fails.
void benchRun(const BenchOptions& options, const std::filesystem::path& folder);
// What benchRun found out, from what it left in `folder`; another process may have run it. Throws
// Error(input).
BenchResult readBenchRun(const BenchOptions& options, const std::filesystem::path& folder);

// The model name of the processor; empty where the system does not say.
std::string processorName();
// Throws Error(output).
void writeBenchJson(const std::filesystem::path& file, const BenchOptions& options,
                    const std::vector<BenchResult>& results);

} // namespace inbetween
