#include "network/ibmatch.h"

#include "inbetween/error.h"
#include "inbetween/network.h"
#include "network/embedded_weights.h"
#include "network/model_files.h"
#include "network/products.h"
#include "network/random_pair.h"
#include "network/resample.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace inbetween {
namespace {

using testing::HasSubstr;

void expectSameBits(const FlowPair& a, const FlowPair& b) {
    for (const auto flow : {&FlowPair::forward, &FlowPair::backward})
        for (const auto plane : {&Flow::x, &Flow::y, &Flow::agreement})
            EXPECT_EQ((a.*flow.*plane).values, (b.*flow.*plane).values);
}

// A canvas of this size has a flow of that one.
void expectSound(const FlowPair& pair, int width, int height, int flowWidth, int flowHeight) {
    for (const Flow* flow : {&pair.forward, &pair.backward}) {
        for (const Plane* plane : {&flow->x, &flow->y, &flow->agreement}) {
            EXPECT_EQ(plane->width, flowWidth);
            EXPECT_EQ(plane->height, flowHeight);
            EXPECT_TRUE(std::ranges::all_of(plane->values, [](float v) { return std::abs(v) <= 32768.0f; }));
        }
        EXPECT_FLOAT_EQ(flow->scaleX, float(width) / float(flowWidth));
        EXPECT_FLOAT_EQ(flow->scaleY, float(height) / float(flowHeight));
        EXPECT_TRUE(std::ranges::all_of(flow->agreement.values, [](float v) { return v >= 0.0f && v <= 1.0f; }));
    }
}

Tensor randomTensor(int height, int width, int channels, float low, float high, unsigned seed) {
    Tensor tensor;
    tensor.resize(height, width, channels, ElementType::float32);
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(low, high);
    std::generate_n(static_cast<float*>(tensor.row(0)), std::size_t(height) * width * channels, [&] { return uniform(random); });
    return tensor;
}

// Each test runs in both precisions, with the weights that are built in.
class IbMatchTest : public testing::TestWithParam<Precision> {
protected:
    void SetUp() override {
        if (GetParam() == Precision::bfloat16 && !hasBfloat16Arithmetic())
            GTEST_SKIP() << "this processor has no bfloat16 arithmetic";
        net = std::make_unique<IbMatch>(Safetensors("built in", embeddedMatchWeights()),
                                        GetParam() == Precision::float32 ? ElementType::float32 : ElementType::bfloat16);
    }
    std::unique_ptr<IbMatch> net;
};
INSTANTIATE_TEST_SUITE_P(Precisions, IbMatchTest, testing::Values(Precision::float32, Precision::bfloat16),
                         [](const auto& info) { return std::string(nameOf(info.param)); });

// PyTorch's flows for the weights that are built in, from tools/train/export_match.py, which keeps every third pixel.
TEST_P(IbMatchTest, AgreesWithPyTorch) {
    const std::filesystem::path path = INBETWEEN_SOURCE_DIR "/tests/network/golden_ibmatch.safetensors";
    const std::vector<std::byte> bytes = readModelFile(path);
    const Safetensors golden(path.string(), bytes);
    const auto picture = [&](const std::string& name) {
        const auto& shape = golden.tensors().at(name).shape;
        const std::vector<float> values = golden.floats(name, shape);
        Tensor out;
        out.resize(int(shape[1]), int(shape[2]), 3, ElementType::float32);
        const std::size_t pixels = values.size() / 3;
        for (std::size_t i = 0; i < values.size(); ++i)
            static_cast<float*>(out.row(0))[i] = values[i % 3 * pixels + i / 3];
        return out;
    };
    const Tensor picture0 = picture("v0"), picture1 = picture("v1");
    constexpr int step = 3;
    for (const int iterations : {2, IbMatch::standardIterations}) {
        const FlowPair flows = net->flows(picture0, picture1, iterations);
        double mean = 0, most = 0, longest = 0;
        std::size_t count = 0, far = 0;
        for (const auto& [way, flow] :
             {std::pair<std::string, const Flow*>{"forward", &flows.forward}, {"backward", &flows.backward}}) {
            const std::string name = fmt::format("{}_{}", way, iterations);
            const auto& shape = golden.tensors().at(name).shape;
            const std::vector<float> expected = golden.floats(name, shape);
            ASSERT_EQ(flow->x.width, picture0.width());
            ASSERT_EQ(flow->x.height, picture0.height());
            for (std::size_t i = 0; i < expected.size(); ++i, ++count) {
                const int x = step * int(i % shape[2]), y = step * int(i / shape[2] % shape[1]);
                const double distance = std::abs((i < expected.size() / 2 ? flow->x : flow->y).at(x, y) - expected[i]);
                mean += distance;
                far += distance > 1;
                most = std::max(most, distance);
                longest = std::max(longest, double(std::abs(expected[i])));
            }
        }
        mean /= double(count);
        RecordProperty(fmt::format("after {}", iterations),
                       fmt::format("mean {:.3g} largest {:.3g} of {:.3g}", mean, most, longest));
        // Pixels. bfloat16 keeps 8 bits of each activation: where two things meet, a pixel may go with the other one.
        if (GetParam() == Precision::float32) {
            EXPECT_LE(mean, 1e-4) << iterations;
            EXPECT_LE(most, 0.005) << iterations;
        } else {
            EXPECT_LE(mean, 0.15) << iterations;
            EXPECT_LE(double(far) / double(count), 0.02) << iterations;
        }
    }
}

TEST_P(IbMatchTest, ThreadsAndRepetitionDoNotChangeABit) {
    const test::Pair pair = test::randomPair(210, 150);
    const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4); // also on two cores
    const FlowPair first = net->match(pair.view);
    for (const int threads : {1, 4}) {
        tbb::task_arena arena(threads);
        expectSameBits(arena.execute([&] { return net->match(pair.view); }), first);
    }
}

