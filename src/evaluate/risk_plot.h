// The curves of risk, as a picture.
#pragma once

#include "evaluate/risk_quality.h"

#include <filesystem>

namespace inbetween {

// SVG: bad frames caught over frames rendered after all, and precision over recall, for the verdict's figure,
// the angle alone, the disagreement of the warped keyframes and the network's own estimate; predicted over
// measured error, a point a frame. Throws Error(output).
void writeRiskPlot(const std::filesystem::path& file, const std::vector<RiskRow>& rows,
                   const RiskAssessment& risk);

} // namespace inbetween
