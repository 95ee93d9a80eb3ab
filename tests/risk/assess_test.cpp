#include "inbetween/risk.h"
#include "risk/calibration.h"
#include "risk/pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <tbb/task_arena.h>

using namespace inbetween;
using namespace pictures;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr int w = 320, h = 200;

struct Case {
    View view;
    Field field;
    RiskInput input;

    Case(const ColourPlanes& a, const ColourPlanes& b) : view(makeView(a, b)) {
        for (Plane* plane : {&field.flow0X, &field.flow0Y, &field.flow1X, &field.flow1Y, &field.error})
            *plane = Plane(w, h);
        field.weight0 = Plane(w, h, 0.5f);
        field.confidence0 = field.confidence1 = Plane(w, h, 1.0f);
    }
    Risk assess(RiskMaps* maps = nullptr) {
        input.view = &view;
        input.field = &field;
        input.canvas = Box({0, 0}, {w - 1, h - 1});
        return assessRisk(input, maps);
    }
};

// Adds `amount` to the scene inside a box.
ColourPlanes withBlob(float amount, const Box& blob) {
    return draw(w, h, [=](double x, double y, int c) {
        return sceneShade(4)(x, y, c) + (blob.intersects(Imath::V2i(int(x), int(y))) ? amount : 0.0f);
    });
}

const Box blob({200, 80}, {260, 150});

} // namespace

TEST(AssessRisk, IdenticalKeyframesAreNoRisk) {
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    RiskMaps maps;
    const Risk risk = Case(scene, scene).assess(&maps);
    EXPECT_LT(risk.score, 0.01); // 40 dB: nothing is ever known to be perfect
    EXPECT_FALSE(risk.cut);
    EXPECT_THAT(risk.regions, IsEmpty());
    EXPECT_THAT(risk.reasons, IsEmpty());
    EXPECT_EQ(risk.features.warpDisagreement, 0);
    EXPECT_EQ(risk.features.motionPx, 0);
    for (const Plane* map : {&maps.predictedError, &maps.angleStdRad, &maps.forwardBackwardPx,
                             &maps.warpDisagreement, &maps.occlusion}) {
        EXPECT_EQ(map->width, w);
        EXPECT_EQ(map->height, h);
    }
}

TEST(AssessRisk, RightMotionIsLittleRiskAndNoneIsMuch) {
    // The scene moves 8 px to the right between the keyframes.
    Case moving(draw(w, h, sceneShade(4)), draw(w, h, sceneShade(4, -8)));
    const double ignored = moving.assess().score;
    moving.field.flow0X = Plane(w, h, -4.0f);
    moving.field.flow1X = Plane(w, h, 4.0f);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < 4;
             ++x) { // what comes into the picture, and what leaves it, one keyframe alone shows
            moving.field.weight0.at(x, y) = moving.field.confidence0.at(x, y) = 0;
            moving.field.weight0.at(w - 1 - x, y) = 1;
            moving.field.confidence1.at(w - 1 - x, y) = 0;
        }
    const Risk risk = moving.assess();
    EXPECT_NEAR(risk.features.motionPx, 8, 1e-4);
    EXPECT_NEAR(risk.features.angleStdRad, 0, 1e-3);
    EXPECT_NEAR(risk.features.forwardBackwardPx, 0, 1e-4);
    const double still = Case(draw(w, h, sceneShade(4)), draw(w, h, sceneShade(4))).assess().score;
    EXPECT_NEAR(risk.score, still, 0.05 * still); // what is predicted where nothing is seen to go wrong
    EXPECT_GT(ignored, 3 * still);
}

TEST(AssessRisk, ScoreGrowsWithDisagreement) {
    double last = 0;
    for (float amount : {0.02f, 0.05f, 0.1f, 0.2f, 0.4f}) {
        const double score = Case(withBlob(0, blob), withBlob(amount, blob)).assess().score;
        EXPECT_GT(score, last);
        EXPECT_LE(score, 1);
        last = score;
    }
}

TEST(AssessRisk, TheNetworksOwnEstimateIsAFeature) {
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    double last = 0;
    for (float error : {0.01f, 0.05f, 0.1f, 0.3f}) {
        Case quiet(scene, scene);
        quiet.field.error = Plane(w, h, error);
        const Risk risk = quiet.assess();
        EXPECT_GE(risk.score, last);
        EXPECT_NEAR(risk.features.networkError, error, 1e-6);
        last = risk.score;
    }
}

TEST(AssessRisk, TheNetworksEstimateIsBroughtToTheDisplay) {
    // Far over white nothing is visible on a display, whatever the view says.
    const auto flat = [](float value) { return draw(w, h, [=](double, double, int) { return value; }); };
    Case white(flat(50), flat(50)), grey(flat(0.2f), flat(0.2f));
    // A dark half keeps the exposure where white clips.
    white.view.exposure = 1;
    const ViewPlane bright(w, h, viewCurve(50));
    white.view.key0 = white.view.key1 = {bright, bright, bright};
    white.field.error = grey.field.error = Plane(w, h, 0.1f);
    EXPECT_NEAR(white.assess().features.worstNetworkError, 0, 1e-6);
    EXPECT_GT(grey.assess().features.worstNetworkError, 0.05);
}

