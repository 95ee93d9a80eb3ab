// 3x3 convolutions on oneDNN, which is included nowhere else.
#pragma once

#include "network/tensor.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace inbetween {

struct ConvolutionDesc {
    int inputs = 0, outputs = 0;
    int stride = 1;
    bool leaky = true; // LeakyReLU of slope 0.1 behind it
    ElementType inputType = ElementType::float32, outputType = ElementType::float32;
    // For int8: what 127 stands for, of each input channel and of the output where that is int8, too.
    std::vector<float> inputFullScales{};
    float outputFullScale = 0;
};

// Where the input rows come from: returns `rows` rows from `firstRow` on, packed. It may write them to
// `scratch`, which has room for just that, and return it, or return a pointer to rows that are there already.
// Called from many threads.
struct ConvolutionInput {
    int height = 0, width = 0;
    std::function<const void*(int firstRow, int rows, void* scratch)> rows;
};

// Where the output rows go: to `tensor` (resized by run()) when there is one, then to `consume` when there is
// one, while they are still in the cache. Called from many threads.
struct ConvolutionOutput {
    Tensor* tensor = nullptr;
    std::function<void(int firstRow, int rows, const void* data)> consume;
};

ConvolutionInput rowsOf(const Tensor& tensor);

// Zero padding of 1, bias, accumulation in float32, of int8 in int32. Runs band by band of output rows on the
// calling thread's TBB arena; the height of the bands follows from the layer's size alone, so the bits do not
// depend on the number of threads.
class Convolution {
public:
    // weights [outputs, inputs, 3, 3] and bias [outputs].
    Convolution(const ConvolutionDesc& desc, std::span<const float> weights, std::span<const float> bias);
    ~Convolution();
    Convolution(Convolution&&) noexcept;
    Convolution& operator=(Convolution&&) noexcept;

    // May be called from several threads at once.
    void run(const ConvolutionInput& input, const ConvolutionOutput& output) const;

    // oneDNN's name of what runs for an input of this size, e.g. "brgconv:avx512_core".
    std::string implementation(int height, int width) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// What oneDNN dispatches to (the processor's best, or less by ONEDNN_MAX_CPU_ISA), e.g. "AVX512_CORE_BF16".
std::string effectiveInstructionSet();
// Whether that has bfloat16 arithmetic.
bool hasBfloat16Arithmetic();
// Whether that multiplies int8 fast (VNNI).
bool hasInt8Arithmetic();

} // namespace inbetween
