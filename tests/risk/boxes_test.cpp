#include "risk/boxes.h"

#include "risk/regions.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace inbetween;

namespace {

constexpr double good = 0.01, limit = 0.02;

// 640x384, every block a little wrong.
ErrorMap quietMap() {
    ErrorMap map{Box({0, 0}, {639, 383}), Box({0, 0}, {639, 383}), {}};
    map.levels.assign(std::size_t(map.columns()) * map.rows(), errorLevel(good));
    return map;
}

std::optional<Boxes> boxesOf(const ErrorMap& map, double overhead = 0.05, double toLimit = limit) {
    const MapFigures figures = figuresOf(map);
    return leastBoxes({.map = map,
                       .score = figures.score,
                       .worstBlocks = figures.worstBlocks,
                       .limit = toLimit,
                       .overhead = overhead});
}

// The frame's figure once what the boxes hold was rendered.
double figureWithout(ErrorMap map, const Boxes& boxes) {
    for (int row = 0; row < map.rows(); ++row)
        for (int column = 0; column < map.columns(); ++column) {
            const Box block = map.pixels(column, row);
            for (const RiskRegion& region : boxes.regions)
                if (intersection(block, region.box) == block)
                    map.at(column, row) = ErrorMap::noError;
        }
    const MapFigures figures = figuresOf(map);
    return verdictError(figures.score, figures.worstBlocks);
}

} // namespace

TEST(ErrorMap, LevelsAreQuarterDecibels) {
    EXPECT_EQ(errorLevel(1), 0);
    EXPECT_EQ(errorLevel(7), 0);
    EXPECT_EQ(errorLevel(0.1), 80);
    EXPECT_EQ(errorLevel(0), ErrorMap::noError);
    EXPECT_EQ(errorLevel(std::numeric_limits<double>::quiet_NaN()), 0);
    EXPECT_EQ(errorOfLevel(ErrorMap::noError), 0);
    for (int level = 0; level < 255; ++level)
        EXPECT_EQ(errorLevel(errorOfLevel(std::uint8_t(level))), level);
}

TEST(ErrorMap, FiguresCountBlocksByTheirPixels) {
    ErrorMap map{Box({10, 20}, {10 + 95, 20 + 39}), Box({10, 20}, {10 + 95, 20 + 39}), {}};
    ASSERT_EQ(map.columns(), 3);
    ASSERT_EQ(map.rows(), 2); // the lower one has 8 rows of pixels
    map.levels.assign(6, ErrorMap::noError);
    map.at(2, 1) = errorLevel(0.1);
    EXPECT_EQ(map.pixels(2, 1), Box({10 + 64, 20 + 32}, {10 + 95, 20 + 39}));
    EXPECT_NEAR(figuresOf(map).score, 0.1 * std::sqrt(32.0 * 8 / (96 * 40)), 1e-9);
    EXPECT_NEAR(figuresOf(map, 2).score, 2 * figuresOf(map).score, 1e-9);
    EXPECT_NEAR(figuresOf(map).worstBlocks, 0.1 * std::sqrt(8.0 / 40), 1e-6) << "of 64 px, here 32x40";
}

TEST(LeastBoxes, OneBadBlockIsOneBoxWithAMargin) {
    ErrorMap map = quietMap();
    map.at(5, 4) = errorLevel(0.5);
    const auto boxes = boxesOf(map);
    ASSERT_TRUE(boxes);
    ASSERT_EQ(boxes->regions.size(), 1u);
    EXPECT_EQ(boxes->regions[0].box, Box({160 - 8, 128 - 8}, {191 + 8, 159 + 8}));
    EXPECT_NEAR(boxes->cost, 48.0 * 48 / (640 * 384) + 0.05, 1e-9);
    EXPECT_NEAR(boxes->regions[0].score, 0.5, 0.01);
    EXPECT_LT(boxes->remaining, limit);
}

TEST(LeastBoxes, AMarginEndsAtTheFramesEdge) {
    ErrorMap map = quietMap();
    map.at(0, 11) = errorLevel(0.5);
    ASSERT_TRUE(boxesOf(map));
    EXPECT_EQ(boxesOf(map)->regions[0].box, Box({0, 352 - 8}, {31 + 8, 383}));
}

