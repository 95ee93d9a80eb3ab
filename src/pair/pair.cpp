#include "pair/pair.h"

#include "exr/memory_error.h"
#include "inbetween/error.h"
#include "motion/front_order.h"
#include "motion/stillness.h"
#include "motion/vector_trust.h"
#include "motion/vectors.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <functional>
#include <limits>

namespace inbetween {
namespace {

Plane planeOf(const Image& image, ChannelRef ref, const Box& canvas, float outside) {
    const Part& part = image.parts[ref.part];
    return planeOnCanvas(part, part.channels[ref.channel], canvas, outside);
}

void requireSameChannels(const Image& key0, const Image& key1) {
    const auto different = [&](const std::string& what) {
        throw Error(
            ErrorKind::input,
            fmt::format(
                "{}: {} than in {}; render both keyframes with the same layers, or choose common ones "
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
            if (a[c].type != b[c].type || a[c].xSampling != b[c].xSampling ||
                a[c].ySampling != b[c].ySampling)
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
                    fmt::format("{}: its data window lies so far from that of the keyframe before it that "
                                "{}x{} pixels would be "
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

// All but the flow, and what needs it.
Pair startPair(std::shared_ptr<const Image> key0, std::shared_ptr<const Image> key1, int gap,
               const PairOptions& options) {
    requireSameChannels(*key0, *key1);
    Pair pair;
    pair.gap = gap;
    pair.roles = options.roles ? *options.roles : findRoles(*key0);
    for (const Box& window : unitedWindows(*key0, *key1))
        pair.canvas.extendBy(window);
    requireCanvas(*key1, pair.canvas, options.maxPixels);
    if (!pair.roles.red && !pair.roles.green && !pair.roles.blue)
        throw Error(ErrorKind::input,
                    fmt::format("{}: no colour channels found (R, G, B or Y); name them with --channels",
                                key0->path.string()));

    pair.view = makeView(linearBeauty(*key0, pair.roles, pair.canvas),
                         linearBeauty(*key1, pair.roles, pair.canvas));

    if (options.vectors != "none" && pair.roles.vector[0]) {
        const std::string convention = options.vectors == "auto" ? pair.roles.vectorConvention
                                                                 : options.vectors;
        pair.vectors0 = toRendererVectors(convention, rawVectors(*key0, pair.roles, pair.canvas));
        pair.vectors1 = toRendererVectors(convention, rawVectors(*key1, pair.roles, pair.canvas));
        dropImpossibleVectors(pair.vectors0);
        dropImpossibleVectors(pair.vectors1);
    }
    // A turntable that came round shows the same picture again, and its vectors say so. Where they are all 0,
    // it may be that nothing moves, or that the renderer left the pass empty.
    if (!tellOfMotion(pair.vectors0) && !tellOfMotion(pair.vectors1)) {
        pair.vectors0 = pair.vectors1 = {};
        pair.still = sameSamples(*key0, *key1) || standsStill(pair.view);
    }
    pair.key0 = std::move(key0);
    pair.key1 = std::move(key1);
    return pair;
}

// Beside vectors, from 4K on, the estimated flow is a coarser one.
bool isLarge(const View& view, bool hasVectors) {
    constexpr std::size_t from4KPixels = 8'000'000;
    return view.key0.r.values.size() >= (hasVectors ? from4KPixels : over4KPixels);
}

bool holds(const PairFlow& flow, FlowDepth depth) {
    if (depth == FlowDepth::classical || flow.cut)
        return true;
    return depth == FlowDepth::largeDisplacement ? flow.upright.largeDisplacement.has_value()
                                                 : flow.rotated.has_value();
}

// Leaves of the vectors what the pictures do not speak against, all or none of it empty. `better`: another
// flow to ask where this one tells too little; may be empty. Returns whether all but a few pixels have a
// vector.
bool keepRightVectors(Pair& pair, const FlowPair& flow, const std::function<const FlowPair&()>& better) {
    constexpr double few = 0.02;
    VectorVerdict verdict = dropWrongVectors(pair.view, flow, pair.gap, pair.vectors0, pair.vectors1,
                                             !better);
    if (better && verdict.doubtful)
        verdict = dropWrongVectors(pair.view, better(), pair.gap, pair.vectors0, pair.vectors1);
    if (verdict.missing >= 1.0 || !vectorsExplain(pair.view, pair.vectors0, pair.vectors1, pair.gap)) {
        verdict.missing = 1.0;
        pair.vectors0 = pair.vectors1 = {};
    }
    return verdict.missing <= few;
}

// No motion where the vectors turn out to be of no use: then it is estimated as where there never were any.
void estimateAlone(Pair& pair) {
    const bool hasVectors = !pair.vectors0.empty();
    PairMotion& motion = pair.motion.emplace(PairMotion{estimateFlow(pair.view, hasVectors), {}});
    pair.cut = isCut(pair.view, &motion.flow);
    if (pair.cut)
        return;
    if (!hasVectors)
        motion.flow = withLargeDisplacement(pair.view, motion.flow);
    else if (!keepRightVectors(pair, motion.flow, {}) && pair.vectors0.empty())
        pair.motion.reset();
}

void estimateShared(Pair& pair, const PairOptions& options, SharedPairFlow* sharedFlow) {
    SharedPairFlow own;
    const auto source = [&] { return SharedPairFlow::Source{&pair.view, pair.canvas}; };
    const auto flowOf = [&](FlowDepth depth) -> const PairFlow& {
        const PairFlow* shared = sharedFlow ? sharedFlow->get(depth, source) : nullptr;
        // Whoever asked for it first may not have been able to read a keyframe.
        return shared && holds(*shared, depth) ? *shared : *own.get(depth, source);
    };
    FlowDepth depth = options.secondPass ? FlowDepth::secondPass : FlowDepth::largeDisplacement;
    if (!pair.vectors0.empty()) {
        const PairFlow& known = flowOf(FlowDepth::classical);
        const auto better = [&]() -> const FlowPair& {
            return *flowOf(FlowDepth::largeDisplacement).upright.largeDisplacement;
        };
        if (known.cut || keepRightVectors(pair, known.upright.classical, better))
            depth = FlowDepth::classical;
    }
    const PairFlow& known = flowOf(depth);
    pair.cut = known.cut;
    if (depth == FlowDepth::classical || pair.cut)
        pair.motion = {known.upright.classical, {}};
    else
        pair.motion = {*known.upright.largeDisplacement, known.upright.classical};
    if (depth == FlowDepth::secondPass && !pair.cut)
        pair.second = {*known.rotated->largeDisplacement, known.rotated->classical};
}

void setDistances(Pair& pair) {
    constexpr float nothingThere = std::numeric_limits<float>::infinity();
    if (pair.roles.depth) {
        pair.depth0 = planeOf(*pair.key0, pair.roles.depth, pair.canvas, nothingThere);
        pair.depth1 = planeOf(*pair.key1, pair.roles.depth, pair.canvas, nothingThere);
    } else if (!isLarge(pair.view, true)) {
        Distances distances = distancesByOcclusion(pair.vectors0, pair.vectors1, pair.motion->flow, pair.gap);
        pair.depth0 = std::move(distances.of0);
        pair.depth1 = std::move(distances.of1);
        pair.depthIsEstimated = true;
    }
}

MotionPrior motionOf(const Pair& pair, const std::optional<PairMotion>& motion, double time) {
    MotionInput input;
    input.view = &pair.view;
    input.gap = pair.gap;
    input.flow = motion ? &motion->flow : nullptr;
    input.classicalFlow = motion && motion->classical ? &*motion->classical : nullptr;
    if (!pair.vectors0.empty()) {
        input.vectors0 = &pair.vectors0;
        input.vectors1 = &pair.vectors1;
        input.vectorsChecked = true;
        input.depthIsEstimated = pair.depthIsEstimated;
    }
    if (!pair.depth0.empty()) {
        input.depth0 = &pair.depth0;
        input.depth1 = &pair.depth1;
    }
    return motionPrior(input, time);
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
    return pair.still ? stillMotion(pair.canvas) : motionOf(pair, pair.motion, time);
}

Field fieldOf(const Pair& pair, const Network& network, MotionPrior prior, double time) {
    if (pair.still)
        return fieldFromPrior(std::move(prior), time);
    Field field = network.infer(pair.view, std::move(prior), time);
    if (!pair.second)
        return field;
    field.second = std::make_shared<Field>(
        network.inferRotated(pair.view, motionOf(pair, pair.second, time), time));
    field.second->confidence0 = field.second->confidence1 = {}; // risk asks the first one
    Plane& error = field.error;
    for (std::size_t i = 0; i < error.values.size(); ++i)
        error.values[i] = 0.5f * (error.values[i] + field.second->error.values[i]);
    field.second->error = {};
    return field;
}

RiskInput riskInputOf(const Pair& pair, const Field& field, double time) {
    RiskInput input;
    input.view = &pair.view;
    input.field = &field;
    input.flow = pair.motion ? &pair.motion->flow : nullptr;
    input.canvas = pair.canvas;
    input.window = intersection(pair.canvas, pair.key0->displayWindow);
    input.gap = pair.gap;
    input.time = time;
    return input;
}

Image inBetween(const Pair& pair, const Field& field, double time, SynthesisStats* stats) {
    Image image = imageBetween(*pair.key0, *pair.key1, time, unitedWindows(*pair.key0, *pair.key1));
    synthesise(*pair.key0, *pair.key1, pair.roles, pair.canvas, field, image, stats);
    return image;
}

Plane squaredErrors(const Pair& pair, const Field& field, const Image& rendered, const ChannelRoles& roles) {
    const ColourPlanes a = linearBeauty(*pair.key0, pair.roles, pair.canvas);
    const ColourPlanes b = linearBeauty(*pair.key1, pair.roles, pair.canvas);
    const ColourPlanes truth = linearBeauty(rendered, roles, pair.canvas);
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
              const PairOptions& options, SharedPairFlow* sharedFlow) {
    Pair pair = startPair(std::move(key0), std::move(key1), gap, options);
    if (pair.still)
        return pair;
    while (!pair.motion) {
        if (isLarge(pair.view, !pair.vectors0.empty()))
            estimateAlone(pair);
        else
            estimateShared(pair, options, sharedFlow);
    }
    if (!pair.vectors0.empty() && !pair.cut)
        setDistances(pair);
    return pair;
}

bool Pair::takesNeighbours() const {
    return motion && !cut && !isLarge(view, !vectors0.empty());
}

void curvePaths(Pair& pair, const NeighbourGap& before, const NeighbourGap& after, std::size_t maxPixels) {
    if (!pair.takesNeighbours())
        return;
    const FlowDepth depth = pair.second              ? FlowDepth::secondPass
                            : pair.motion->classical ? FlowDepth::largeDisplacement
                                                     : FlowDepth::classical;
    const auto known = [&](const NeighbourGap& beside, bool isBefore) -> const PairFlow* {
        if (!beside.flow || !beside.key)
            return nullptr;
        Pair other; // keeps the view
        const PairFlow* flow = beside.flow->get(depth, [&]() -> SharedPairFlow::Source {
            try {
                const PairOptions options{"none", maxPixels, pair.roles};
                if (!other.key0)
                    other = isBefore ? startPair(beside.key, pair.key0, beside.frames, options)
                                     : startPair(pair.key1, beside.key, beside.frames, options);
            } catch (const MemoryError&) {
                throw;
            } catch (const Error&) { // its own gap will say why
                return {};
            }
            return other.still ? SharedPairFlow::Source{} : SharedPairFlow::Source{&other.view, other.canvas};
        });
        return flow && !flow->cut && holds(*flow, depth) ? flow : nullptr;
    };
    const PairFlow* flows[2] = {known(before, true), known(after, false)};
    if (!flows[0] && !flows[1])
        return;
    const auto beside = [&](int which, bool isSecond, bool large) {
        if (!flows[which])
            return NeighbourFlow{};
        const EstimatedFlow& flow = isSecond ? *flows[which]->rotated : flows[which]->upright;
        const Box& canvas = flows[which]->canvas;
        return NeighbourFlow{large ? &*flow.largeDisplacement : &flow.classical,
                             double((which ? after : before).frames) / pair.gap,
                             pair.canvas.min.x - canvas.min.x, pair.canvas.min.y - canvas.min.y};
    };
    for (std::optional<PairMotion>* motion : {&pair.motion, &pair.second}) {
        if (!*motion)
            continue;
        PairMotion& curved = **motion;
        const bool isSecond = motion == &pair.second, large = curved.classical.has_value();
        curvePaths(curved.flow, beside(0, isSecond, large), beside(1, isSecond, large));
        if (large) {
            fillUnsure(pair.view, curved.flow);
            curvePaths(*curved.classical, beside(0, isSecond, false), beside(1, isSecond, false));
        }
    }
}

} // namespace inbetween
