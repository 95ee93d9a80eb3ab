#include "inbetween/network.h"

#include "inbetween/error.h"
#include "network/convolution.h"
#include "network/model_files.h"
#include "network/random_pair.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <thread>
#include <unistd.h>

namespace inbetween {
namespace {

using testing::HasSubstr;

std::vector<std::pair<std::string, const Plane*>> planesOf(const Field& f) {
    return {{"flow0X", &f.flow0X}, {"flow0Y", &f.flow0Y},   {"flow1X", &f.flow1X},
            {"flow1Y", &f.flow1Y}, {"weight0", &f.weight0}, {"error", &f.error}};
}

void expectSameBits(const Field& a, const Field& b) {
    const auto planesA = planesOf(a), planesB = planesOf(b);
    for (std::size_t i = 0; i < planesA.size(); ++i)
        EXPECT_EQ(planesA[i].second->values, planesB[i].second->values) << planesA[i].first;
}

void expectSound(const Field& field, int width, int height) {
    for (const auto& [name, plane] : planesOf(field)) {
        EXPECT_EQ(plane->width, width);
        EXPECT_EQ(plane->height, height);
        EXPECT_TRUE(std::ranges::all_of(plane->values, [](float v) { return std::isfinite(v); })) << name;
    }
    EXPECT_TRUE(std::ranges::all_of(field.weight0.values, [](float v) { return v >= 0.0f && v <= 1.0f; }));
    EXPECT_TRUE(std::ranges::all_of(field.error.values, [](float v) { return v > 0.0f && v < 8.0f; }));
}

// Each test runs in both precisions, with the weights that are built in.
class NetworkTest : public testing::TestWithParam<Precision> {
protected:
    void SetUp() override {
        if (GetParam() == Precision::bfloat16 && !hasBfloat16Arithmetic())
            GTEST_SKIP() << "this processor has no bfloat16 arithmetic";
        network = std::make_unique<Network>(std::filesystem::path(), GetParam());
    }
    std::unique_ptr<Network> network;
};
INSTANTIATE_TEST_SUITE_P(Precisions, NetworkTest, testing::Values(Precision::float32, Precision::bfloat16),
                         [](const auto& info) { return info.param == Precision::float32 ? "float32" : "bfloat16"; });

TEST_P(NetworkTest, SaysWhatItIs) {
    EXPECT_EQ(network->model().name, "ibnet1");
    EXPECT_EQ(network->model().source, "built in");
    EXPECT_THAT(network->model().hash, testing::MatchesRegex("[0-9a-f]{32}"));
    EXPECT_NE(network->model().version, "");
    EXPECT_NE(network->instructionSet(), "");
    EXPECT_EQ(network->precision(), GetParam());
}

// PyTorch's output for the weights that are built in, from tools/train/export.py.
TEST_P(NetworkTest, AgreesWithPyTorch) {
    const std::filesystem::path path = INBETWEEN_SOURCE_DIR "/tests/network/golden_ibnet1.safetensors";
    const std::vector<std::byte> bytes = readModelFile(path);
    const Safetensors golden(path.string(), bytes);
    const auto planes = [&](const std::string& name) {
        const auto& shape = golden.tensors().at(name).shape;
        const std::vector<float> values = golden.floats(name, shape);
        std::vector<Plane> channels(shape[0], Plane(int(shape[2]), int(shape[1])));
        for (std::size_t c = 0; c < channels.size(); ++c)
            std::copy_n(values.begin() + c * channels[c].values.size(), channels[c].values.size(),
                        channels[c].values.begin());
        return channels;
    };
    const auto colours = [&](const std::string& name) {
        auto p = planes(name);
        return ColourPlanes{p[0], p[1], p[2]};
    };
    View view;
    view.key0 = colours("v0");
    view.key1 = colours("v1");
    const auto flow0 = planes("flow0"), flow1 = planes("flow1");
    const MotionPrior prior{flow0[0], flow0[1], flow1[0], flow1[1], planes("confidence0")[0], planes("confidence1")[0],
                            planes("depth_order")[0]};
    const Field field = network->infer(view, prior, golden.floats("time", {1})[0]);

    const auto outFlow0 = planes("out_flow0"), outFlow1 = planes("out_flow1");
    const auto outWeight0 = planes("out_weight0"), outError = planes("out_error");
    const Plane* expected[] = {&outFlow0[0], &outFlow0[1], &outFlow1[0], &outFlow1[1], &outWeight0[0], &outError[0]};
    // Flows in pixels. bfloat16 keeps 8 bits of each activation; measured with the released weights (1.0.0): 0.014
    // pixels, 0.006 of weight and 0.009 of error.
    const bool exact = GetParam() == Precision::float32;
    const double flow = exact ? 1e-4 : 0.05, weight = exact ? 1e-4 : 0.02, error = exact ? 1e-4 : 0.03;
    const double bounds[] = {flow, flow, flow, flow, weight, error};
    const auto actual = planesOf(field);
    for (std::size_t i = 0; i < actual.size(); ++i) {
        double most = 0;
        for (std::size_t k = 0; k < expected[i]->values.size(); ++k)
            most = std::max(most, std::abs(double(actual[i].second->values[k]) - expected[i]->values[k]));
        EXPECT_LE(most, bounds[i]) << actual[i].first;
        RecordProperty(actual[i].first + "_largest_difference", fmt::format("{:.3g}", most));
    }
}

TEST_P(NetworkTest, ThreadsAndRepetitionDoNotChangeABit) {
    const test::Pair pair = test::randomPair(210, 150);
    const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 5); // also on two cores
    const Field first = network->infer(pair.view, pair.prior, 0.5);
    for (const int threads : {1, 2, 5}) {
        tbb::task_arena arena(threads);
        expectSameBits(arena.execute([&] { return network->infer(pair.view, pair.prior, 0.5); }), first);
    }
    const Network again({}, GetParam());
    expectSameBits(again.infer(pair.view, pair.prior, 0.5), first);
}

TEST_P(NetworkTest, ConcurrentCallsDoNotDisturbEachOther) {
    const int sizes[][2] = {{64, 64}, {90, 40}, {33, 130}, {64, 64}};
    std::vector<test::Pair> pairs;
    std::vector<Field> alone;
    for (const auto& [width, height] : sizes) {
        pairs.push_back(test::randomPair(width, height, unsigned(pairs.size())));
        alone.push_back(network->infer(pairs.back().view, pairs.back().prior, 0.25));
    }
    const Network fresh({}, GetParam()); // its primitives are made while others run
    std::vector<Field> together(pairs.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < pairs.size(); ++i)
            threads.emplace_back([&, i] { together[i] = fresh.infer(pairs[i].view, pairs[i].prior, 0.25); });
    }
    for (std::size_t i = 0; i < pairs.size(); ++i)
        expectSameBits(together[i], alone[i]);
}

