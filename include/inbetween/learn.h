// A classifier of one's own: what people decided about frames, or what was measured, and the figures of risk.
#pragma once

#include "inbetween/manifest.h"

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

// Of a frame: the logarithms of the verdict's figure, the score, the worst blocks and the features, in this
// order.
inline constexpr std::size_t riskModelInputs = 17;
using RiskModelInput = std::array<double, riskModelInputs>; // NaN where a figure is not known
RiskModelInput riskModelInput(const ManifestFrame& frame);

// The probability that a frame has to be rendered after all: logistic(bias + sum weight (input - mean) /
// scale); an input that is not known counts as its mean.
class RiskModel {
public:
    // A file that learn() wrote. Throws Error(input): not one, of another version, damaged.
    static RiskModel load(const std::filesystem::path& file);
    void save(const std::filesystem::path& file) const; // complete or as it was; throws Error(output)

    double probability(const ManifestFrame& frame) const; // [0, 1]; NaN where nothing is known of the frame

    std::string basis; // what it was learnt from, in words
    double bias = 0;
    RiskModelInput mean{}, scale{}, weight{};
};

struct LearnOptions {
    // Folders of runs, of which the decisions in the manifest count (or with `measured` what evaluate.json
    // says), and decisions.json files as the report saves them, whose manifest is beside them or in one of
    // `shots`.
    std::vector<std::filesystem::path> decisions;
    std::vector<std::filesystem::path> shots;
    bool measured = false;
};
struct LearnResult {
    RiskModel model;
    int examples = 0, rerender = 0,
        contradictions = 0; // contradictions: frames that look alike, decided otherwise
    // On frames that the classifier had not seen (shots, where there are three or more; fifths of the frames
    // otherwise): ROC area and share told rightly; NaN where there was too little to try. And of the
    // predicted error alone.
    double rocArea = 0, rightShare = 0, rocAreaOfError = 0;
    std::vector<std::string>
        notices; // one line each: too few, of one kind only, contradictory, and what was done
};
// Where there is too little to learn from, the model is one of the predicted error alone, and where there is
// nothing, the default threshold's; the notices say so. Throws Error(input): nothing to read, decisions for
// frames that do not exist.
LearnResult learn(const LearnOptions& options);

} // namespace inbetween
