#include "pipeline/self_calibration.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace inbetween;
using testing::ElementsAre;

namespace {

std::vector<int> heldOutOf(const std::vector<int>& keyframes, const std::set<int>& rendered = {}, int maxGap = 16) {
    Sequence sequence;
    sequence.maxGap = maxGap;
    for (const int number : keyframes)
        sequence.keyframes.push_back({number, {}});
    std::vector<int> frames;
    for (const HoldOut& held : keyframesToHoldOut(sequence, rendered)) {
        EXPECT_LT(held.key0, held.frame);
        EXPECT_LT(held.frame, held.key1);
        frames.push_back(held.frame);
    }
    return frames;
}

} // namespace

TEST(KeyframesToHoldOut, AllThatHaveNeighbours) {
    EXPECT_THAT(heldOutOf({1, 3, 5, 7}), ElementsAre(3, 5));
    EXPECT_THAT(heldOutOf({1, 3, 5}), ElementsAre(3));
    EXPECT_TRUE(heldOutOf({1, 3}).empty());
    EXPECT_TRUE(heldOutOf({}).empty());
}

TEST(KeyframesToHoldOut, NeighboursMustBeNearEnoughToBeBridged) {
    EXPECT_THAT(heldOutOf({1, 9, 17, 19, 21}, {}, 8), ElementsAre(19));
}

TEST(KeyframesToHoldOut, FramesThatCameBackChangeNothing) {
    EXPECT_THAT(heldOutOf({1, 2, 3, 5, 6, 7}, {2, 6}), ElementsAre(3, 5));
}

TEST(KeyframesToHoldOut, OfManyAFewOverTheWholeShot) {
    std::vector<int> keys;
    for (int number = 1; number <= 401; number += 2)
        keys.push_back(number);
    const std::vector<int> chosen = heldOutOf(keys);
    ASSERT_EQ(chosen.size(), std::size_t(mostHeldOut));
    EXPECT_LT(chosen.front(), 50);
    EXPECT_GT(chosen.back(), 350);
    for (std::size_t i = 1; i < chosen.size(); ++i) {
        EXPECT_GT(chosen[i] - chosen[i - 1], 40);
        EXPECT_LT(chosen[i] - chosen[i - 1], 60);
    }
}

namespace {

constexpr SelfCalibrationConstants constants{.strength = 0.8, .usual = 0.1};
using HeldOuts = std::vector<SelfCalibration::HeldOut>;

} // namespace

TEST(CalibrationFactor, FollowsWhatWasMeasuredTheMoreTheMoreOften) {
    EXPECT_EQ(calibrationFactor(HeldOuts{}, constants), 1);
    const double usual = std::exp(constants.usual);
    EXPECT_EQ(calibrationFactor(HeldOuts{{3, 0.02, 0.02 * usual}, {5, 0.1, 0.1 * usual}}, constants), 1);
    const double once = calibrationFactor(HeldOuts{{3, 0.01, 0.02}}, constants);
    const double often = calibrationFactor(HeldOuts{{3, 0.01, 0.02}, {5, 0.02, 0.04}, {7, 0.05, 0.1}, {9, 0.01, 0.02}}, constants);
    EXPECT_GT(once, 1);
    EXPECT_GT(often, once);
    EXPECT_LT(often, 2) << "twice the spacing is not the spacing";
    EXPECT_LT(calibrationFactor(HeldOuts{{3, 0.02, 0.01}}, constants), 1);
    EXPECT_EQ(calibrationFactor(HeldOuts{{3, 0.02, 0.01}}, {.strength = 0, .usual = 0.1}), 1);
}

TEST(CalibrationFactor, OddFiguresDoNotRunAway) {
    EXPECT_EQ(calibrationFactor(HeldOuts{{3, 0, 0.5}, {5, 0.1, 0}}, constants), 1);
    EXPECT_LE(calibrationFactor(HeldOuts(50, {3, 1e-9, 1}), constants), 3);
    EXPECT_GE(calibrationFactor(HeldOuts(50, {3, 1, 1e-9}), constants), 0.3);
}
