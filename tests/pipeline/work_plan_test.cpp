#include "pipeline/work_plan.h"

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

constexpr std::size_t gib = std::size_t(1) << 30;

TEST(PlanFor, ATinyBudgetStillLetsOneFrameThrough) {
    const WorkPlan work = planFor(keyframe(1920, 1080, 16), 1, 1, 8, Quality::best);
    EXPECT_EQ(work.framesInFlight, 1u);
    EXPECT_EQ(work.gapsInFlight, 1u);
    EXPECT_EQ(work.threads, 8);
}

TEST(PlanFor, MoreMemoryLetsMoreFramesInUpToWhatThreadsCanUse) {
    const ExrInfo info = keyframe(1920, 1080, 16);
    std::size_t last = 0;
    for (const std::size_t budget : {1, 4, 16, 64, 256}) {
        const WorkPlan work = planFor(info, 1, budget * gib, 8, Quality::best);
        EXPECT_GE(work.framesInFlight, last);
        last = work.framesInFlight;
    }
    EXPECT_EQ(last, 9u);
}

TEST(PlanFor, TwoFieldsAFrameTakeMoreThanOneUpTo4K) {
    const auto frames = [](int w, int h, Quality quality) {
        return planFor(keyframe(w, h, 4), 1, 8 * gib, 64, quality).framesInFlight;
    };
    EXPECT_LT(frames(1920, 1080, Quality::best), frames(1920, 1080, Quality::fast));
    EXPECT_EQ(frames(5120, 2700, Quality::best), frames(5120, 2700, Quality::fast));
}

TEST(PlanFor, EachGroupTakesMotionOfItsOwn) {
    const ExrInfo info = keyframe(1920, 1080, 16);
    const WorkPlan one = planFor(info, 1, 8 * gib, 64, Quality::best),
                   two = planFor(info, 2, 8 * gib, 64, Quality::best);
    EXPECT_GT(two.frameBytes, one.frameBytes);
    EXPECT_LT(two.frameBytes, 2 * one.frameBytes) << "the samples are there once";
    EXPECT_LT(two.framesInFlight, one.framesInFlight);
}

TEST(PlanFor, Over4KMemoryIsTooDearForASecondPassAndNeighbours) {
    for (const int pixels : {1920, 5120}) {
        const WorkPlan work = planFor(keyframe(pixels, 2700, 4), 1, gib, 8, Quality::best);
        EXPECT_EQ(work.hasSecondPass, pixels < 4000);
        EXPECT_EQ(work.hasNeighbours, pixels < 4000);
    }
}

} // namespace
