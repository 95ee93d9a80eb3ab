#include "network/canvas.h"

#include "network/random_pair.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace inbetween {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(SampleBilinear, EqualsTheNaiveOne) {
    const int width = 7, height = 5;
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-4.0f, 12.0f);
    std::vector<Texel> image(width * height);
    for (Texel& texel : image)
        texel = Texel{uniform(random), uniform(random), uniform(random), 0.0f};
    for (int i = 0; i < 1000; ++i) {
        const float x = uniform(random), y = uniform(random);
        const double cx = std::clamp(double(x), 0.0, width - 1.0), cy = std::clamp(double(y), 0.0, height - 1.0);
        const Texel actual = sampleBilinear(image.data(), width, height, x, y);
        for (int c = 0; c < 3; ++c) {
            double expected = 0;
            for (int iy = 0; iy < height; ++iy)
                for (int ix = 0; ix < width; ++ix)
                    expected += image[iy * width + ix][c] * std::max(0.0, 1 - std::abs(cx - ix)) *
                                std::max(0.0, 1 - std::abs(cy - iy));
            ASSERT_NEAR(actual[c], expected, 2e-5) << x << " " << y;
        }
    }
}

TEST(SampleBilinear, IsSafeAtAnyCoordinate) {
    std::vector<Texel> image(12);
    for (int i = 0; i < 12; ++i)
        image[i] = Texel{float(i), 0, 0, 0};
    const auto at = [&](float x, float y) { return sampleBilinear(image.data(), 4, 3, x, y)[0]; };
    EXPECT_EQ(at(-infinity, -infinity), 0.0f);
    EXPECT_EQ(at(infinity, 1e30f), 11.0f);
    EXPECT_EQ(at(nan, 2.0f), 8.0f);
    EXPECT_EQ(at(3.0f, nan), 3.0f);
}

TEST(Canvas, PadsByRepeatingTheEdge) {
    const test::Pair pair = test::randomPair(33, 31);
    Canvas canvas;
    canvas.load(pair.view, pair.prior, 0.25f);
    EXPECT_EQ(canvas.width(), 64);
    EXPECT_EQ(canvas.height(), 32);
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 64; ++x) {
            const Guide& guide = canvas.guides(y)[x];
            const int sx = std::min(x, 32), sy = std::min(y, 30);
            ASSERT_EQ(guide.flow[2], pair.prior.flow1X.at(sx, sy));
            ASSERT_EQ(guide.confidence1, pair.prior.confidence1.at(sx, sy));
            const double c0 = pair.prior.confidence0.at(sx, sy), c1 = pair.prior.confidence1.at(sx, sy);
            const double logit =
                std::log(0.75 / 0.25) + std::log((c0 + 0.02) / (c1 + 0.02)) + 4 * pair.prior.depthOrder.at(sx, sy);
            ASSERT_NEAR(guide.logit, logit, 1e-5);
        }
}

TEST(Canvas, DescribesAPixel) {
    test::Pair pair = test::randomPair(32, 32);
    pair.prior.flow0X.at(5, 6) = 3.0f; // whole pixels, so that a keyframe's own samples come back
    pair.prior.flow0Y.at(5, 6) = -2.0f;
    pair.prior.flow1X.at(5, 6) = -40.0f;
    pair.prior.flow1Y.at(5, 6) = 1.0f;
    Canvas canvas;
    canvas.load(pair.view, pair.prior, 0.25f);
    float channels[describedChannels];
    canvas.describe(5, 6, channels);
    const ColourPlanes &key0 = pair.view.key0, &key1 = pair.view.key1;
    const auto difference = [](const Plane& a, const Plane& b) { return std::abs(a.at(8, 4) - b.at(0, 7)); };
    const float disagreement =
        (difference(key0.r, key1.r) + difference(key0.g, key1.g) + difference(key0.b, key1.b)) / 3;
    const Guide& guide = canvas.guides(6)[5];
    const float expected[describedChannels] = {
        key0.r.at(8, 4), key0.g.at(8, 4), key0.b.at(8, 4), key1.r.at(0, 7), key1.g.at(0, 7), key1.b.at(0, 7),
        3.0f / 16, -2.0f / 16, -40.0f / 16, 1.0f / 16,
        pair.prior.confidence0.at(5, 6), pair.prior.confidence1.at(5, 6), pair.prior.depthOrder.at(5, 6),
        0.25f, disagreement, guide.logit / 4};
    for (int c = 0; c < describedChannels; ++c)
        EXPECT_NEAR(channels[c], expected[c], 1e-6) << c;
}

