#include "network/ibnet2.h"

#include "base/parallel.h"
#include "inbetween/error.h"
#include "network/canvas.h"
#include "network/costs.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace inbetween {
namespace {

constexpr float coarseStepPx = 8.0f, fineStepPx = 2.0f;
constexpr int quarterRadius = 2, eighthRadius = 3;               // of the costs
constexpr int quarterCostChannels = 32, eighthCostChannels = 64; // 25 and 49, and zeros

enum Layer {
    featuresFa,
    featuresFb,
    coarseE1a,
    coarseE1b,
    coarseE2a,
    coarseE2b,
    coarseE3a,
    coarseE3b,
    coarseE3c,
    coarseD2a,
    coarseD2b,
    coarseD1,
    coarseHead,
    fineE1,
    fineE2a,
    fineE2b,
    fineE2c,
    fineD1a,
    fineD1b,
    fineHead,
};

// Copies rows of `source` into the channels from `firstChannel` on of packed rows of `channels` channels;
// with `scale` 2 every value goes to 2x2 places. The rows are counted at the target's size.
template <class T>
void copyRows(const Tensor& source, int scale, int firstRow, int rows, T* target, int firstChannel,
              int channels) {
    const std::size_t bytes = sizeof(T) * source.channels();
    T* at = target + firstChannel;
    for (int y = firstRow; y < firstRow + rows; ++y) {
        const T* from = static_cast<const T*>(source.row(y / scale));
        for (int x = 0; x < source.width(); ++x, from += source.channels())
            for (int copy = 0; copy < scale; ++copy, at += channels)
                std::memcpy(at, from, bytes);
    }
}

// [first, second] as a convolution's input, put together a band at a time; `first` is enlarged to the size of
// `second`. Where `first` is a strip, `secondRow` is the row of `second` that it begins at.
template <class T>
ConvolutionInput concatenated(const Tensor& first, const Tensor& second, int secondRow = 0) {
    const int scale = second.width() / first.width();
    return {scale * first.height(), second.width(),
            [=, &first, &second](int firstRow, int rows, void* scratch) -> const void* {
                T* target = static_cast<T*>(scratch);
                const int channels = first.channels() + second.channels();
                copyRows(first, scale, firstRow, rows, target, 0, channels);
                copyRows(second, 1, secondRow + firstRow, rows, target, first.channels(), channels);
                return target;
            }};
}

// A head's rows at their own resolution to the correction at twice that; `from`: of its first row.
void shuffleCorrection(int firstRow, int rows, int width, const float* head, Tensor& correction) {
    for (int y = 0; y < rows; ++y)
        for (int dy = 0; dy < 2; ++dy) {
            auto* target = static_cast<float*>(correction.row(2 * (firstRow + y) + dy));
            const float* from = head + std::size_t(y) * width * 4 * correctionChannels;
            for (int x = 0; x < width; ++x, from += 4 * correctionChannels)
                target = std::copy_n(from + 2 * dy * correctionChannels, 2 * correctionChannels, target);
        }
}

using Eight = float __attribute__((vector_size(32)));

// To e^x, to some 1e-6 of it, x limited to +-20.
inline void exponential(Eight& x) {
    using Integers = std::int32_t __attribute__((vector_size(32)));
    const Eight most = Eight{} + 20.0f;
    x = x < most ? x : most; // NaN is 20, too
    x = x > -most ? x : -most;
    const Eight exponent = x * 1.44269504f; // e^x = 2^exponent
    const Integers whole = __builtin_convertvector(exponent + 64.5f, Integers) - 64;
    const Eight f = (exponent - __builtin_convertvector(whole, Eight)) *
                    0.693147181f; // of ln 2, within +-0.35
    const Eight power = 1.0f +
                        f * (1.0f + f * (0.5f + f * (1.0f / 6 +
                                                     f * (1.0f / 24 + f * (1.0f / 120 + f * (1.0f / 720))))));
    const Integers scale = (whole + 127) << 23;
    Eight two;
    std::memcpy(&two, &scale, sizeof two);
    x = power * two;
}

// The softmax of the logits and of the pixel's own, which is 0. Rounded down: what weighs next to nothing
// weighs nothing.
Spread spreadOf(const float* logits) {
    constexpr float leastLogit = -5.5451774f; // of 1/256
    if (*std::max_element(logits, logits + 8) < leastLogit)
        return {};
    Eight e;
    std::memcpy(&e, logits, sizeof e);
    exponential(e);
    // Just under 256, which no rounding may reach.
    const float scale = 255.99f / (1.0f + ((e[0] + e[1]) + (e[2] + e[3])) + ((e[4] + e[5]) + (e[6] + e[7])));
    const Eight scaled = e * scale;
    Spread out;
    for (int i = 0; i < 8; ++i)
        out[std::size_t(i)] = static_cast<std::uint8_t>(scaled[i]);
    return out;
}

// Where the field goes. Its flows take the place of the prior's: a strip reads guides of rows that none
// before it wrote.
struct Target {
    Field* field;
    std::array<Plane*, 4> flows[2]; // of each guess: to keyframe 0 x, y, to keyframe 1 x, y
};

std::array<Plane*, 4> flowsOf(MotionGuess& guess) {
    return {&guess.flow0X, &guess.flow0Y, &guess.flow1X, &guess.flow1Y};
}
std::array<Plane*, 4> flowsOf(Mix& mix) {
    return {&mix.flow0X, &mix.flow0Y, &mix.flow1X, &mix.flow1Y};
}

// The fine head's rows from headRow on, at half resolution, to those rows of the field in [begin, end) that
// they stand for.
void writeField(const Canvas& canvas, int headRow, int rows, const float* head, int begin, int end,
                const Target& target) {
    constexpr int channels = 20;
    const int width = canvas.width() / 2;
    end = std::min(end, 2 * (headRow + rows));
    for (int y = std::max(begin, 2 * headRow); y < end; ++y) {
        const float* from = head + (std::size_t(y / 2 - headRow) * width * 4 + 2 * (y % 2)) * channels;
        const Guide* guides = canvas.full().guideRow(y);
        Field& field = *target.field;
        Mix* mixes[2] = {&field, &field.other};
        for (int x = 0; x < canvas.sourceWidth(); ++x) {
            const float* h = from + (std::size_t(x / 2) * 4 + x % 2) * channels;
            for (int g = 0; g < 2; ++g) {
                for (std::size_t i = 0; i < 4; ++i)
                    target.flows[g][i]->at(x, y) = guides[x].flow[g][i] + fineStepPx * h[5 * g + int(i)];
                mixes[g]->weight0.at(x, y) = sigmoid(guides[x].logit[g] + h[5 * g + 4]);
            }
            field.otherShare.at(x, y) = sigmoid(guides[x].shareLogit + h[10]);
            field.error.at(x, y) = std::exp(std::clamp(h[11], -8.0f, 2.0f));
            field.spread[std::size_t(y) * canvas.sourceWidth() + x] = spreadOf(h + 12);
        }
    }
}

// The inputs that come from a 2x2 block of pixels are channel by channel in the file, 4 c + position; the
// canvas writes them pixel by pixel, which costs it no shuffling. `values`: of each input, or of each output
// and each of its inputs.
std::vector<float> pixelByPixel(std::vector<float> values, const LayerDesc& layer) {
    const std::size_t inputs = std::size_t(layer.inputs), channels = std::size_t(layer.unshuffledInputs) / 4;
    const std::size_t each = values.size() == inputs ? 1 : 9,
                      outputs = values.size() / (inputs * each); // 9: the kernel
    const std::vector<float> from = values;
    for (std::size_t o = 0; o < outputs; ++o)
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t position = 0; position < 4; ++position)
                std::copy_n(from.begin() + std::ptrdiff_t((o * inputs + 4 * c + position) * each), each,
                            values.begin() + std::ptrdiff_t((o * inputs + channels * position + c) * each));
    return values;
}

