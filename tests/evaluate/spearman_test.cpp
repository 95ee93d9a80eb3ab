#include "inbetween/evaluate.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace inbetween;

TEST(Spearman, KnownValues) {
    EXPECT_DOUBLE_EQ(spearman({1, 2, 3, 4}, {10, 100, 1000, 10000}), 1);
    EXPECT_DOUBLE_EQ(spearman({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
    // 1 - 6 * sum d^2 / (n (n^2 - 1)), the well-known example of IQ and hours of television.
    EXPECT_NEAR(spearman({106, 100, 86, 101, 99, 103, 97, 113, 112, 110},
                         {7, 27, 2, 50, 28, 29, 20, 12, 6, 17}),
                -0.1757575757, 1e-9);
    // With ties: the correlation of the mean ranks (1, 2.5, 2.5, 4) and (1, 3, 2, 4).
    EXPECT_NEAR(spearman({1, 5, 5, 9}, {2, 7, 3, 8}), 4.5 / std::sqrt(4.5 * 5.0), 1e-12);
}

TEST(Spearman, IsNoNumberWhereThereIsNone) {
    EXPECT_TRUE(std::isnan(spearman({}, {})));
    EXPECT_TRUE(std::isnan(spearman({1}, {2})));
    EXPECT_TRUE(std::isnan(spearman({1, 1, 1}, {1, 2, 3})));
    EXPECT_THROW(spearman({1, 2}, {1}), std::invalid_argument);
}

TEST(Spearman, LeavesOutWhatIsNoNumber) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN(),
                     infinity = std::numeric_limits<double>::infinity();
    EXPECT_DOUBLE_EQ(spearman({1, none, 3, 4}, {1, 0, 3, 4}), 1);
    EXPECT_DOUBLE_EQ(spearman({1, 2, infinity}, {1, 2, 3}), 1);
}
