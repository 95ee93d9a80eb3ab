#include "network/canvas.h"

#include "network/random_pair.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
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
        const double cx = std::clamp(double(x), 0.0, width - 1.0),
                     cy = std::clamp(double(y), 0.0, height - 1.0);
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

// The full level's guides as the prior has them.
void loadWhole(Canvas& canvas) {
    Tensor none;
    none.resize(canvas.height() / 2, canvas.width() / 2, correctionChannels, ElementType::float32);
    std::fill_n(static_cast<float*>(none.row(0)), none.rowBytes() / sizeof(float) * none.height(), 0.0f);
    canvas.loadStrip(0, canvas.height(), none, 0, 1.0f);
}

TEST(Canvas, PadsByRepeatingTheEdge) {
    const test::Pair pair = test::randomPair(33, 31);
    Canvas canvas;
    canvas.load(pair.view, pair.prior, 0.25f, false);
    loadWhole(canvas);
    EXPECT_EQ(canvas.width(), 64);
    EXPECT_EQ(canvas.height(), 32);
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 64; ++x) {
            const Guide& guide = canvas.full().guideRow(y)[x];
            const int sx = std::min(x, 32), sy = std::min(y, 30);
            ASSERT_EQ(guide.flow[0][2], pair.prior.flow1X.at(sx, sy));
            ASSERT_EQ(guide.flow[1][1], pair.prior.other.flow0Y.at(sx, sy));
            ASSERT_EQ(guide.confidence[0][1], pair.prior.confidence1.at(sx, sy));
            const double c0 = pair.prior.confidence0.at(sx, sy), c1 = pair.prior.confidence1.at(sx, sy);
            const double logit = std::log(0.75 / 0.25) + std::log((c0 + 0.02) / (c1 + 0.02)) +
                                 4 * pair.prior.depthOrder.at(sx, sy);
            ASSERT_NEAR(guide.logit[0], logit, 1e-5);
            ASSERT_EQ(guide.shareLogit, -3.0f);
        }
}

TEST(Canvas, DescribesAPixel) {
    test::Pair pair = test::randomPair(32, 32);
    const auto setFlow = [](MotionGuess& guess,
                            std::array<float, 4> flow) { // whole pixels: a keyframe's own samples
        guess.flow0X.at(5, 6) = flow[0];
        guess.flow0Y.at(5, 6) = flow[1];
        guess.flow1X.at(5, 6) = flow[2];
        guess.flow1Y.at(5, 6) = flow[3];
    };
    setFlow(pair.prior, {3, -2, -40, 1});
    setFlow(pair.prior.other, {0, 1, 2, 0});
    Canvas canvas;
    canvas.load(pair.view, pair.prior, 0.25f, false);
    loadWhole(canvas);
    float channels[describedChannels];
    canvas.full().describe(5, 6, channels);

    const auto colourAt = [](const ViewPlanes& key, int x, int y) {
        return std::array<float, 3>{key.r.at(x, y), key.g.at(x, y), key.b.at(x, y)};
    };
    const auto main0 = colourAt(pair.view.key0, 8, 4), main1 = colourAt(pair.view.key1, 0, 7);
    const auto other0 = colourAt(pair.view.key0, 5, 7), other1 = colourAt(pair.view.key1, 7, 6);
    const auto difference = [](const std::array<float, 3>& a, const std::array<float, 3>& b) {
        return (std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2])) / 3;
    };
    std::array<float, 3> mainMean, otherMean;
    for (int c = 0; c < 3; ++c) {
        mainMean[c] = (main0[c] + main1[c]) / 2;
        otherMean[c] = (other0[c] + other1[c]) / 2;
    }
    const Guide& guide = canvas.full().guideRow(6)[5];
    const MotionPrior& prior = pair.prior;
    const float expected[describedChannels] = {main0[0],
                                               main0[1],
                                               main0[2],
                                               main1[0],
                                               main1[1],
                                               main1[2],
                                               3.0f / 16,
                                               -2.0f / 16,
                                               -40.0f / 16,
                                               1.0f / 16,
                                               prior.confidence0.at(5, 6),
                                               prior.confidence1.at(5, 6),
                                               prior.depthOrder.at(5, 6),
                                               0.25f,
                                               difference(main0, main1),
                                               guide.logit[0] / 4,
                                               other0[0],
                                               other0[1],
                                               other0[2],
                                               other1[0],
                                               other1[1],
                                               other1[2],
                                               0,
                                               1.0f / 16,
                                               2.0f / 16,
                                               0,
                                               prior.other.confidence0.at(5, 6),
                                               prior.other.confidence1.at(5, 6),
                                               difference(other0, other1),
                                               guide.logit[1] / 4,
                                               -3.0f / 4,
                                               difference(mainMean, otherMean)};
    for (int c = 0; c < describedChannels; ++c)
        EXPECT_NEAR(channels[c], expected[c], 1e-6) << c;
}