TEST_P(IbMatchTest, EqualKeyframesGiveTheSameFlowBothWays) {
    View view = test::randomPair(96, 80).view;
    view.key1 = view.key0;
    const FlowPair pair = net->match(view);
    for (const auto plane : {&Flow::x, &Flow::y, &Flow::agreement})
        EXPECT_EQ((pair.forward.*plane).values, (pair.backward.*plane).values);
    expectSound(pair, 96, 80, 96, 80);
}

TEST_P(IbMatchTest, ExchangedKeyframesGiveExchangedFlows) {
    const View view = test::randomPair(70, 60).view;
    View exchanged = view;
    std::swap(exchanged.key0, exchanged.key1);
    const FlowPair there = net->match(view), back = net->match(exchanged);
    expectSameBits({there.backward, there.forward}, back);
}

TEST_P(IbMatchTest, TakesAnyCanvas) {
    const int sizes[][2] = {{1, 1}, {7, 5}, {64, 64}, {700, 33}, {1, 400}, {20000, 1}};
    for (const auto& [width, height] : sizes)
        expectSound(net->match(test::randomPair(width, height).view, 2), width, height, std::min(width, 14400), height);
}

TEST_P(IbMatchTest, TheFlowOfALargeCanvasIsCoarser) {
    expectSound(net->match(test::randomPair(1920, 1080).view, 1), 1920, 1080, 1280, 720);
    expectSound(net->match(test::randomPair(1290, 725).view, 1), 1290, 725, 1290, 725); // close enough to be taken as it is
}

