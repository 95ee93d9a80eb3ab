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

double margin(const VerdictOptions& options) {
    return options.by == RiskMeasure::error && options.maxMiss >= 0 ? missRatio(options.maxMiss) : 1.0;
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

bool hasBudget(const VerdictOptions& options) {
    return options.maxRerenderShare >= 0 || options.maxRerenderFrames >= 0;
}

double flaggedFrom(const VerdictOptions& options) {
    return options.threshold * margin(options);
}

double boxScoreWeight(const VerdictOptions& options) {
    return std::min(1.0, std::sqrt(margin(options)));
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

    const auto flagged = [&](std::size_t i) {
        return frames[i].partialCost < 1 ? Verdict::partial : Verdict::rerender;
    };
    if (!hasBudget(options)) {
        const double least = flaggedFrom(options);
        for (std::size_t i : others)
            if (!(frames[i].score < least))
                verdicts[i] = flagged(i);
        return verdicts;
    }

    const double share = std::min(1.0, options.maxRerenderShare);
    double left = options.maxRerenderFrames >= 0 ? double(options.maxRerenderFrames)
                                                 : share * double(frames.size());
    left -= double(frames.size() - others.size()); // what must be rendered
    std::sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) {
        if (frames[a].score != frames[b].score)
            return frames[a].score > frames[b].score;
        return frames[a].frame < frames[b].frame;
    });
    constexpr double rounding = 1e-9; // 0.29 * 100 is 28.999...
    for (const std::size_t i : others)
        // Rendering a frame without any predicted error gains nothing.
        if (frames[i].score > 0 && frames[i].partialCost <= left + rounding) {
            verdicts[i] = flagged(i);
            left -= frames[i].partialCost;
        }
    return verdicts;
}

} // namespace inbetween
