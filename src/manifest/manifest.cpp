#include "inbetween/manifest.h"

#include "base/atomic_file.h"
#include "base/text.h"
#include "inbetween/rerender.h"
#include "inbetween/sequence.h"
#include "manifest/csv.h"
#include "manifest/names.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace inbetween {
namespace {

// A frame that is not there has to be rendered, whatever its verdict says; so has one that lacks a file.
bool toBeRendered(const ManifestFrame& frame) {
    if (frame.lacksFile())
        return true;
    if (frame.status == FrameStatus::rendered)
        return false;
    return frame.finalVerdict() == Verdict::rerender || frame.status != FrameStatus::complete;
}

bool isPartial(const ManifestFrame& frame) {
    return frame.status == FrameStatus::complete && frame.finalVerdict() == Verdict::partial &&
           !toBeRendered(frame);
}

// Boxes that overlap were paid for twice.
double splicedCost(const ManifestFrame& frame, double overhead) {
    if (frame.errors.empty())
        return frame.splicedShare;
    double pixels = 0;
    for (const Box& box : frame.spliced)
        pixels += pixelCount(box);
    return pixels / pixelCount(frame.errors.canvas) + overhead * double(frame.spliced.size());
}

std::string numberCell(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

void addSeconds(const Manifest& manifest, Manifest::Totals& totals) {
    if (manifest.renderTimes.empty())
        return;
    double all = 0, cost = 0;
    const auto add = [&](int frame, double share) {
        const double seconds = secondsOf(manifest.renderTimes, frame);
        all += seconds;
        cost += share * seconds;
    };
    for (const int key : manifest.keyframes)
        add(key, 1);
    for (const int key : manifest.unusableKeyframes)
        if (std::find(manifest.keyframes.begin(), manifest.keyframes.end(), key) == manifest.keyframes.end())
            add(key, 1);
    for (const ManifestFrame& frame : manifest.frames)
        add(frame.frame, renderedCost(frame, manifest.verdictOptions.partialOverhead));
    totals.secondsOfAll = all;
    totals.secondsOfCost = cost;
}

} // namespace

double renderedCost(const ManifestFrame& frame, double partialOverhead) {
    if (frame.status != FrameStatus::complete)
        return 1;
    const double before = splicedCost(frame, partialOverhead);
    return toBeRendered(frame) ? 1 + before : isPartial(frame) ? frame.boxCost + before : before;
}

Manifest::Totals Manifest::totals() const {
    Totals totals;
    totals.rendered = static_cast<int>(keyframes.size());
    for (const ManifestFrame& frame : frames) {
        totals.generated += frame.status == FrameStatus::complete;
        totals.failed += frame.status == FrameStatus::failed;
        totals.flagged += toBeRendered(frame) || isPartial(frame);
        totals.partial += isPartial(frame);
        totals.overBudget += frame.overBudget && frame.finalVerdict() == Verdict::keep;
        totals.rendered += frame.status == FrameStatus::rendered;
        totals.cost += renderedCost(frame, verdictOptions.partialOverhead);
    }
    totals.flagged += static_cast<int>(unusableKeyframes.size());
    const auto outside = std::count_if(unusableKeyframes.begin(), unusableKeyframes.end(), [&](int key) {
        return std::find(keyframes.begin(), keyframes.end(), key) == keyframes.end();
    });
    totals.all = int(keyframes.size() + std::size_t(outside) + frames.size());
    totals.cost += double(keyframes.size() + std::size_t(outside));
    totals.rendersSavedShare = totals.all > 0 ? 1 - totals.cost / totals.all : 0.0;
    addSeconds(*this, totals);
    return totals;
}

std::vector<int> Manifest::partialFrames() const {
    std::vector<int> numbers;
    for (const ManifestFrame& frame : frames)
        if (isPartial(frame))
            numbers.push_back(frame.frame);
    return numbers;
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
                           frame.badSamples, textCell(frame.motionSource), textCell(utf8Name(frame.path)),
                           textCell(frame.pixelHash),
                           textCell(fmt::format("{}", fmt::join(frame.reasons, "; "))),
                           textCell(frame.error));
        const Decision decision = frame.decision.value_or(Decision{});
        csv += fmt::format(",{},{},{}\n", textCell(decision.by), textCell(decision.at),
                           textCell(decision.comment));
    }
    writeTextAtomically(file, csv);
}

void writeShotFiles(const std::filesystem::path& folder, const Manifest& manifest) {
    writeManifest(folder / "manifest.json", manifest);
    writeManifestCsv(folder / "manifest.csv", manifest);
    writeRerenderList(folder / "rerender.txt", manifest);
    writeRegionsJson(folder / "regions.json", manifest);
    writeRegionsText(folder / "regions.txt", manifest);
}

void writeRerenderList(const std::filesystem::path& file, const Manifest& manifest) {
    const std::vector<int> frames = manifest.rerenderFrames();
    writeTextAtomically(file, frames.empty() ? std::string() : fmt::format("{}\n", formatFrameList(frames)));
}

} // namespace inbetween
