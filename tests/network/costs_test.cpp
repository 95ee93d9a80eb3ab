#include "network/costs.h"

#include "network/random_pair.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace inbetween {
namespace {

Tensor randomFeatures(int height, int width, unsigned seed) {
    Tensor features;
    features.resize(height, width, featureChannels, ElementType::float32);
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    auto* values = static_cast<float*>(features.row(0));
    std::generate(values, values + std::size_t(height) * width * featureChannels,
                  [&] { return uniform(random); });
    return features;
}

float at(const Tensor& tensor, int x, int y, int channel) {
    if (x < 0 || y < 0 || x >= tensor.width() || y >= tensor.height())
        return 0.0f;
    return static_cast<const float*>(tensor.row(y))[x * tensor.channels() + channel];
}

TEST(Costs, AreMeanDifferencesAtOppositeOffsets) {
    const int width = 7, height = 5, radius = 2, count = 32, apart = 40;
    const Tensor warped0 = randomFeatures(height, width, 1), warped1 = randomFeatures(height, width, 2);
    std::vector<float> rows(2 * width * apart, 9.0f);
    costRows(warped0, warped1, radius, 3, 2, rows.data(), count, apart);
    for (int y = 0; y < 2; ++y)
        for (int x = 0; x < width; ++x) {
            const float* costs = &rows[(y * width + x) * apart];
            for (int k = 0; k < 25; ++k) {
                const int dx = k % 5 - radius, dy = k / 5 - radius;
                double sum = 0;
                for (int c = 0; c < featureChannels; ++c)
                    sum += std::abs(double(at(warped0, x - dx, 3 + y - dy, c)) -
                                    at(warped1, x + dx, 3 + y + dy, c));
                ASSERT_NEAR(costs[k], sum / featureChannels, 1e-5) << x << " " << y << " " << k;
            }
            for (int k = 25; k < count; ++k)
                ASSERT_EQ(costs[k], 0.0f);
            ASSERT_EQ(costs[count], 9.0f); // what lies between is left as it is
        }
}

TEST(Costs, AreLeastWhereTheFeaturesMeet) {
    const Tensor features = randomFeatures(12, 12, 3);
    Tensor moved0, moved1, flows;
    flows.resize(12, 12, 4, ElementType::float32);
    auto* flow = static_cast<float*>(flows.row(0));
    for (int i = 0; i < 12 * 12; ++i) {
        const float values[4] = {1, 0, -1, 0}; // keyframe 0 lies to the right, keyframe 1 to the left
        std::copy_n(values, 4, flow + 4 * i);
    }
    warpFeatures(features, flows, 0, moved0);
    warpFeatures(features, flows, 2, moved1);
    std::vector<float> row(12 * 32);
    costRows(moved0, moved1, 2, 6, 1, row.data(), 32, 32);
    for (int x = 4; x < 8; ++x)
        EXPECT_NEAR(row[x * 32 + 13], 0.0f,
                    1e-6); // one to the right of the middle: moved0(p - 1) is moved1(p + 1)
}

TEST(Costs, FlowsAndFeaturesAreAveraged) {
    const test::Pair pair = test::randomPair(64, 32);
    Canvas canvas;
    canvas.load(pair.view, pair.prior, 0.5f, false);
    Tensor flows;
    averageFlows(canvas, 8, flows);
    EXPECT_EQ(flows.width(), 8);
    EXPECT_EQ(flows.height(), 4);
    double sum = 0;
    for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x)
            sum += pair.prior.flow1Y.at(16 + x, 8 + y);
    EXPECT_NEAR(at(flows, 2, 1, 3), sum / 64 / 8, 1e-5);

    const Tensor features = randomFeatures(6, 4, 4);
    Tensor half;
    halveFeatures(features, half);
    EXPECT_EQ(half.height(), 3);
    EXPECT_NEAR(at(half, 1, 2, 5),
                (at(features, 2, 4, 5) + at(features, 3, 4, 5) + at(features, 2, 5, 5) +
                 at(features, 3, 5, 5)) /
                    4,
                1e-6);
}

} // namespace
} // namespace inbetween