TEST(Canvas, InputRowsAreAveragedAndUnshuffled) {
    const test::Pair pair = test::randomPair(64, 32);
    Canvas canvas;
    canvas.load(pair.view, pair.prior, 0.5f);
    const auto described = [&](int x, int y, int c) {
        float channels[describedChannels];
        canvas.describe(x, y, channels);
        return channels[c];
    };
    std::vector<float> coarse(2 * 16 * 64), fine(2 * 32 * 64);
    coarseInputRows(canvas, 3, 2, coarse.data());
    fineInputRows(canvas, 3, 2, fine.data());
    for (int c = 0; c < 64; ++c) {
        const int from = c / 4, dy = c / 2 % 2, dx = c % 2;
        for (int y = 0; y < 2; ++y)
            for (const int x : {0, 7, 15}) {
                EXPECT_EQ(fine[(y * 32 + x) * 64 + c], described(2 * x + dx, 2 * (3 + y) + dy, from));
                const int left = 4 * x + 2 * dx, top = 4 * (3 + y) + 2 * dy;
                const float mean = (described(left, top, from) + described(left + 1, top, from) +
                                    described(left, top + 1, from) + described(left + 1, top + 1, from)) / 4;
                EXPECT_NEAR(coarse[(y * 16 + x) * 64 + c], mean, 1e-6);
            }
    }
}

TEST(Canvas, RefinesBilinearly) {
    const test::Pair pair = test::randomPair(64, 32);
    Canvas canvas, before;
    canvas.load(pair.view, pair.prior, 0.5f);
    before.load(pair.view, pair.prior, 0.5f);
    Tensor correction;
    correction.resize(16, 32, 5, ElementType::float32);
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    auto* values = static_cast<float*>(correction.row(0));
    std::generate(values, values + 16 * 32 * 5, [&] { return uniform(random); });
    canvas.refine(correction, 8.0f);
    const auto interpolated = [&](int x, int y, int c) {
        const double cx = std::clamp((x + 0.5) / 2 - 0.5, 0.0, 31.0), cy = std::clamp((y + 0.5) / 2 - 0.5, 0.0, 15.0);
        double sum = 0;
        for (int iy = 0; iy < 16; ++iy)
            for (int ix = 0; ix < 32; ++ix)
                sum += values[(iy * 32 + ix) * 5 + c] * std::max(0.0, 1 - std::abs(cx - ix)) *
                       std::max(0.0, 1 - std::abs(cy - iy));
        return sum;
    };
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 64; ++x) {
            for (int c = 0; c < 4; ++c)
                ASSERT_NEAR(canvas.guides(y)[x].flow[c], before.guides(y)[x].flow[c] + 8 * interpolated(x, y, c), 1e-5);
            ASSERT_NEAR(canvas.guides(y)[x].logit, before.guides(y)[x].logit + interpolated(x, y, 4), 1e-5);
        }
}

TEST(Bfloat16, RoundsToNearestEven) {
    EXPECT_EQ(Bfloat16(1.0f).bits, 0x3f80);
    EXPECT_EQ(Bfloat16(1.00390625f).bits, 0x3f80);  // halfway to the next, even below
    EXPECT_EQ(Bfloat16(1.01171875f).bits, 0x3f82);  // halfway to the next, even above
    EXPECT_EQ(float(Bfloat16(-2.5f)), -2.5f);
}

} // namespace
} // namespace inbetween
