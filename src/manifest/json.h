#pragma once

#include "inbetween/manifest.h"

#include <filesystem>
#include <string>

namespace inbetween {

// readManifest() once the text is there; errors name `file`.
Manifest parseManifest(const std::string& text, const std::filesystem::path& file);

} // namespace inbetween