TEST(Canvas, HalfIsTheMeanOfFourPixels) {
    const test::Pair pair = test::randomPair(40, 32);
    Canvas canvas;
    canvas.load(pair.view, pair.prior, 0.5f, false);
    const CanvasLevel& half = canvas.half();
    EXPECT_EQ(half.width, 32);
    EXPECT_EQ(half.height, 16);
    const auto mean = [](const auto& plane, int x, int y) {
        return (plane.at(2 * x, 2 * y) + plane.at(2 * x + 1, 2 * y) + plane.at(2 * x, 2 * y + 1) +
                plane.at(2 * x + 1, 2 * y + 1)) /
               4;
    };
    EXPECT_NEAR(half.keys[1][9 * half.width + 7][1], mean(pair.view.key1.g, 7, 9), 1e-6);
    const Guide& guide = half.guideRow(9)[7];
    EXPECT_NEAR(guide.flow[1][3], mean(pair.prior.other.flow1Y, 7, 9), 1e-5);
    EXPECT_NEAR(guide.confidence[0][1], mean(pair.prior.confidence1, 7, 9), 1e-6);
    // Flows stay in pixels of the canvas: a sample lies half as far away here.
    float channels[describedChannels];
    half.describe(7, 9, channels);
    const Texel expected = sampleBilinear(half.keys[0], half.width, half.height, 7 + guide.flow[0][0] / 2,
                                          9 + guide.flow[0][1] / 2);
    EXPECT_NEAR(channels[0], expected[0], 1e-6);
    EXPECT_NEAR(channels[6], guide.flow[0][0] / 16, 1e-6);
}

TEST(Canvas, InputRowsGoPixelByPixel) {
    const test::Pair pair = test::randomPair(64, 32);
    Canvas canvas;
    canvas.load(pair.view, pair.prior, 0.5f, false);
    loadWhole(canvas);
    constexpr int channels = 4 * describedChannels, apart = channels + 8;
    std::vector<float> described(2 * 32 * apart, 7.0f), views(2 * 32 * 16);
    describedRows(canvas.full(), 3, 2, described.data(), apart);
    viewRows(canvas.full(), 1, 3, 2, views.data());
    EXPECT_EQ(described[channels], 7.0f); // what lies between is left as it is
    for (int position = 0; position < 4; ++position)
        for (const int x : {0, 7, 31}) {
            const int fromX = 2 * x + position % 2, fromY = 2 * 4 + position / 2;
            float expected[describedChannels];
            canvas.full().describe(fromX, fromY, expected);
            for (int c = 0; c < describedChannels; ++c)
                EXPECT_EQ(described[(32 + x) * apart + position * describedChannels + c], expected[c]);
            EXPECT_EQ(views[(32 + x) * 16 + 4 * position + 1], pair.view.key1.g.at(fromX, fromY));
            EXPECT_EQ(views[(32 + x) * 16 + 4 * position + 3], 0.0f);
        }
}