// Whole cells, without a layer: a loop over all that the vectorised one does.
TEST(Products, AreThoseOfTheCellsAround) {
    const int height = 16, width = 24;
    FeaturePyramid other;
    const Tensor features = randomTensor(height, width, matchFeatures, -1, 1, 1);
    other[0] = randomTensor(height, width, matchFeatures, -1, 1, 2);
    completePyramid(other);
    Products products(features, other);
    const auto product = [&](int x, int y, int level, int otherX, int otherY) {
        const Tensor& b = other[std::size_t(level)];
        if (otherX < 0 || otherY < 0 || otherX >= b.width() || otherY >= b.height())
            return 0.0;
        const float* from = static_cast<const float*>(features.row(y)) + x * matchFeatures;
        const float* to = static_cast<const float*>(b.row(otherY)) + otherX * matchFeatures;
        double sum = 0;
        for (int c = 0; c < matchFeatures; ++c)
            sum += double(from[c]) * to[c];
        return sum / std::sqrt(double(matchFeatures));
    };
    std::vector<float> seen(std::size_t(height) * width * productCount);
    for (const float longest : {3.0f, 3.2f, 40.0f}) { // a bit more than before, so that some windows are kept
        const Tensor flow = randomTensor(height, width, 2, -longest, longest, 3);
        products.update(flow);
        products.rows(flow, 0, height, seen.data(), productCount);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const float* to = static_cast<const float*>(flow.row(y)) + 2 * x;
                const float* actual = seen.data() + (std::size_t(y) * width + x) * productCount;
                for (int level = 0; level < productLevels; ++level)
                    for (int dy = -productRadius; dy <= productRadius; ++dy)
                        for (int dx = -productRadius; dx <= productRadius; ++dx, ++actual) {
                            const double placeX = (x + double(to[0]) + 0.5) / (1 << level) - 0.5 + dx;
                            const double placeY = (y + double(to[1]) + 0.5) / (1 << level) - 0.5 + dy;
                            const int left = int(std::floor(placeX)), top = int(std::floor(placeY));
                            const double fx = placeX - left, fy = placeY - top;
                            const auto inRow = [&](int row) {
                                return (1 - fx) * product(x, y, level, left, row) + fx * product(x, y, level, left + 1, row);
                            };
                            const double expected = (1 - fy) * inRow(top) + fy * inRow(top + 1);
                            ASSERT_NEAR(*actual, expected, 1e-4) << x << " " << y << " " << level << " " << dx << " " << dy;
                        }
            }
    }
}

TEST(Products, OfNowhereAreZero) {
    FeaturePyramid other;
    const Tensor features = randomTensor(8, 8, matchFeatures, -1, 1, 1);
    other[0] = randomTensor(8, 8, matchFeatures, -1, 1, 2);
    completePyramid(other);
    Products products(features, other);
    Tensor flow = randomTensor(8, 8, 2, 1000, 2000, 3);
    auto* values = static_cast<float*>(flow.row(0));
    values[0] = std::numeric_limits<float>::quiet_NaN();
    values[2] = std::numeric_limits<float>::infinity();
    values[4] = -1e30f;
    std::vector<float> seen(64 * productCount, 1.0f);
    products.update(flow);
    products.rows(flow, 0, 8, seen.data(), productCount);
    EXPECT_THAT(seen, testing::Each(0.0f));
}

TEST(Resampling, TakesMeansWhereItShrinks) {
    Plane plane(6, 4); // of which 5x4 are looked at
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 6; ++x)
            plane.at(x, y) = float(x == 5 ? 1000 : x + 10 * y);
    const Plane small = resampled(plane, 5, 4, 2, 2, 2.0f, 50.0f);
    const float left = (0 + 1 + 0.5f * 2) / 2.5f, right = (0.5f * 2 + 3 + 4) / 2.5f;
    EXPECT_NEAR(small.at(0, 0), 2 * (left + 5), 1e-4);
    EXPECT_NEAR(small.at(1, 0), 2 * (right + 5), 1e-4);
    EXPECT_NEAR(small.at(1, 1), 50, 1e-4); // the most
}

