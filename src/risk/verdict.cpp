#include "inbetween/risk.h"

#include "risk/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inbetween {
namespace {

// Between the quantiles in straight lines; beyond the least, the least.
double missRatio(double share) {
    for (std::size_t i = 0; i < missQuantiles.size(); ++i) {
        const MissQuantile& above = missQuantiles[i];
        if (share > above.share)
            continue;
        if (i == 0)
            return above.ratio;
        const MissQuantile& below = missQuantiles[i - 1];
        return below.ratio +
               (share - below.share) / (above.share - below.share) * (above.ratio - below.ratio);
    }
    return missQuantiles.back().ratio;
}

} // namespace

double verdictError(double score, double worstBlocks) {
    return std::isnan(worstBlocks) ? score : std::max(score, worstBlocks / worstBlocksAllowance);
}

double defaultThreshold(RiskMeasure measure) {
    switch (measure) {
    case RiskMeasure::error:
        break;
    case RiskMeasure::angle:
        return 0.6;
    case RiskMeasure::model:
        return 0.5;
    }
    return VerdictOptions{}.threshold;
}

double flaggedFrom(const VerdictOptions& options) {
    const bool margin = options.by == RiskMeasure::error && options.maxMiss >= 0;
    return margin ? options.threshold * missRatio(options.maxMiss) : options.threshold;
}

std::vector<Verdict> decideVerdicts(const std::vector<ScoredFrame>& frames, const VerdictOptions& options) {
    std::vector<Verdict> verdicts(frames.size(), Verdict::keep);
    std::vector<std::size_t> others; // those that the options decide on
    for (std::size_t i = 0; i < frames.size(); ++i) {
        // A score that is not a number says nothing good about the frame.
        if (frames[i].mustRerender || std::isnan(frames[i].score))
            verdicts[i] = Verdict::rerender;
        else
            others.push_back(i);
    }

    if (options.maxRerenderShare < 0 && options.maxRerenderFrames < 0) {
        const double least = flaggedFrom(options);
        for (std::size_t i : others)
            if (!(frames[i].score < least))
                verdicts[i] = Verdict::rerender;
        return verdicts;
    }

    // Rounded down, but 0.29 * 100 (28.999...) is 29. What must be rendered takes from the budget first.
    const double share = std::min(1.0, options.maxRerenderShare);
    const auto budget = options.maxRerenderFrames >= 0
                            ? static_cast<std::size_t>(options.maxRerenderFrames)
                            : static_cast<std::size_t>(
                                  std::floor(share * static_cast<double>(frames.size()) + 1e-9));
    const std::size_t flagged = frames.size() - others.size();
    const std::size_t left = std::min(others.size(), budget > flagged ? budget - flagged : 0);
    std::sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) {
        if (frames[a].score != frames[b].score)
            return frames[a].score > frames[b].score;
        return frames[a].frame < frames[b].frame;
    });
    for (std::size_t i = 0; i < left; ++i)
        if (frames[others[i]].score > 0) // rendering a frame without any predicted error gains nothing
            verdicts[others[i]] = Verdict::rerender;
    return verdicts;
}

} // namespace inbetween
