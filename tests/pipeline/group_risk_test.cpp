#include "pipeline/group_risk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace inbetween;
using testing::ElementsAre;

namespace {

GroupRisk group(const char* name, double score, const Box& canvas, std::vector<RiskRegion> regions = {}) {
    GroupRisk group;
    group.name = name;
    group.canvas = canvas;
    group.risk.score = score;
    group.risk.worstBlocks = score;
    group.risk.features.motionPx = 100 * score;
    group.risk.regions = std::move(regions);
    group.risk.reasons = {"something"};
    return group;
}

const Box frame({0, 0}, {99, 49});

TEST(JoinRisks, OneGroupIsTheFrame) {
    const GroupRisk joined = joinRisks({group("beauty", 0.1, frame, {{Box({1, 2}, {3, 4}), 0.2, 0.3}})});
    EXPECT_EQ(joined.risk.score, 0.1);
    EXPECT_EQ(joined.risk.regions.at(0).share, 0.3);
    EXPECT_THAT(joined.risk.reasons, ElementsAre("something"));
}

TEST(JoinRisks, TheWorstGroupGivesTheFiguresAndReasonsNameTheirGroup) {
    GroupRisk cut = group("Char", 0.01, frame);
    cut.risk.cut = true;
    const GroupRisk joined = joinRisks({std::move(cut), group("Env", 0.1, frame)});
    EXPECT_EQ(joined.risk.score, 0.1);
    EXPECT_EQ(joined.risk.features.motionPx, 10);
    EXPECT_TRUE(joined.risk.cut);
    EXPECT_THAT(joined.risk.reasons, ElementsAre("Env: something", "Char: something"));
}

TEST(JoinRisks, RegionsThatOverlapBecomeOneAndTheWorstComesFirst) {
    const GroupRisk joined = joinRisks(
        {group("a", 0.1, frame, {{Box({0, 0}, {9, 9}), 0.2, 0.02}, {Box({50, 0}, {59, 9}), 0.1, 0.02}}),
         group("b", 0.2, frame, {{Box({5, 5}, {14, 14}), 0.3, 0.02}})});
    ASSERT_EQ(joined.risk.regions.size(), 2u);
    EXPECT_EQ(joined.risk.regions[0].box, Box({0, 0}, {14, 14}));
    EXPECT_EQ(joined.risk.regions[0].score, 0.3);
    EXPECT_DOUBLE_EQ(joined.risk.regions[0].share, 225.0 / 5000);
    EXPECT_EQ(joined.risk.regions[1].box, Box({50, 0}, {59, 9}));
}

TEST(JoinRisks, MapsShowTheGreaterErrorAtEachPlaceOfTheCommonCanvas) {
    GroupRisk left = group("left", 0.1, Box({0, 0}, {3, 1})),
              right = group("right", 0.1, Box({2, 0}, {5, 1}));
    for (GroupRisk* eye : {&left, &right})
        for (Plane RiskMaps::*map :
             {&RiskMaps::predictedError, &RiskMaps::angleStdRad, &RiskMaps::angleStdFineRad,
              &RiskMaps::angleStdCoarseRad, &RiskMaps::forwardBackwardPx, &RiskMaps::warpDisagreement,
              &RiskMaps::structureDisagreement, &RiskMaps::flowDifferencePx, &RiskMaps::occlusion})
            eye->maps.*map = Plane(4, 2, eye == &left ? 0.25f : 0.5f);
    left.maps.predictedError.at(2, 1) = 0.75f;
    const GroupRisk joined = joinRisks({std::move(left), std::move(right)});
    EXPECT_EQ(joined.canvas, Box({0, 0}, {5, 1}));
    EXPECT_THAT(joined.maps.predictedError.values,
                ElementsAre(0.25f, 0.25f, 0.5f, 0.5f, 0.5f, 0.5f, 0.25f, 0.25f, 0.75f, 0.5f, 0.5f, 0.5f));
    EXPECT_EQ(joined.maps.occlusion.at(5, 0), 0.5f);
}

} // namespace
