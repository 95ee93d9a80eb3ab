// One frame of the manifest as one line of JSON, for the journal of a run.
#pragma once

#include "inbetween/manifest.h"

#include <optional>
#include <string>
#include <string_view>

namespace inbetween {

std::string frameToJsonLine(const ManifestFrame& frame);               // without a newline
std::optional<ManifestFrame> frameFromJsonLine(std::string_view line); // nothing where it is torn or damaged

} // namespace inbetween
