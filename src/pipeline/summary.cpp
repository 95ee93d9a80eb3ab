#include "pipeline/summary.h"

#include "base/atomic_file.h"
#include "inbetween/version.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace inbetween {
namespace {

using Json = nlohmann::ordered_json;

double secondsOf(const timeval& time) {
    return double(time.tv_sec) + double(time.tv_usec) * 1e-6;
}

Json difference(const std::optional<std::size_t>& before, const std::optional<std::size_t>& after) {
    return before && after ? Json(*after - *before) : Json();
}

} // namespace

ResourceUse ResourceUse::now() {
    ResourceUse use;
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    use.cpuSeconds = secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
    use.peakBytes = std::size_t(usage.ru_maxrss) * 1024;
    std::ifstream io("/proc/self/io");
    std::size_t bytes = 0;
    for (std::string key; io >> key >> bytes;) {
        if (key == "rchar:")
            use.readBytes = bytes;
        else if (key == "wchar:")
            use.writtenBytes = bytes;
    }
    return use;
}

std::filesystem::path summaryPath(const std::filesystem::path& out, const ShotPart& part) {
    return part.whole() ? out / "summary.json" : out / shardFolder / (part.name() + ".summary.json");
}

void writeSummary(const std::filesystem::path& file, const RunSummary& summary, const RunResult& result) {
    const double cpu = summary.after.cpuSeconds - summary.before.cpuSeconds;
    Json stages = Json::array();
    for (const StageTime& stage : summary.stages)
        stages.push_back({{"name", stage.name},
                          {"count", stage.count},
                          {"sumSeconds", stage.sumSeconds},
                          {"medianSeconds", stage.medianSeconds},
                          {"maxSeconds", stage.maxSeconds}});
    const Json json{
        {"version", 1},
        {"tool", {{"name", "inbetween"}, {"version", versionString()}}},
        {"frames",
         {{"total", summary.total}, {"made", result.made}, {"kept", result.kept}, {"failed", result.failed}}},
        {"seconds", summary.seconds},
        {"framesPerSecond", summary.seconds > 0 ? result.made / summary.seconds : 0.0},
        {"threads", summary.threads},
        {"cpuSeconds", cpu},
        {"threadUse", summary.seconds > 0 ? cpu / (summary.seconds * summary.threads) : 0.0},
        {"peakMemoryBytes", summary.after.peakBytes},
        {"bytesRead", difference(summary.before.readBytes, summary.after.readBytes)},
        {"bytesWritten", difference(summary.before.writtenBytes, summary.after.writtenBytes)},
        {"stages", std::move(stages)}};
    writeTextAtomically(file, json.dump(2) + "\n");
}

} // namespace inbetween
