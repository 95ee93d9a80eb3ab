#include "network/ibmatch.h"

#include "base/parallel.h"
#include "inbetween/error.h"
#include "network/exponential.h"
#include "network/products.h"
#include "network/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <tbb/parallel_invoke.h>

namespace inbetween {
namespace {

constexpr double workPixels = 1280.0 * 720.0; // that a keyframe is brought to, about
constexpr double mostEnlarged = 2.0;
constexpr double nearlyOne = 0.02; // a scale so close to 1 is 1
constexpr float brightest = 4.0f;  // of the view
constexpr float longestFlowPx = 32768.0f;

constexpr int cell = 8; // pixels
constexpr int hiddenChannels = 96, contextChannels = 64, motionInputs = 208;
constexpr float flowScale = 1.0f / 8;

enum Layer {
    halfIn, halfA, halfB, quarterIn, quarterA, quarterB, eighthIn, eighthA, eighthB, eighthC, eighthD, featuresHead, contextHead,
    costsA, costsB, updateA, updateB, flowA, flowB, maskA, maskB,
};

float leaky(float value) {
    return std::max(value, 0.1f * value);
}

// The picture as the first layer sees it: of each 2x2 pixels their channels less 0.5, and four zeros.
template <class T> ConvolutionInput unshuffled(const Tensor& picture) {
    return {picture.height() / 2, picture.width() / 2, [&picture](int firstRow, int rows, void* scratch) -> const void* {
                T* target = static_cast<T*>(scratch);
                for (int y = firstRow; y < firstRow + rows; ++y) {
                    const auto* above = static_cast<const float*>(picture.row(2 * y));
                    const auto* below = static_cast<const float*>(picture.row(2 * y + 1));
                    for (int x = 0; x < picture.width() / 2; ++x, above += 6, below += 6) {
                        for (int c = 0; c < 3; ++c)
                            for (const float value : {above[c], above[3 + c], below[c], below[3 + c]})
                                *target++ = T(value - 0.5f);
                        target = std::fill_n(target, 4, T(0.0f));
                    }
                }
                return scratch;
            }};
}

// Tensors of the same size, side by side as a convolution's input, put together a band at a time.
template <class T, std::size_t count> ConvolutionInput concatenated(const std::array<const Tensor*, count>& parts) {
    return {parts[0]->height(), parts[0]->width(), [parts](int firstRow, int rows, void* scratch) -> const void* {
                T* target = static_cast<T*>(scratch);
                std::array<const T*, count> from;
                for (std::size_t i = 0; i < count; ++i)
                    from[i] = static_cast<const T*>(parts[i]->row(firstRow));
                const std::size_t cells = std::size_t(rows) * parts[0]->width();
                for (std::size_t k = 0; k < cells; ++k)
                    for (std::size_t i = 0; i < count; ++i) {
                        const int channels = parts[i]->channels();
                        std::memcpy(target, from[i], sizeof(T) * channels);
                        target += channels;
                        from[i] += channels;
                    }
                return scratch;
            }};
}

// x = leaky(x + what the layer puts out), which has to be another layer's business than to read x.
template <class T> ConvolutionOutput addedTo(Tensor& x) {
    return {nullptr, [&x](int firstRow, int rows, const void* data) {
                T* values = static_cast<T*>(x.row(firstRow));
                const auto* added = static_cast<const float*>(data);
                const std::size_t count = std::size_t(rows) * x.width() * x.channels();
                for (std::size_t i = 0; i < count; ++i)
                    values[i] = T(leaky(float(values[i]) + added[i]));
            }};
}

// NaN is 0.
Eight limited(Eight flow) {
    const Eight most = Eight{} + longestFlowPx;
    flow = flow == flow ? flow : Eight{};
    flow = flow < most ? flow : most;
    return flow > -most ? flow : -most;
}

// The flow of the pixels of a cell; `logits` are its 9 x 64. `cells` are 8 times the flows of the 3x3 cells around.
void upsampleCell(const float* logits, const float (&cells)[9][2], int x, int y, Flow& flow) {
    for (int dy = 0; dy < cell; ++dy, logits += cell) {
        Eight weights[9], sum{}, sumX{}, sumY{};
        for (int i = 0; i < 9; ++i)
            std::memcpy(&weights[i], logits + cell * cell * i, sizeof weights[i]);
        Eight largest = weights[0];
        for (int i = 1; i < 9; ++i)
            largest = weights[i] > largest ? weights[i] : largest;
        for (int i = 0; i < 9; ++i) {
            weights[i] -= largest;
            exponential(weights[i]);
            sum += weights[i];
            sumX += weights[i] * cells[i][0];
            sumY += weights[i] * cells[i][1];
        }
        const Eight flowX = limited(sumX / sum), flowY = limited(sumY / sum);
        std::memcpy(flow.x.row(cell * y + dy) + cell * x, &flowX, sizeof flowX);
        std::memcpy(flow.y.row(cell * y + dy) + cell * x, &flowY, sizeof flowY);
    }
}

} // namespace

const std::array<MatchLayerDesc, matchLayerCount>& ibmatchLayers() {
    static constexpr std::array<MatchLayerDesc, matchLayerCount> layers{{
        {"encoder.half_in", 16, 32},
        {"encoder.half_a", 32, 32},
        {"encoder.half_b", 32, 32, 1, true},
        {"encoder.quarter_in", 32, 64, 2},
        {"encoder.quarter_a", 64, 64},
        {"encoder.quarter_b", 64, 64, 1, true},
        {"encoder.eighth_in", 64, 128, 2},
        {"encoder.eighth_a", 128, 128},
        {"encoder.eighth_b", 128, 128, 1, true},
        {"encoder.eighth_c", 128, 128},
        {"encoder.eighth_d", 128, 128, 1, true},
        {"encoder.features", 128, matchFeatures, 1, true},
        {"encoder.context", 128, hiddenChannels + contextChannels, 1, true},
        {"costs_a", motionInputs, 96},
        {"costs_b", 96, 64},
        {"update_a", hiddenChannels + contextChannels + 64, 128},
        {"update_b", 128, hiddenChannels, 1, true},
        {"flow_a", hiddenChannels, 64},
        {"flow_b", 64, 16, 1, true},
        {"mask_a", hiddenChannels, 128},
        {"mask_b", 128, 9 * cell * cell, 1, true},
    }};
    return layers;
}

IbMatch::IbMatch(const Safetensors& file, ElementType type) : type_(type) {
    for (const MatchLayerDesc& layer : ibmatchLayers()) {
        const ConvolutionDesc desc{layer.inputs, layer.outputs, layer.stride, !layer.head,
                                   type,         layer.head ? ElementType::float32 : type};
        layers_.emplace_back(desc, file.floats(fmt::format("{}.weight", layer.name), {layer.outputs, layer.inputs, 3, 3}),
                             file.floats(fmt::format("{}.bias", layer.name), {layer.outputs}));
    }
    if (file.tensors().size() == 2 * ibmatchLayers().size())
        return;
    for (const auto& [name, tensor] : file.tensors())
        if (std::ranges::none_of(ibmatchLayers(), [&name = name](const MatchLayerDesc& layer) {
                return name == fmt::format("{}.weight", layer.name) || name == fmt::format("{}.bias", layer.name);
            }))
            throw Error(ErrorKind::model,
                        fmt::format("{}: not a usable model: layer \"{}\": ibmatch has no such layer, found {} {}",
                                    file.source(), name, tensor.type, shapeText(tensor.shape)));
}

// What there is of a keyframe at 1/8. Hidden state and flow are those of the way from it to the other.
struct IbMatch::Encoded {
    FeaturePyramid features;
    Tensor context;
    Tensor hidden, hiddenInput; // as it is added up, float32, and as convolutions see it
    Tensor flow;                // float32, cells
};

template <class T> void IbMatch::encode(const Tensor& picture, Encoded& out) const {
    Tensor x, a;
    const auto residual = [&](Layer first, Layer second) {
        layers_[first].run(rowsOf(x), {&a, {}});
        layers_[second].run(rowsOf(a), addedTo<T>(x));
    };
    layers_[halfIn].run(unshuffled<T>(picture), {&x, {}});
    residual(halfA, halfB);
    layers_[quarterIn].run(rowsOf(x), {&a, {}});
    std::swap(x, a);
    residual(quarterA, quarterB);
    layers_[eighthIn].run(rowsOf(x), {&a, {}});
    std::swap(x, a);
    residual(eighthA, eighthB);
    residual(eighthC, eighthD);

    layers_[featuresHead].run(rowsOf(x), {&out.features[0], {}});
    completePyramid(out.features);
    const int height = x.height(), width = x.width();
    out.context.resize(height, width, contextChannels, type_);
    out.hidden.resize(height, width, hiddenChannels, ElementType::float32);
    out.hiddenInput.resize(height, width, hiddenChannels, type_);
    out.flow.resize(height, width, 2, ElementType::float32);
    const auto split = [&](int firstRow, int rows, const void* data) {
        const auto* from = static_cast<const float*>(data);
        auto* hidden = static_cast<float*>(out.hidden.row(firstRow));
        T* input = static_cast<T*>(out.hiddenInput.row(firstRow));
        T* context = static_cast<T*>(out.context.row(firstRow));
        for (int i = 0; i < rows * width; ++i) {
            for (int c = 0; c < hiddenChannels; ++c, ++from) {
                *hidden++ = *from;
                *input++ = T(*from);
            }
            for (int c = 0; c < contextChannels; ++c)
                *context++ = T(leaky(*from++));
        }
        std::fill_n(static_cast<float*>(out.flow.row(firstRow)), rows * width * 2, 0.0f);
    };
    layers_[contextHead].run(rowsOf(x), {nullptr, split});
}

template <class T> void IbMatch::iterate(Encoded& key, const Encoded& other, int iterations) const {
    const int height = key.flow.height(), width = key.flow.width();
    Products products(key.features[0], other.features);
    const auto seen = [&](int firstRow, int rows, void* scratch) -> const void* {
        T* target = static_cast<T*>(scratch);
        products.rows(key.flow, firstRow, rows, target, motionInputs);
        const auto* flow = static_cast<const float*>(key.flow.row(firstRow));
        for (int i = 0; i < rows * width; ++i, target += motionInputs, flow += 2) {
            target[productCount] = T(flowScale * flow[0]);
            target[productCount + 1] = T(flowScale * flow[1]);
            std::fill(target + productCount + 2, target + motionInputs, T(0.0f));
        }
        return scratch;
    };
    const auto toHidden = [&](int firstRow, int rows, const void* data) {
        const auto* added = static_cast<const float*>(data);
        auto* hidden = static_cast<float*>(key.hidden.row(firstRow));
        T* input = static_cast<T*>(key.hiddenInput.row(firstRow));
        for (int i = 0; i < rows * width * hiddenChannels; ++i) {
            hidden[i] += added[i];
            input[i] = T(hidden[i]);
        }
    };
    const auto toFlow = [&](int firstRow, int rows, const void* data) {
        const int channels = ibmatchLayers()[flowB].outputs;
        const auto* added = static_cast<const float*>(data);
        auto* flow = static_cast<float*>(key.flow.row(firstRow));
        for (int i = 0; i < rows * width; ++i, added += channels, flow += 2) {
            flow[0] += added[0];
            flow[1] += added[1];
        }
    };
    Tensor a, motion;
    for (int i = 0; i < iterations; ++i) {
        products.update(key.flow);
        layers_[costsA].run({height, width, seen}, {&a, {}});
        layers_[costsB].run(rowsOf(a), {&motion, {}});
        layers_[updateA].run(concatenated<T, 3>({&key.hiddenInput, &key.context, &motion}), {&a, {}});
        layers_[updateB].run(rowsOf(a), {nullptr, toHidden});
        layers_[flowA].run(rowsOf(key.hiddenInput), {&a, {}});
        layers_[flowB].run(rowsOf(a), {nullptr, toFlow});
    }
}

Flow IbMatch::upsampled(const Encoded& key) const {
    const int height = key.flow.height(), width = key.flow.width();
    Flow flow{Plane(cell * width, cell * height), Plane(cell * width, cell * height)};
    const auto upsample = [&](int firstRow, int rows, const void* data) {
        const auto* logits = static_cast<const float*>(data);
        for (int y = firstRow; y < firstRow + rows; ++y)
            for (int x = 0; x < width; ++x, logits += 9 * cell * cell) {
                float cells[9][2];
                for (int i = 0; i < 9; ++i) {
                    const auto* row = static_cast<const float*>(key.flow.row(std::clamp(y + i / 3 - 1, 0, height - 1)));
                    const float* from = row + 2 * std::clamp(x + i % 3 - 1, 0, width - 1);
                    cells[i][0] = cell * from[0];
                    cells[i][1] = cell * from[1];
                }
                upsampleCell(logits, cells, x, y, flow);
            }
    };
    Tensor a;
    layers_[maskA].run(rowsOf(key.hiddenInput), {&a, {}});
    layers_[maskB].run(rowsOf(a), {nullptr, upsample});
    return flow;
}

FlowPair IbMatch::flows(const Tensor& picture0, const Tensor& picture1, int iterations) const {
    Encoded keys[2];
    FlowPair pair;
    // Both at once: a layer alone has too few bands at 1/8 to keep all threads busy to its end.
    const auto compute = [&]<class T>() {
        tbb::parallel_invoke([&] { encode<T>(picture0, keys[0]); }, [&] { encode<T>(picture1, keys[1]); });
        tbb::parallel_invoke([&] { iterate<T>(keys[0], keys[1], iterations); },
                             [&] { iterate<T>(keys[1], keys[0], iterations); });
    };
    if (type_ == ElementType::float32)
        compute.template operator()<float>();
    else
        compute.template operator()<Bfloat16>();
    tbb::parallel_invoke([&] { pair.forward = upsampled(keys[0]); }, [&] { pair.backward = upsampled(keys[1]); });
    return pair;
}

FlowPair IbMatch::match(const View& view, int iterations) const {
    const int width = view.key0.r.width, height = view.key0.r.height;
    double scale = std::min(mostEnlarged, std::sqrt(workPixels / (double(width) * height)));
    if (std::abs(scale - 1.0) <= nearlyOne)
        scale = 1.0;
    // So padding does not make much of what is long and thin.
    constexpr double longest = workPixels / multiple;
    const auto workExtent = [&](int extent) { return int(std::lround(std::clamp(scale * extent, 1.0, longest))); };
    const int workWidth = workExtent(width), workHeight = workExtent(height);

    const FlowPair atWork = flows(pictureOf(view.key0, workWidth, workHeight, multiple, brightest),
                                  pictureOf(view.key1, workWidth, workHeight, multiple, brightest), iterations);
    const int flowWidth = std::min(width, workWidth), flowHeight = std::min(height, workHeight);
    const auto atCanvas = [&](const Flow& flow) {
        const auto plane = [&](const Plane& from, float factor) {
            return resampled(from, workWidth, workHeight, flowWidth, flowHeight, factor, longestFlowPx);
        };
        Flow out{plane(flow.x, float(width) / float(workWidth)), plane(flow.y, float(height) / float(workHeight))};
        out.scaleX = float(width) / float(flowWidth);
        out.scaleY = float(height) / float(flowHeight);
        return out;
    };
    FlowPair pair{atCanvas(atWork.forward), atCanvas(atWork.backward)};
    setAgreement(pair);
    return pair;
}

} // namespace inbetween