// Likewise the outputs that go to a 2x2 block of pixels. `values`: of each output, or of each output and what
// it is made of.
std::vector<float> outputsPixelByPixel(const std::vector<float>& from, int outputs) {
    const std::size_t each = from.size() / std::size_t(outputs), channels = std::size_t(outputs) / 4;
    std::vector<float> values(from.size());
    for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t position = 0; position < 4; ++position)
            std::copy_n(from.begin() + std::ptrdiff_t((4 * c + position) * each), each,
                        values.begin() + std::ptrdiff_t((position * channels + c) * each));
    return values;
}

} // namespace

const std::array<LayerDesc, layerCount>& ibnet2Layers() {
    static constexpr std::array<LayerDesc, layerCount> layers{{
        {"features.fa", 16, 32, 1, false, 16},
        {"features.fb", 32, 16, 1, true},
        {"coarse.e1a", 160, 64, 1, false, 4 * describedChannels},
        {"coarse.e1b", 64, 64},
        {"coarse.e2a", 64, 96, 2},
        {"coarse.e2b", 160, 96},
        {"coarse.e3a", 96, 128, 2},
        {"coarse.e3b", 128, 128},
        {"coarse.e3c", 128, 128},
        {"coarse.d2a", 224, 96},
        {"coarse.d2b", 96, 96},
        {"coarse.d1", 160, 64},
        {"coarse.head", 64, 44, 1, true},
        {"fine.e1", 128, 32, 1, false, 4 * describedChannels},
        {"fine.e2a", 32, 64, 2},
        {"fine.e2b", 128, 64},
        {"fine.e2c", 64, 64},
        {"fine.d1a", 96, 32},
        {"fine.d1b", 32, 32},
        {"fine.head", 32, 80, 1, true},
    }};
    return layers;
}