TEST(Canvas, RefinesBilinearly) {
    const test::Pair pair = test::randomPair(64, 32);
    Canvas canvas, before;
    canvas.load(pair.view, pair.prior, 0.5f, false);
    before.load(pair.view, pair.prior, 0.5f, false);
    loadWhole(before);
    Tensor correction;
    correction.resize(16, 32, correctionChannels, ElementType::float32);
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    auto* values = static_cast<float*>(correction.row(0));
    std::generate(values, values + 16 * 32 * correctionChannels, [&] { return uniform(random); });
    canvas.loadStrip(0, 32, correction, 0, 8.0f);
    const auto interpolated = [&](int x, int y, int c) {
        const double cx = std::clamp((x + 0.5) / 2 - 0.5, 0.0, 31.0),
                     cy = std::clamp((y + 0.5) / 2 - 0.5, 0.0, 15.0);
        double sum = 0;
        for (int iy = 0; iy < 16; ++iy)
            for (int ix = 0; ix < 32; ++ix)
                sum += values[(iy * 32 + ix) * correctionChannels + c] *
                       std::max(0.0, 1 - std::abs(cx - ix)) * std::max(0.0, 1 - std::abs(cy - iy));
        return sum;
    };
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 64; ++x) {
            const Guide &after = canvas.full().guideRow(y)[x], &from = before.full().guideRow(y)[x];
            for (int g = 0; g < 2; ++g) {
                for (int c = 0; c < 4; ++c)
                    ASSERT_NEAR(after.flow[g][c], from.flow[g][c] + 8 * interpolated(x, y, 5 * g + c), 1e-5);
                ASSERT_NEAR(after.logit[g], from.logit[g] + interpolated(x, y, 5 * g + 4), 1e-5);
            }
            ASSERT_NEAR(after.shareLogit, from.shareLogit + interpolated(x, y, 10), 1e-5);
        }
}

TEST(Bfloat16, RoundsToNearestEven) {
    EXPECT_EQ(Bfloat16(1.0f).bits, 0x3f80);
    EXPECT_EQ(Bfloat16(1.00390625f).bits, 0x3f80); // halfway to the next, even below
    EXPECT_EQ(Bfloat16(1.01171875f).bits, 0x3f82); // halfway to the next, even above
    EXPECT_EQ(float(Bfloat16(-2.5f)), -2.5f);
}

// The field takes the place of the prior where a strip was.
TEST(Canvas, ThePriorIsNotReadAgainInRowsThatTwoStripsShare) {
    const test::Pair pair = test::randomPair(40, 120);
    test::Pair overwritten = pair;
    Canvas once, twice;
    Tensor correction;
    correction.resize(64, 32, correctionChannels, ElementType::float32);
    std::fill_n(static_cast<float*>(correction.row(0)), std::size_t(64) * 32 * correctionChannels, 0.25f);
    once.load(pair.view, pair.prior, 0.5f, true);
    once.loadStrip(40, 60, correction, 0, 8.0f);
    twice.load(overwritten.view, overwritten.prior, 0.5f, true);
    twice.loadStrip(0, 80, correction, 0, 8.0f);
    for (Plane* plane : {&overwritten.prior.flow0X, &overwritten.prior.flow1Y})
        std::fill_n(plane->row(0), std::size_t(80) * plane->width, 1e3f);
    twice.loadStrip(40, 60, correction, 0, 8.0f);
    for (int y = 40; y < 100; ++y)
        for (int x = 0; x < once.width(); ++x)
            ASSERT_EQ(std::memcmp(&twice.full().guideRow(y)[x], &once.full().guideRow(y)[x], sizeof(Guide)),
                      0)
                << x << ", " << y;
}

TEST(Canvas, AStripHoldsAllThatItsGuidesPointTo) {
    test::Pair pair = test::randomPair(40, 200);
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    int at = 0;
    for (const float wild : {-1e9f, -150.0f, 60.0f, 1e9f, nan})
        pair.prior.flow1Y.at(7, 100 + at++) = wild;
    Canvas whole, strip;
    whole.load(pair.view, pair.prior, 0.5f, false);
    loadWhole(whole);
    strip.load(pair.view, pair.prior, 0.5f, true);
    strip.dropHalf();
    Tensor correction;
    correction.resize(whole.height() / 2, whole.width() / 2, correctionChannels, ElementType::float32);
    auto* values = static_cast<float*>(correction.row(0));
    std::fill_n(values, std::size_t(correction.height()) * correction.width() * correctionChannels, 0.0f);
    for (const int first : {0, 96, 100, 180}) {
        strip.loadStrip(first, 20, correction, 0, 1.0f);
        for (int y = first; y < first + 20; ++y)
            for (int x = 0; x < whole.width(); ++x) {
                float expected[describedChannels], actual[describedChannels];
                whole.full().describe(x, y, expected);
                strip.full().describe(x, y, actual);
                ASSERT_TRUE(std::equal(expected, expected + describedChannels, actual)) << x << ", " << y;
            }
    }
}

} // namespace
} // namespace inbetween
