// What the predicted error is made of, and every number that it rests on.
#pragma once

#include <array>
#include <cstddef>

namespace inbetween {

// Each pixel's squared error is predicted as a sum of squared terms, each times a weight that is not
// negative: as independent errors add up, so the more there is of any evidence, the greater the prediction.
// All terms but `network` are in units of the display view:
//
//   constant         1/255: what is left where nothing is seen to go wrong
//   network          the network's own estimate of |error|, in the view, which tells bright things that the
//   display clips networkNear      the estimate brought to the display view, root mean square in a window of
//   17x17 ghost            the disagreement of the two warped keyframes, root mean square over R, G, B, where
//   both are used: of two
//                    samples of weight w and 1 - w, times 2 sqrt(w (1 - w))
//   unexplained      the rest of it, where one is used alone, times the root of how sure the prior is that
//   both show the
//                    surface: then nothing is hidden, and something came or went that the motion does not
//                    know
//   unexplainedNear  root mean square of the disagreement, times the same root, in a window of 17x17: it was
//   elsewhere between second           the pictures of the two fields apart, where there are two
//   (Field::second) secondNear       the same, root mean square in a window of 17x17 choice           the
//   disagreement of the network's two mixes, where the second one has a share structure
//   RiskMaps::structureDisagreement times the contrast (standard deviation in 15x15) bent
//   RiskMaps::forwardBackwardPx, up to 4 px, times the gradient: what it costs to lie beside the place
//   crossing         RiskMaps::angleStdRad times length of motion / 8, up to 4 px, times the gradient
//   fast             length of motion / 8, up to 4 px, times the gradient
//   otherFlow        RiskMaps::flowDifferencePx, up to 4 px, times the gradient
//   uncovered        where no surface of either keyframe lands, times the contrast
//   occluded         RiskMaps::occlusion times the contrast
//   detail           the gradient: half a pixel or a blur is always possible
//
// Sums of means are means of sums: the same weights hold for pixels, blocks and frames, and are fitted on
// frames and blocks.
enum RiskTerm : std::size_t {
    constantTerm,
    networkTerm,
    networkNearTerm,
    ghostTerm,
    unexplainedTerm,
    secondTerm,
    secondNearTerm,
    choiceTerm,
    unexplainedNearTerm,
    structureTerm,
    bentTerm,
    crossingTerm,
    fastTerm,
    otherFlowTerm,
    uncoveredTerm,
    occludedTerm,
    detailTerm,
    riskTermCount
};
inline constexpr std::array<const char*, riskTermCount>
    riskTermNames{"constant",   "network",   "networkNear",     "ghost",     "unexplained", "second",
                  "secondNear", "choice",    "unexplainedNear", "structure", "bent",        "crossing",
                  "fast",       "otherFlow", "uncovered",       "occluded",  "detail"};
using RiskTerms = std::array<double, riskTermCount>; // squared

struct MissQuantile {
    double share; // of the frames
    double ratio; // at most this share of the threshold was predicted for so many of the bad ones
};

// Of the keyframes that a shot remakes from its in-betweens:
// log(factor) = strength * sum(log(measured / predicted) - usual) / (count + 1). Strength 0: they do not
// help, and none is remade.
struct SelfCalibrationConstants {
    double strength = 0;
    double usual = 0; // what log(measured / predicted) is there over many shots: what is made of in-betweens
                      // is worse than they are
};
inline constexpr double leastCalibrationFactor = 0.4, greatestCalibrationFactor = 2.5;

// riskWeights, missQuantiles and selfCalibration: written by bench/risk/fit_risk, which says from what.
#include "risk/calibration.inc"

inline double predictedSquare(const RiskTerms& terms, const RiskTerms& weights = riskWeights) {
    double sum = 0;
    for (std::size_t i = 0; i < riskTermCount; ++i)
        sum += weights[i] * terms[i];
    return sum;
}

} // namespace inbetween
