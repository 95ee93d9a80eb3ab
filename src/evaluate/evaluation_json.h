#pragma once

#include "inbetween/evaluate.h"

#include <filesystem>
#include <string>

namespace inbetween {

// Each is complete or absent. Throws Error(output).
void writeJointAssessment(const std::filesystem::path& file, const JointAssessment& joint);
void writeEvaluation(const std::filesystem::path& file, const Evaluation& evaluation,
                     const std::string& reference);

// What assessShots() needs of an evaluate.json. Throws Error(input).
struct EvaluatedShot {
    std::vector<FrameEvaluation> frames; // without the baselines
    std::vector<PixelQuality> pixels;
};
EvaluatedShot readEvaluatedShot(const std::filesystem::path& file);

} // namespace inbetween
