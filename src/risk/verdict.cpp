#include "inbetween/risk.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inbetween {

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

    const bool byShare = options.maxRerenderShare >= 0;
    if (!byShare) {
        for (std::size_t i : others)
            if (!(frames[i].score < options.threshold))
                verdicts[i] = Verdict::rerender;
        return verdicts;
    }

    // Rounded down, but 0.29 * 100 (28.999...) is 29. What must be rendered takes from the budget first.
    const double share = std::min(1.0, options.maxRerenderShare);
    const auto budget = static_cast<std::size_t>(std::floor(share * static_cast<double>(frames.size()) + 1e-9));
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
