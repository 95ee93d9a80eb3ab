#include "pipeline/shot_plan.h"

#include "base/parallel.h"
#include "inbetween/error.h"
#include "inbetween/vector_check.h"
#include "motion/vectors.h"
#include "pipeline/frame.h"
#include "pipeline/frame_check.h"
#include "pipeline/journal.h"
#include "pipeline/risk_map_file.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <iterator>
#include <tbb/task_arena.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

void checkOptions(const RunOptions& options) {
    if (options.vectors != "auto" && options.vectors != "none")
        parseVectorFormat(options.vectors);
    if (!(options.verdict.threshold >= 0)) // NaN, too
        throw Error(ErrorKind::usage, "--threshold: a number from 0 on is needed");
    if (options.verdict.by == RiskMeasure::model && options.riskModel.empty())
        throw Error(ErrorKind::usage,
                    "--risk model: no model is given; add --risk-model FILE (see inbetween learn)");
}

// The keyframe before (-1) or after (1) another one, to which things move on from there. None where the gap
// is too wide, or the two differ. Not a frame that was rendered after all: the gaps beside it would have to
// be made again, and judged again.
std::optional<int> neighbourKey(const ShotPlan& plan, int number, int direction) {
    const auto& keys = plan.sequence.keyframes;
    auto at = std::size_t(plan.sequence.find(number) - keys.data());
    while (direction < 0 ? at-- > 0 : ++at < keys.size())
        if (!plan.rendered.frames.contains(keys[at].number))
            return std::abs(keys[at].number - number) <= plan.sequence.maxGap &&
                           difference(keys[at], *plan.sequence.find(number)).empty()
                       ? std::optional(keys[at].number)
                       : std::nullopt;
    return std::nullopt;
}

PlannedGap planGap(ShotPlan& plan, const Gap& gap, const FrameIdentity* identity) {
    PlannedGap planned;
    planned.key0 = gap.key0;
    planned.key1 = gap.key1;
    planned.before = neighbourKey(plan, gap.key0, -1);
    planned.after = neighbourKey(plan, gap.key1, 1);
    for (const std::optional<int> key :
         {std::optional(gap.key0), std::optional(gap.key1), planned.before, planned.after})
        if (key)
            plan.stamps.try_emplace(*key, stampsOf(*plan.sequence.find(*key)));
    for (const int number : gap.missing) {
        PlannedFrame frame;
        frame.record = plannedRecord(gap.key0, gap.key1, number, plan.sequence.pattern);
        const auto regions = plan.rendered.regions.find(number);
        if (regions != plan.rendered.regions.end())
            frame.regions = regions->second;
        try {
            if (identity)
                frame.record.inputHash = inputHash(*identity, plan.sequence, planned, frame, planned.before,
                                                   planned.after);
        } catch (const std::exception& error) {
            planned.error = reasonOf(error);
        }
        planned.frames.push_back(std::move(frame));
    }
    return planned;
}

// Is the frame of an earlier run, made from the same input, still there, and to the last sample?
bool stillHolds(const ManifestFrame& earlier, const ManifestFrame& planned, const RunOptions& options) {
    if (earlier.status == FrameStatus::notMade)
        return true;
    if (earlier.status != FrameStatus::complete || earlier.path != planned.path)
        return false;
    if (options.riskMaps && !fs::exists(riskMapPath(options.out, earlier.path)))
        return false;
    try {
        const fs::path path = options.out / earlier.path;
        if (!options.keepFrames && !options.verify && !fs::exists(path))
            return true;
        return stringAttribute(path, inputHashAttribute) == planned.inputHash &&
               pixelsDiffer(path, earlier, options.read.maxPixels).empty() &&
               companionsDiffer(options.out, earlier, options.read.maxPixels).empty();
    } catch (const std::exception&) {
        return false; // gone, or damaged: it is made again
    }
}

void keepWhatHolds(ShotPlan& plan, const RunOptions& options, int threads) {
    std::vector<PlannedFrame*> found; // made from the same input
    for (PlannedGap& gap : plan.gaps)
        for (PlannedFrame& frame : gap.frames) {
            const auto earlier = plan.earlier.find(frame.record.frame);
            if (gap.error.empty() && earlier != plan.earlier.end() &&
                earlier->second.inputHash == frame.record.inputHash)
                found.push_back(&frame);
        }
    tbb::task_arena(threads).execute([&] {
        parallelRows(
            int(found.size()),
            [&](int i) {
                const ManifestFrame& planned = found[std::size_t(i)]->record;
                found[std::size_t(i)]->isKept = stillHolds(plan.earlier.at(planned.frame), planned, options);
            },
            1);
    });
    for (PlannedFrame* frame : found)
        if (frame->isKept)
            frame->record = plan.earlier.at(frame->record.frame);
}

