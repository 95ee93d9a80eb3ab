#include "base/atomic_file.h"
#include "inbetween/bench.h"
#include "inbetween/error.h"
#include "inbetween/version.h"
#include "manifest/json_value.h"
#include "pipeline/summary.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

fs::path keysIn(const fs::path& folder) {
    return folder / "keys";
}
fs::path outIn(const fs::path& folder) {
    return folder / "out";
}

} // namespace

void benchRun(const BenchOptions& options, const fs::path& folder) {
    makeFolderWithin(folder, keysIn(folder));
    WriteOptions write;
    write.compression = options.compression;
    for (int i = 0; i < options.keyframes; ++i) {
        const int frame = 1 + 2 * i;
        writeExr(keysIn(folder) / fmt::format("shot.{:04}.exr", frame),
                 madeFrame(options.width, options.height, frame), write);
    }
    RunOptions run;
    run.keys = keysIn(folder).string();
    run.out = outIn(folder);
    run.write = write;
    run.precision = options.precision;
    run.threads = options.threads;
    run.memoryBytes = options.memoryBytes;
    run.selfCalibrate = false;
    for (const ManifestFrame& frame : inbetween::run(run).manifest.frames)
        if (frame.status != FrameStatus::complete)
            throw Error(ErrorKind::output,
                        fmt::format("frame {} at {}x{}: {}", frame.frame, options.width, options.height,
                                    frame.error.empty() ? "was not made" : frame.error));
}

BenchResult readBenchRun(const BenchOptions& options, const fs::path& folder) {
    const Manifest manifest = readManifest(outIn(folder) / "manifest.json");
    const fs::path summary = summaryPath(outIn(folder), {});
    return readJson(readText(summary, "measure again"), summary, [&](const Value& value) {
        BenchResult result;
        result.width = options.width;
        result.height = options.height;
        result.framesMade = value["frames"]["made"].integer<int>();
        result.threads = value["threads"].integer<int>();
        result.seconds = value["seconds"].number();
        result.cpuSeconds = value["cpuSeconds"].number();
        result.peakMemoryBytes = value["peakMemoryBytes"].integer<std::size_t>();
        result.precision = manifest.precision;
        result.instructionSet = manifest.instructionSet;
        result.compression = manifest.settings.compression;
        value["stages"].forEach([&](const Value& stage) {
            const std::string name = stage["name"].text();
            if (name == "read")
                result.stages.push_back({name, stage["sumSeconds"].number() / options.keyframes});
            else if (name != "plan" && name != "manifest") // once a run
                result.stages.push_back({name, stage["medianSeconds"].number()});
        });
        return result;
    });
}

std::string processorName() {
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);)
        if (line.starts_with("model name"))
            return line.substr(std::min(line.find(':') + 2, line.size()));
    return {};
}

void writeBenchJson(const fs::path& file, const BenchOptions& options,
                    const std::vector<BenchResult>& results) {
    Json sizes = Json::array();
    for (const BenchResult& result : results) {
        Json stages = Json::array();
        for (const BenchResult::Stage& stage : result.stages)
            stages.push_back({{"name", stage.name}, {"seconds", stage.seconds}});
        sizes.push_back({{"width", result.width},
                         {"height", result.height},
                         {"framesPerHour", result.framesPerHour()},
                         {"framesMade", result.framesMade},
                         {"seconds", result.seconds},
                         {"cpuSeconds", result.cpuSeconds},
                         {"peakMemoryBytes", result.peakMemoryBytes},
                         {"threads", result.threads},
                         {"precision", result.precision},
                         {"instructionSet", result.instructionSet},
                         {"compression", result.compression},
                         {"stages", std::move(stages)}});
    }
    const Json json{{"version", 1},
                    {"tool", {{"name", "inbetween"}, {"version", versionString()}}},
                    {"processor", processorName()},
                    {"keyframes", options.keyframes},
                    {"channels", madeFrameChannels},
                    {"sizes", std::move(sizes)}};
    // A processor's name need not be UTF-8, JSON must be.
    writeTextAtomically(file, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

} // namespace inbetween
