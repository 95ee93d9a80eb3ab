#include "inbetween/network.h"

#include "base/hash.h"
#include "inbetween/error.h"
#include "network/canvas.h"
#include "network/embedded_weights.h"
#include "network/ibnet2.h"

#include "base/parallel.h"
#include "image/rotation.h"

#include <algorithm>
#include <fmt/format.h>
#include <tbb/task_arena.h>
#include <utility>

namespace inbetween {
namespace {

ElementType elementType(Precision wanted) {
    if (wanted == Precision::bfloat16 && !hasBfloat16Arithmetic())
        throw Error(
            ErrorKind::usage,
            fmt::format("precision bfloat16 needs a processor with AVX512_BF16 or AMX, this one runs {}; use "
                        "float32 or auto",
                        effectiveInstructionSet()));
    if (wanted == Precision::int8 && !hasInt8Arithmetic())
        throw Error(
            ErrorKind::usage,
            fmt::format("precision int8 needs a processor with VNNI, this one runs {}; use float32 or auto",
                        effectiveInstructionSet()));
    if (wanted == Precision::bfloat16 || (wanted == Precision::automatic && hasBfloat16Arithmetic()))
        return ElementType::bfloat16;
    if (wanted == Precision::int8 || (wanted == Precision::automatic && hasInt8Arithmetic()))
        return ElementType::int8;
    return ElementType::float32;
}

std::string metadataOf(const Safetensors& file, const char* key) {
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end())
        throw Error(ErrorKind::model,
                    fmt::format("{}: not a usable model: its metadata has no \"{}\"", file.source(), key));
    return found->second;
}

// Throws where the planes differ in size, which would be read beyond their ends.
template <class Canvas, class T>
void checkSizes(const Canvas& canvas, std::initializer_list<const BasicPlane<T>*> planes) {
    if (canvas.width < 1 || canvas.height < 1)
        throw Error(ErrorKind::usage, "network: the canvas is empty");
    for (const BasicPlane<T>* plane : planes)
        if (plane->width != canvas.width || plane->height != canvas.height ||
            plane->values.size() != std::size_t(canvas.width) * canvas.height)
            throw Error(ErrorKind::usage,
                        fmt::format("network: expected planes of {}x{}, found {}x{}", canvas.width,
                                    canvas.height, plane->width, plane->height));
}

template <class Canvas> void checkGuess(const Canvas& canvas, const MotionGuess& guess) {
    checkSizes(canvas, {&guess.flow0X, &guess.flow0Y, &guess.flow1X, &guess.flow1Y, &guess.confidence0,
                        &guess.confidence1});
}

template <class Canvas> void checkPrior(const Canvas& canvas, const MotionPrior& prior, double time) {
    checkSizes(canvas, {&canvas});
    checkGuess(canvas, prior);
    if (!prior.depthOrder.empty())
        checkSizes(canvas, {&prior.depthOrder});
    if (!prior.other.empty())
        checkGuess(canvas, prior.other);
    if (!(time > 0.0 && time < 1.0))
        throw Error(ErrorKind::usage,
                    fmt::format("network: expected a time between 0 and 1, found {}", time));
}

// By 180 degrees, and in time: keyframe 1 comes first then.
template <class Flows> void turnFlows(Flows& flows) {
    rotateVectors(flows.flow0X, flows.flow0Y);
    rotateVectors(flows.flow1X, flows.flow1Y);
    std::swap(flows.flow0X, flows.flow1X);
    std::swap(flows.flow0Y, flows.flow1Y);
}

template <class Of> void turnConfidences(Of& of) {
    rotate180(of.confidence0);
    rotate180(of.confidence1);
    std::swap(of.confidence0, of.confidence1);
}

void turnGuess(MotionGuess& guess) {
    turnFlows(guess);
    turnConfidences(guess);
}

void turnMix(Mix& mix) {
    turnFlows(mix);
    rotate180(mix.weight0);
    for (float& weight : mix.weight0.values)
        weight = 1.0f - weight;
}

} // namespace

Precision parsePrecision(const std::string& name) {
    if (name == "auto")
        return Precision::automatic;
    if (name == "float32")
        return Precision::float32;
    if (name == "bfloat16")
        return Precision::bfloat16;
    if (name == "int8")
        return Precision::int8;
    throw Error(ErrorKind::usage,
                fmt::format("precision \"{}\" is unknown; there are auto, float32, bfloat16 and int8", name));
}

