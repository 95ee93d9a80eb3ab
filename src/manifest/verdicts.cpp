#include "manifest/verdicts.h"

#include <algorithm>

namespace inbetween {

void decideVerdicts(Manifest& manifest) {
    std::vector<ScoredFrame> scored;
    for (const ManifestFrame& frame : manifest.frames) {
        const bool standsIn = std::any_of(frame.reasons.begin(), frame.reasons.end(), [](const std::string& reason) {
            return reason.starts_with(standsInReason);
        });
        // Frames that came back have used up their part of the share; of others some regions may still be missing.
        const bool isLeft = !frame.spliced.empty() && !frame.regions.empty();
        scored.push_back({frame.frame, frame.score,
                          frame.status != FrameStatus::complete || frame.cut || standsIn || isLeft});
    }
    const std::vector<Verdict> verdicts = decideVerdicts(scored, manifest.verdictOptions);
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        manifest.frames[i].verdict =
            manifest.frames[i].status == FrameStatus::rendered ? Verdict::keep : verdicts[i];
}

} // namespace inbetween