// Their frames are named, so that nobody takes them for done.
void nameFramesOfUnfilledGaps(ShotPlan& plan) {
    for (const UnfilledGap& gap : plan.sequence.unfilled) {
        if (!plan.ownGaps.contains(gap.key0))
            continue;
        // A gap that is too large was asked for; what else is wrong is somebody's to mend.
        const FrameStatus status = gap.kind == UnfilledGap::Kind::tooLarge ? FrameStatus::notMade
                                                                           : FrameStatus::failed;
        for (int frame = gap.key0 + 1; frame < gap.key1; ++frame)
            markNotMade(plan.notMade.emplace_back(
                            plannedRecord(gap.key0, gap.key1, frame, plan.sequence.pattern)),
                        status, gap.why);
    }
}

PlannedRendered planRendered(const ShotPlan& plan, int frame, const fs::path& file) {
    std::vector<int> keys = plan.sequence.bounds();
    std::erase_if(keys, [&](int key) { return plan.rendered.frames.contains(key); });
    const auto after = std::ranges::upper_bound(keys, frame);
    PlannedRendered planned{plannedRecord(*std::prev(after), *after, frame, plan.sequence.pattern), file};
    planned.record.status = FrameStatus::rendered;
    return planned;
}

template <class Count> int countFrames(const ShotPlan& plan, Count count) {
    int frames = 0;
    for (const PlannedGap& gap : plan.gaps)
        frames += int(std::ranges::count_if(gap.frames, count));
    return frames;
}

} // namespace

bool PlannedGap::hasWork() const {
    return !std::ranges::all_of(frames, &PlannedFrame::isKept);
}

int ShotPlan::framesToMake() const {
    return countFrames(*this, [](const PlannedFrame& frame) { return !frame.isKept; });
}

int ShotPlan::framesKept() const {
    return countFrames(*this, [](const PlannedFrame& frame) { return frame.isKept; });
}

bool ShotPlan::isOwn(int frame) const {
    const std::vector<int> bounds = sequence.bounds();
    const auto after = std::ranges::upper_bound(bounds, frame);
    return after != bounds.begin() && ownGaps.contains(*std::prev(after));
}

LoadedShot loadShot(const RunOptions& options) {
    checkOptions(options);
    LoadedShot shot;
    Sequence found = findSequence(options.keys, options.sequence);
    addCompanions(found, options.companions);
    shot.sequence = checkKeyframes(std::move(found), options.read);
    // Of the keyframes alone: what comes back must not change the reading.
    shot.vectors = options.out.empty() ? options.vectors : chooseVectors(options, shot.sequence);
    shot.rendered = takeRendered(shot.sequence, options.out, options.read);
    return shot;
}

ShotPlan planShot(LoadedShot shot, const RunOptions& options, const FrameIdentity* identity, int threads) {
    ShotPlan plan;
    plan.sequence = std::move(shot.sequence);
    plan.rendered = std::move(shot.rendered);
    if (!options.out.empty())
        plan.earlier = earlierFrames(options.out);
    plan.ownGaps = gapsOf(plan.sequence, options.part);
    for (const Gap& gap : plan.sequence.gaps)
        if (plan.ownGaps.contains(gap.key0))
            plan.gaps.push_back(planGap(plan, gap, identity));
    if (options.resume && identity)
        keepWhatHolds(plan, options, threads);
    nameFramesOfUnfilledGaps(plan);
    for (const auto& [frame, file] : plan.rendered.frames)
        if (options.part.whole() || plan.isOwn(frame))
            plan.cameBack.push_back(planRendered(plan, frame, file));
    return plan;
}

std::string inputHash(const FrameIdentity& identity, const Sequence& sequence, const PlannedGap& gap,
                      const PlannedFrame& frame, std::optional<int> before, std::optional<int> after) {
    const auto neighbour = [&](std::optional<int> number) {
        return number ? sequence.find(*number) : nullptr;
    };
    return identity.hash(*sequence.find(gap.key0), *sequence.find(gap.key1), frame.record.frame,
                         {neighbour(before), neighbour(after)}, frame.regions);
}

bool isUnusableKeyframe(const SequenceProblem& problem) {
    using Kind = SequenceProblem::Kind;
    return problem.kind == Kind::unreadable || problem.kind == Kind::otherSize ||
           problem.kind == Kind::otherChannels;
}

ManifestFrame plannedRecord(int key0, int key1, int frame, const FramePattern& pattern) {
    ManifestFrame record;
    record.frame = frame;
    record.key0 = key0;
    record.key1 = key1;
    record.time = double(frame - key0) / double(key1 - key0);
    record.path = pattern.path(frame).filename().string();
    return record;
}

void markNotMade(ManifestFrame& record, FrameStatus status, const std::string& why) {
    record.status = status;
    record.path.clear();
    record.pixelHash.clear();
    record.fileHash.clear();
    record.inputHash.clear();
    record.motionSource.clear();
    record.notes.clear();
    record.companions.clear();
    record.score = 1.0;
    record.verdict = Verdict::rerender;
    if (status == FrameStatus::failed)
        record.error = why;
    record.reasons = {why};
}

} // namespace inbetween