// The tensors at 1/2, 1/4, 1/8 and 1/16 of the canvas. Several activations take turns in one tensor.
struct IbNet2::Workspace {
    Canvas canvas;
    Tensor half[2], quarter[3], eighth[3], sixteenth[2];
    Tensor correction; // of a strip
    Target target;
    Tensor features[2], halfFeatures[2], flows, warped[2], halfWarped[2];

    bool inStrips = false;

    // What is not read again: freed where the picture is large.
    void done(std::initializer_list<Tensor*> tensors) const {
        for (Tensor* tensor : tensors)
            if (inStrips)
                *tensor = {};
    }
    void endCoarseStage() {
        if (inStrips)
            canvas.dropHalf();
        done({&quarter[1], &eighth[0], &eighth[1], &sixteenth[0], &sixteenth[1]});
    }
};

IbNet2::IbNet2(const Safetensors& file, ElementType type) : type_(type) {
    const auto& layers = ibnet2Layers();
    std::vector<std::vector<float>> fullScales;
    for (const LayerDesc& layer : layers) {
        std::vector<float> scales = file.floats(fmt::format("{}.full_scale", layer.name), {layer.inputs});
        if (std::ranges::any_of(scales, [](float scale) { return !(scale > 0.0f); }))
            throw Error(
                ErrorKind::model,
                fmt::format("{}: not a usable model: layer \"{}.full_scale\": expected numbers above 0",
                            file.source(), layer.name));
        fullScales.push_back(pixelByPixel(std::move(scales), layer));
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const LayerDesc& layer = layers[i];
        ConvolutionDesc desc{layer.inputs, layer.outputs, layer.stride,
                             !layer.head,  type,          layer.head ? ElementType::float32 : type,
                             fullScales[i]};
        if (!layer.head)
            desc.outputFullScale =
                fullScales[i + 1].front(); // what a layer puts out is what the next one begins with
        auto weights = pixelByPixel(file.floats(fmt::format("{}.weight", layer.name),
                                                {layer.outputs, layer.inputs, 3, 3}),
                                    layer);
        auto bias = file.floats(fmt::format("{}.bias", layer.name), {layer.outputs});
        if (i == coarseHead || i == fineHead) {
            weights = outputsPixelByPixel(weights, layer.outputs);
            bias = outputsPixelByPixel(bias, layer.outputs);
        }
        layers_.emplace_back(desc, weights, bias);
    }
    const auto perUnit = [&](Layer layer, int channel, float* scales, int count) {
        for (int c = 0; c < count; ++c)
            scales[c] = Int8::most / fullScales[layer][std::size_t(channel + c)];
    };
    perUnit(featuresFa, 0, scales_.view, 4);
    perUnit(coarseE1a, 0, scales_.coarse, describedChannels);
    perUnit(fineE1, 0, scales_.fine, describedChannels);
    perUnit(coarseE1a, 4 * describedChannels, &scales_.quarterCosts, 1);
    perUnit(coarseE2b, layers[coarseE2a].outputs, &scales_.eighthCosts, 1);
    if (type != ElementType::int8)
        scales_.quarterCosts = scales_.eighthCosts = 1.0f;
    if (file.tensors().size() == 3 * layers.size())
        return;
    for (const auto& [name, tensor] : file.tensors())
        if (std::ranges::none_of(ibnet2Layers(), [&name = name](const LayerDesc& layer) {
                return name == fmt::format("{}.weight", layer.name) ||
                       name == fmt::format("{}.bias", layer.name) ||
                       name == fmt::format("{}.full_scale", layer.name);
            }))
            throw Error(
                ErrorKind::model,
                fmt::format("{}: not a usable model: layer \"{}\": ibnet2 has no such layer, found {} {}",
                            file.source(), name, tensor.type, shapeText(tensor.shape)));
}

