#include "pipeline/self_calibration.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace inbetween;
using testing::ElementsAre;

namespace {

Sequence sequenceOf(const std::vector<int>& keyframes, int maxGap = 16) {
    Sequence sequence;
    sequence.maxGap = maxGap;
    for (const int number : keyframes)
        sequence.keyframes.push_back({number, {}});
    return sequence;
}

std::vector<int> remadeOf(const std::vector<int>& keyframes, const std::set<int>& rendered = {},
                          int maxGap = 16) {
    std::vector<int> frames;
    for (const Remake& keys : keyframesToRemake(sequenceOf(keyframes, maxGap), rendered)) {
        EXPECT_LT(keys.key0, keys.frame - keys.distance());
        EXPECT_GT(keys.distance(), 0);
        EXPECT_LT(keys.frame + keys.distance(), keys.key1);
        frames.push_back(keys.frame);
    }
    return frames;
}

} // namespace

TEST(KeyframesToRemake, AllThatHaveInBetweensOnBothSides) {
    EXPECT_THAT(remadeOf({1, 3, 5, 7}), ElementsAre(3, 5));
    EXPECT_THAT(remadeOf({1, 3, 5}), ElementsAre(3));
    EXPECT_THAT(remadeOf({1, 3, 4, 6, 8}), ElementsAre(6));
    EXPECT_TRUE(remadeOf({1, 3}).empty());
    EXPECT_TRUE(remadeOf({}).empty());
}

TEST(KeyframesToRemake, BothGapsAreBridged) {
    EXPECT_THAT(remadeOf({1, 9, 17, 27, 29, 31}, {}, 8), ElementsAre(9, 29));
}

TEST(KeyframesToRemake, TheMiddleOfTheNarrowerGapIsTheDistance) {
    const std::vector<Remake> keys = keyframesToRemake(sequenceOf({1, 9, 13}), {});
    ASSERT_EQ(keys.size(), 1u);
    EXPECT_EQ(keys[0].distance(), 2);
}

TEST(KeyframesToRemake, FramesThatCameBackChangeNothing) {
    EXPECT_THAT(remadeOf({1, 2, 3, 5, 6, 7}, {2, 6}), ElementsAre(3, 5));
}

TEST(KeyframesToRemake, OfManyAFewOverTheWholeShot) {
    std::vector<int> keys;
    for (int number = 1; number <= 401; number += 2)
        keys.push_back(number);
    const std::vector<int> chosen = remadeOf(keys);
    ASSERT_EQ(chosen.size(), std::size_t(mostRemade));
    EXPECT_LT(chosen.front(), 80);
    EXPECT_GT(chosen.back(), 320);
    for (std::size_t i = 1; i < chosen.size(); ++i) {
        EXPECT_GT(chosen[i] - chosen[i - 1], 80);
        EXPECT_LT(chosen[i] - chosen[i - 1], 120);
    }
}

namespace {

constexpr SelfCalibrationConstants constants{.strength = 0.8, .usual = 0.1};
using Remades = std::vector<SelfCalibration::Remade>;

} // namespace

TEST(CalibrationFactor, FollowsWhatWasMeasuredTheMoreTheMoreOften) {
    EXPECT_EQ(calibrationFactor(Remades{}, constants), 1);
    const double usual = std::exp(constants.usual);
    EXPECT_EQ(calibrationFactor(Remades{{3, 0.02, 0.02 * usual}, {5, 0.1, 0.1 * usual}}, constants), 1);
    const double once = calibrationFactor(Remades{{3, 0.01, 0.02}}, constants);
    const double often =
        calibrationFactor(Remades{{3, 0.01, 0.02}, {5, 0.02, 0.04}, {7, 0.05, 0.1}, {9, 0.01, 0.02}},
                          constants);
    EXPECT_GT(once, 1);
    EXPECT_GT(often, once);
    EXPECT_LT(often, 2) << "what is made of in-betweens is not they";
    EXPECT_LT(calibrationFactor(Remades{{3, 0.02, 0.01}}, constants), 1);
    EXPECT_EQ(calibrationFactor(Remades{{3, 0.02, 0.01}}, {.strength = 0, .usual = 0.1}), 1);
}

TEST(CalibrationFactor, OddFiguresDoNotRunAway) {
    EXPECT_EQ(calibrationFactor(Remades{{3, 0, 0.5}, {5, 0.1, 0}}, constants), 1);
    EXPECT_LE(calibrationFactor(Remades(50, {3, 1e-9, 1}), constants), 3);
    EXPECT_GE(calibrationFactor(Remades(50, {3, 1, 1e-9}), constants), 0.3);
}
