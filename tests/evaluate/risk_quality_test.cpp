#include "evaluate/risk_quality.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

using namespace inbetween;
using testing::DoubleNear;
using testing::ElementsAre;

TEST(RiskQuality, OfAPerfectAndOfABackwardFigure) {
    const std::vector<double> errors{0.01, 0.02, 0.03, 0.04, 0.05};
    const std::vector<bool> bad{false, false, false, true, true};
    const RiskQuality right = riskQuality("right", errors, errors, bad);
    EXPECT_DOUBLE_EQ(right.spearman, 1);
    EXPECT_DOUBLE_EQ(right.rocArea, 1);
    EXPECT_DOUBLE_EQ(right.averagePrecision, 1);
    EXPECT_DOUBLE_EQ(right.goodFlagged, 0);
    // Half of the frames are 2.5: both bad ones. A tenth is half a frame: a quarter of them.
    EXPECT_THAT(right.caught,
                ElementsAre(DoubleNear(0.125, 1e-9), DoubleNear(0.25, 1e-9), DoubleNear(0.5, 1e-9),
                            DoubleNear(0.75, 1e-9), DoubleNear(1, 1e-9)));
    const RiskQuality wrong = riskQuality("wrong", {5, 4, 3, 2, 1}, errors, bad);
    EXPECT_DOUBLE_EQ(wrong.rocArea, 0);
    EXPECT_DOUBLE_EQ(wrong.goodFlagged, 1);
}

TEST(RiskQuality, KnownAreas) {
    // Of the four pairs of a bad and a good frame three are in order.
    const RiskQuality quality = riskQuality("", {4, 3, 2, 1}, {1, 1, 1, 1}, {true, false, true, false});
    EXPECT_DOUBLE_EQ(quality.rocArea, 0.75);
    EXPECT_DOUBLE_EQ(quality.averagePrecision, 0.5 * 1 + 0.5 * 2 / 3);
    EXPECT_DOUBLE_EQ(quality.goodFlagged, 0.5);
    // Figures that are all the same tell nothing.
    const RiskQuality flat = riskQuality("", {7, 7, 7, 7}, {1, 2, 3, 4}, {true, false, true, false});
    EXPECT_DOUBLE_EQ(flat.rocArea, 0.5);
    EXPECT_TRUE(std::isnan(flat.spearman));
}

TEST(RiskQuality, NothingToTellIsNoNumber) {
    const RiskQuality good = riskQuality("", {1, 2}, {1, 2}, {false, false});
    EXPECT_TRUE(std::isnan(good.rocArea));
    EXPECT_TRUE(std::isnan(good.caught[0]));
    EXPECT_DOUBLE_EQ(good.spearman, 1);
    EXPECT_TRUE(std::isnan(riskQuality("", {}, {}, {}).rocArea));
    EXPECT_THROW(riskQuality("", {1}, {1, 2}, {true, false}), std::invalid_argument);
}

TEST(RiskQuality, TheAreaIsTheChanceOfAPairInOrder) {
    std::mt19937 random(7);
    std::vector<double> figures;
    std::vector<bool> bad;
    for (int i = 0; i < 60; ++i) {
        figures.push_back(double(random() % 20)); // ties
        bad.push_back(random() % 3 == 0);
    }
    double inOrder = 0, pairs = 0;
    for (std::size_t i = 0; i < bad.size(); ++i)
        for (std::size_t j = 0; j < bad.size(); ++j)
            if (bad[i] && !bad[j]) {
                inOrder += figures[i] > figures[j] ? 1 : figures[i] == figures[j] ? 0.5 : 0;
                ++pairs;
            }
    EXPECT_NEAR(riskQuality("", figures, figures, bad).rocArea, inOrder / pairs, 1e-12);
}

TEST(IsBad, ByTheFrameOrByItsWorstBlocks) {
    PictureError error;
    error.psnrDisplay = 35;
    error.worstBlocksPsnr = 25;
    EXPECT_FALSE(isBad(error));
    EXPECT_LT(badness(error), 1);
    error.worstBlocksPsnr = 21;
    EXPECT_TRUE(isBad(error));
    EXPECT_GT(badness(error), 1);
    error.worstBlocksPsnr = 30;
    error.psnrDisplay = 29.9;
    EXPECT_TRUE(isBad(error));
}

TEST(PixelHistogram, FindsWhichFiguresAreHigher) {
    PixelHistogram told, guessed, part;
    for (int i = 0; i < 1000; ++i) {
        const bool bad = i % 10 == 0;
        told.add(bad ? 0.1f : 0.001f * float(i % 7), bad);
        guessed.add(float((i * 7919) % 1000) / 1000, bad);
    }
    EXPECT_DOUBLE_EQ(told.rocArea(), 1);
    EXPECT_NEAR(guessed.rocArea(), 0.5, 0.08);
    EXPECT_TRUE(std::isnan(part.rocArea()));
    part.add(0.5f, false);
    part += told;
    EXPECT_LT(part.rocArea(), 1);
}