TEST(AssessRisk, RegionsCoverWhatIsWrongAndLittleElse) {
    const Box blob({200, 80}, {300, 150});
    Case input(withBlob(0, blob), withBlob(1.0f, blob));
    input.input.regionThreshold = 0.03;
    const Risk risk = input.assess();
    ASSERT_EQ(risk.regions.size(), 1u);
    const Box& box = risk.regions[0].box;
    EXPECT_TRUE(box.intersects(blob.min) && box.intersects(blob.max));
    EXPECT_EQ(box, Box({184, 56}, {319, 199}));
    EXPECT_NEAR(risk.regions[0].share, 136.0 * 144 / (w * h), 1e-9);
    EXPECT_GT(risk.regions[0].score, risk.score);
    ASSERT_FALSE(risk.reasons.empty());
    EXPECT_THAT(risk.reasons[0], HasSubstr("the two keyframes disagree by 0."));
    EXPECT_THAT(risk.reasons[0], HasSubstr("around (223, 95)"));
}

TEST(AssessRisk, RegionsLieInTheCanvasWorstFirst) {
    // A canvas that begins below zero; two blobs, one of them at the far corner.
    const Box weak({5, 5}, {40, 40}), strong({300, 192}, {319, 199});
    const auto shade = [&](float amount) {
        return draw(w, h, [=](double x, double y, int c) {
            const Imath::V2i p{int(x), int(y)};
            const float scale = weak.intersects(p) ? 0.5f : strong.intersects(p) ? 2.0f : 0.0f;
            return sceneShade(4)(x, y, c) * 0.3f + amount * scale;
        });
    };
    Case input(shade(0), shade(1.0f));
    input.assess();
    input.input.regionThreshold = 0.03;
    input.input.canvas = Box({-100, -50}, {w - 101, h - 51});
    const Risk risk = assessRisk(input.input);
    ASSERT_EQ(risk.regions.size(), 2u);
    EXPECT_EQ(risk.regions[0].box, Box({-100, -50}, {-29, 21}));
    EXPECT_EQ(risk.regions[1].box, Box({148, 70}, {219, 149}));
    EXPECT_GE(risk.regions[0].score, risk.regions[1].score);
}

TEST(AssessRisk, OcclusionSaysWhereOneKeyframeIsUsedAlone) {
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    for (double time : {0.25, 0.5, 0.75}) {
        Case half(scene, scene);
        half.input.time = time;
        half.field.weight0 = Plane(w, h, float(1 - time));
        EXPECT_NEAR(half.assess().features.occlusionShare, 0, 1e-6);
        half.field.weight0 = Plane(w, h, 1.0f);
        EXPECT_NEAR(half.assess().features.occlusionShare, 1, 1e-6);
        half.field.weight0 = Plane(w, h, 0.0f);
        EXPECT_NEAR(half.assess().features.occlusionShare, 1, 1e-6);
    }
    Case hidden(scene, scene);
    hidden.field.confidence1 = Plane(w, h, 0.25f);
    EXPECT_NEAR(hidden.assess().features.occlusionShare, 0.75, 1e-6);
}

TEST(AssessRisk, TheTwoDirectionsDisagree) {
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    Case bent(scene, scene);
    bent.field.flow0X = Plane(w, h, 3.0f);
    bent.field.flow1X = Plane(w, h, 3.0f); // a straight line would leave p in the middle
    EXPECT_NEAR(bent.assess().features.forwardBackwardPx, 3, 1e-4);
}

TEST(AssessRisk, TheWorstBlocksAreWorseThanTheFrame) {
    const Risk risk = Case(withBlob(0, blob), withBlob(0.5f, blob)).assess();
    EXPECT_GT(risk.worstBlocks, risk.score);
    EXPECT_GT(risk.features.worstWarpDisagreement, 5 * risk.features.warpDisagreement);
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    Case even(scene, scene);
    even.field.error = Plane(w, h, 0.1f);
    EXPECT_GT(even.assess().features.worstNetworkError, 0);
}

TEST(AssessRisk, TheFactorIsOnEveryPredictedError) {
    Case input(withBlob(0, blob), withBlob(0.2f, blob));
    RiskMaps plain, doubled;
    const Risk before = input.assess(&plain);
    input.input.factor = 2;
    const Risk after = input.assess(&doubled);
    EXPECT_NEAR(after.score, 2 * before.score, 1e-6);
    EXPECT_NEAR(after.worstBlocks, 2 * before.worstBlocks, 1e-6);
    EXPECT_NEAR(doubled.predictedError.at(230, 100), 2 * plain.predictedError.at(230, 100), 1e-5);
    EXPECT_EQ(after.features.warpDisagreement, before.features.warpDisagreement) << "what is seen stays";
}

