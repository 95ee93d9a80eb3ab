#include "network/convolution.h"

#include "inbetween/large_memory.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <omp.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tuple>
#include <vector>

namespace inbetween {
namespace {

using dnnl::memory;

// TBB owns the threads: what it calls must not start a team of its own. oneDNN also plans a primitive for the
// number of threads at its creation, so that is counted as one too, and the bits are the same everywhere.
template <class Body> void onOneThread(const Body& body) {
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_TBB
    static thread_local tbb::task_arena alone(1);
    alone.execute(body);
#else
    struct Restore { // OpenMP's count belongs to the calling thread, which may be the user's
        int threads = omp_get_max_threads();
        ~Restore() { omp_set_num_threads(threads); }
    } restore;
    omp_set_num_threads(1);
    body();
#endif
}

const dnnl::engine& cpuEngine() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

memory::data_type dataType(ElementType type) {
    return type == ElementType::float32    ? memory::data_type::f32
           : type == ElementType::bfloat16 ? memory::data_type::bf16
                                           : memory::data_type::s8;
}

// The rows of a band: those that it writes, those that it reads, and the zero rows that stand for what lies
// outside.
struct Band {
    int firstOutput = 0, outputRows = 0;
    int firstInput = 0, inputRows = 0;
    int padTop = 0, padBottom = 0;
};

Band bandAt(int firstOutput, int outputRows, int stride, int inputHeight) {
    const int begin = firstOutput * stride - 1;
    const int end = (firstOutput + outputRows - 1) * stride + 2;
    Band band{.firstOutput = firstOutput, .outputRows = outputRows};
    band.padTop = std::max(0, -begin);
    band.padBottom = std::max(0, end - inputHeight);
    band.firstInput = begin + band.padTop;
    band.inputRows = end - band.padBottom - band.firstInput;
    return band;
}

int outputExtent(int input, int stride) {
    return (input - 1) / stride + 1;
}

// Bands of about equal height whose input stays in the second-level cache, high enough that the rows that two
// bands both need cost little, and low enough that many threads find work.
int bandHeight(int outputHeight, int stride, std::size_t inputRowBytes) {
    constexpr std::size_t cacheBytes = 1 << 20;
    constexpr int lowest = 8, highest = 16;
    const int fitting = static_cast<int>(
        std::min<std::size_t>(cacheBytes / (inputRowBytes * stride), highest));
    const int wanted = std::max(fitting, lowest);
    const int bands = (outputHeight + wanted - 1) / wanted;
    return (outputHeight + bands - 1) / bands;
}

// Of the calling thread, kept: a band needs it only while it runs, and nothing else runs on the thread
// meanwhile.
struct Scratch {
    AlignedBuffer input, output, primitive;
};
Scratch& threadScratch() {
    static thread_local Scratch scratch;
    return scratch;
}

} // namespace

struct Convolution::Impl {
    ConvolutionDesc desc;
    memory weights, bias;            // OIHW; of int8 rounded, the bias then in units of the sums
    std::vector<float> outputScales; // of int8, an output channel each: of the sums to the output

    struct Primitive {
        dnnl::convolution_forward::primitive_desc desc;
        dnnl::convolution_forward primitive;
        memory weights; // in the order that the primitive wants
    };
    // Width of the input, its rows, padding above and below.
    using Key = std::tuple<int, int, int, int>;
    mutable std::mutex mutex;
    mutable std::map<Key, std::shared_ptr<const Primitive>> primitives;
    mutable std::vector<memory> reorderedWeights; // one for each order that was wanted

    Impl(const ConvolutionDesc& d, std::span<const float> w, std::span<const float> b) : desc(d) {
        const bool isInt8 = d.inputType == ElementType::int8;
        const auto type = isInt8 ? memory::data_type::s8 : memory::data_type::f32;
        weights = memory({{d.outputs, d.inputs, 3, 3}, type, memory::format_tag::oihw}, cpuEngine());
        bias = memory({{d.outputs}, memory::data_type::f32, memory::format_tag::a}, cpuEngine());
        std::ranges::copy(b, static_cast<float*>(bias.get_data_handle()));
        if (isInt8)
            round(w, static_cast<Int8*>(weights.get_data_handle()),
                  static_cast<float*>(bias.get_data_handle()));
        else
            std::ranges::copy(w, static_cast<float*>(weights.get_data_handle()));
    }

