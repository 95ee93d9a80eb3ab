#include "inbetween/network.h"

#include "inbetween/error.h"
#include "network/convolution.h"
#include "network/embedded_weights.h"
#include "network/ibnet2.h"
#include "network/model_files.h"
#include "network/random_pair.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <thread>
#include <unistd.h>

namespace inbetween {
namespace {

using testing::HasSubstr;

std::vector<std::pair<std::string, const Plane*>> planesOf(const Field& f) {
    std::vector<std::pair<std::string, const Plane*>> planes;
    for (const auto& [which, mix] : {std::pair<std::string, const Mix*>{"main", &f}, {"other", &f.other}})
        for (const auto& [name, plane] : {std::pair<std::string, const Plane Mix::*>{"flow0X", &Mix::flow0X},
                                          {"flow0Y", &Mix::flow0Y},
                                          {"flow1X", &Mix::flow1X},
                                          {"flow1Y", &Mix::flow1Y},
                                          {"weight0", &Mix::weight0}})
            planes.emplace_back(which + " " + name, &(mix->*plane));
    planes.emplace_back("share", &f.otherShare);
    planes.emplace_back("error", &f.error);
    return planes;
}

void expectSameBits(const Field& a, const Field& b) {
    const auto planesA = planesOf(a), planesB = planesOf(b);
    for (std::size_t i = 0; i < planesA.size(); ++i)
        EXPECT_EQ(planesA[i].second->values, planesB[i].second->values) << planesA[i].first;
    EXPECT_EQ(a.spread, b.spread);
}

void expectSound(const Field& field, int width, int height) {
    for (const auto& [name, plane] : planesOf(field)) {
        EXPECT_EQ(plane->width, width);
        EXPECT_EQ(plane->height, height);
        EXPECT_TRUE(std::ranges::all_of(plane->values, [](float v) { return std::isfinite(v); })) << name;
    }
    for (const Plane* share : {&field.weight0, &field.other.weight0, &field.otherShare})
        EXPECT_TRUE(std::ranges::all_of(share->values, [](float v) { return v >= 0.0f && v <= 1.0f; }));
    EXPECT_TRUE(std::ranges::all_of(field.error.values, [](float v) { return v > 0.0f && v < 8.0f; }));
    EXPECT_EQ(field.spread.size(), std::size_t(width) * height);
    EXPECT_TRUE(std::ranges::all_of(field.spread, [](const Spread& s) {
        return std::accumulate(s.begin(), s.end(), 0) < 256;
    }));
}

// Each test runs in both precisions, with the weights that are built in.
class NetworkTest : public testing::TestWithParam<Precision> {
protected:
    void SetUp() override {
        if (GetParam() == Precision::bfloat16 && !hasBfloat16Arithmetic())
            GTEST_SKIP() << "this processor has no bfloat16 arithmetic";
        if (GetParam() == Precision::int8 && !hasInt8Arithmetic())
            GTEST_SKIP() << "this processor has no VNNI";
        network = std::make_unique<Network>(std::filesystem::path(), GetParam());
    }
    std::unique_ptr<Network> network;
};
INSTANTIATE_TEST_SUITE_P(Precisions, NetworkTest,
                         testing::Values(Precision::float32, Precision::bfloat16, Precision::int8),
                         [](const auto& info) { return std::string(nameOf(info.param)); });

TEST_P(NetworkTest, SaysWhatItIs) {
    EXPECT_EQ(network->model().name, "ibnet2");
    EXPECT_EQ(network->model().source, "built in");
    EXPECT_THAT(network->model().hash, testing::MatchesRegex("[0-9a-f]{32}"));
    EXPECT_NE(network->model().version, "");
    EXPECT_NE(network->instructionSet(), "");
    EXPECT_EQ(network->precision(), GetParam());
}

// PyTorch's output for the weights that are built in, from tools/train/export.py.
TEST_P(NetworkTest, AgreesWithPyTorch) {
    const std::filesystem::path path = INBETWEEN_SOURCE_DIR "/tests/network/golden_ibnet2.safetensors";
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
        return ViewPlanes{ViewPlane(p[0]), ViewPlane(p[1]), ViewPlane(p[2])};
    };
    View view;
    view.key0 = colours("v0");
    view.key1 = colours("v1");
    const auto guess = [&](const std::string& which) {
        const auto flow0 = planes(which + "_flow0"), flow1 = planes(which + "_flow1");
        return MotionGuess{flow0[0],
                           flow0[1],
                           flow1[0],
                           flow1[1],
                           planes(which + "_confidence0")[0],
                           planes(which + "_confidence1")[0]};
    };
    MotionPrior prior{guess("main"), planes("depth_order")[0]};
    prior.other = guess("other");
    const Field field = network->infer(view, prior, golden.floats("time", {1})[0]);

