#include "inbetween/rerender.h"
#include "manifest/verdicts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace inbetween {
namespace {

// Root mean square error at half the gap, as a share of that at the whole one: 3 dB on the quality benchmark.
constexpr double errorAtHalfGap = 0.7;

bool isFlagged(const ManifestFrame& frame) {
    return frame.lacksFile() ||
           (frame.status != FrameStatus::rendered &&
            (frame.status != FrameStatus::complete || frame.finalVerdict() != Verdict::keep));
}

// What the frame is still to cost.
double costOf(const ManifestFrame& frame) {
    const bool boxes = frame.status == FrameStatus::complete && frame.finalVerdict() == Verdict::partial;
    return boxes && !frame.lacksFile() ? frame.boxCost : 1;
}

// The same, once the middle of its gap is rendered.
double costAfter(const ManifestFrame& frame, const VerdictOptions& options) {
    if (frame.status != FrameStatus::complete || frame.cut)
        return 0; // it is made then
    if (errorAtHalfGap * verdictFigure(frame, options) < flaggedFrom(options))
        return 0;
    const auto boxes = boxesFor(frame, options, errorAtHalfGap);
    return boxes ? boxes->cost : 1;
}

using Frames = std::vector<const ManifestFrame*>;

// The frame of a gap that is to be rendered before the others, or null where each is cheaper as it is.
const ManifestFrame* middleFirst(const Frames& flagged, int key0, int key1, const VerdictOptions& options) {
    if (key1 - key0 < 3 || flagged.size() < 2)
        return nullptr;
    const auto distance = [&](const ManifestFrame* frame) {
        return std::abs(2 * frame->frame - key0 - key1);
    };
    const ManifestFrame* middle = *std::min_element(flagged.begin(), flagged.end(), [&](auto* a, auto* b) {
        return distance(a) < distance(b);
    });
    double now = 0, then = 1;
    for (const ManifestFrame* frame : flagged) {
        now += costOf(*frame);
        then += frame == middle ? 0 : costAfter(*frame, options);
    }
    return then <= now ? middle : nullptr; // at the same price there is more to gain
}

// A person asked for it, or a file of it is missing: nothing that is rendered beside it replaces it.
bool isWanted(const ManifestFrame& frame) {
    return frame.lacksFile() || (frame.decision && frame.finalVerdict() == Verdict::rerender);
}

} // namespace

std::vector<NextTask> nextTasks(const Manifest& manifest) {
    std::set<int> rendered(manifest.keyframes.begin(), manifest.keyframes.end());
    std::map<int, double> costs; // of what is asked for now
    for (const int key : manifest.unusableKeyframes)
        costs[key] = 1;
    for (const ManifestFrame& frame : manifest.frames)
        if (frame.status == FrameStatus::rendered)
            rendered.insert(frame.frame);

    std::map<int, Frames> gaps; // flagged frames by the rendered frame before them
    for (const ManifestFrame& frame : manifest.frames) {
        if (!isFlagged(frame))
            continue;
        const auto after = rendered.upper_bound(frame.frame);
        if (isWanted(frame) || after == rendered.begin() || after == rendered.end())
            costs[frame.frame] = costOf(frame);
        else
            gaps[*std::prev(after)].push_back(&frame);
    }
    std::map<int, const ManifestFrame*> middles;
    for (const auto& [key0, flagged] : gaps) {
        const int key1 = *rendered.upper_bound(key0);
        if (const ManifestFrame* middle = middleFirst(flagged, key0, key1, manifest.verdictOptions)) {
            costs[middle->frame] = 1;
            middles[middle->frame] = middle;
        } else {
            for (const ManifestFrame* frame : flagged)
                costs[frame->frame] = costOf(*frame);
        }
    }

    const double pixelOverhead = manifest.verdictOptions.partialOverhead;
    std::map<int, const ManifestFrame*> byNumber;
    for (const ManifestFrame& frame : manifest.frames)
        byNumber[frame.frame] = &frame;
    std::vector<NextTask> tasks;
    for (const RerenderTask& task : rerenderTasks(manifest)) {
        if (!costs.contains(task.frame))
            continue;
        if (middles.contains(task.frame)) {
            if (task.region <= 1)
                tasks.push_back({{task.frame, 0, std::nullopt}, 1});
        } else if (task.box) {
            const RiskRegion& region = byNumber.at(task.frame)->regions[std::size_t(task.region - 1)];
            tasks.push_back({task, region.share + pixelOverhead});
        } else {
            tasks.push_back({task, 1});
        }
    }
    std::stable_sort(tasks.begin(), tasks.end(), [&](const NextTask& a, const NextTask& b) {
        return costs.at(a.task.frame) < costs.at(b.task.frame);
    });
    return tasks;
}

} // namespace inbetween