    // The inputs' scales go into the weights; of those, each output channel has its own full scale.
    void round(std::span<const float> from, Int8* to, float* biases) {
        constexpr int kernel = 9;
        const std::size_t inputs = std::size_t(desc.inputs);
        const float perOutput = desc.outputType == ElementType::int8 ? Int8::most / desc.outputFullScale
                                                                     : 1.0f;
        std::vector<float> scaled(inputs * kernel);
        for (int o = 0; o < desc.outputs; ++o, from = from.subspan(scaled.size()), to += scaled.size()) {
            float largest = 1e-20f;
            for (std::size_t i = 0; i < scaled.size(); ++i) {
                scaled[i] = from[i] * desc.inputFullScales[i / kernel] / Int8::most;
                largest = std::max(largest, std::abs(scaled[i]));
            }
            const float step = largest / Int8::most;
            for (std::size_t i = 0; i < scaled.size(); ++i)
                to[i] = Int8(scaled[i] / step);
            biases[o] /= step;
            outputScales.push_back(step * perOutput);
        }
    }

    int bandHeightFor(int height, int width) const {
        const std::size_t rowBytes = bytesPerElement(desc.inputType) * width * desc.inputs;
        return bandHeight(outputExtent(height, desc.stride), desc.stride, rowBytes);
    }