TEST(AssessRisk, NothingThatIsSeenMakesTheErrorSmaller) {
    RiskTerms quiet{}, more{};
    quiet.fill(1e-4);
    for (std::size_t term = 0; term < riskTermCount; ++term) {
        more = quiet;
        more[term] *= 4;
        EXPECT_GE(predictedSquare(more), predictedSquare(quiet)) << riskTermNames[term];
    }
}

TEST(AssessRisk, StructureDoesNotMindBrightness) {
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    ColourPlanes brighter = scene;
    for (Plane* plane : {&brighter.r, &brighter.g, &brighter.b})
        for (float& v : plane->values)
            v *= 1.05f;
    const double lit = Case(scene, brighter).assess().features.structureDisagreement;
    const double other = Case(scene, draw(w, h, sceneShade(40))).assess().features.structureDisagreement;
    EXPECT_LT(lit, 0.2 * other);
    EXPECT_GT(other, 0.01);
}

TEST(AssessRisk, MotionBesideTheEstimatedFlowIsSeen) {
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    Case moving(scene, scene);
    FlowPair flow;
    flow.forward = {Plane(w, h, 6.0f), Plane(w, h)};
    flow.backward = {Plane(w, h, -6.0f), Plane(w, h)};
    moving.input.flow = &flow;
    EXPECT_NEAR(moving.assess().features.flowDifferencePx, 6, 1e-4);
    moving.field.flow0X = Plane(w, h, -3.0f);
    moving.field.flow1X = Plane(w, h, 3.0f);
    EXPECT_NEAR(moving.assess().features.flowDifferencePx, 0, 1e-4);
    moving.input.flow = nullptr;
    EXPECT_EQ(moving.assess().features.flowDifferencePx, 0);
}

TEST(AssessRisk, AnglesAreSpreadInWindowsOfThreeSizes) {
    // Halves that move apart: the wider the window, the more pixels see both.
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    Case apart(scene, scene);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x)
            apart.field.flow1X.at(x, y) = x < w / 2 ? -4.0f : 4.0f;
    const RiskFeatures features = apart.assess().features;
    EXPECT_GT(features.angleStdFineRad, 0);
    EXPECT_GT(features.angleStdRad, features.angleStdFineRad);
    EXPECT_GT(features.angleStdCoarseRad, features.angleStdRad);
}

TEST(AssessRisk, ACutIsSaidFirst) {
    const Risk risk = Case(draw(w, h, sceneShade(4)), draw(w, h, sceneShade(40))).assess();
    EXPECT_TRUE(risk.cut);
    ASSERT_FALSE(risk.reasons.empty());
    EXPECT_EQ(risk.reasons[0], cutReason);
}

TEST(AssessRisk, BadNumbersNeverMakeAFrameLookGood) {
    const ColourPlanes scene = draw(w, h, sceneShade(4));
    for (Plane Field::*plane : std::initializer_list<Plane Field::*>{&Field::flow0X, &Field::flow1Y,
                                                                     &Field::weight0, &Field::error})
        for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
            Case damaged(scene, scene);
            damaged.field.*plane = Plane(w, h, bad);
            const Risk risk = damaged.assess();
            EXPECT_EQ(risk.score, 1);
            EXPECT_EQ(risk.regions.size(), 1u);
        }
}

TEST(AssessRisk, SmallestPictureAndWrongSizes) {
    const ColourPlanes dot{{1, 1, 0.5f}, {1, 1, 0.5f}, {1, 1, 0.5f}};
    const View view = makeView(dot, dot);
    Field field;
    for (Plane* plane : {&field.flow0X, &field.flow0Y, &field.flow1X, &field.flow1Y})
        *plane = Plane(1, 1);
    field.weight0 = Plane(1, 1, 0.5f);
    RiskInput input{.view = &view, .field = &field, .canvas = Box({5, 5}, {5, 5})};
    EXPECT_LT(assessRisk(input).score, 0.005);
    input.canvas.max.x = 6;
    EXPECT_THROW(assessRisk(input), std::invalid_argument);
}

TEST(AssessRisk, BitsDoNotDependOnThreads) {
    Case input(draw(w, h, sceneShade(4)), draw(w, h, sceneShade(4, -8)));
    input.field.flow0X = draw(w, h, sceneShade(8)).r;
    RiskMaps oneMaps, fourMaps;
    Risk one, four;
    tbb::task_arena(1).execute([&] { one = input.assess(&oneMaps); });
    tbb::task_arena(4).execute([&] { four = input.assess(&fourMaps); });
    EXPECT_EQ(one.score, four.score);
    EXPECT_EQ(one.features.angleStdRad, four.features.angleStdRad);
    EXPECT_EQ(oneMaps.predictedError.values, fourMaps.predictedError.values);
}
