#include "limits.h"

#include "exr/names.h"
#include "measure.h"
#include "network/tensor.h"

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfInputFile.h>
#include <OpenEXR/ImfOutputFile.h>
#include <dnnl.hpp>
#include <utility>
#include <vector>

namespace roofline {

using dnnl::memory;
using Primitive = dnnl::convolution_forward;
using inbetween::AlignedBuffer;

namespace {

const dnnl::engine& engine() {
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

// Ones, read as either floating-point type: sums of them are neither denormal nor infinite.
void fill(void* data, std::size_t bytes) {
    std::fill_n(static_cast<std::uint16_t*>(data), bytes / 2, std::uint16_t(0x3f80));
}

// The shapes take turns in the same memory.
void* shared(AlignedBuffer& buffer, std::size_t& filled, std::size_t bytes) {
    void* data = buffer.reserve(bytes);
    if (bytes > filled) {
        fill(data, bytes);
        filled = bytes;
    }
    return data;
}
AlignedBuffer sourceBuffer, targetBuffer;
std::size_t sourceFilled = 0, targetFilled = 0;

Primitive::primitive_desc describe(const ConvolutionShape& shape, Arithmetic arithmetic,
                                   memory::format_tag order) {
    using Type = memory::data_type;
    const bool isInt8 = arithmetic == Arithmetic::int8;
    const Type type = isInt8 ? Type::u8 : arithmetic == Arithmetic::bfloat16 ? Type::bf16 : Type::f32;
    const memory::desc source({1, shape.inputs, shape.height, shape.width}, type, order);
    const memory::desc target({1, shape.outputs, shape.outputHeight(), shape.outputWidth()}, type, order);
    const memory::desc weights({shape.outputs, shape.inputs, 3, 3}, isInt8 ? Type::s8 : type,
                               memory::format_tag::any);
    const auto after = [&](int input, int output) {
        return std::max(0, (output - 1) * shape.stride + 2 - input);
    };
    const memory::dims strides{shape.stride, shape.stride}, before{1, 1};
    const memory::dims behind{after(shape.height, shape.outputHeight()),
                              after(shape.width, shape.outputWidth())};
    constexpr auto forward = dnnl::prop_kind::forward_inference;
    constexpr auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    return {engine(), forward, direct, source, weights, target, strides, before, behind};
#else
    return {{forward, direct, source, weights, target, strides, before, behind}, engine()};
#endif
}

} // namespace

const char* nameOf(Arithmetic arithmetic) {
    switch (arithmetic) {
    case Arithmetic::float32:
        return "float32";
    case Arithmetic::bfloat16:
        return "bfloat16";
    case Arithmetic::int8:
        return "int8";
    }
    return "";
}

struct FastestConvolution::Candidate {
    Primitive::primitive_desc desc;
    Primitive primitive;
    memory weights;
    int times = 1; // a band: as often as the shape holds it

    Candidate(const ConvolutionShape& shape, Arithmetic arithmetic, memory::format_tag order, int times)
        : desc(describe(shape, arithmetic, order)),
          primitive(desc),
          weights(desc.weights_desc(), engine()),
          times(times) {
        fill(weights.get_data_handle(), desc.weights_desc().get_size());
    }
    void run() const {
        const std::size_t read = desc.src_desc().get_size(), written = desc.dst_desc().get_size();
        memory source(desc.src_desc(), engine(), shared(sourceBuffer, sourceFilled, read));
        memory target(desc.dst_desc(), engine(), shared(targetBuffer, targetFilled, written));
        dnnl::stream stream(engine());
        for (int i = 0; i < times; ++i)
            primitive.execute(stream,
                              {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, target}});
        stream.wait();
    }
};

FastestConvolution::FastestConvolution(const ConvolutionShape& shape, Arithmetic arithmetic) {
    double fastest = 0;
    const int rows = shape.outputHeight() % 16 == 0 ? 16 : 8;
    for (const memory::format_tag order : {memory::format_tag::nhwc, memory::format_tag::any})
        for (const int bands : {1, shape.outputHeight() / rows}) {
            if (bands > 1 && shape.outputHeight() % rows != 0)
                continue;
            ConvolutionShape band = shape;
            band.height = shape.outputHeight() / bands * shape.stride;
            auto candidate = std::make_unique<Candidate>(band, arithmetic, order, bands);
            const auto run = [&] { candidate->run(); };
            const double cold = timed(run), seconds = std::min(cold, timed(run));
            if (!best_ || seconds < fastest) {
                fastest = seconds;
                best_ = std::move(candidate);
            }
        }
}
FastestConvolution::~FastestConvolution() = default;
FastestConvolution::FastestConvolution(FastestConvolution&&) noexcept = default;

void FastestConvolution::run() const {
    best_->run();
}

std::string FastestConvolution::implementation() const {
    return best_->desc.impl_info_str();
}

// The widest vectors that there are, as the limit of what the compiler could have made of the stations.
__attribute__((target_clones("avx512f", "avx2", "default"))) static void triadLoop(float* __restrict a,
                                                                                   const float* __restrict b,
                                                                                   const float* __restrict c,
                                                                                   std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        a[i] = b[i] + 3.0f * c[i];
}

double triad() {
    constexpr std::size_t count = std::size_t(32) << 20; // 128 MiB each
    static std::vector<float> a(count, 1.0f), b(count, 2.0f), c(count, 3.0f);
    triadLoop(a.data(), b.data(), c.data(), count);
    return 3.0 * count * sizeof(float);
}

namespace {

// Of a part whose channels are all half and not subsampled, as made frames are.
template <class Samples> Imf::FrameBuffer frameBufferOf(const inbetween::Box& window, Samples& channels) {
    Imf::FrameBuffer buffer;
    const std::size_t rowBytes = 2 * std::size_t(inbetween::width(window));
    for (auto& channel : channels)
        buffer.insert(channel.name,
                      Imf::Slice(Imf::HALF,
                                 const_cast<char*>(reinterpret_cast<const char*>(channel.samples.data())), 2,
                                 rowBytes));
    return buffer;
}

} // namespace

void encodeAlone(const std::filesystem::path& file, const inbetween::Image& image,
                 inbetween::Compression compression) {
    const inbetween::Part& part = image.parts.front();
    Imf::Header header(image.displayWindow, part.dataWindow);
    header.compression() = inbetween::toImf(compression);
    for (const inbetween::Channel& channel : part.channels)
        header.channels().insert(channel.name, Imf::Channel(Imf::HALF));
    Imf::OutputFile out(file.c_str(), header, 0);
    out.setFrameBuffer(frameBufferOf(part.dataWindow, part.channels));
    out.writePixels(inbetween::height(part.dataWindow));
}

void decodeAlone(const std::filesystem::path& file, inbetween::Image& image) {
    inbetween::Part& part = image.parts.front();
    Imf::InputFile in(file.c_str(), 0);
    in.setFrameBuffer(frameBufferOf(part.dataWindow, part.channels));
    in.readPixels(part.dataWindow.min.y, part.dataWindow.max.y);
}

} // namespace roofline
