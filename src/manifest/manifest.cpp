#include "inbetween/manifest.h"

#include "base/atomic_file.h"
#include "inbetween/sequence.h"
#include "manifest/csv.h"
#include "manifest/names.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace inbetween {
namespace {

// A frame that is not there has to be rendered, whatever its verdict says.
bool toBeRendered(const ManifestFrame& frame) {
    if (frame.status == FrameStatus::rendered)
        return false;
    return frame.finalVerdict() == Verdict::rerender || frame.status != FrameStatus::complete;
}

std::string numberCell(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

} // namespace

Manifest::Totals Manifest::totals() const {
    Totals totals;
    totals.rendered = static_cast<int>(keyframes.size());
    double saved = 0;
    for (const ManifestFrame& frame : frames) {
        totals.generated += frame.status == FrameStatus::complete;
        totals.failed += frame.status == FrameStatus::failed;
        totals.flagged += toBeRendered(frame);
        totals.rendered += frame.status == FrameStatus::rendered;
        if (frame.status == FrameStatus::complete && !toBeRendered(frame))
            saved += 1 - frame.splicedShare;
    }
    totals.flagged += static_cast<int>(unusableKeyframes.size());
    const auto outside = std::count_if(unusableKeyframes.begin(), unusableKeyframes.end(), [&](int key) {
        return std::find(keyframes.begin(), keyframes.end(), key) == keyframes.end();
    });
    const std::size_t all = keyframes.size() + std::size_t(outside) + frames.size();
    totals.rendersSavedShare = all ? saved / double(all) : 0.0;
    return totals;
}

std::vector<int> Manifest::rerenderFrames() const {
    std::vector<int> numbers = unusableKeyframes;
    for (const ManifestFrame& frame : frames)
        if (toBeRendered(frame))
            numbers.push_back(frame.frame);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

void writeManifestCsv(const std::filesystem::path& file, const Manifest& manifest) {
    std::string csv = "frame,key0,key1,time,status,verdict,score,worstBlocks";
    for (const auto& [name, member] : featureNames)
        csv += fmt::format(",{}", name);
    csv += ",rerenderProbability";
    csv += ",regions,cut,badSamples,motionSource,path,pixelHash,reasons,error,decidedBy,decidedAt,comment\n";
    for (const ManifestFrame& frame : manifest.frames) {
        csv += fmt::format("{},{},{},{},{},{},{},{}", frame.frame, frame.key0, frame.key1,
                           numberCell(frame.time), nameOf(statusNames, frame.status),
                           nameOf(verdictNames, frame.finalVerdict()), numberCell(frame.score),
                           numberCell(frame.worstBlocks));
        for (const auto& [name, member] : featureNames)
            csv += fmt::format(",{}", numberCell(frame.features.*member));
        csv += "," + (frame.rerenderProbability ? numberCell(*frame.rerenderProbability) : std::string());
        csv += fmt::format(",{},{},{},{},{},{},{},{}", frame.regions.size(), frame.cut ? "yes" : "no",
                           frame.badSamples, textCell(frame.motionSource), textCell(frame.path),
                           textCell(frame.pixelHash),
                           textCell(fmt::format("{}", fmt::join(frame.reasons, "; "))),
                           textCell(frame.error));
        const Decision decision = frame.decision.value_or(Decision{});
        csv += fmt::format(",{},{},{}\n", textCell(decision.by), textCell(decision.at),
                           textCell(decision.comment));
    }
    writeTextAtomically(file, csv);
}

void writeRerenderList(const std::filesystem::path& file, const Manifest& manifest) {
    const std::vector<int> frames = manifest.rerenderFrames();
    writeTextAtomically(file, frames.empty() ? std::string() : fmt::format("{}\n", formatFrameList(frames)));
}

} // namespace inbetween
