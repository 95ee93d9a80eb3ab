// applyDecisions() between reading and writing.
#pragma once

#include "inbetween/review.h"

#include <filesystem>
#include <string>

namespace inbetween {

// `manifest` with the decisions of `text`; errors name `file`.
ReviewResult decide(Manifest manifest, const std::string& text, const std::filesystem::path& file,
                    const ReviewOptions& options);

} // namespace inbetween
