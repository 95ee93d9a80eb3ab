#include "network/convolution.h"

#include "network/ibnet2.h"

#include <cmath>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <vector>

namespace inbetween {
namespace {

struct Case {
    int height, width, inputs, outputs, stride;
    bool leaky;
};
void PrintTo(const Case& c, std::ostream* out) {
    *out << c.height << "x" << c.width << ", " << c.inputs << " to " << c.outputs << ", stride " << c.stride;
}

std::vector<float> randomValues(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    std::vector<float> values(count);
    for (float& value : values)
        value = uniform(random);
    return values;
}

std::vector<float> roundedTo(ElementType type, std::vector<float> values) {
    if (type == ElementType::bfloat16)
        for (float& value : values)
            value = float(Bfloat16(value));
    return values;
}

Tensor tensorOf(const std::vector<float>& values, int height, int width, int channels, ElementType type) {
    Tensor tensor;
    tensor.resize(height, width, channels, type);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (type == ElementType::float32)
            static_cast<float*>(tensor.row(0))[i] = values[i];
        else
            static_cast<Bfloat16*>(tensor.row(0))[i] = Bfloat16(values[i]);
    return tensor;
}

std::vector<float> valuesOf(const Tensor& tensor) {
    std::vector<float> values(std::size_t(tensor.height()) * tensor.width() * tensor.channels());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = tensor.type() == ElementType::float32
                        ? static_cast<const float*>(tensor.row(0))[i]
                        : float(static_cast<const Bfloat16*>(tensor.row(0))[i]);
    return values;
}

std::vector<double> naive(const Case& c, const std::vector<float>& input, const std::vector<float>& weights,
                          const std::vector<float>& bias) {
    const int outputHeight = (c.height - 1) / c.stride + 1, outputWidth = (c.width - 1) / c.stride + 1;
    std::vector<double> output;
    for (int y = 0; y < outputHeight; ++y)
        for (int x = 0; x < outputWidth; ++x)
            for (int o = 0; o < c.outputs; ++o) {
                double sum = bias[o];
                for (int ky = 0; ky < 3; ++ky)
                    for (int kx = 0; kx < 3; ++kx) {
                        const int iy = y * c.stride + ky - 1, ix = x * c.stride + kx - 1;
                        if (iy < 0 || ix < 0 || iy >= c.height || ix >= c.width)
                            continue;
                        for (int i = 0; i < c.inputs; ++i)
                            sum += double(input[(std::size_t(iy) * c.width + ix) * c.inputs + i]) *
                                   weights[((std::size_t(o) * c.inputs + i) * 3 + ky) * 3 + kx];
                    }
                output.push_back(c.leaky && sum < 0 ? 0.1 * sum : sum);
            }
    return output;
}

class ConvolutionTest : public testing::TestWithParam<Case> {
protected:
    void compare(ElementType inputType, ElementType outputType, double tolerance) {
        const Case c = GetParam();
        const auto input = roundedTo(inputType, randomValues(std::size_t(c.height) * c.width * c.inputs, 1));
        const auto weights = roundedTo(inputType, randomValues(std::size_t(c.outputs) * c.inputs * 9, 2));
        const auto bias = randomValues(c.outputs, 3);
        const Convolution convolution({c.inputs, c.outputs, c.stride, c.leaky, inputType, outputType},
                                      weights, bias);
        Tensor output;
        convolution.run(rowsOf(tensorOf(input, c.height, c.width, c.inputs, inputType)), {&output, {}});
        const std::vector<double> expected = naive(c, input, weights, bias);
        const std::vector<float> actual = valuesOf(output);
        ASSERT_EQ(actual.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
            ASSERT_NEAR(actual[i], expected[i], tolerance * (1.0 + std::abs(expected[i]))) << i;
    }
};

TEST_P(ConvolutionTest, Float32EqualsTheNaiveSum) {
    compare(ElementType::float32, ElementType::float32, 5e-5);
}

TEST_P(ConvolutionTest, Bfloat16EqualsTheNaiveSum) {
    if (!hasBfloat16Arithmetic())
        GTEST_SKIP() << "this processor has no bfloat16 arithmetic";
    compare(ElementType::bfloat16, ElementType::float32, 5e-5);
    compare(ElementType::bfloat16, ElementType::bfloat16, 1.0 / 256);
}

// Weights and inputs lie on the grids that int8 rounds them to, so that the sum is exact.
TEST_P(ConvolutionTest, Int8EqualsTheNaiveSum) {
    if (!hasInt8Arithmetic())
        GTEST_SKIP() << "this processor has no VNNI";
    const Case c = GetParam();
    std::mt19937 random(4);
    std::uniform_int_distribution<int> step(-127, 127);
    std::uniform_real_distribution<float> scale(0.5f, 4.0f);
    ConvolutionDesc desc{c.inputs, c.outputs, c.stride, c.leaky, ElementType::int8, ElementType::float32};
    for (int i = 0; i < c.inputs; ++i)
        desc.inputFullScales.push_back(scale(random));
    Tensor input;
    input.resize(c.height, c.width, c.inputs, ElementType::int8);
    std::vector<float> values, weights;
    for (int i = 0; i < c.height * c.width * c.inputs; ++i) {
        const int steps = step(random);
        static_cast<Int8*>(input.row(0))[i] = Int8(float(steps));
        values.push_back(float(steps) * desc.inputFullScales[std::size_t(i % c.inputs)] / 127);
    }
    for (int o = 0; o < c.outputs; ++o) {
        const float ofOutput = 0.01f * scale(random);
        for (int i = 0; i < c.inputs; ++i)
            for (int k = 0; k < 9; ++k)
                weights.push_back(float(i + k == 0 ? 127 : step(random)) * ofOutput /
                                  desc.inputFullScales[std::size_t(i)]);
    }
    const std::vector<float> bias = randomValues(std::size_t(c.outputs), 3);
    const std::vector<double> expected = naive(c, values, weights, bias);
    Tensor output;
    Convolution(desc, weights, bias).run(rowsOf(input), {&output, {}});
    const std::vector<float> sums = valuesOf(output);
    ASSERT_EQ(sums.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(sums[i], expected[i], 1e-4 * (1.0 + std::abs(expected[i]))) << i;

    desc.outputType = ElementType::int8;
    desc.outputFullScale = 2.0f;
    Convolution(desc, weights, bias).run(rowsOf(input), {&output, {}});
    for (std::size_t i = 0; i < expected.size(); ++i) // the nearest step, and the last one for what is larger
        ASSERT_NEAR(static_cast<const Int8*>(output.row(0))[i].value,
                    std::clamp(expected[i] / 2.0 * 127, -128.0, 127.0), 0.51)
            << i;
}

TEST(Int8, RoundsToTheNearestAndCutsOff) {
    for (const auto& [value, expected] : {std::pair<float, int>{0.0f, 0},
                                          {0.4f, 0},
                                          {-0.6f, -1},
                                          {1.5f, 2},
                                          {2.5f, 2},
                                          {126.6f, 127},
                                          {127.0f, 127},
                                          {1e30f, 127},
                                          {-1e30f, -127},
                                          {-126.4f, -126},
                                          {NAN, 127},
                                          {INFINITY, 127}})
        EXPECT_EQ(Int8(value).value, expected) << value;
}

// Heights of one band, of several equal ones, and with a rest; channels that fill vectors, and tails.
INSTANTIATE_TEST_SUITE_P(Sizes, ConvolutionTest,
                         testing::Values(Case{1, 1, 3, 5, 1, true}, Case{1, 1, 3, 5, 2, true},
                                         Case{2, 3, 1, 1, 1, false}, Case{37, 19, 5, 7, 1, true},
                                         Case{37, 19, 5, 7, 2, true}, Case{36, 20, 16, 24, 2, false},
                                         Case{33, 31, 20, 20, 1, true}, Case{34, 48, 64, 32, 1, true},
                                         Case{32, 16, 224, 96, 1, true}, Case{40, 24, 96, 128, 2, true},
                                         Case{65, 9, 32, 24, 1, false}));

// Runs of the same layer with other numbers of threads, bytes compared.
TEST(Convolution, ThreadsDoNotChangeABit) {
    const Case c{131, 77, 64, 20, 1, false};
    const Convolution convolution({c.inputs, c.outputs, c.stride, c.leaky},
                                  randomValues(std::size_t(c.outputs) * c.inputs * 9, 2),
                                  randomValues(c.outputs, 3));
    const Tensor input = tensorOf(randomValues(std::size_t(c.height) * c.width * c.inputs, 1), c.height,
                                  c.width, c.inputs, ElementType::float32);
    const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 5); // also on two cores
    std::vector<float> first;
    for (const int threads : {1, 2, 5}) {
        Tensor output;
        tbb::task_arena(threads).execute([&] { convolution.run(rowsOf(input), {&output, {}}); });
        if (first.empty())
            first = valuesOf(output);
        EXPECT_EQ(valuesOf(output), first) << threads;
    }
}

TEST(Convolution, HandsEveryRowToTheConsumerOnce) {
    const int height = 50, width = 12;
    const Convolution convolution({4, 4, 1, true}, randomValues(4 * 4 * 9, 2), randomValues(4, 3));
    const Tensor input = tensorOf(randomValues(std::size_t(height) * width * 4, 1), height, width, 4,
                                  ElementType::float32);
    Tensor written, consumed;
    consumed.resize(height, width, 4, ElementType::float32);
    std::vector<int> seen(height);
    convolution.run(rowsOf(input), {&written, {}});
    convolution.run(rowsOf(input), {nullptr, [&](int firstRow, int rows, const void* data) {
                                        for (int y = firstRow; y < firstRow + rows; ++y)
                                            ++seen[y];
                                        std::memcpy(consumed.row(firstRow), data, consumed.rowBytes() * rows);
                                    }});
    EXPECT_THAT(seen, testing::Each(1));
    EXPECT_EQ(valuesOf(consumed), valuesOf(written));
}

// oneDNN falls back to plain loops, some hundred times slower, without a word.
TEST(Convolution, EveryLayerRunsOnGeneratedCode) {
    if (!effectiveInstructionSet().starts_with("AVX"))
        GTEST_SKIP() << "known for AVX2 and AVX-512 only, this is " << effectiveInstructionSet();
    for (const ElementType type : {ElementType::float32, ElementType::bfloat16, ElementType::int8}) {
        if ((type == ElementType::bfloat16 && !hasBfloat16Arithmetic()) ||
            (type == ElementType::int8 && !hasInt8Arithmetic()))
            continue;
        for (const LayerDesc& layer : ibnet2Layers()) {
            const ElementType outputType = layer.head ? ElementType::float32 : type;
            const Convolution convolution({layer.inputs, layer.outputs, layer.stride, !layer.head, type,
                                           outputType, std::vector<float>(std::size_t(layer.inputs), 1.0f),
                                           1.0f},
                                          std::vector<float>(std::size_t(layer.outputs) * layer.inputs * 9),
                                          std::vector<float>(layer.outputs));
            for (const int width : {8, 240, 480})
                EXPECT_THAT(convolution.implementation(2 * width, width),
                            testing::ContainsRegex("^(jit|brg)"))
                    << layer.name << " " << width;
        }
    }
}

} // namespace
} // namespace inbetween
