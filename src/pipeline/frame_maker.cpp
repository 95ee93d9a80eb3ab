#include "pipeline/frame_maker.h"

#include "inbetween/error.h"
#include "pipeline/group_risk.h"

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
    if (!std::ranges::equal(key0.layout, key1.layout, {}, &ChannelGroup::channels, &ChannelGroup::channels))
        throw Error(ErrorKind::input,
                    fmt::format("{}: other layers than in {}; render both keyframes with the same layers, or "
                                "choose common ones with --channels",
                                key1.groups.front()->path.string(),
                                key0.groups.front()->path.filename().string()));
}

} // namespace

Pair FrameMaker::pairOf(const GapWork& work, std::size_t group) const {
    const auto flow = [&](const GapFlows::Groups& flows) {
        return group < flows.size() ? flows[group].get() : nullptr;
    };
    const auto neighbour = [&](GapWork::Key at, const GapFlows::Groups& flows, int number) -> NeighbourGap {
        const Keyframe* key = work.keys[at].get();
        if (!key || group >= key->groups.size())
            return {}; // its own gap will say why
        return {flow(flows), std::abs(key->number - number), key->groups[group]};
    };
    const Keyframe &key0 = *work.keys[GapWork::first], &key1 = *work.keys[GapWork::second];
    PairOptions options = options_.pair;
    options.roles = key0.layout[group].roles;
    Pair pair = makePair(key0.groups[group], key1.groups[group], work.length(), options,
                         flow(work.flows.own));
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
            pairs->layout = work.keys[GapWork::first]->layout;
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
    std::vector<Image> images;
    for (std::size_t g = 0; g < frame.groups.size(); ++g) {
        FrameGroup& group = frame.groups[g];
        images.push_back(inBetween(frame.gap->groups[g], group.field, frame.record.time, &stats));
        group.field.spread = {}; // risk, which takes as much memory as anything, does not ask for it
        if (group.field.second)
            group.field.second->spread = {};
    }
    frame.record.badSamples = stats.badSamples;
    frame.image = joinGroups(std::move(images), frame.gap->layout);
}

void FrameMaker::risk(Frame& frame) const {
    std::vector<GroupRisk> risks;
    for (std::size_t g = 0; g < frame.groups.size(); ++g) {
        GroupRisk& group = risks.emplace_back();
        RiskInput input = riskInputOf(frame.gap->groups[g], frame.groups[g].field, frame.record.time);
        input.factor = options_.factor;
        group.name = frame.gap->layout[g].name;
        group.canvas = input.canvas;
        group.risk = assessRisk(input, options_.keepMaps ? &group.maps : nullptr);
        frame.groups[g] = {};
    }
    GroupRisk joined = joinRisks(std::move(risks));
    ManifestFrame& record = frame.record;
    record.score = joined.risk.score;
    record.worstBlocks = joined.risk.worstBlocks;
    record.factor = options_.factor;
    record.cut = joined.risk.cut; // doubtful ones are made, and flagged whatever the threshold
    record.features = joined.risk.features;
    record.errors = std::move(joined.risk.errors);
    record.regions = std::move(joined.risk.regions);
    record.reasons = std::move(joined.risk.reasons);
    frame.maps = std::move(joined.maps);
    frame.canvas = joined.canvas;
}

std::vector<Stage> FrameMaker::stages() const {
    return {{"motion", [this](Frame& frame) { motion(frame); }},
            {"network", [this](Frame& frame) { network(frame); }},
            {"synthesis", [this](Frame& frame) { synthesis(frame); }},
            {"risk", [this](Frame& frame) { risk(frame); }}};
}

} // namespace inbetween
