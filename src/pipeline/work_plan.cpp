#include "pipeline/work_plan.h"

#include "network/ibnet2.h"
#include "pair/pair.h"
#include "pipeline/memory_budget.h"
#include "sequence/frame_files.h"

#include <algorithm>
#include <tbb/info.h>

namespace inbetween {
namespace {

// Planes of four bytes a pixel that are alive at once; counted from the stages' code.
constexpr std::size_t pairPlanes = 3 /* view */ + 2 /* flow */ + 10 /* vectors, depth */;
constexpr std::size_t framePlanes =
    28; // two splats made beside two others: later the prior, then the field in its place
constexpr std::size_t firstFieldPlanes = 15; // while another one is made
constexpr std::size_t stripPlanes = 60;      // what the network has of a strip, or risk of a band

} // namespace

WorkPlan planFor(const ExrInfo& keyframe, std::size_t groups, std::size_t budgetBytes, int threads,
                 Quality quality) {
    std::size_t pixels = 1, sampleBytes = 0;
    for (const auto& part : keyframe.parts) {
        const std::size_t area = std::size_t(width(part.dataWindow)) * std::size_t(height(part.dataWindow));
        pixels = std::max(pixels, area);
        for (const auto& channel : part.channels)
            sampleBytes += area * bytesPerSample(channel.type);
    }
    WorkPlan work;
    work.threads = threads;
    work.groups = groups;
    work.budgetBytes = budgetBytes;
    // Whether the motion will be estimated the vectors tell, later.
    work.hasSecondPass = quality == Quality::best && pixels < over4KPixels;
    work.hasNeighbours = pixels < over4KPixels;
    const std::size_t planes = framePlanes + (work.hasSecondPass ? firstFieldPlanes : 0);
    work.gapBytes = 2 * sampleBytes + groups * pixels * 4 * pairPlanes;
    // Groups are made one after the other, each with a field that stays; strips and bands are of one at a
    // time.
    work.frameBytes = sampleBytes + groups * pixels * 4 * planes +
                      IbNet2::stripPixels(pixels) * 4 * stripPlanes;
    // A frame more than there are threads keeps them busy while one is written; a gap more than that is read
    // ahead.
    work.framesInFlight = std::clamp<std::size_t>(budgetBytes / (work.gapBytes + work.frameBytes), 1,
                                                  std::size_t(threads) + 1);
    const std::size_t left = budgetBytes - std::min(budgetBytes, work.framesInFlight * work.frameBytes);
    work.gapsInFlight = std::clamp<std::size_t>(left / work.gapBytes, 1, work.framesInFlight + 1);
    return work;
}

GraphLimits limitsOf(const WorkPlan& work) {
    return {work.threads, work.gapsInFlight, work.framesInFlight};
}

WorkPlan planFor(const RunOptions& options, const Sequence& sequence, std::size_t groups) {
    const ExrInfo keyframe = readFrameInfo(sequence.keyframes.front(), sequence.companions, options.read);
    const int threads = options.threads > 0 ? options.threads : std::max(1, tbb::info::default_concurrency());
    return planFor(keyframe, groups, options.memoryBytes ? options.memoryBytes : defaultMemoryBytes(),
                   threads, options.quality);
}

} // namespace inbetween