    std::vector<Plane> expected;
    for (const char* name : {"out_main_flow0", "out_main_flow1", "out_main_weight0", "out_other_flow0",
                             "out_other_flow1", "out_other_weight0", "out_share", "out_error"})
        for (Plane& plane : planes(name))
            expected.push_back(std::move(plane));
    const auto actual = planesOf(field);
    ASSERT_EQ(actual.size(), expected.size());
    // Flows in pixels. bfloat16 keeps 8 bits of each activation, int8 cuts off what is large.
    const bool exact = GetParam() == Precision::float32, coarse = GetParam() == Precision::int8;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const bool isFlow = actual[i].first.find("flow") != std::string::npos;
        const double bound = exact ? 1e-4 : (coarse ? 10 : 1) * (isFlow ? 0.1 : 0.03);
        double most = 0, squares = 0;
        for (std::size_t k = 0; k < expected[i].values.size(); ++k) {
            const double difference = double(actual[i].second->values[k]) - expected[i].values[k];
            most = std::max(most, std::abs(difference));
            squares += difference * difference;
        }
        EXPECT_LE(most, bound) << actual[i].first;
        EXPECT_LE(std::sqrt(squares / double(expected[i].values.size())), bound / 4) << actual[i].first;
        RecordProperty(actual[i].first + " largest difference", fmt::format("{:.3g}", most));
    }
    const std::vector<Plane> spread = planes("out_spread");
    double most = 0; // rounded down to 1/256
    for (std::size_t k = 0; k < field.spread.size(); ++k)
        for (std::size_t i = 0; i < spread.size(); ++i)
            most = std::max(most, std::abs((field.spread[k][i] + 0.5) / 256 - spread[i].values[k]));
    EXPECT_LE(most, 0.5 / 256 + (exact ? 1e-4 : coarse ? 0.3 : 0.03));
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

// The rows that strips compute along reach as far as the layers look.
TEST_P(NetworkTest, StripsDoNotChangeABit) {
    test::Pair pair = test::randomPair(70, 250);
    const IbNet2 net(Safetensors("built in", embeddedWeights()),
                     GetParam() == Precision::float32    ? ElementType::float32
                     : GetParam() == Precision::bfloat16 ? ElementType::bfloat16
                                                         : ElementType::int8);
    for (const bool hasOther : {true, false}) {
        if (!hasOther)
            pair.prior.other = {};
        const Field whole = net.infer(pair.view, pair.prior, 0.5f);
        for (const std::size_t rows : {4, 60, 128})
            expectSameBits(net.infer(pair.view, pair.prior, 0.5f, 96 * rows), whole);
    }
}

// Whoever turns the pictures and plays them backwards gets the same field so: each sample is that of the
// pixel opposite, flows point the other way, and keyframe 1 is the first.
TEST_P(NetworkTest, WhatIsSeenRotatedIsWhatAnotherSeesUpright) {
    const test::Pair pair = test::randomPair(96, 61);
    test::Pair opposite = pair;
    const auto turn = [](auto& plane, float sign) {
        for (int y = 0; y < plane.height; ++y)
            for (int x = 0; x < plane.width; ++x)
                if (y * plane.width + x < (plane.height - 1 - y) * plane.width + plane.width - 1 - x)
                    std::swap(plane.at(x, y), plane.at(plane.width - 1 - x, plane.height - 1 - y));
        if (sign < 0)
            for (auto& v : plane.values)
                v = -v;
    };
    for (ViewPlanes* key : {&opposite.view.key0, &opposite.view.key1})
        for (ViewPlane* plane : {&key->r, &key->g, &key->b})
            turn(*plane, 1);
    std::swap(opposite.view.key0, opposite.view.key1);
    for (MotionGuess* guess : {static_cast<MotionGuess*>(&opposite.prior), &opposite.prior.other}) {
        for (Plane* flow : {&guess->flow0X, &guess->flow0Y, &guess->flow1X, &guess->flow1Y})
            turn(*flow, -1);
        turn(guess->confidence0, 1);
        turn(guess->confidence1, 1);
        std::swap(guess->flow0X, guess->flow1X);
        std::swap(guess->flow0Y, guess->flow1Y);
        std::swap(guess->confidence0, guess->confidence1);
    }
    turn(opposite.prior.depthOrder, -1);

    Field upright = network->infer(pair.view, pair.prior, 0.25);
    for (Mix* mix : {static_cast<Mix*>(&upright), &upright.other}) {
        std::swap(mix->flow0X, mix->flow1X);
        std::swap(mix->flow0Y, mix->flow1Y);
        for (float& weight : mix->weight0.values)
            weight = 1.0f - weight;
    }
    const Field rotated = network->inferRotated(opposite.view, opposite.prior, 0.75);
    const auto planes = planesOf(upright), planesOfRotated = planesOf(rotated);
    for (std::size_t i = 0; i < planes.size(); ++i) {
        Plane expected = *planes[i].second;
        turn(expected, planes[i].first.find("flow") == std::string::npos ? 1 : -1);
        EXPECT_EQ(planesOfRotated[i].second->values, expected.values) << planes[i].first;
    }
    EXPECT_EQ(rotated.confidence0.values, opposite.prior.confidence0.values);
    EXPECT_EQ(rotated.confidence1.values, opposite.prior.confidence1.values);
    for (std::size_t k = 0; k < rotated.spread.size(); ++k)
        for (std::size_t s = 0; s < 8; ++s)
            for (std::size_t other = 0; other < 8; ++other)
                if (spreadOffsets[other][0] == -spreadOffsets[s][0] &&
                    spreadOffsets[other][1] == -spreadOffsets[s][1]) {
                    ASSERT_EQ(rotated.spread[k][s], upright.spread[upright.spread.size() - 1 - k][other]);
                }
}

TEST_P(NetworkTest, TheFieldKeepsTheConfidencesOfThePrior) {
    const test::Pair pair = test::randomPair(40, 30);
    for (const Field& field : {network->infer(pair.view, pair.prior, 0.5), fieldFromPrior(pair.prior, 0.5)}) {
        EXPECT_EQ(field.confidence0.values, pair.prior.confidence0.values);
        EXPECT_EQ(field.confidence1.values, pair.prior.confidence1.values);
    }
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
    const auto padded = [&]<class T>(const BasicPlane<T>& plane) {
        BasicPlane<T> out(paddedWidth, paddedHeight);
        for (int y = 0; y < paddedHeight; ++y)
            for (int x = 0; x < paddedWidth; ++x)
                out.at(x, y) = plane.at(std::min(x, width - 1), std::min(y, height - 1));
        return out;
    };
    test::Pair large;
    for (const auto key : {&View::key0, &View::key1})
        for (const auto channel : {&ViewPlanes::r, &ViewPlanes::g, &ViewPlanes::b})
            (large.view.*key).*channel = padded((pair.view.*key).*channel);
    large.prior.depthOrder = padded(pair.prior.depthOrder);
    for (const auto plane : {&MotionGuess::flow0X, &MotionGuess::flow0Y, &MotionGuess::flow1X,
                             &MotionGuess::flow1Y, &MotionGuess::confidence0, &MotionGuess::confidence1}) {
        large.prior.*plane = padded(pair.prior.*plane);
        large.prior.other.*plane = padded(pair.prior.other.*plane);
    }
    const Field small = network->infer(pair.view, pair.prior, 0.5);
    const Field big = network->infer(large.view, large.prior, 0.5);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            ASSERT_EQ(small.flow0X.at(x, y), big.flow0X.at(x, y)) << x << " " << y;
}

// Without another guess the other one is that nothing moves.
TEST_P(NetworkTest, NoOtherGuessMeansNoMotion) {
    test::Pair pair = test::randomPair(48, 40);
    MotionGuess& other = pair.prior.other;
    for (Plane* plane : {&other.flow0X, &other.flow0Y, &other.flow1X, &other.flow1Y})
        *plane = Plane(48, 40);
    other.confidence0 = other.confidence1 = Plane(48, 40, 1.0f);
    const Field still = network->infer(pair.view, pair.prior, 0.5);
    other = {};
    expectSameBits(network->infer(pair.view, pair.prior, 0.5), still);
}

TEST_P(NetworkTest, BadNumbersDoNotSpread) {
    test::Pair pair = test::randomPair(64, 48);
    const float bad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                         -std::numeric_limits<float>::infinity(), 1e30f, -3e38f};
    int x = 0;
    for (const float value : bad)
        for (Plane* plane : {&pair.prior.flow0X, &pair.prior.flow0Y, &pair.prior.flow1X, &pair.prior.flow1Y,
                             &pair.prior.confidence0, &pair.prior.confidence1, &pair.prior.depthOrder,
                             &pair.prior.other.flow0X, &pair.prior.other.confidence1})
            plane->at(x++, 20) = value;
    expectSound(network->infer(pair.view, pair.prior, 0.5), 64, 48);
}

