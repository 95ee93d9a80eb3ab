#include "inbetween/risk.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>
#include <random>
#include <tbb/task_arena.h>

using namespace inbetween;

namespace {

// The definition, window by window.
float bruteForce(const Plane& fx, const Plane& fy, int x0, int y0, int radius) {
    double sx = 0, sy = 0, length = 0;
    int pixels = 0;
    for (int y = std::max(0, y0 - radius); y <= std::min(fx.height - 1, y0 + radius); ++y)
        for (int x = std::max(0, x0 - radius); x <= std::min(fx.width - 1, x0 + radius); ++x) {
            const double angle = std::atan2(fy.at(x, y), fx.at(x, y)),
                         w = std::hypot(fx.at(x, y), fy.at(x, y));
            sx += w * std::cos(angle);
            sy += w * std::sin(angle);
            length += w;
            ++pixels;
        }
    if (length <= 0.1 * pixels)
        return 0;
    const double resultant = std::min(1.0, std::hypot(sx, sy) / length);
    return float(std::min<double>(maxAngleStdRad, std::sqrt(-2 * std::log(resultant))));
}

struct TwoPlanes {
    Plane x, y;
};

template <class Angle, class Length>
TwoPlanes flowOf(int w, int h, const Angle& angle, const Length& length) {
    TwoPlanes flow{Plane(w, h), Plane(w, h)};
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const double a = angle(x, y), l = length(x, y);
            flow.x.at(x, y) = float(l * std::cos(a));
            flow.y.at(x, y) = float(l * std::sin(a));
        }
    return flow;
}

TwoPlanes randomFlow(int w, int h) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> angle(0, 2 * std::numbers::pi), length(0, 30);
    return flowOf(
        w, h, [&](int, int) { return angle(random); }, [&](int, int) { return length(random); });
}

} // namespace

TEST(FlowAngleStd, EqualsTheDefinition) {
    for (const auto& [w, h] : {std::pair(1, 1), {5, 3}, {40, 2}, {3, 130}, {70, 220}}) {
        const TwoPlanes flow = randomFlow(w, h);
        for (int radius : {0, 1, 4, 15, 300}) {
            const Plane result = flowAngleStd(flow.x, flow.y, radius);
            for (int y = 0; y < h; y += 7)
                for (int x = 0; x < w; x += 3)
                    ASSERT_NEAR(result.at(x, y), bruteForce(flow.x, flow.y, x, y, radius), 1e-3)
                        << w << "x" << h << " radius " << radius << " at " << x << "," << y;
        }
    }
}

TEST(FlowAngleStd, IsZeroWhereAllMoveOneWay) {
    const TwoPlanes flow = flowOf(
        64, 48, [](int, int) { return 2.3; }, [](int x, int y) { return 1.0 + (x * 7 + y) % 13; });
    for (float v : flowAngleStd(flow.x, flow.y).values)
        ASSERT_NEAR(v, 0, 1e-3);
}

TEST(FlowAngleStd, IsLargeForUniformAnglesAndNeverBeyondItsLimit) {
    const TwoPlanes flow = randomFlow(120, 120);
    for (float v : flowAngleStd(flow.x, flow.y).values) {
        ASSERT_GT(v, 1.4);
        ASSERT_LE(v, maxAngleStdRad);
    }
    // Opposite flows cancel out wholly.
    const TwoPlanes opposite = flowOf(
        64, 64, [](int x, int) { return x % 2 ? 0 : std::numbers::pi; }, [](int, int) { return 5.0; });
    EXPECT_EQ(flowAngleStd(opposite.x, opposite.y).at(0, 32), maxAngleStdRad);
}

TEST(FlowAngleStd, IsTheDeviationOfANormalSpread) {
    std::mt19937 random(3);
    std::normal_distribution<double> angle(1.0, 0.5);
    const TwoPlanes flow = flowOf(
        101, 101, [&](int, int) { return angle(random); }, [](int, int) { return 4.0; });
    EXPECT_NEAR(flowAngleStd(flow.x, flow.y, 50).at(50, 50), 0.5, 0.02);
}

TEST(FlowAngleStd, LongFlowsWeighMore) {
    // One in ten pixels moves the other way, but barely.
    const auto angle = [](int x, int) { return x % 10 ? 0.0 : std::numbers::pi; };
    const TwoPlanes weak = flowOf(100, 40, angle, [](int x, int) { return x % 10 ? 10.0 : 0.01; });
    const TwoPlanes strong = flowOf(100, 40, angle, [](int, int) { return 10.0; });
    EXPECT_LT(flowAngleStd(weak.x, weak.y).at(50, 20), 0.05);
    EXPECT_GT(flowAngleStd(strong.x, strong.y).at(50, 20), 0.5);
}

TEST(FlowAngleStd, StillPicturesAndBadSamplesGiveZero) {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> any(0, 6.28);
    const TwoPlanes still = flowOf(
        50, 50, [&](int, int) { return any(random); }, [](int, int) { return 0.09; });
    for (float v : flowAngleStd(still.x, still.y).values)
        ASSERT_EQ(v, 0);

    TwoPlanes bad = flowOf(
        50, 50, [](int, int) { return 1.0; }, [](int, int) { return 3.0; });
    bad.x.at(10, 10) = std::numeric_limits<float>::quiet_NaN();
    bad.y.at(20, 20) = std::numeric_limits<float>::infinity();
    for (float v : flowAngleStd(bad.x, bad.y).values)
        ASSERT_NEAR(v, 0, 1e-3);
    EXPECT_TRUE(flowAngleStd(Plane(), Plane()).empty());
}

TEST(FlowAngleStd, BitsDoNotDependOnThreads) {
    const TwoPlanes flow = randomFlow(200, 300);
    Plane one, four;
    tbb::task_arena(1).execute([&] { one = flowAngleStd(flow.x, flow.y); });
    tbb::task_arena(4).execute([&] { four = flowAngleStd(flow.x, flow.y); });
    EXPECT_EQ(one.values, four.values);
}