IbNet2::~IbNet2() = default;

// Both keyframes' features, brought together by the main guess, at 1/4 and at 1/8.
template <class T> void IbNet2::warpedFeatures(Workspace& w) const {
    for (int k = 0; k < 2; ++k) {
        const ConvolutionInput view{w.canvas.height() / 4, w.canvas.width() / 4,
                                    [&w, k, this](int firstRow, int rows, void* scratch) -> const void* {
                                        viewRows(w.canvas.half(), k, firstRow, rows, static_cast<T*>(scratch),
                                                 scales_.view);
                                        return scratch;
                                    }};
        layers_[featuresFa].run(view, {&w.quarter[0], {}});
        layers_[featuresFb].run(rowsOf(w.quarter[0]), {&w.features[k], {}});
        halveFeatures(w.features[k], w.halfFeatures[k]);
    }
    averageFlows(w.canvas, 4, w.flows);
    for (int k = 0; k < 2; ++k)
        warpFeatures(w.features[k], w.flows, 2 * k, w.warped[k]);
    averageFlows(w.canvas, 8, w.flows);
    for (int k = 0; k < 2; ++k)
        warpFeatures(w.halfFeatures[k], w.flows, 2 * k, w.halfWarped[k]);
    w.done({&w.features[0], &w.features[1], &w.halfFeatures[0], &w.halfFeatures[1], &w.flows});
}