TEST_P(NetworkTest, TakesAnyCanvas) {
    const int sizes[][2] = {{1, 1}, {1, 17}, {17, 1}, {33, 31}, {32, 64}, {65, 33}};
    for (const auto& [width, height] : sizes) {
        const test::Pair pair = test::randomPair(width, height);
        expectSound(network->infer(pair.view, pair.prior, 1.0 / 3), width, height);
    }
}

// A canvas that was padded beforehand gives the same as one that the network pads.
TEST_P(NetworkTest, PadsByRepeatingTheEdge) {
    const int width = 40, height = 25, paddedWidth = 64, paddedHeight = 32;
    const test::Pair pair = test::randomPair(width, height);
    const auto padded = [&](const Plane& plane) {
        Plane out(paddedWidth, paddedHeight);
        for (int y = 0; y < paddedHeight; ++y)
            for (int x = 0; x < paddedWidth; ++x)
                out.at(x, y) = plane.at(std::min(x, width - 1), std::min(y, height - 1));
        return out;
    };
    test::Pair large;
    for (const auto key : {&View::key0, &View::key1})
        for (const auto channel : {&ColourPlanes::r, &ColourPlanes::g, &ColourPlanes::b})
            (large.view.*key).*channel = padded((pair.view.*key).*channel);
    for (const auto plane : {&MotionPrior::flow0X, &MotionPrior::flow0Y, &MotionPrior::flow1X, &MotionPrior::flow1Y,
                             &MotionPrior::confidence0, &MotionPrior::confidence1, &MotionPrior::depthOrder})
        large.prior.*plane = padded(pair.prior.*plane);
    const Field small = network->infer(pair.view, pair.prior, 0.5);
    const Field big = network->infer(large.view, large.prior, 0.5);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            ASSERT_EQ(small.flow0X.at(x, y), big.flow0X.at(x, y)) << x << " " << y;
}

TEST_P(NetworkTest, BadNumbersDoNotSpread) {
    test::Pair pair = test::randomPair(64, 48);
    const float bad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                         -std::numeric_limits<float>::infinity(), 1e30f, -3e38f};
    int x = 0;
    for (const float value : bad)
        for (Plane* plane : {&pair.prior.flow0X, &pair.prior.flow0Y, &pair.prior.flow1X, &pair.prior.flow1Y,
                             &pair.prior.confidence0, &pair.prior.confidence1, &pair.prior.depthOrder})
            plane->at(x++, 20) = value;
    pair.view.key0.g.at(3, 3) = bad[0];
    pair.view.key1.b.at(4, 4) = bad[1];
    expectSound(network->infer(pair.view, pair.prior, 0.5), 64, 48);
}

TEST_P(NetworkTest, RefusesWhatDoesNotFitTogether) {
    const test::Pair pair = test::randomPair(20, 10);
    for (const double time : {0.0, 1.0, -1.0, std::nan("")})
        EXPECT_THROW(network->infer(pair.view, pair.prior, time), Error);
    test::Pair other = pair;
    other.prior.depthOrder = Plane();
    EXPECT_THROW(network->infer(other.view, other.prior, 0.5), Error);
    other = pair;
    other.view.key1.b = Plane(10, 20);
    EXPECT_THROW(network->infer(other.view, other.prior, 0.5), Error);
    EXPECT_THROW(network->infer(View(), MotionPrior(), 0.5), Error);
}