    std::shared_ptr<const Primitive> primitiveFor(const Band& band, int inputWidth) const;
    dnnl::convolution_forward::primitive_desc describe(const Band& band, int inputWidth) const;
    memory weightsFor(const memory::desc& wanted) const;
    void runBand(const Primitive& primitive, const Band& band, const ConvolutionInput& input,
                 const ConvolutionOutput& output) const;
};

dnnl::convolution_forward::primitive_desc Convolution::Impl::describe(const Band& band,
                                                                      int inputWidth) const {
    const int outputWidth = outputExtent(inputWidth, desc.stride);
    const int padRight = std::max(0, (outputWidth - 1) * desc.stride + 2 - inputWidth);
    const memory::desc source({1, desc.inputs, band.inputRows, inputWidth}, dataType(desc.inputType),
                              memory::format_tag::nhwc);
    const memory::desc target({1, desc.outputs, band.outputRows, outputWidth}, dataType(desc.outputType),
                              memory::format_tag::nhwc);
    const memory::desc anyWeights({desc.outputs, desc.inputs, 3, 3}, dataType(desc.inputType),
                                  memory::format_tag::any);
    const memory::dims strides{desc.stride, desc.stride};
    const memory::dims before{band.padTop, 1}, after{band.padBottom, padRight};

    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    attributes.set_fpmath_mode(
        dnnl::fpmath_mode::strict); // float32 is float32, whatever the environment says
#if DNNL_VERSION_MAJOR < 3
    if (!outputScales.empty())
        attributes.set_output_scales(1 << 1, outputScales);
#endif
    constexpr auto forward = dnnl::prop_kind::forward_inference;
    constexpr auto direct = dnnl::algorithm::convolution_direct;
    constexpr auto relu = dnnl::algorithm::eltwise_relu;
    dnnl::post_ops postOps;
#if DNNL_VERSION_MAJOR >= 3
    if (desc.leaky)
        postOps.append_eltwise(relu, 0.1f, 0.0f);
    attributes.set_post_ops(postOps);
    return {cpuEngine(), forward, direct, source, anyWeights, bias.get_desc(),
            target,      strides, before, after,  attributes};
#else
    if (desc.leaky)
        postOps.append_eltwise(1.0f, relu, 0.1f, 0.0f);
    attributes.set_post_ops(postOps);
    return {{forward, direct, source, anyWeights, bias.get_desc(), target, strides, before, after},
            attributes,
            cpuEngine()};
#endif
}

memory Convolution::Impl::weightsFor(const memory::desc& wanted) const {
    for (const memory& known : reorderedWeights)
        if (known.get_desc() == wanted)
            return known;
    memory reordered(wanted, cpuEngine());
    dnnl::stream stream(cpuEngine());
    memory original = weights;
    dnnl::reorder(original, reordered).execute(stream, original, reordered);
    stream.wait();
    reorderedWeights.push_back(reordered);
    return reordered;
}

std::shared_ptr<const Convolution::Impl::Primitive> Convolution::Impl::primitiveFor(const Band& band,
                                                                                    int inputWidth) const {
    const Key key{inputWidth, band.inputRows, band.padTop, band.padBottom};
    const std::lock_guard lock(mutex);
    if (const auto found = primitives.find(key); found != primitives.end())
        return found->second;
    // A shot has one or two canvas sizes; a program that sees thousands must not keep them all.
    constexpr std::size_t most = 64;
    if (primitives.size() >= most)
        primitives.clear();
    expectMappable(
        std::size_t(16) << 20); // oneDNN crashes where it can map no memory for the code that it generates
    auto made = std::make_shared<Primitive>();
    onOneThread([&] {
        made->desc = describe(band, inputWidth);
        made->primitive = dnnl::convolution_forward(made->desc);
        made->weights = weightsFor(made->desc.weights_desc());
    });
    primitives.emplace(key, made);
    return made;
}

void Convolution::Impl::runBand(const Primitive& primitive, const Band& band, const ConvolutionInput& input,
                                const ConvolutionOutput& output) const {
    Scratch& scratch = threadScratch();
    const auto& pd = primitive.desc;
    const void* source = input.rows(band.firstInput, band.inputRows,
                                    scratch.input.reserve(pd.src_desc().get_size()));
    void* target = output.tensor ? output.tensor->row(band.firstOutput)
                                 : scratch.output.reserve(pd.dst_desc().get_size());
    void* work = scratch.primitive.reserve(pd.scratchpad_desc().get_size());
    onOneThread([&] {
        dnnl::stream stream(cpuEngine());
        primitive.primitive.execute(stream,
                                    {{DNNL_ARG_SRC,
                                      memory(pd.src_desc(), cpuEngine(), const_cast<void*>(source))},
                                     {DNNL_ARG_WEIGHTS, primitive.weights},
                                     {DNNL_ARG_BIAS, bias},
                                     {DNNL_ARG_DST, memory(pd.dst_desc(), cpuEngine(), target)},
                                     {DNNL_ARG_SCRATCHPAD, memory(pd.scratchpad_desc(), cpuEngine(), work)}});
        stream.wait();
    });
    if (output.consume)
        output.consume(band.firstOutput, band.outputRows, target);
}

Convolution::Convolution(const ConvolutionDesc& desc, std::span<const float> weights,
                         std::span<const float> bias)
    : impl_(std::make_unique<Impl>(desc, weights, bias)) {}
Convolution::~Convolution() = default;
Convolution::Convolution(Convolution&&) noexcept = default;
Convolution& Convolution::operator=(Convolution&&) noexcept = default;

void Convolution::run(const ConvolutionInput& input, const ConvolutionOutput& output) const {
    const ConvolutionDesc& desc = impl_->desc;
    const int outputHeight = outputExtent(input.height, desc.stride);
    if (output.tensor)
        output.tensor->resize(outputHeight, outputExtent(input.width, desc.stride), desc.outputs,
                              desc.outputType);
    const int rows = impl_->bandHeightFor(input.height, input.width);
    const int bands = (outputHeight + rows - 1) / rows;
    tbb::parallel_for(
        tbb::blocked_range<int>(0, bands, 1),
        [&](const tbb::blocked_range<int>& range) {
            for (int i = range.begin(); i != range.end(); ++i) {
                const int first = i * rows;
                const Band band = bandAt(first, std::min(rows, outputHeight - first), desc.stride,
                                         input.height);
                impl_->runBand(*impl_->primitiveFor(band, input.width), band, input, output);
            }
        },
        tbb::simple_partitioner());
}

std::string Convolution::implementation(int height, int width) const {
    const int rows = impl_->bandHeightFor(height, width);
    const Band band = bandAt(0, rows, impl_->desc.stride, height);
    return impl_->primitiveFor(band, width)->desc.impl_info_str();
}

ConvolutionInput rowsOf(const Tensor& tensor) {
    return {tensor.height(), tensor.width(),
            [&tensor](int firstRow, int, void*) -> const void* { return tensor.row(firstRow); }};
}

std::string effectiveInstructionSet() {
    // By value, since releases differ in the names that they know.
    switch (static_cast<unsigned>(dnnl::get_effective_cpu_isa())) {
    case 0x1:
        return "SSE41";
    case 0x3:
        return "AVX";
    case 0x7:
        return "AVX2";
#if DNNL_VERSION_MAJOR >= 3
    case 0xf:
        return "AVX2_VNNI";
    case 0x1f:
        return "AVX2_VNNI_2";
#else
    case 0x407:
        return "AVX2_VNNI";
#endif
    case 0x27:
        return "AVX512_CORE";
    case 0x67:
        return "AVX512_CORE_VNNI";
    case 0xe7:
        return "AVX512_CORE_BF16";
    case 0x1ef:
        return "AVX512_CORE_FP16";
    case 0x3e7:
    case 0xfef:
        return "AVX512_CORE_AMX";
    case 0x1fef:
        return "AVX512_CORE_AMX_FP16";
    default:
        return "GENERIC";
    }
}

bool hasInt8Arithmetic() {
#if DNNL_VERSION_MAJOR >= 3
    return false; // scales are given in another way there, which was not tried
#else
    const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
    return std::ranges::any_of(std::array{dnnl::cpu_isa::avx512_core_vnni, dnnl::cpu_isa::avx2_vnni},
                               [isa](dnnl::cpu_isa wanted) {
                                   return (isa & static_cast<unsigned>(wanted)) ==
                                          static_cast<unsigned>(wanted);
                               });
#endif
}

bool hasBfloat16Arithmetic() {
    constexpr auto wanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

} // namespace inbetween
