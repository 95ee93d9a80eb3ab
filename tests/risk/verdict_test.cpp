#include "inbetween/risk.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

using namespace inbetween;
using testing::ElementsAre;

namespace {

constexpr Verdict keep = Verdict::keep, partial = Verdict::partial, rerender = Verdict::rerender;
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

} // namespace

TEST(DecideVerdicts, ByThreshold) {
    const std::vector<ScoredFrame> frames{{2, 0.01, false},
                                          {4, 0.02, false},
                                          {6, 0.03, false},
                                          {8, 0.0, true},
                                          {10, notANumber, false}};
    EXPECT_THAT(decideVerdicts(frames, {.threshold = 0.02, .maxMiss = -1}),
                ElementsAre(keep, rerender, rerender, rerender, rerender));
    EXPECT_TRUE(decideVerdicts({}, {}).empty());
}

TEST(DecideVerdicts, ByShareTheWorst) {
    const std::vector<ScoredFrame> frames{{2, 0.1, false},
                                          {4, 0.3, false},
                                          {6, 0.2, false},
                                          {8, 0.05, false},
                                          {10, 0.01, false}};
    EXPECT_THAT(decideVerdicts(frames, {.threshold = 0, .maxRerenderShare = 0}),
                ElementsAre(keep, keep, keep, keep, keep));
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderShare = 0.39}),
                ElementsAre(keep, rerender, keep, keep, keep));
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderShare = 0.4}),
                ElementsAre(keep, rerender, rerender, keep, keep));
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderShare = 1}),
                ElementsAre(rerender, rerender, rerender, rerender, rerender));
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderShare = 7}),
                ElementsAre(rerender, rerender, rerender, rerender, rerender));
}

TEST(DecideVerdicts, WhatMustBeRenderedCountsFirst) {
    const std::vector<ScoredFrame> frames{{2, 0.1, false},
                                          {4, 0.0, true},
                                          {6, notANumber, false},
                                          {8, 0.3, false}};
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderShare = 0.25}),
                ElementsAre(keep, rerender, rerender, keep));
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderShare = 0.75}),
                ElementsAre(keep, rerender, rerender, rerender));
}

TEST(DecideVerdicts, TiesGoToTheLowerFrame) {
    EXPECT_THAT(decideVerdicts({{6, 0.2, false}, {2, 0.2, false}, {4, 0.2, false}},
                               {.maxRerenderShare = 0.34}),
                ElementsAre(keep, rerender, keep));
}

TEST(DecideVerdicts, AShareRoundsDownButNotByRounding) {
    std::vector<ScoredFrame> frames;
    for (int i = 0; i < 100; ++i)
        frames.push_back({i, 0.1, false});
    const auto flagged = [&](double share) {
        const std::vector<Verdict> verdicts = decideVerdicts(frames, {.maxRerenderShare = share});
        return std::count(verdicts.begin(), verdicts.end(), rerender);
    };
    EXPECT_EQ(flagged(0.29), 29); // 0.29 * 100 is 28.999... in doubles
    EXPECT_EQ(flagged(0.299), 29);
    EXPECT_EQ(flagged(0.07), 7);
}

TEST(DecideVerdicts, AFrameWithoutAnyPredictedErrorIsNotRendered) {
    EXPECT_THAT(decideVerdicts({{2, 0.0, false}, {4, 0.1, false}}, {.maxRerenderShare = 1}),
                ElementsAre(keep, rerender));
}

TEST(DecideVerdicts, ByANumberOfFrames) {
    const std::vector<ScoredFrame> frames{{2, 0.1, false}, {4, 0.3, false}, {6, 0.0, true}, {8, 0.2, false}};
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderFrames = 0}), ElementsAre(keep, keep, rerender, keep));
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderFrames = 2}),
                ElementsAre(keep, rerender, rerender, keep));
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderFrames = 50}),
                ElementsAre(rerender, rerender, rerender, rerender));
}

TEST(DecideVerdicts, TheLessMayBeMissedTheMoreIsFlagged) {
    double last = 0;
    for (const double miss : {0.001, 0.01, 0.02, 0.1, 0.3, 0.5}) {
        const double from = flaggedFrom({.threshold = 0.04, .maxMiss = miss});
        EXPECT_GE(from, last);
        EXPECT_GT(from, 0);
        last = from;
    }
    EXPECT_LT(flaggedFrom({.threshold = 0.04, .maxMiss = 0.01}),
              flaggedFrom({.threshold = 0.04, .maxMiss = 0.5}));
    EXPECT_EQ(flaggedFrom({.threshold = 0.04, .maxMiss = -1}), 0.04);
    EXPECT_EQ(flaggedFrom({.threshold = 0.4, .maxMiss = 0.01, .by = RiskMeasure::angle}), 0.4)
        << "known of the error alone";
    const double from = flaggedFrom({.threshold = 0.04, .maxMiss = 0.01});
    EXPECT_THAT(decideVerdicts({{2, 0.99 * from, false}, {4, from, false}},
                               {.threshold = 0.04, .maxMiss = 0.01}),
                ElementsAre(keep, rerender));
}

TEST(DecideVerdicts, BoxesThatMakeAFrameGoodAreAskedForInsteadOfTheFrame) {
    const std::vector<ScoredFrame> frames{{2, 0.1, false, 0.3},
                                          {4, 0.1, false},
                                          {6, 0.01, false, 0.1},
                                          {8, 0.1, true, 0.3}};
    EXPECT_THAT(decideVerdicts(frames, {.threshold = 0.05, .maxMiss = -1}),
                ElementsAre(partial, rerender, keep, rerender));
}

TEST(DecideVerdicts, ABudgetIsOfCostAndGoesToTheWorst) {
    const std::vector<ScoredFrame> frames{{2, 0.1, false, 0.3},
                                          {4, 0.4, false},
                                          {6, 0.3, false, 0.5},
                                          {8, 0.2, false}};
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderFrames = 2}),
                ElementsAre(partial, rerender, partial, keep))
        << "1, 0.5 and, as the whole frame no longer fits, 0.3";
    EXPECT_THAT(decideVerdicts(frames, {.maxRerenderShare = 0.1}), ElementsAre(partial, keep, keep, keep));
}

TEST(FlaggedFrom, TheLibrarysDefaultIsTheCommands) {
    EXPECT_EQ(VerdictOptions{}.maxMiss, 0.02);
    EXPECT_LT(flaggedFrom({}), VerdictOptions{}.threshold);
}

TEST(VerdictError, CountsTheWorstBlocksByWhatIsAllowedThere) {
    EXPECT_EQ(verdictError(0.02, notANumber), 0.02);
    EXPECT_EQ(verdictError(0.02, 0.03), 0.02);
    EXPECT_NEAR(verdictError(0.02, 0.0794), 0.0316, 1e-4); // 22 dB there is as bad as 30 dB overall
}
