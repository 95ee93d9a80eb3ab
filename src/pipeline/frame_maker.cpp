#include "pipeline/frame_maker.h"

#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>

namespace inbetween {
namespace {

// The first group's counts where they differ: it has the beauty.
std::string motionSourceOf(const Pair& pair, const MotionPrior& prior) {
    if (pair.still)
        return "none";
    return prior.source == MotionSource::vectors ? "vectors" : "estimated";
}

void requireSameGroups(const Keyframe& key0, const Keyframe& key1) {
    if (key0.groups.size() != key1.groups.size())
        throw Error(ErrorKind::input,
                    fmt::format("{}: {} groups of layers that move together, {} in {}; render both keyframes "
                                "with the same layers",
                                key1.groups.front()->path.string(), key1.groups.size(), key0.groups.size(),
                                key0.groups.front()->path.filename().string()));
}

bool isWorse(const Risk& a, const Risk& b) {
    return verdictError(a.score, a.worstBlocks) > verdictError(b.score, b.worstBlocks);
}

// Block by block the worst of all groups that lie on the same canvas: boxes have to make all of them good.
ErrorMap worstErrors(const std::vector<FrameGroup>& groups, const FrameGroup& worst) {
    ErrorMap errors = worst.risk.errors;
    for (const FrameGroup& group : groups)
        if (group.risk.errors.canvas == errors.canvas)
            for (std::size_t i = 0; i < errors.levels.size(); ++i)
                errors.levels[i] = std::min(errors.levels[i], group.risk.errors.levels[i]);
    return errors;
}

} // namespace

Pair FrameMaker::pairOf(const GapWork& work, std::size_t group) const {
    const auto flow = [&](const GapFlows::Groups& flows) {
        return group < flows.size() ? flows[group].get() : nullptr;
    };
    const auto neighbour = [&](GapWork::Key at, const GapFlows::Groups& flows, int number) -> NeighbourGap {
        const Keyframe* key = work.keys[at].get();
        if (!key || group >= key->groups.size())
            return {};
        return {flow(flows), std::abs(key->number - number), key->groups[group]};
    };
    Pair pair = makePair(work.keys[GapWork::first]->groups[group], work.keys[GapWork::second]->groups[group],
                         work.length(), options_.pair, flow(work.flows.own));
    curvePaths(pair, neighbour(GapWork::before, work.flows.before, work.key0),
               neighbour(GapWork::after, work.flows.after, work.key1), options_.pair.maxPixels);
    return pair;
}

void FrameMaker::prepare(GapWork& work) const {
    std::shared_ptr<GapPairs> pairs;
    if (work.error.empty()) {
        try {
            requireSameGroups(*work.keys[GapWork::first], *work.keys[GapWork::second]);
            pairs = std::make_shared<GapPairs>();
            pairs->missingFiles = work.missingFiles;
            for (std::size_t group = 0; group < work.keys[GapWork::first]->groups.size(); ++group)
                pairs->groups.push_back(pairOf(work, group));
        } catch (const std::exception& error) {
            work.error = reasonOf(error);
        }
    }
    for (const auto& frame : work.frames) {
        if (!work.error.empty())
            frame->record.error = work.error;
        else if (std::ranges::any_of(pairs->groups, &Pair::cut))
            frame->record.cut = frame->isAcrossCut = true;
        else
            frame->gap = pairs;
    }
}

void FrameMaker::motion(Frame& frame) const {
    for (const Pair& pair : frame.gap->groups)
        frame.groups.emplace_back().prior = motionOf(pair, frame.record.time);
    frame.record.motionSource = motionSourceOf(frame.gap->groups.front(), frame.groups.front().prior);
}

void FrameMaker::network(Frame& frame) const {
    for (std::size_t g = 0; g < frame.groups.size(); ++g) {
        FrameGroup& group = frame.groups[g];
        group.field = fieldOf(frame.gap->groups[g], network_, std::move(group.prior), frame.record.time);
    }
}

void FrameMaker::synthesis(Frame& frame) const {
    SynthesisStats stats;
    for (std::size_t g = 0; g < frame.groups.size(); ++g) {
        FrameGroup& group = frame.groups[g];
        group.image = inBetween(frame.gap->groups[g], group.field, frame.record.time, &stats);
        group.field.spread = {}; // risk, which takes as much memory as anything, does not ask for it
        if (group.field.second)
            group.field.second->spread = {};
    }
    frame.record.badSamples = stats.badSamples;
    frame.image = std::move(frame.groups.front().image);
}

void FrameMaker::risk(Frame& frame) const {
    for (std::size_t g = 0; g < frame.groups.size(); ++g) {
        FrameGroup& group = frame.groups[g];
        RiskInput input = riskInputOf(frame.gap->groups[g], group.field, frame.record.time);
        input.factor = options_.factor;
        group.risk = assessRisk(input, options_.keepMaps ? &group.maps : nullptr);
        frame.canvas.extendBy(input.canvas);
    }
    FrameGroup& worst = *std::ranges::max_element(frame.groups, [](const FrameGroup& a, const FrameGroup& b) {
        return isWorse(b.risk, a.risk);
    });
    ManifestFrame& record = frame.record;
    record.score = worst.risk.score;
    record.worstBlocks = worst.risk.worstBlocks;
    record.factor = options_.factor;
    record.cut = worst.risk.cut; // doubtful ones are made, and flagged whatever the threshold
    record.features = worst.risk.features;
    record.errors = worstErrors(frame.groups, worst);
    record.regions = std::move(worst.risk.regions);
    record.reasons = std::move(worst.risk.reasons);
    frame.maps = std::move(worst.maps);
    frame.groups.clear();
}

std::vector<Stage> FrameMaker::stages() const {
    return {{"motion", [this](Frame& frame) { motion(frame); }},
            {"network", [this](Frame& frame) { network(frame); }},
            {"synthesis", [this](Frame& frame) { synthesis(frame); }},
            {"risk", [this](Frame& frame) { risk(frame); }}};
}

} // namespace inbetween
