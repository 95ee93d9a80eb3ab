#include "pipeline/frame_collector.h"

#include <fmt/format.h>
#include <utility>

namespace inbetween {
namespace {

void markCut(ManifestFrame& record) {
    const std::string inputHash = record.inputHash;
    markNotMade(record, FrameStatus::notMade, fmt::format("cut between {} and {}", record.key0, record.key1));
    record.inputHash = inputHash; // a later run need not look again
}

} // namespace

FrameCollector::FrameCollector(const RunOptions& options, const ShotPlan& plan,
                               const ProgressCallback& progress, RunResult& result)
    : options_(options), plan_(plan), progress_(progress), result_(result), total_(plan.framesToMake()) {
    for (const SequenceProblem& problem : plan.sequence.problems)
        if (isUnusableKeyframe(problem))
            result_.unusableKeyframes.push_back(problem.message);
}

void FrameCollector::report(RunEvent event, int frame, const std::string& message) const {
    if (progress_)
        progress_({event, done_, total_, frame, message});
}

void FrameCollector::collect(Frame& frame, Journal& journal) {
    ++done_;
    ManifestFrame& record = frame.record;
    if (!record.error.empty()) {
        markNotMade(record, FrameStatus::failed, std::string(record.error));
        ++result_.failed;
        report(RunEvent::frameFailed, record.frame, record.error);
    } else {
        if (frame.isAcrossCut)
            markCut(record);
        else
            ++result_.made;
        if (options_.verify)
            compareWithEarlier(record);
        journal.append(record);
        report(RunEvent::frameDone, record.frame);
    }
    made_.push_back(std::move(record));
}

std::vector<ManifestFrame> FrameCollector::records(const OutputFolder& output) {
    std::vector<ManifestFrame> records = std::move(made_);
    records.insert(records.end(), plan_.notMade.begin(), plan_.notMade.end());
    for (const ManifestFrame& frame : plan_.notMade)
        result_.failed += frame.status == FrameStatus::failed;
    for (const PlannedGap& gap : plan_.gaps)
        for (const PlannedFrame& frame : gap.frames) {
            if (!frame.isKept)
                continue;
            records.push_back(frame.record);
            ++result_.kept;
            if (options_.verify && frame.record.status == FrameStatus::complete)
                ++result_.verified; // read and compared when the plan was made
        }
    for (const PlannedRendered& rendered : plan_.cameBack) {
        records.push_back(output.takeRendered(rendered, plan_));
        result_.failed += records.back().status == FrameStatus::failed;
    }
    return records;
}

// The manifest keeps the hash it had, so that nobody takes another frame for the same one later.
void FrameCollector::compareWithEarlier(ManifestFrame& record) {
    const auto known = plan_.earlier.find(record.frame);
    if (known == plan_.earlier.end() || known->second.status != FrameStatus::complete)
        return;
    const ManifestFrame& before = known->second;
    if (before.inputHash != record.inputHash)
        result_.differing.push_back(
            fmt::format("frame {}: was made from other keyframes, with other settings, another model "
                        "or on another kind of processor than the manifest says",
                        record.frame));
    else if (before.pixelHash != record.pixelHash)
        result_.differing.push_back(fmt::format("frame {}: has the pixel hash {}, the manifest says {}",
                                                record.frame, record.pixelHash, before.pixelHash));
    else
        ++result_.verified;
    if (before.inputHash == record.inputHash)
        record.pixelHash = before.pixelHash;
}

} // namespace inbetween