const char* nameOf(Precision precision) {
    switch (precision) {
    case Precision::automatic:
        return "auto";
    case Precision::float32:
        return "float32";
    case Precision::bfloat16:
        return "bfloat16";
    case Precision::int8:
        return "int8";
    }
    return "";
}

struct Network::Impl {
    ModelInfo info;
    Precision precision = Precision::float32;
    std::unique_ptr<IbNet2> net;

    Impl(std::span<const std::byte> bytes, const std::string& source, Precision wanted) {
        const ElementType type = elementType(wanted);
        precision = type == ElementType::bfloat16 ? Precision::bfloat16
                    : type == ElementType::int8   ? Precision::int8
                                                  : Precision::float32;
        const Safetensors file(source, bytes);
        info = {.name = metadataOf(file, "architecture"),
                .version = metadataOf(file, "version"),
                .hash = hashOf({reinterpret_cast<const char*>(bytes.data()), bytes.size()}),
                .source = source};
        if (info.name != "ibnet2")
            throw Error(ErrorKind::model,
                        fmt::format("{}: not a usable model: expected the architecture \"ibnet2\", "
                                    "found \"{}\"",
                                    source, info.name));
        net = std::make_unique<IbNet2>(file, type);
    }
};

Network::Network(const std::filesystem::path& weights, Precision precision) {
    if (weights.empty())
        impl_ = std::make_unique<Impl>(embeddedWeights(), "built in", precision);
    else
        impl_ = std::make_unique<Impl>(readModelFile(weights), weights.string(), precision);
}

Network::~Network() = default;

const ModelInfo& Network::model() const {
    return impl_->info;
}

Precision Network::precision() const {
    return impl_->precision;
}

std::string Network::instructionSet() const {
    return effectiveInstructionSet();
}

Field Network::infer(const View& view, MotionPrior prior, double time) const {
    const ViewPlane& canvas = view.key0.r;
    checkSizes(canvas, {&canvas, &view.key0.g, &view.key0.b, &view.key1.r, &view.key1.g, &view.key1.b});
    checkPrior(canvas, prior, time);
    // While it waits, a thread helps with this frame only: it must not begin another one on top, with all its
    // memory.
    return tbb::this_task_arena::isolate(
        [&] { return impl_->net->infer(view, std::move(prior), static_cast<float>(time)); });
}

Field Network::inferRotated(View view, MotionPrior prior, double time) const {
    for (ViewPlanes* key : {&view.key0, &view.key1})
        for (ViewPlane* plane : {&key->r, &key->g, &key->b})
            rotate180(*plane);
    std::swap(view.key0, view.key1);
    turnGuess(prior);
    turnGuess(prior.other);
    rotate180(prior.depthOrder);
    for (float& order : prior.depthOrder.values)
        order = -order;
    Field field = infer(view, std::move(prior), 1.0 - time);
    turnMix(field);
    turnMix(field.other);
    turnConfidences(field);
    rotate180(field.error);
    rotate180(field.otherShare);
    std::reverse(field.spread.begin(), field.spread.end());
    for (Spread& spread : field.spread)
        std::reverse(spread.begin(), spread.end()); // as their offsets are
    return field;
}

Field fieldFromPrior(MotionPrior prior, double time) {
    checkPrior(prior.flow0X, prior, time);
    const int width = prior.flow0X.width, height = prior.flow0X.height;
    Field field{Mix{std::move(prior.flow0X), std::move(prior.flow0Y), std::move(prior.flow1X),
                    std::move(prior.flow1Y), Plane(width, height)},
                Plane(width, height)};
    field.confidence0 = std::move(prior.confidence0);
    field.confidence1 = std::move(prior.confidence1);
    const float nearness = timeLogit(static_cast<float>(time));
    parallelRows(height, [&](int y) {
        for (int x = 0; x < width; ++x)
            field.weight0.at(x, y) = sigmoid(
                priorLogit(field.confidence0.at(x, y), field.confidence1.at(x, y),
                           prior.depthOrder.empty() ? 0.0f : prior.depthOrder.at(x, y), nearness));
    });
    return field;
}

} // namespace inbetween
