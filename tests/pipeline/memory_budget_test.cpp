#include "pipeline/memory_budget.h"

#include <gtest/gtest.h>

using namespace inbetween;

namespace {

ExrInfo keyframe(int w, int h, int channels) {
    ExrInfo info;
    ExrInfo::PartInfo part;
    part.dataWindow = Box({0, 0}, {w - 1, h - 1});
    for (int i = 0; i < channels; ++i)
        part.channels.push_back({"c" + std::to_string(i), SampleType::half, 1, 1});
    info.parts.push_back(part);
    return info;
}

TEST(MemoryBudget, ATinyBudgetStillLetsOneFrameThrough) {
    const GraphLimits limits = limitsFor(1, 8, keyframe(1920, 1080, 16));
    EXPECT_EQ(limits.framesInFlight, 1u);
    EXPECT_EQ(limits.gapsInFlight, 1u);
    EXPECT_EQ(limits.threads, 8);
}

TEST(MemoryBudget, MoreMemoryLetsMoreFramesInUpToWhatThreadsCanUse) {
    const ExrInfo info = keyframe(1920, 1080, 16);
    std::size_t last = 0;
    for (const std::size_t gib : {1, 4, 16, 64, 256}) {
        const GraphLimits limits = limitsFor(gib << 30, 8, info);
        EXPECT_GE(limits.framesInFlight, last);
        last = limits.framesInFlight;
    }
    EXPECT_EQ(last, 9u);
}

TEST(MemoryBudget, TheDefaultIsSomethingPositive) {
    EXPECT_GT(defaultMemoryBytes(), 0u);
}

} // namespace