template <class T> void IbNet2::coarseStage(Workspace& w) const {
    warpedFeatures<T>(w);
    const Canvas& canvas = w.canvas;
    const ConvolutionInput x{canvas.height() / 4, canvas.width() / 4,
                             [&](int firstRow, int rows, void* scratch) -> const void* {
                                 constexpr int described = 4 * describedChannels;
                                 constexpr int channels = described + quarterCostChannels;
                                 T* target = static_cast<T*>(scratch);
                                 describedRows(canvas.half(), firstRow, rows, target, channels,
                                               scales_.coarse);
                                 costRows(w.warped[0], w.warped[1], quarterRadius, firstRow, rows,
                                          target + described, quarterCostChannels, channels,
                                          scales_.quarterCosts);
                                 return scratch;
                             }};
    Tensor &d1 = w.quarter[0], &e1 = w.quarter[1];
    Tensor &d2a = w.eighth[0], &d2 = w.eighth[1], &costs = w.eighth[2];
    costs.resize(canvas.height() / 8, canvas.width() / 8, eighthCostChannels, type_);
    constexpr int band = 8; // rows, which share those around them
    parallelRows((costs.height() + band - 1) / band,
                 [&](int i) {
                     costRows(w.halfWarped[0], w.halfWarped[1], eighthRadius, band * i,
                              std::min(band, costs.height() - band * i), static_cast<T*>(costs.row(band * i)),
                              eighthCostChannels, eighthCostChannels, scales_.eighthCosts);
                 },
                 1);
    w.done({&w.halfWarped[0], &w.halfWarped[1]});
    auto& [e3, e3b] = w.sixteenth;
    Tensor &e1a = d1, &e2a = d2a, &e2 = d2; // they are read for the last time before the other is written
    layers_[coarseE1a].run(x, {&e1a, {}});
    w.done({&w.warped[0], &w.warped[1]});
    layers_[coarseE1b].run(rowsOf(e1a), {&e1, {}});
    layers_[coarseE2a].run(rowsOf(e1), {&e2a, {}});
    layers_[coarseE2b].run(concatenated<T>(e2a, costs), {&e2, {}});
    w.done({&costs});
    layers_[coarseE3a].run(rowsOf(e2), {&e3, {}});
    layers_[coarseE3b].run(rowsOf(e3), {&e3b, {}});
    layers_[coarseE3c].run(rowsOf(e3b), {&e3, {}});
    layers_[coarseD2a].run(concatenated<T>(e3, e2), {&d2a, {}});
    layers_[coarseD2b].run(rowsOf(d2a), {&d2, {}});
    layers_[coarseD1].run(concatenated<T>(d2, e1), {&d1, {}});
}

// The guides of canvas rows [begin, end), corrected by the coarse stage's head, which is computed where it is
// needed.
void IbNet2::loadStrip(Workspace& w, int begin, int end) const {
    const Tensor& d1 = w.quarter[0];
    // A guide lies between rows of the head; and at the ends of what it gets the convolution sees zeros
    // instead of rows.
    const int first = std::max(0, begin / 4 - 2), count = std::min(d1.height(), end / 4 + 2) - first;
    w.correction.resize(2 * count, w.canvas.width() / 2, correctionChannels, ElementType::float32);
    const ConvolutionInput rows{count, d1.width(),
                                [&](int row, int, void*) -> const void* { return d1.row(first + row); }};
    layers_[coarseHead].run(rows, {nullptr, [&](int row, int rowCount, const void* head) {
                                       shuffleCorrection(row, rowCount, d1.width(),
                                                         static_cast<const float*>(head), w.correction);
                                   }});
    w.canvas.loadStrip(begin, end - begin, w.correction, 2 * first, coarseStepPx);
}

