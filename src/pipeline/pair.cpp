#include "pipeline/pair.h"

#include "inbetween/error.h"
#include "motion/vectors.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <limits>

namespace inbetween {
namespace {

Plane planeOf(const Image& image, ChannelRef ref, const Box& canvas, float outside) {
    const Part& part = image.parts[ref.part];
    return planeOnCanvas(part, part.channels[ref.channel], canvas, outside);
}

void requireSameChannels(const Image& key0, const Image& key1) {
    const auto different = [&](const std::string& what) {
        throw Error(ErrorKind::input,
                    fmt::format("{}: {} than in {}; render both keyframes with the same layers, or choose common ones "
                                "with --channels",
                                key1.path.string(), what, key0.path.filename().string()));
    };
    if (key0.parts.size() != key1.parts.size())
        different(fmt::format("{} parts, other", key1.parts.size()));
    for (std::size_t p = 0; p < key0.parts.size(); ++p) {
        const auto& a = key0.parts[p].channels;
        const auto& b = key1.parts[p].channels;
        for (std::size_t c = 0; c < std::max(a.size(), b.size()); ++c) {
            if (c >= a.size() || c >= b.size() || a[c].name != b[c].name)
                different(fmt::format("other channels ('{}')", c < b.size() ? b[c].name : a[c].name));
            if (a[c].type != b[c].type || a[c].xSampling != b[c].xSampling || a[c].ySampling != b[c].ySampling)
                different(fmt::format("channel '{}' of another type or sampling", a[c].name));
        }
    }
}

// Windows that are small each may lie at the two ends of the world.
void requireCanvas(const Image& key1, const Box& canvas, std::size_t maxPixels) {
    const std::uint64_t w = std::uint64_t(std::int64_t(canvas.max.x) - canvas.min.x + 1);
    const std::uint64_t h = std::uint64_t(std::int64_t(canvas.max.y) - canvas.min.y + 1);
    if (w > maxPixels || h > maxPixels || w * h > maxPixels)
        throw Error(ErrorKind::input,
                    fmt::format("{}: its data window lies so far from that of the keyframe before it that {}x{} pixels would be "
                                "needed for both, more than the {} million of --max-pixels; render it again",
                                key1.path.string(), w, h, maxPixels / 1'000'000));
}

bool sameSamples(const Image& key0, const Image& key1) {
    for (std::size_t p = 0; p < key0.parts.size(); ++p) {
        if (key0.parts[p].dataWindow != key1.parts[p].dataWindow)
            return false;
        for (std::size_t c = 0; c < key0.parts[p].channels.size(); ++c)
            if (key0.parts[p].channels[c].samples != key1.parts[p].channels[c].samples)
                return false;
    }
    return true;
}

} // namespace

std::vector<Plane> rawVectors(const Image& image, const ChannelRoles& roles, const Box& canvas) {
    std::vector<Plane> raw;
    for (const ChannelRef& ref : roles.vector)
        if (ref)
            raw.push_back(planeOf(image, ref, canvas, 0.0f));
    return raw;
}

MotionPrior motionOf(const Pair& pair, double time) {
    if (pair.still)
        return stillMotion(pair.canvas);
    MotionInput input;
    input.view = &pair.view;
    input.gap = pair.gap;
    input.flow = pair.flow ? &*pair.flow : nullptr;
    input.classicalFlow = pair.classicalFlow ? &*pair.classicalFlow : nullptr;
    if (!pair.vectors0.empty()) {
        input.vectors0 = &pair.vectors0;
        input.vectors1 = &pair.vectors1;
        input.vectorsChecked = true;
    }
    if (!pair.depth0.empty()) {
        input.depth0 = &pair.depth0;
        input.depth1 = &pair.depth1;
    }
    return motionPrior(input, time);
}

RiskInput riskInputOf(const Pair& pair, const Field& field, double time) {
    RiskInput input;
    input.view = &pair.view;
    input.field = &field;
    input.flow = pair.flow ? &*pair.flow : nullptr;
    input.canvas = pair.canvas;
    input.gap = pair.gap;
    input.time = time;
    return input;
}

Image inBetween(const Pair& pair, const Field& field, double time, SynthesisStats* stats) {
    Image image = imageBetween(*pair.key0, *pair.key1, time, unitedWindows(*pair.key0, *pair.key1));
    synthesise(*pair.key0, *pair.key1, pair.roles, pair.canvas, field, image, stats);
    return image;
}

Plane squaredErrors(const Pair& pair, const Field& field, const Image& rendered) {
    const ColourPlanes a = linearBeauty(*pair.key0, pair.roles, pair.canvas);
    const ColourPlanes b = linearBeauty(*pair.key1, pair.roles, pair.canvas);
    const ColourPlanes truth = linearBeauty(rendered, findRoles(rendered), pair.canvas);
    Plane squares(width(pair.canvas), height(pair.canvas));
    for (Plane ColourPlanes::*channel : {&ColourPlanes::r, &ColourPlanes::g, &ColourPlanes::b}) {
        const Plane made = synthesisePlane(a.*channel, b.*channel, field);
        for (std::size_t i = 0; i < squares.values.size(); ++i) {
            const float d = displayCurve(made.values[i]) - displayCurve((truth.*channel).values[i]);
            squares.values[i] += d * d / 3;
        }
    }
    return squares;
}

MotionPrior stillMotion(const Box& canvas) {
    const Plane none(width(canvas), height(canvas)), full(width(canvas), height(canvas), 1.0f);
    MotionPrior prior;
    prior.flow0X = prior.flow0Y = prior.flow1X = prior.flow1Y = none;
    prior.confidence0 = prior.confidence1 = full;
    return prior;
}

std::vector<Box> unitedWindows(const Image& key0, const Image& key1) {
    std::vector<Box> windows;
    for (std::size_t p = 0; p < key0.parts.size(); ++p) {
        Box box = key0.parts[p].dataWindow;
        box.extendBy(key1.parts[p].dataWindow);
        windows.push_back(box);
    }
    return windows;
}

Pair makePair(std::shared_ptr<const Image> key0, std::shared_ptr<const Image> key1, int gap,
              const std::string& vectorChoice, std::size_t maxPixels, SharedPairFlow* sharedFlow) {
    requireSameChannels(*key0, *key1);
    Pair pair;
    pair.gap = gap;
    pair.roles = findRoles(*key0);
    for (const Box& window : unitedWindows(*key0, *key1))
        pair.canvas.extendBy(window);
    requireCanvas(*key1, pair.canvas, maxPixels);
    if (!pair.roles.red && !pair.roles.green && !pair.roles.blue)
        throw Error(ErrorKind::input,
                    fmt::format("{}: no colour channels found (R, G, B or Y); name them with --channels",
                                key0->path.string()));

    pair.view = makeView(linearBeauty(*key0, pair.roles, pair.canvas), linearBeauty(*key1, pair.roles, pair.canvas));

    if (vectorChoice != "none" && pair.roles.vector[0]) {
        const std::string convention = vectorChoice == "auto" ? pair.roles.vectorConvention : vectorChoice;
        pair.vectors0 = toRendererVectors(convention, rawVectors(*key0, pair.roles, pair.canvas));
        pair.vectors1 = toRendererVectors(convention, rawVectors(*key1, pair.roles, pair.canvas));
        if (!vectorsExplain(pair.view, pair.vectors0, pair.vectors1, gap))
            pair.vectors0 = pair.vectors1 = {};
    }
    // A turntable that came round shows the same picture again, and its vectors say so.
    pair.still = sameSamples(*key0, *key1) && !tellOfMotion(pair.vectors0) && !tellOfMotion(pair.vectors1);
    if (pair.still) {
        pair.key0 = std::move(key0);
        pair.key1 = std::move(key1);
        return pair;
    }
    if (pair.vectors0.empty()) {
        const auto estimate = [&] { return estimatePairFlow(pair.view, pair.canvas); };
        const bool isLarge = pair.view.key0.r.values.size() >= largePixels;
        const PairFlow* known = sharedFlow && !isLarge ? sharedFlow->get(estimate) : nullptr;
        PairFlow flow = known ? *known : estimate();
        pair.flow = std::move(flow.flow);
        pair.classicalFlow = std::move(flow.classical);
        pair.cut = flow.cut;
    } else {
        pair.flow = estimateFlow(pair.view, true);
        pair.cut = isCut(pair.view, &*pair.flow);
        if (pair.roles.depth) {
            constexpr float nothingThere = std::numeric_limits<float>::infinity();
            pair.depth0 = planeOf(*key0, pair.roles.depth, pair.canvas, nothingThere);
            pair.depth1 = planeOf(*key1, pair.roles.depth, pair.canvas, nothingThere);
        }
    }
    pair.key0 = std::move(key0);
    pair.key1 = std::move(key1);
    return pair;
}

bool Pair::takesNeighbours() const {
    return flow && vectors0.empty() && !cut && view.key0.r.values.size() < largePixels;
}

std::optional<PairFlow> flowBetween(std::shared_ptr<const Image> key0, std::shared_ptr<const Image> key1, std::size_t maxPixels) {
    constexpr int anyGap = 1;
    Pair pair = makePair(std::move(key0), std::move(key1), anyGap, "none", maxPixels);
    if (pair.still)
        return std::nullopt;
    return PairFlow{std::move(*pair.flow), std::move(pair.classicalFlow), pair.cut, pair.canvas};
}

void bendPaths(Pair& pair, const PairBeside& before, const PairBeside& after) {
    const auto neighbour = [&](const PairBeside& beside, const FlowPair* flow) {
        NeighbourFlow out;
        if (!flow || beside.flow->cut)
            return out;
        out.flow = flow;
        out.length = double(beside.frames) / pair.gap;
        out.offsetX = pair.canvas.min.x - beside.flow->canvas.min.x;
        out.offsetY = pair.canvas.min.y - beside.flow->canvas.min.y;
        return out;
    };
    const auto main = [](const PairBeside& beside) { return beside.flow ? &beside.flow->flow : nullptr; };
    const auto classical = [](const PairBeside& beside) {
        return beside.flow && beside.flow->classical ? &*beside.flow->classical : nullptr;
    };
    bendPaths(*pair.flow, neighbour(before, main(before)), neighbour(after, main(after)));
    if (pair.classicalFlow)
        bendPaths(*pair.classicalFlow, neighbour(before, classical(before)), neighbour(after, classical(after)));
}

} // namespace inbetween