TEST(Precision, IsParsed) {
    EXPECT_EQ(parsePrecision("auto"), Precision::automatic);
    EXPECT_EQ(parsePrecision("float32"), Precision::float32);
    EXPECT_EQ(parsePrecision("bfloat16"), Precision::bfloat16);
    EXPECT_THROW(parsePrecision("half"), Error);
}

TEST(Precision, AutomaticTakesWhatTheProcessorHas) {
    EXPECT_EQ(Network().precision(), hasBfloat16Arithmetic() ? Precision::bfloat16 : Precision::float32);
    if (!hasBfloat16Arithmetic()) {
        EXPECT_THROW(Network({}, Precision::bfloat16), Error);
    }
}

TEST(FieldFromPrior, WeighsByTimeConfidenceAndDepth) {
    const test::Pair pair = test::randomPair(5, 4);
    const Field field = fieldFromPrior(pair.prior, 0.25);
    EXPECT_EQ(field.flow0X.values, pair.prior.flow0X.values);
    EXPECT_EQ(field.flow1Y.values, pair.prior.flow1Y.values);
    EXPECT_THAT(field.error.values, testing::Each(0.0f));
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 5; ++x) {
            const double odds = 3.0 * (pair.prior.confidence0.at(x, y) + 0.02) /
                                (pair.prior.confidence1.at(x, y) + 0.02) *
                                std::exp(4.0 * pair.prior.depthOrder.at(x, y));
            EXPECT_NEAR(field.weight0.at(x, y), odds / (1 + odds), 1e-5);
        }
}

// Weights files with one mistake each.
class ModelFileTest : public testing::Test {
protected:
    ModelFileTest() : path(std::filesystem::temp_directory_path() / fmt::format("model{}.safetensors", getpid())) {}
    ~ModelFileTest() override { std::filesystem::remove(path); }

    void write(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
    std::string errorOf(const std::string& bytes) {
        write(bytes);
        try {
            const Network network(path, Precision::float32);
            return "";
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::model);
            EXPECT_THAT(e.what(), HasSubstr(path.string()));
            return e.what();
        }
    }
    std::filesystem::path path;
    std::map<std::string, test::FileTensor> model = test::randomModel();
};

TEST_F(ModelFileTest, IsRead) {
    write(test::safetensorsFile(model, {{"architecture", "ibnet1"}, {"version", "7.8.9"}}));
    const Network network(path, Precision::float32);
    EXPECT_EQ(network.model().version, "7.8.9");
    EXPECT_EQ(network.model().source, path.string());
    EXPECT_NE(network.model().hash, Network().model().hash);
    const test::Pair pair = test::randomPair(40, 40);
    expectSound(network.infer(pair.view, pair.prior, 0.5), 40, 40);
}

TEST_F(ModelFileTest, EveryMissingLayerIsNamed) {
    for (const auto& [name, tensor] : model) {
        auto without = model;
        without.erase(name);
        EXPECT_THAT(errorOf(test::safetensorsFile(without)),
                    HasSubstr(fmt::format("layer \"{}\": expected F32 {}, found no such layer", name,
                                          shapeText(tensor.shape))));
    }
}

TEST_F(ModelFileTest, WrongShapesTypesAndExtraLayersAreNamed) {
    auto wrong = model;
    wrong["fine.e1.weight"] = test::floatTensor({32, 32, 3, 3}, 0.1f);
    EXPECT_THAT(errorOf(test::safetensorsFile(wrong)),
                HasSubstr("layer \"fine.e1.weight\": expected F32 [32, 64, 3, 3], found F32 [32, 32, 3, 3]"));
    wrong = model;
    wrong["coarse.head.bias"] = {"F16", {20}, std::string(40, '\0')};
    EXPECT_THAT(errorOf(test::safetensorsFile(wrong)),
                HasSubstr("layer \"coarse.head.bias\": expected F32 [20], found F16 [20]"));
    wrong = model;
    wrong["fine.e9.bias"] = test::floatTensor({4}, 0.1f);
    EXPECT_THAT(errorOf(test::safetensorsFile(wrong)),
                HasSubstr("layer \"fine.e9.bias\": ibnet1 has no such layer, found F32 [4]"));
}

TEST_F(ModelFileTest, OtherArchitecturesAndCutFilesAreRefused) {
    EXPECT_THAT(errorOf(test::safetensorsFile(model, {{"version", "1"}})), HasSubstr("no \"architecture\""));
    EXPECT_THAT(errorOf(test::safetensorsFile(model, {{"architecture", "ibnet1"}})), HasSubstr("no \"version\""));
    EXPECT_THAT(errorOf(test::safetensorsFile(model, {{"architecture", "rife"}, {"version", "1"}})),
                HasSubstr("expected the architecture \"ibnet1\", found \"rife\""));
    const std::string whole = test::safetensorsFile(model);
    for (const std::size_t length : {std::size_t{0}, std::size_t{5}, whole.size() / 2, whole.size() - 1})
        EXPECT_NE(errorOf(whole.substr(0, length)), "");
}

} // namespace
} // namespace inbetween