TEST(Resampling, IsBilinearWhereItEnlarges) {
    ViewPlanes view{ViewPlane(2, 1), ViewPlane(2, 1, 1.0f), ViewPlane(2, 1, 6.0f)};
    view.r.at(1, 0) = 1.0f;
    const Tensor picture = pictureOf(view, 4, 2, 8, 4.0f);
    ASSERT_EQ(picture.width(), 8);
    ASSERT_EQ(picture.height(), 8);
    const float expected[] = {0, 0.25f, 0.75f, 1, 1, 1, 1, 1}; // padded by its edge
    for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x) {
            const float* pixel = static_cast<const float*>(picture.row(y)) + 3 * x;
            EXPECT_FLOAT_EQ(pixel[0], expected[x]);
            EXPECT_FLOAT_EQ(pixel[1], 1.0f);
            EXPECT_FLOAT_EQ(pixel[2], 4.0f); // the most
        }
}

TEST(Matcher, SaysWhatItIs) {
    const Matcher matcher;
    EXPECT_EQ(matcher.model().name, "ibmatch");
    EXPECT_EQ(matcher.model().source, "built in");
    EXPECT_THAT(matcher.model().hash, testing::MatchesRegex("[0-9a-f]{32}"));
    EXPECT_NE(matcher.model().version, "");
    EXPECT_EQ(matcher.precision(), hasBfloat16Arithmetic() ? Precision::bfloat16 : Precision::float32);
    EXPECT_EQ(Matcher(Precision::int8).precision(), matcher.precision());
    EXPECT_EQ(Matcher(Precision::float32).precision(), Precision::float32);
    if (!hasBfloat16Arithmetic()) {
        EXPECT_THROW(Matcher(Precision::bfloat16), Error);
    }
}

TEST(Matcher, RefusesWhatDoesNotFitTogether) {
    const Matcher matcher(Precision::float32);
    View view = test::randomPair(20, 10).view;
    expectSound(matcher.match(view), 20, 10, 20, 10);
    view.key1.b = ViewPlane(10, 20);
    EXPECT_THROW(matcher.match(view), Error);
    EXPECT_THROW(matcher.match(View()), Error);
}

// Weights files with one mistake each.
std::string errorOf(const std::map<std::string, test::FileTensor>& tensors) {
    const std::string file = test::safetensorsFile(tensors);
    try {
        IbMatch(Safetensors("match.file", test::bytesOf(file)), ElementType::float32);
        return "";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::model);
        EXPECT_THAT(e.what(), HasSubstr("match.file"));
        return e.what();
    }
}

TEST(IbMatchFile, MistakesAreNamed) {
    std::map<std::string, test::FileTensor> model;
    for (const MatchLayerDesc& layer : ibmatchLayers()) {
        model[fmt::format("{}.weight", layer.name)] = test::floatTensor({layer.outputs, layer.inputs, 3, 3}, 0.1f);
        model[fmt::format("{}.bias", layer.name)] = test::floatTensor({layer.outputs}, 0.1f);
    }
    EXPECT_EQ(errorOf(model), "");
    for (const std::string name : {"encoder.half_in.weight", "encoder.context.bias", "update_b.weight", "mask_b.bias"}) {
        auto wrong = model;
        wrong.erase(name);
        EXPECT_THAT(errorOf(wrong), HasSubstr(fmt::format("layer \"{}\": expected F32 {}, found no such layer", name,
                                                          shapeText(model[name].shape))));
    }
    auto wrong = model;
    wrong["flow_b.weight"] = test::floatTensor({2, 64, 3, 3}, 0.1f);
    EXPECT_THAT(errorOf(wrong), HasSubstr("layer \"flow_b.weight\": expected F32 [16, 64, 3, 3], found F32 [2, 64, 3, 3]"));
    wrong = model;
    wrong["flow_c.bias"] = test::floatTensor({4}, 0.1f);
    EXPECT_THAT(errorOf(wrong), HasSubstr("layer \"flow_c.bias\": ibmatch has no such layer, found F32 [4]"));
}

} // namespace
} // namespace inbetween
