#include "pipeline/flow_graph.h"

#include "pipeline/frame.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <numeric>
#include <stdexcept>

using namespace inbetween;

namespace {

// Gaps of 1 to 4 frames; frames are numbered through.
GapSource someGaps(std::size_t count, std::vector<std::size_t>* readOrder = nullptr) {
    return {count, [readOrder, next = 0](std::size_t gap) mutable {
                if (readOrder)
                    readOrder->push_back(gap);
                auto work = std::make_unique<GapWork>();
                for (std::size_t k = 0; k <= gap % 4; ++k) {
                    work->frames.push_back(std::make_unique<Frame>());
                    work->frames.back()->record.frame = next++;
                }
                return work;
            }};
}

constexpr int frames = 100; // of 40 such gaps

void letAllThrough(GapWork& work) {
    for (const auto& frame : work.frames)
        frame->gap = std::make_shared<GapPairs>();
}

std::vector<int> ascending(int count) {
    std::vector<int> numbers(std::size_t(count), 0);
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

class RunGraph : public testing::TestWithParam<int> {};

TEST_P(RunGraph, EveryFramePassesEveryStageInOrderAndReachesTheSinkInOrder) {
    std::vector<int> passed(std::size_t(frames), 0), collected;
    std::vector<std::size_t> readOrder;
    std::atomic<bool> wrongOrder = false;
    const auto expect = [&](int before) {
        return [&, before](Frame& frame) {
            if (passed[std::size_t(frame.record.frame)]++ != before)
                wrongOrder = true;
        };
    };
    const auto collect = [&](const std::unique_ptr<Frame>& frame) {
        if (passed[std::size_t(frame->record.frame)] != 3)
            wrongOrder = true;
        collected.push_back(frame->record.frame);
    };
    runGraph(someGaps(40, &readOrder), letAllThrough,
             {{"first", expect(0)}, {"second", expect(1)}, {"third", expect(2)}}, collect,
             {GetParam(), 3, 2});
    EXPECT_EQ(collected, ascending(frames));
    EXPECT_FALSE(wrongOrder);
    EXPECT_TRUE(std::ranges::is_sorted(readOrder));
    EXPECT_EQ(readOrder.size(), 40u);
}

TEST_P(RunGraph, NoMoreIsInFlightThanTheLimitsAllow) {
    std::atomic<int> inFlight = 0, mostFrames = 0, open = 0, mostOpen = 0;
    const auto raise = [](std::atomic<int>& value, std::atomic<int>& most) {
        const int now = ++value;
        int seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
    };
    GapSource source = someGaps(40);
    source.read = [&, read = source.read](std::size_t gap) {
        raise(open, mostOpen);
        return read(gap);
    };
    // A gap lives as long as its last frame.
    const auto prepare = [&](GapWork& work) {
        const std::shared_ptr<const GapPairs> pairs(new GapPairs, [&](const GapPairs* p) {
            --open;
            delete p;
        });
        for (const auto& frame : work.frames)
            frame->gap = pairs;
    };
    runGraph(source, prepare, {{"stage", [&](Frame&) { raise(inFlight, mostFrames); }}},
             [&](std::unique_ptr<Frame>) { --inFlight; }, {GetParam(), 2, 3});
    EXPECT_LE(mostFrames, 3);
    EXPECT_LE(mostOpen, 2);
    EXPECT_EQ(inFlight, 0);
    EXPECT_EQ(open, 0);
}

TEST_P(RunGraph, AFrameThatFailsReachesTheSinkWithItsErrorAndNoFurtherStage) {
    std::atomic<bool> touched = false;
    int failed = 0, well = 0;
    runGraph(someGaps(40), letAllThrough,
             {{"fails",
               [](Frame& frame) {
                   if (frame.record.frame % 10 == 3)
                       throw std::runtime_error("no such thing");
               }},
              {"after", [&](Frame& frame) { touched = touched || frame.record.frame % 10 == 3; }}},
             [&](const std::unique_ptr<Frame>& frame) {
                 const bool fails = frame->record.frame % 10 == 3;
                 EXPECT_EQ(frame->record.error, fails ? "no such thing" : "");
                 ++(fails ? failed : well);
             },
             {GetParam(), 3, 2});
    EXPECT_FALSE(touched);
    EXPECT_EQ(failed, frames / 10);
    EXPECT_EQ(well, frames - frames / 10);
}

INSTANTIATE_TEST_SUITE_P(Threads, RunGraph, testing::Values(1, 2, 5));

} // namespace
