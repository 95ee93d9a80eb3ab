#include "motion/vector_trust.h"

#include "motion/moving_scene.h"

#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace inbetween;

namespace {

// What is left of vectors that `change(x, y, isDisc, vx, vy)` alters in both keyframes, 0 and 2.
class VectorTrust : public testing::Test {
protected:
    template <class Change> VectorVerdict judge(const Change& change) {
        const View view = makeView(scene.picture(0), scene.picture(2));
        for (const int key : {0, 1}) {
            vectors[key] = scene.vectors(float(2 * key));
            for (int y = 0; y < scene.height; ++y)
                for (int x = 0; x < scene.width; ++x) {
                    const bool disc = scene.isDisc(x, y, float(2 * key));
                    change(disc, vectors[key].nextX.at(x, y), vectors[key].nextY.at(x, y));
                    change(disc, vectors[key].previousX.at(x, y), vectors[key].previousY.at(x, y));
                }
        }
        return dropWrongVectors(view, withLargeDisplacement(view, estimateFlow(view)), 2, vectors[0],
                                vectors[1]);
    }
    // Share of the disc's pixels, or of the others, that have a vector in keyframe 0.
    double left(bool ofDisc) const {
        int pixels = 0, finite = 0;
        for (int y = 0; y < scene.height; ++y)
            for (int x = 0; x < scene.width; ++x)
                if (scene.isDisc(x, y, 0) == ofDisc) {
                    ++pixels;
                    finite += std::isfinite(vectors[0].nextX.at(x, y));
                }
        return double(finite) / pixels;
    }

    MovingScene scene;
    RendererVectors vectors[2];
};

TEST_F(VectorTrust, RightOnesStay) {
    EXPECT_LT(judge([](bool, float&, float&) {}).missing, 0.02);
}

TEST_F(VectorTrust, ZerosOfAGroundThatMovesAreNone) {
    judge([](bool disc, float& x, float& y) { x = disc ? x : 0, y = disc ? y : 0; });
    EXPECT_GT(left(true), 0.95);
    EXPECT_LT(left(false), 0.01);
}

TEST_F(VectorTrust, ZerosOfAGroundAtRestStay) {
    scene.groundX = scene.groundY = 0;
    judge([](bool, float&, float&) {});
    EXPECT_GT(left(true), 0.95);
    EXPECT_GT(left(false), 0.95);
}

TEST_F(VectorTrust, NoNumbersAndImpossibleOnesAreNone) {
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                              65504.0f, -1e30f}) {
        judge([&](bool disc, float& x, float&) { x = disc ? x : value; });
        EXPECT_GT(left(true), 0.95) << value;
        EXPECT_EQ(left(false), 0.0) << value;
    }
}

TEST_F(VectorTrust, WhereAllAreWrongNoneIsLeft) {
    EXPECT_EQ(judge([](bool, float& x, float& y) { x = -x, y = -y; }).missing, 1.0);
    EXPECT_EQ(judge([](bool, float& x, float& y) { x *= 3, y *= 3; }).missing, 1.0);
    std::mt19937 random(1);
    std::normal_distribution<float> noise(0, 8);
    EXPECT_EQ(judge([&](bool, float& x, float& y) { x = noise(random), y = noise(random); }).missing, 1.0);
}

} // namespace
