#include "risk/regions.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace inbetween;

TEST(RiskRegions, FewBoxesThatDoNotOverlap) {
    // Every third block of a large frame: far more islands than boxes are wanted.
    const Box canvas({0, 0}, {64 * 30 - 1, 64 * 20 - 1});
    Plane blocks(30, 20);
    for (int y = 0; y < 20; y += 3)
        for (int x = 0; x < 30; x += 3)
            blocks.at(x, y) = 0.2f;
    const auto regions = riskRegions(blocks, canvas, 0.1);
    ASSERT_FALSE(regions.empty());
    EXPECT_LE(regions.size(), std::size_t(mostRegions));
    for (std::size_t i = 0; i < regions.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            EXPECT_FALSE(regions[i].box.intersects(regions[j].box));
    for (int y = 0; y < 20; y += 3)
        for (int x = 0; x < 30; x += 3)
            EXPECT_TRUE(std::any_of(regions.begin(), regions.end(), [&](const RiskRegion& region) {
                return region.box.intersects(Imath::V2i(64 * x, 64 * y));
            }));
}

TEST(RiskRegions, NeighboursShareABoxAndOthersDoNot) {
    const Box canvas({10, 10}, {10 + 639, 10 + 399}); // the last column and row of blocks are partial
    Plane blocks(10, 7);
    blocks.at(1, 1) = blocks.at(2, 2) = 0.2f;
    blocks.at(9, 6) = 0.4f;
    blocks.at(5, 5) = 0.09f; // not over the threshold
    const auto regions = riskRegions(blocks, canvas, 0.1);
    ASSERT_EQ(regions.size(), 2u);
    EXPECT_EQ(regions[0].box, Box({10 + 568, 10 + 376}, {10 + 639, 10 + 399}));
    EXPECT_NEAR(regions[0].score, 0.4, 1e-6);
    EXPECT_EQ(regions[1].box, Box({10 + 56, 10 + 56}, {10 + 199, 10 + 199}));
    EXPECT_NEAR(regions[1].score, 0.2 / std::sqrt(2.0), 1e-6);
}

TEST(RiskRegions, MarginsOfNeighboursDoNotOverlap) {
    // Two extents that touch at an edge without a block in common.
    const Box canvas({0, 0}, {64 * 6 - 1, 64 * 6 - 1});
    Plane blocks(6, 6);
    for (const auto& [x, y] : {std::pair(0, 0), {1, 1}, {2, 2}, {3, 0}})
        blocks.at(x, y) = 0.2f;
    const auto regions = riskRegions(blocks, canvas, 0.1);
    ASSERT_EQ(regions.size(), 1u);
    EXPECT_EQ(regions[0].box, Box({0, 0}, {64 * 4 + 7, 64 * 3 + 7}));
    EXPECT_NEAR(regions[0].share, (264.0 * 200) / (384 * 384), 1e-9);
}

TEST(WorstBlocks, AreTheWorstTwentiethAndAtLeastOne) {
    Plane blocks(10, 4, 0.1f); // of 640 x 256 pixels
    blocks.at(3, 2) = 0.5f;
    blocks.at(9, 3) = 0.3f;
    const auto same = [](double v) { return v; };
    EXPECT_NEAR(worstBlocksMean(blocks, 640, 256, same), 0.4, 1e-6);
    EXPECT_NEAR(worstBlocksMean(Plane(1, 1, 0.7f), 20, 10, same), 0.7, 1e-6);
    // The last column is 4 pixels wide: it counts as much as it has pixels.
    EXPECT_NEAR(worstBlocksMean(blocks, 580, 256, same), (0.5 * 64 + 0.3 * 4) / 68, 1e-6);
}

TEST(BlockRms, CountsPartialBlocksByTheirPixels) {
    Plane map(100, 70, 1.0f);
    map.at(99, 69) = 5.0f;
    const Plane means = blockRms(map);
    ASSERT_EQ(means.width, 2);
    ASSERT_EQ(means.height, 2);
    EXPECT_FLOAT_EQ(means.at(0, 0), 1);
    EXPECT_FLOAT_EQ(means.at(1, 1), std::sqrt(1 + 24.0f / (36 * 6)));
}
