// --risk-maps: the maps of a frame as layers of an EXR.
#pragma once

#include "inbetween/risk.h"

#include <filesystem>

namespace inbetween {

std::filesystem::path riskMapPath(const std::filesystem::path& out,
                                  const std::string& frameFile); // OUT/risk/<file>
void writeRiskMaps(const std::filesystem::path& path, const RiskMaps& maps, const Box& dataWindow,
                   const Box& displayWindow);

} // namespace inbetween
