#include "pipeline/flow_graph.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <numeric>

using namespace inbetween;

namespace {

// Gaps of 1 to 4 frames; frames are numbered through.
std::vector<GapWork> someGaps(std::size_t count) {
    std::vector<GapWork> gaps;
    std::size_t frame = 0;
    for (std::size_t i = 0; i < count; ++i) {
        GapWork gap{i, {}};
        for (std::size_t k = 0; k <= i % 4; ++k)
            gap.frames.push_back(frame++);
        gaps.push_back(gap);
    }
    return gaps;
}

std::size_t frameCount(const std::vector<GapWork>& gaps) {
    std::size_t n = 0;
    for (const GapWork& gap : gaps)
        n += gap.frames.size();
    return n;
}

class RunGraph : public testing::TestWithParam<int> {};

TEST_P(RunGraph, EveryFramePassesEveryStageInOrderAndIsCollectedInOrder) {
    const auto gaps = someGaps(40);
    const std::size_t frames = frameCount(gaps);
    std::vector<int> stage(frames, 0);
    std::vector<std::size_t> readOrder, collected, released;
    std::atomic<bool> wrongOrder = false;
    const auto expect = [&](int before) {
        return [&, before](std::size_t frame) {
            if (stage[frame]++ != before)
                wrongOrder = true;
        };
    };
    GraphStages stages;
    stages.read = [&](std::size_t gap) { readOrder.push_back(gap); };
    stages.prepare = [](std::size_t) {};
    stages.motion = expect(0);
    stages.network = expect(1);
    stages.synthesis = expect(2);
    stages.risk = expect(3);
    stages.write = expect(4);
    stages.collect = [&](std::size_t frame) {
        if (stage[frame] != 5)
            wrongOrder = true;
        collected.push_back(frame);
    };
    stages.release = [&](std::size_t gap) { released.push_back(gap); };
    runGraph(gaps, stages, {GetParam(), 3, 2});

    std::vector<std::size_t> ascending(frames);
    std::iota(ascending.begin(), ascending.end(), 0u);
    EXPECT_EQ(collected, ascending);
    EXPECT_FALSE(wrongOrder);
    std::vector<std::size_t> gapOrder(gaps.size());
    std::iota(gapOrder.begin(), gapOrder.end(), 0u);
    EXPECT_EQ(readOrder, gapOrder);
    EXPECT_EQ(released, gapOrder);
}

TEST_P(RunGraph, NoMoreIsInFlightThanTheLimitsAllow) {
    const auto gaps = someGaps(40);
    std::atomic<int> frames = 0, mostFrames = 0, open = 0, mostOpen = 0;
    const auto raise = [](std::atomic<int>& value, std::atomic<int>& most) {
        const int now = ++value;
        int seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
    };
    const auto nothing = [](std::size_t) {};
    GraphStages stages;
    stages.read = [&](std::size_t) { raise(open, mostOpen); };
    stages.prepare = nothing;
    stages.motion = [&](std::size_t) { raise(frames, mostFrames); };
    stages.network = stages.synthesis = stages.risk = stages.write = nothing;
    stages.collect = [&](std::size_t) { --frames; };
    stages.release = [&](std::size_t) { --open; };
    runGraph(gaps, stages, {GetParam(), 2, 3});
    EXPECT_LE(mostFrames, 3);
    EXPECT_LE(mostOpen, 2);
    EXPECT_EQ(frames, 0);
    EXPECT_EQ(open, 0);
}

INSTANTIATE_TEST_SUITE_P(Threads, RunGraph, testing::Values(1, 2, 5));

} // namespace