TEST(LeastBoxes, WhatRemainsIsGoodAndNothingOfItIsNeedless) {
    ErrorMap map = quietMap();
    for (const auto& [x, y] : {std::pair(2, 2), {3, 2}, {3, 3}, {15, 8}, {16, 9}, {9, 5}})
        map.at(x, y) = errorLevel(0.2);
    map.at(18, 1) = errorLevel(0.03); // not bad enough to be worth a box
    const auto boxes = boxesOf(map);
    ASSERT_TRUE(boxes);
    EXPECT_LT(figureWithout(map, *boxes), limit);
    for (std::size_t i = 0; i < boxes->regions.size(); ++i) {
        EXPECT_FALSE(boxes->regions[i].box.intersects(Imath::V2i(18 * 32 + 16, 48)));
        Boxes without = *boxes;
        without.regions.erase(without.regions.begin() + std::ptrdiff_t(i));
        EXPECT_GE(figureWithout(map, without), limit) << "box " << i;
    }
}

TEST(LeastBoxes, ADearStartMakesFewerBoxes) {
    ErrorMap map = quietMap();
    for (int x = 1; x < 19; x += 3)
        map.at(x, 4) = errorLevel(0.2);
    const auto cheap = boxesOf(map, 0), dear = boxesOf(map, 0.2);
    ASSERT_TRUE(cheap && dear);
    EXPECT_GT(cheap->regions.size(), dear->regions.size());
    EXPECT_LT(cheap->cost, dear->cost);
}

TEST(LeastBoxes, TheWorstBlocksAloneMayAskForABox) {
    ErrorMap map = quietMap();
    for (const auto& [x, y] : {std::pair(4, 4), {5, 4}, {4, 5}, {5, 5}})
        map.at(x, y) = errorLevel(0.11); // one of 60 blocks of 64 px: the frame's score stays low
    const MapFigures figures = figuresOf(map);
    ASSERT_LT(figures.score, limit);
    ASSERT_GT(figures.worstBlocks, limit * worstBlocksAllowance);
    const auto boxes = boxesOf(map);
    ASSERT_TRUE(boxes);
    EXPECT_LT(figureWithout(map, *boxes), limit);
    EXPECT_LE(boxes->cost, 80.0 * 80 / (640 * 384) + 0.05);
}

TEST(LeastBoxes, NoneWhereTheWholeFrameIsCheaperOrNothingHelps) {
    ErrorMap map = quietMap();
    for (std::uint8_t& level : map.levels)
        level = errorLevel(0.2);
    EXPECT_FALSE(boxesOf(map)) << "all of it is wrong";
    map = quietMap();
    for (int row = 0; row < 8; ++row)
        for (int column = 0; column < 14; ++column)
            map.at(column, row) = errorLevel(0.2);
    EXPECT_FALSE(boxesOf(map)) << "half of it is wrong";
    map = quietMap();
    map.at(5, 4) = errorLevel(0.5);
    EXPECT_FALSE(boxesOf(map, 1)) << "a start costs a frame";
    EXPECT_FALSE(boxesOf(map, 0.05, 0)) << "nothing generated is good enough";
    EXPECT_FALSE(leastBoxes({.map = {}, .score = 0.1, .limit = limit})) << "an old manifest has no map";
}

TEST(LeastBoxes, WhatIsNotDisplayedCannotBeAskedFor) {
    ErrorMap map = quietMap();
    map.window = Box({64, 0}, {639, 383});
    map.at(0, 4) = errorLevel(0.9);
    EXPECT_FALSE(boxesOf(map)) << "the bad block is overscan";
    map.at(0, 4) = errorLevel(good);
    map.at(2, 4) = errorLevel(0.5);
    ASSERT_TRUE(boxesOf(map));
    EXPECT_EQ(boxesOf(map)->regions[0].box, Box({64, 128 - 8}, {95 + 8, 159 + 8}));
}
