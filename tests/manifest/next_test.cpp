#include "inbetween/rerender.h"

#include "manifest/verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace inbetween;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr double limit = 0.0316;

// All of the frame has the error `everywhere`, and one block of 32 px `spot`.
ManifestFrame made(int number, int key0, int key1, double everywhere, double spot = 0) {
    ManifestFrame frame;
    frame.frame = number;
    frame.key0 = key0;
    frame.key1 = key1;
    frame.time = double(number - key0) / (key1 - key0);
    frame.errors = {Box({0, 0}, {639, 383}), Box({0, 0}, {639, 383}), {}};
    frame.errors.levels.assign(20 * 12, errorLevel(everywhere));
    if (spot > 0)
        frame.errors.at(7, 5) = errorLevel(spot);
    const MapFigures figures = figuresOf(frame.errors);
    frame.score = figures.score;
    frame.worstBlocks = figures.worstBlocks;
    return frame;
}

Manifest decided(std::vector<int> keyframes, std::vector<ManifestFrame> frames) {
    Manifest manifest;
    manifest.verdictOptions = {.threshold = limit, .maxMiss = -1};
    manifest.keyframes = std::move(keyframes);
    manifest.frames = std::move(frames);
    decideVerdicts(manifest);
    return manifest;
}

std::vector<int> framesOf(const std::vector<NextTask>& tasks) {
    std::vector<int> numbers;
    for (const NextTask& next : tasks)
        numbers.push_back(next.task.frame);
    return numbers;
}

} // namespace

TEST(DecideVerdicts, OneBadSpotIsABoxAndABadFrameIsRenderedWhole) {
    const Manifest manifest = decided({1, 3, 5, 7},
                                      {made(2, 1, 3, 0.01), made(4, 3, 5, 0.01, 0.9), made(6, 5, 7, 0.2)});
    EXPECT_EQ(manifest.frames[0].verdict, Verdict::keep);
    EXPECT_EQ(manifest.frames[1].verdict, Verdict::partial);
    ASSERT_EQ(manifest.frames[1].regions.size(), 1u);
    EXPECT_EQ(manifest.frames[1].regions[0].box, Box({216, 152}, {263, 199}));
    EXPECT_NEAR(manifest.frames[1].boxCost, 48.0 * 48 / (640 * 384) + 0.05, 1e-9);
    EXPECT_EQ(manifest.frames[2].verdict, Verdict::rerender);
    EXPECT_NEAR(manifest.totals().cost, 4 + manifest.frames[1].boxCost + 1, 1e-9);
}

TEST(DecideVerdicts, AFrameThatOnlyJustFailsIsABox) {
    ManifestFrame frame = made(4, 3, 5, 0.9 * limit, 0.3);
    Manifest manifest = decided({3, 5}, {frame});
    manifest.verdictOptions = {};
    manifest.verdictOptions.threshold = 0.98 * verdictError(frame.score, frame.worstBlocks) /
                                        flaggedFrom({.threshold = 1});
    decideVerdicts(manifest);
    EXPECT_EQ(manifest.frames[0].verdict, Verdict::partial)
        << "not all of it, though it would pass with a box";
}

TEST(DecideVerdicts, AnotherOverheadNeedsNoPixels) {
    Manifest manifest = decided({3, 5}, {made(4, 3, 5, 0.01, 0.9)});
    const std::vector<RiskRegion> boxes = manifest.frames[0].regions;
    manifest.verdictOptions.partialOverhead = 1;
    decideVerdicts(manifest);
    EXPECT_EQ(manifest.frames[0].verdict, Verdict::rerender);
    manifest.verdictOptions.partialOverhead = 0.05;
    decideVerdicts(manifest);
    EXPECT_EQ(manifest.frames[0].verdict, Verdict::partial);
    EXPECT_EQ(manifest.frames[0].regions[0].box, boxes[0].box);
}

