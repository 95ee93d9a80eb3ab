#pragma once

#include "inbetween/evaluate.h"

#include <filesystem>
#include <string>

namespace inbetween {

// Complete or absent. Throws Error(output).
void writeEvaluation(const std::filesystem::path& file, const Evaluation& evaluation, const std::string& reference);

} // namespace inbetween
