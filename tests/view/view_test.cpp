#include "inbetween/view.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace inbetween;

namespace {

ColourPlanes grey(int w, int h, float value) {
    return {Plane(w, h, value), Plane(w, h, value), Plane(w, h, value)};
}

TEST(ViewCurve, MapsBlackWhiteAndLights) {
    EXPECT_FLOAT_EQ(viewCurve(0.0f), 0.0f);
    EXPECT_NEAR(viewCurve(1.0f), 1.0f, 1e-6f);
    EXPECT_NEAR(viewCurve(0.18f), 0.478f, 1e-3f);
    EXPECT_NEAR(viewCurve(500.0f), 3.17f, 1e-2f);
}

TEST(ViewCurve, InverseUndoesIt) {
    for (const float x : {0.0f, 0.001f, 0.18f, 1.0f, 20.0f, 5000.0f})
        EXPECT_NEAR(viewCurveInverse(viewCurve(x)), x, 2e-5f * (1.0f + x));
}

TEST(PairExposure, BringsTheLogMeanToMiddleGrey) {
    EXPECT_NEAR(pairExposure(grey(8, 8, 0.018f), grey(8, 8, 0.018f)), 10.0f, 1e-3f);
    EXPECT_NEAR(pairExposure(grey(8, 8, 0.09f), grey(8, 8, 0.36f)), 1.0f, 1e-4f);
}

TEST(PairExposure, IsOneForABlackPairAndIgnoresBadSamples) {
    EXPECT_FLOAT_EQ(pairExposure(grey(4, 4, 0.0f), grey(4, 4, 0.0f)), 1.0f);
    ColourPlanes damaged = grey(4, 4, 0.18f);
    damaged.r.values[3] = std::numeric_limits<float>::quiet_NaN();
    damaged.g.values[5] = std::numeric_limits<float>::infinity();
    EXPECT_NEAR(pairExposure(damaged, grey(4, 4, 0.18f)), 1.0f, 1e-5f);
}

TEST(MakeView, MasksAndCountsBadSamplesAndNegatives) {
    ColourPlanes a = grey(4, 4, 0.18f), b = grey(4, 4, 0.18f);
    a.r.values[0] = std::numeric_limits<float>::quiet_NaN();
    a.b.values[1] = -std::numeric_limits<float>::infinity();
    b.g.values[2] = -0.5f;
    const View view = makeView(a, b);
    EXPECT_EQ(view.badSamples0, 2u);
    EXPECT_EQ(view.badSamples1, 0u);
    EXPECT_EQ(view.key0.r.values[0], 0.0f);
    EXPECT_EQ(view.key0.b.values[1], 0.0f);
    EXPECT_EQ(view.key1.g.values[2], 0.0f);
    EXPECT_NEAR(view.key0.r.values[5], 0.478f, 1e-3f);
}

TEST(ViewSample, KeepsItsRangeToHalfAStepAndStopsAtItsEnds) {
    for (float value = 0.0f; value < 7.99f; value += 0.0137f)
        EXPECT_NEAR(ViewSample(value), value, 0.5f / 8192);
    EXPECT_EQ(ViewSample(1.0f), 1.0f);
    for (const float value :
         {-1.0f, -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
        EXPECT_EQ(ViewSample(value), 0.0f);
    for (const float value : {8.0f, 1e30f, std::numeric_limits<float>::infinity()})
        EXPECT_NEAR(ViewSample(value), 8.0f, 1.0f / 8192);
}

TEST(DisplayCurve, IsSrgbAndTurnsNanToBlack) {
    EXPECT_EQ(displayCurve(-1.0f), 0.0f);
    EXPECT_EQ(displayCurve(std::numeric_limits<float>::quiet_NaN()), 0.0f);
    EXPECT_NEAR(displayCurve(0.18f), 0.4613561f, 1e-5f);
    EXPECT_NEAR(displayCurve(7.0f), 1.0f, 1e-6f);
}

} // namespace
