#include "manifest/verdicts.h"

#include <algorithm>
#include <limits>

namespace inbetween {

double verdictFigure(const ManifestFrame& frame, RiskMeasure by) {
    switch (by) {
    case RiskMeasure::error:
        break;
    case RiskMeasure::angle:
        return frame.features.angleStdRad;
    case RiskMeasure::model:
        return frame.rerenderProbability.value_or(std::numeric_limits<double>::quiet_NaN());
    }
    return verdictError(frame.score, frame.worstBlocks);
}

void decideVerdicts(Manifest& manifest) {
    std::vector<ScoredFrame> scored;
    for (const ManifestFrame& frame : manifest.frames) {
        const bool standsIn = std::any_of(frame.reasons.begin(), frame.reasons.end(),
                                          [](const std::string& reason) {
                                              return reason.starts_with(standsInReason);
                                          });
        // Frames that came back have used up their part of the share; of others some regions may still be
        // missing.
        const bool isLeft = !frame.spliced.empty() && !frame.regions.empty();
        scored.push_back({frame.frame, verdictFigure(frame, manifest.verdictOptions.by),
                          frame.status != FrameStatus::complete || frame.cut || standsIn || isLeft});
    }
    const std::vector<Verdict> verdicts = decideVerdicts(scored, manifest.verdictOptions);
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        manifest.frames[i].verdict = manifest.frames[i].status == FrameStatus::rendered ? Verdict::keep
                                                                                        : verdicts[i];
}

} // namespace inbetween