// Makes rows [firstRow, firstRow + rows) of the field. At a strip's ends the convolutions see zeros where
// they should see the next strip: rows that reach so far are computed along, and dropped.
template <class T> void IbNet2::fineStage(Workspace& w, int firstRow, int rows) const {
    constexpr int reach = 20; // canvas rows, by the layers below; a multiple of 4 for the strides
    const int begin = std::max(0, firstRow - reach),
              end = std::min(w.canvas.height(), firstRow + rows + reach);
    loadStrip(w, begin, end);
    const Canvas& canvas = w.canvas;
    const ConvolutionInput x{(end - begin) / 2, canvas.width() / 2,
                             [&](int row, int count, void* scratch) -> const void* {
                                 describedRows(canvas.full(), begin / 2 + row, count,
                                               static_cast<T*>(scratch), 4 * describedChannels, scales_.fine);
                                 return scratch;
                             }};
    auto& [d1OfCoarse, e2, e2b] = w.quarter;
    auto& [e1, d1a] = w.half;
    Tensor &e2a = e2, &d1b = e1; // as above
    layers_[fineE1].run(x, {&e1, {}});
    layers_[fineE2a].run(rowsOf(e1), {&e2a, {}});
    layers_[fineE2b].run(concatenated<T>(e2a, d1OfCoarse, begin / 4), {&e2b, {}});
    layers_[fineE2c].run(rowsOf(e2b), {&e2, {}});
    layers_[fineD1a].run(concatenated<T>(e2, e1), {&d1a, {}});
    layers_[fineD1b].run(rowsOf(d1a), {&d1b, {}});
    const int fieldEnd = std::min(firstRow + rows, canvas.sourceHeight());
    layers_[fineHead].run(rowsOf(d1b), {nullptr, [&](int row, int count, const void* head) {
                                            writeField(canvas, begin / 2 + row, count,
                                                       static_cast<const float*>(head), firstRow, fieldEnd,
                                                       w.target);
                                        }});
}

std::unique_ptr<IbNet2::Workspace> IbNet2::takeWorkspace() const {
    const std::lock_guard lock(mutex_);
    if (idle_.empty())
        return std::make_unique<Workspace>();
    auto workspace = std::move(idle_.back());
    idle_.pop_back();
    return workspace;
}

Field IbNet2::infer(const View& view, MotionPrior prior, float time) const {
    return infer(view, std::move(prior), time, stripPixels(view.key0.r.values.size()));
}

Field IbNet2::infer(const View& view, MotionPrior prior, float time, std::size_t stripPixels) const {
    auto workspace = takeWorkspace();
    Canvas& canvas = workspace->canvas;
    const int width = view.key0.r.width, height = view.key0.r.height;
    const std::size_t pixels = std::size_t(width) * height, strips = (pixels + stripPixels - 1) / stripPixels;
    workspace->inStrips = strips > 1;
    canvas.load(view, prior, time, workspace->inStrips);
    Field field;
    const auto compute = [&]<class T>() {
        coarseStage<T>(*workspace);
        workspace->endCoarseStage();
        for (Plane* plane : {&field.weight0, &field.other.weight0, &field.otherShare, &field.error})
            *plane = Plane(width, height);
        field.spread.resize(pixels);
        const bool hasOther = !prior.other.empty();
        for (Plane* plane : flowsOf(field.other))
            if (!hasOther)
                *plane = Plane(width, height);
        workspace->target = {&field,
                             {flowsOf(prior), hasOther ? flowsOf(prior.other) : flowsOf(field.other)}};
        const int rows = 4 * int((canvas.height() / 4 + strips - 1) / strips);
        for (int row = 0; row < height; row += rows)
            fineStage<T>(*workspace, row, std::min(rows, canvas.height() - row));
        for (std::size_t i = 0; i < 4; ++i) {
            *flowsOf(field)[i] = std::move(*flowsOf(prior)[i]);
            if (hasOther)
                *flowsOf(field.other)[i] = std::move(*flowsOf(prior.other)[i]);
        }
        field.confidence0 = std::move(prior.confidence0);
        field.confidence1 = std::move(prior.confidence1);
    };
    if (type_ == ElementType::float32)
        compute.template operator()<float>();
    else if (type_ == ElementType::bfloat16)
        compute.template operator()<Bfloat16>();
    else
        compute.template operator()<Int8>();
    if (!workspace
             ->inStrips) { // what is larger is needed for other things, and worth the time to get it anew
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(workspace));
    }
    return field;
}

} // namespace inbetween
