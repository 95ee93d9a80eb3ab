#include "pipeline/memory_budget.h"

#include "network/ibnet2.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace inbetween {
namespace {

// Planes of four bytes a pixel that are alive at once; counted from the stages' code.
constexpr std::size_t pairPlanes = 6 /* view */ + 6 /* flow, agreement */ + 10 /* vectors, depth */;
constexpr std::size_t framePlanes = 13 /* prior */ + 12 /* field */ + 26 /* risk, or what the network has of all the picture */;
constexpr std::size_t stripPlanes = 45; // what it has of a strip

std::size_t readNumber(const char* path) {
    std::ifstream file(path);
    std::size_t value = 0;
    return file >> value ? value : 0; // "max" and a file that is not there: no limit known
}

std::size_t availableMemory() {
    std::ifstream meminfo("/proc/meminfo");
    std::string key;
    std::size_t kilobytes = 0;
    for (std::string line; meminfo >> key >> kilobytes && std::getline(meminfo, line);)
        if (key == "MemAvailable:")
            return kilobytes * 1024;
    return std::size_t(2) << 30;
}

} // namespace

std::size_t defaultMemoryBytes() {
    std::size_t available = availableMemory();
    const std::size_t limit = readNumber("/sys/fs/cgroup/memory.max");
    const std::size_t used = readNumber("/sys/fs/cgroup/memory.current");
    if (limit > 0)
        available = std::min(available, limit > used ? limit - used : 0);
    return available / 2;
}

GraphLimits limitsFor(std::size_t budget, int threads, const ExrInfo& keyframe) {
    std::size_t pixels = 1, sampleBytes = 0;
    for (const auto& part : keyframe.parts) {
        const std::size_t area = std::size_t(width(part.dataWindow)) * std::size_t(height(part.dataWindow));
        pixels = std::max(pixels, area);
        for (const auto& channel : part.channels)
            sampleBytes += area * bytesPerSample(channel.type);
    }
    const std::size_t pair = 2 * sampleBytes + pixels * 4 * pairPlanes;
    const std::size_t frame = sampleBytes + pixels * 4 * framePlanes + std::min(pixels, IbNet2::stripPixels) * 4 * stripPlanes;
    GraphLimits limits;
    limits.threads = threads;
    // A frame more than there are threads keeps them busy while one is written; a gap more than that is read ahead.
    const std::size_t wanted = std::size_t(threads) + 1;
    limits.framesInFlight = std::clamp<std::size_t>(budget / (pair + frame), 1, wanted);
    const std::size_t left = budget - std::min(budget, limits.framesInFlight * frame);
    limits.gapsInFlight = std::clamp<std::size_t>(left / pair, 1, limits.framesInFlight + 1);
    return limits;
}

} // namespace inbetween