TEST(DecideVerdicts, WhatBoxesMeasuredCorrectsTheRest) {
    ManifestFrame frame = made(4, 3, 5, 0.03);
    frame.spliced = {Box({0, 0}, {39, 39})};
    frame.splicedPredicted = 0.05;
    frame.splicedMeasured = 0.05;
    EXPECT_EQ(decided({3, 5}, {frame}).frames[0].verdict, Verdict::keep);
    frame.splicedMeasured = 0.1; // twice what was predicted: the rest is worse, too
    EXPECT_EQ(decided({3, 5}, {frame}).frames[0].verdict, Verdict::rerender);
    EXPECT_GT(measuredCorrection(frame), 1);
    frame.splicedMeasured = 0;
    EXPECT_EQ(measuredCorrection(frame), 1) << "of an older manifest";
}

TEST(DecideVerdicts, WhatTheBudgetLeavesOutIsSaid) {
    Manifest manifest = decided({1, 3, 5}, {made(2, 1, 3, 0.2), made(4, 3, 5, 0.3)});
    manifest.verdictOptions.maxRerenderShare = 0.1; // of two frames
    decideVerdicts(manifest);
    EXPECT_TRUE(manifest.frames[0].overBudget && manifest.frames[1].overBudget);
    EXPECT_EQ(manifest.totals().overBudget, 2);
    manifest.verdictOptions.maxRerenderShare = 0.5;
    decideVerdicts(manifest);
    EXPECT_TRUE(manifest.frames[0].overBudget);
    EXPECT_FALSE(manifest.frames[1].overBudget);
}

TEST(NextTasks, CheapestFirstAndNothingOfWhatIsKept) {
    const auto tasks = nextTasks(
        decided({1, 3, 5, 7}, {made(2, 1, 3, 0.2), made(4, 3, 5, 0.01, 0.9), made(6, 5, 7, 0.01)}));
    EXPECT_THAT(framesOf(tasks), ElementsAre(4, 2));
    EXPECT_TRUE(tasks[0].task.box);
    EXPECT_NEAR(tasks[0].cost, 48.0 * 48 / (640 * 384) + 0.05, 1e-9);
    EXPECT_FALSE(tasks[1].task.box);
    EXPECT_THAT(nextTasks(decided({1, 3}, {made(2, 1, 3, 0.01)})), IsEmpty());
}

TEST(NextTasks, TheMiddleOfAWideGapComesFirst) {
    std::vector<ManifestFrame> frames;
    for (int number = 2; number <= 8; ++number)
        frames.push_back(made(number, 1, 9, 0.04));
    EXPECT_THAT(framesOf(nextTasks(decided({1, 9}, frames))), ElementsAre(5))
        << "the others may be good then";
    for (ManifestFrame& frame : frames)
        frame.status = FrameStatus::notMade; // over --max-gap, or a cut
    EXPECT_THAT(framesOf(nextTasks(decided({1, 9}, frames))), ElementsAre(5));
}

TEST(NextTasks, TheMiddleComesFirstWhereAllAreToBeRenderedAnyway) {
    std::vector<ManifestFrame> frames;
    for (int number = 2; number <= 4; ++number)
        frames.push_back(made(number, 1, 5, 0.2));
    EXPECT_THAT(framesOf(nextTasks(decided({1, 5}, frames))), ElementsAre(3));
}

TEST(NextTasks, BoxesThatCostLessThanTheMiddleAreAskedForAtOnce) {
    std::vector<ManifestFrame> frames;
    for (int number = 2; number <= 4; ++number)
        frames.push_back(made(number, 1, 5, 0.01, 0.9));
    const auto tasks = nextTasks(decided({1, 5}, frames));
    EXPECT_THAT(framesOf(tasks), ElementsAre(2, 3, 4));
    EXPECT_TRUE(tasks[1].task.box);
}

TEST(NextTasks, WhatAPersonAskedForIsNotPutOff) {
    std::vector<ManifestFrame> frames;
    for (int number = 2; number <= 8; ++number)
        frames.push_back(made(number, 1, 9, 0.04));
    frames[1].decision = Decision{Verdict::rerender, "Ada", "2026-11-21T10:15:00Z", ""};
    EXPECT_THAT(framesOf(nextTasks(decided({1, 9}, frames))), ElementsAre(3, 5));
}

TEST(NextTasks, AKeyframeThatCannotBeReadIsAskedFor) {
    Manifest manifest = decided({1, 3}, {made(2, 1, 3, 0.01)});
    manifest.unusableKeyframes = {5};
    EXPECT_THAT(framesOf(nextTasks(manifest)), ElementsAre(5));
}