TEST_P(NetworkTest, RefusesWhatDoesNotFitTogether) {
    const test::Pair pair = test::randomPair(20, 10);
    for (const double time : {0.0, 1.0, -1.0, std::nan("")})
        EXPECT_THROW(network->infer(pair.view, pair.prior, time), Error);
    test::Pair other = pair;
    other.prior.depthOrder = Plane(10, 20);
    EXPECT_THROW(network->infer(other.view, other.prior, 0.5), Error);
    other = pair;
    other.prior.other.flow1Y = Plane(10, 20);
    EXPECT_THROW(network->infer(other.view, other.prior, 0.5), Error);
    other = pair;
    other.view.key1.b = ViewPlane(10, 20);
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
    ModelFileTest()
        : path(std::filesystem::temp_directory_path() / fmt::format("model{}.safetensors", getpid())) {}
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
    write(test::safetensorsFile(model, {{"architecture", "ibnet2"}, {"version", "7.8.9"}}));
    const Network network(path, Precision::float32);
    EXPECT_EQ(network.model().version, "7.8.9");
    EXPECT_EQ(network.model().source, path.string());
    EXPECT_NE(network.model().hash, Network().model().hash);
    const test::Pair pair = test::randomPair(40, 40);
    expectSound(network.infer(pair.view, pair.prior, 0.5), 40, 40);
}

