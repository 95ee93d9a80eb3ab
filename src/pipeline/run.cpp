#include "inbetween/run.h"

#include "inbetween/error.h"
#include "inbetween/large_memory.h"
#include "inbetween/learn.h"
#include "inbetween/roles.h"
#include "pipeline/flow_graph.h"
#include "pipeline/frame_collector.h"
#include "pipeline/frame_identity.h"
#include "pipeline/frame_maker.h"
#include "pipeline/journal.h"
#include "pipeline/keyframe_source.h"
#include "pipeline/output_folder.h"
#include "pipeline/self_calibration.h"
#include "pipeline/settings.h"
#include "pipeline/shot_manifest.h"
#include "pipeline/shot_plan.h"
#include "pipeline/shot_roles.h"
#include "pipeline/stage_times.h"
#include "pipeline/summary.h"
#include "pipeline/work_plan.h"
#include "rendered/splice.h"
#include "sequence/frame_files.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

namespace inbetween {
namespace {

FrameIdentity identityOf(const RunOptions& options, const Network& network) {
    return {options, network.model().hash, network.precision(), network.instructionSet()};
}

void requireEarlierRun(const RunOptions& options, const ShotPlan& plan) {
    if (options.verify && plan.earlier.empty())
        throw Error(ErrorKind::usage,
                    fmt::format("{}: there is no manifest to compare with; run without --verify first",
                                options.out.string()));
}

std::vector<Stage> stagesOf(const FrameMaker& maker, const RunOptions& options, const ShotPlan& plan,
                            const OutputFolder& output) {
    std::vector<Stage> stages = maker.stages();
    if (!plan.rendered.regions.empty())
        stages.push_back({"splice", [&options](Frame& frame) {
                              if (!frame.regions.empty())
                                  setInRegions(frame.image, frame.regions,
                                               findRoles(frame.image, options.roles), options.read,
                                               frame.maps, frame.record);
                          }});
    stages.push_back({"write", [&](Frame& frame) {
                          keepChannels(frame.image, options.read.channels);
                          output.write(frame, plan.sequence);
                      }});
    return stages;
}

// As asked for, with what was found of the shot: what its layers are for, and how its vectors are to be read.
RunOptions completed(RunOptions options, const LoadedShot& shot, const ShotRoles& roles) {
    options.roles = roles.options;
    options.read.guides = roles.guides;
    options.vectors = shot.vectors;
    return options;
}

RunResult makeShot(const RunOptions& asked, const ProgressCallback& progress) {
    const ResourceUse before = ResourceUse::now();
    StageRecorder recorder(!asked.trace.empty());
    LoadedShot shot = loadShot(asked);
    const ShotRoles roles = rolesOfShot(shot.sequence, asked);
    const RunOptions options = completed(asked, shot, roles);
    const ShotTimes times = renderTimesOf(options, shot.sequence);
    const Network network(options.model, options.precision);
    std::optional<RiskModel> riskModel;
    if (!options.riskModel.empty())
        riskModel = RiskModel::load(options.riskModel);
    const OutputFolder output(options, shot.sequence, network.model());
    const WorkPlan work = planFor(options, shot.sequence, roles.groups.size());
    const int threads = work.threads;
    setExrThreads(threads);

    const FrameIdentity identity(options, network.model().hash, network.precision(),
                                 network.instructionSet());
    const ShotPlan plan = [&] {
        const StageRecorder::Scope scope(recorder, "plan");
        return planShot(std::move(shot), options, &identity, threads);
    }();
    requireEarlierRun(options, plan);
    const GraphLimits limits = limitsOf(work);
    RunResult result;
    FrameCollector collector(options, plan, progress, result);
    collector.report(RunEvent::started);

    std::optional<SelfCalibration> calibration;
    if (options.selfCalibrate) {
        const StageRecorder::Scope scope(recorder, "self-calibration");
        calibration = selfCalibrate(plan, options, network, identity, limits);
    }
    const FrameMaker maker(network, {.pair = pairOptionsOf(options),
                                     .factor = calibration ? calibration->factor : 1.0,
                                     .keepMaps = options.riskMaps});
    KeyframeSource source(plan, identity, options.roles, [&](const SequenceFrame& key) {
        return readFrameFiles(key, plan.sequence.companions, options.read);
    });
    if (source.gaps() > 0) {
        Journal journal(options.out, options.part);
        runGraph(
            recorder.measured(GapSource{source.gaps(), [&](std::size_t) { return source.next(); }}),
            recorder.measured([&](GapWork& work) { maker.prepare(work); }),
            recorder.measured(stagesOf(maker, options, plan, output)),
            [&](const std::unique_ptr<Frame>& frame) { collector.collect(*frame, journal); }, limits);
    }
    {
        const StageRecorder::Scope scope(recorder, "manifest");
        result.manifest = manifestOf(plan, options, network, source.damaged());
        result.manifest.groups = roles.groups;
        result.manifest.selfCalibration = calibration;
        addTimes(result.manifest, times);
        std::vector<ManifestFrame> records = collector.records(output);
        output.removeOthers(plan, records);
        addFrames(result.manifest, std::move(records), plan, riskModel ? &*riskModel : nullptr);
        output.finish(result.manifest);
    }
    writeSummary(summaryPath(options.out, options.part),
                 {before, ResourceUse::now(), recorder.seconds(), threads, int(result.manifest.frames.size()),
                  recorder.times()},
                 result);
    if (!options.trace.empty())
        recorder.writeTrace(options.trace);
    collector.report(RunEvent::finished);
    return result;
}

} // namespace

RunResult run(const RunOptions& options, const ProgressCallback& progress) {
    RunResult result = makeShot(options, progress);
    releaseIdleMemory();
    return result;
}

Plan plan(const RunOptions& options) {
    LoadedShot shot = loadShot(options);
    Plan plan;
    ShotRoles roles;
    try {
        roles = rolesOfShot(shot.sequence, options);
        plan.groups = roles.groups;
    } catch (const Error& error) {
        plan.problem = error.what();
    }
    std::optional<FrameIdentity> identity; // where there may be something to keep
    if (plan.problem.empty() && options.resume && !options.out.empty() &&
        !earlierFrames(options.out).empty()) {
        const Network network(options.model, options.precision);
        identity = identityOf(completed(options, shot, roles), network);
    }
    plan.work = planFor(options, shot.sequence, std::max<std::size_t>(1, plan.groups.size()));
    const ShotPlan found = planShot(std::move(shot), options, identity ? &*identity : nullptr,
                                    plan.work.threads);
    plan.sequence = found.sequence;
    plan.firstKeyframe = readFrameInfo(found.sequence.keyframes.front(), found.sequence.companions,
                                       options.read);
    for (const PlannedGap& gap : found.gaps)
        for (const PlannedFrame& frame : gap.frames)
            (frame.isKept ? plan.keep : plan.make).push_back(frame.record.frame);
    for (const PlannedRendered& rendered : found.cameBack)
        plan.cameBack.push_back(rendered.record.frame);
    return plan;
}

} // namespace inbetween
