#include "pipeline/shot_manifest.h"

#include "inbetween/error.h"
#include "inbetween/render_times.h"
#include "inbetween/version.h"
#include "manifest/verdicts.h"
#include "pipeline/settings.h"

#include <algorithm>
#include <optional>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

// Where a keyframe was left out, the in-between at its place is better than nothing, and no more than that.
void flagStandIns(std::vector<ManifestFrame>& frames, const Sequence& sequence) {
    for (ManifestFrame& frame : frames)
        std::erase_if(frame.reasons,
                      [](const std::string& reason) { return reason.starts_with(standsInReason); });
    for (const SequenceProblem& problem : sequence.problems)
        if (isUnusableKeyframe(problem))
            for (ManifestFrame& frame : frames)
                if (frame.frame == problem.frame)
                    frame.reasons.insert(frame.reasons.begin(), standsInReason + problem.message);
}

// What was kept from an earlier run has the factor of that time in its figures.
void bringToFactor(ManifestFrame& record, double factor) {
    if (record.status != FrameStatus::complete || record.factor == factor)
        return;
    const double ratio = factor / record.factor;
    for (double* figure : {&record.score, &record.worstBlocks})
        *figure = std::min(1.0, *figure * ratio);
    for (RiskRegion& region : record.regions)
        region.score = std::min(1.0, region.score * ratio);
    record.factor = factor;
}

std::string sourceOf(const FramePattern& pattern) {
    return (fs::absolute(pattern.directory) / pattern.text()).lexically_normal().string();
}

} // namespace

Manifest manifestOf(const ShotPlan& plan, const RunOptions& options, const Network& network,
                    const std::set<int>& damaged) {
    const Sequence& sequence = plan.sequence;
    Manifest manifest;
    manifest.toolVersion = versionString();
    manifest.modelName = network.model().name;
    manifest.modelVersion = network.model().version;
    manifest.modelHash = network.model().hash;
    manifest.instructionSet = network.instructionSet();
    manifest.precision = nameOf(network.precision());
    manifest.sourcePattern = sourceOf(sequence.pattern);
    manifest.outputPattern = sequence.pattern.text();
    for (const Companion& companion : sequence.companions)
        manifest.companions.push_back(
            {sourceOf(companion.pattern), (fs::path(companion.folder) / companion.pattern.text()).string()});
    const double rate = readExrInfo(sequence.keyframes.front().path).framesPerSecond;
    manifest.framesPerSecond = rate > 0 ? rate : 24;
    for (const SequenceFrame& key : sequence.keyframes)
        if (!plan.rendered.frames.contains(key.number))
            manifest.keyframes.push_back(key.number);
    std::set<int> unusable = damaged;
    for (const SequenceProblem& problem : sequence.problems)
        manifest.problems.push_back(problem.message);
    for (const int key : sequence.unusable) // no frame stands in for it
        if (key < manifest.keyframes.front() || key > manifest.keyframes.back())
            unusable.insert(key);
    manifest.unusableKeyframes.assign(unusable.begin(), unusable.end());
    manifest.verdictOptions = options.verdict;
    manifest.settings = settingsOf(options);
    return manifest;
}

ShotTimes renderTimesOf(const RunOptions& options, const Sequence& sequence) {
    ShotTimes found;
    if (!options.renderTimes.empty()) {
        found.times = readRenderTimes(options.renderTimes, found.problems);
        return found;
    }
    for (const SequenceFrame& key : sequence.keyframes)
        try {
            if (const auto seconds = renderSeconds(key.path))
                found.times[key.number] = *seconds;
        } catch (const Error&) { // a keyframe that cannot be read is named when it is used
        }
    return found;
}

void addTimes(Manifest& manifest, const ShotTimes& times) {
    manifest.renderTimes = times.times;
    manifest.problems.insert(manifest.problems.end(), times.problems.begin(), times.problems.end());
}

void addFrames(Manifest& manifest, std::vector<ManifestFrame> frames, const ShotPlan& plan,
               const RiskModel* riskModel) {
    const double factor = manifest.selfCalibration ? manifest.selfCalibration->factor : 1.0;
    flagStandIns(frames, plan.sequence);
    std::ranges::sort(frames, {}, &ManifestFrame::frame);
    for (ManifestFrame& frame : frames) {
        bringToFactor(frame, factor);
        frame.rerenderProbability = riskModel && frame.status == FrameStatus::complete
                                        ? std::optional(riskModel->probability(frame))
                                        : std::nullopt;
    }
    manifest.frames = std::move(frames);
    decideVerdicts(manifest);
}

} // namespace inbetween