// Weights of 1/256 in eight bits: one neighbour that has all, and eight that share all.
TEST_F(ModelFileTest, ASpreadKeepsToItsBitsForAnyLogits) {
    const auto spreadFor = [&](float first, float others) {
        std::vector<float> bias(80);
        for (std::size_t i = 48; i < bias.size(); ++i)
            bias[i] = i < 52 ? first : others;
        auto wide = model;
        wide["fine.head.weight"] = test::floatTensor({80, 32, 3, 3}, 0.0f);
        wide["fine.head.bias"] = {"F32",
                                  {80},
                                  std::string(reinterpret_cast<const char*>(bias.data()),
                                              bias.size() * sizeof(float))};
        write(test::safetensorsFile(wide, {{"architecture", "ibnet2"}, {"version", "1"}}));
        const test::Pair pair = test::randomPair(32, 32);
        const Field field = Network(path, Precision::float32).infer(pair.view, pair.prior, 0.5);
        EXPECT_TRUE(std::ranges::all_of(field.spread, [&](const Spread& s) { return s == field.spread[0]; }));
        return field.spread[0];
    };
    EXPECT_EQ(spreadFor(1e9f, -1e9f), (Spread{255, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(spreadFor(1e9f, 1e9f), (Spread{31, 31, 31, 31, 31, 31, 31, 31}));
    EXPECT_EQ(spreadFor(0.0f, -1e9f), (Spread{127, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(spreadFor(-5.6f, -5.6f), Spread{});
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

TEST_F(ModelFileTest, AFullScaleThatIsNoneIsNamed) {
    for (const float value : {0.0f, -1.0f}) {
        auto wrong = model;
        wrong["coarse.d1.full_scale"] = test::constantTensor(160, value);
        EXPECT_THAT(errorOf(test::safetensorsFile(wrong)),
                    HasSubstr("layer \"coarse.d1.full_scale\": expected numbers above 0"))
            << value;
    }
}

TEST_F(ModelFileTest, WrongShapesTypesAndExtraLayersAreNamed) {
    auto wrong = model;
    wrong["fine.e1.weight"] = test::floatTensor({32, 32, 3, 3}, 0.1f);
    EXPECT_THAT(errorOf(test::safetensorsFile(wrong)),
                HasSubstr(
                    "layer \"fine.e1.weight\": expected F32 [32, 128, 3, 3], found F32 [32, 32, 3, 3]"));
    wrong = model;
    wrong["coarse.head.bias"] = {"F16", {44}, std::string(88, '\0')};
    EXPECT_THAT(errorOf(test::safetensorsFile(wrong)),
                HasSubstr("layer \"coarse.head.bias\": expected F32 [44], found F16 [44]"));
    wrong = model;
    wrong["fine.e9.bias"] = test::floatTensor({4}, 0.1f);
    EXPECT_THAT(errorOf(test::safetensorsFile(wrong)),
                HasSubstr("layer \"fine.e9.bias\": ibnet2 has no such layer, found F32 [4]"));
}

TEST_F(ModelFileTest, OtherArchitecturesAndCutFilesAreRefused) {
    EXPECT_THAT(errorOf(test::safetensorsFile(model, {{"version", "1"}})), HasSubstr("no \"architecture\""));
    EXPECT_THAT(errorOf(test::safetensorsFile(model, {{"architecture", "ibnet2"}})),
                HasSubstr("no \"version\""));
    EXPECT_THAT(errorOf(test::safetensorsFile(model, {{"architecture", "rife"}, {"version", "1"}})),
                HasSubstr("expected the architecture \"ibnet2\", found \"rife\""));
    const std::string whole = test::safetensorsFile(model);
    for (const std::size_t length : {std::size_t{0}, std::size_t{5}, whole.size() / 2, whole.size() - 1})
        EXPECT_NE(errorOf(whole.substr(0, length)), "");
}

} // namespace
} // namespace inbetween
