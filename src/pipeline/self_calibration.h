// A shot's own keyframes say how far the prediction can be trusted on it: some are held out, made from their neighbours,
// and compared with what was rendered.
#pragma once

#include "inbetween/network.h"
#include "inbetween/run.h"
#include "pipeline/flow_graph.h"
#include "risk/calibration.h"

#include <set>
#include <string>
#include <vector>

namespace inbetween {

// Keyframes that can be held out, at most `mostHeldOut` of a shot, evenly spread over it: both neighbours are there and
// not farther apart than is bridged. `rendered` frames came back and are left alone, so that an update changes no score.
struct HoldOut {
    int key0 = 0, frame = 0, key1 = 0;
};
inline constexpr int mostHeldOut = 8;
std::vector<HoldOut> keyframesToHoldOut(const Sequence& sequence, const std::set<int>& rendered);

// The factor on predicted errors, from log(measured / predicted) of each held out keyframe: the geometric mean, as far as
// it is not what is usual, drawn towards 1 the fewer there are.
double calibrationFactor(const std::vector<double>& logRatios, const SelfCalibrationConstants& constants = selfCalibration);
double calibrationFactor(const std::vector<SelfCalibration::HeldOut>& heldOut,
                         const SelfCalibrationConstants& constants = selfCalibration);

// A keyframe that cannot be made or read, or that has a cut beside it, is left out. The result carries `inputHash`, by
// which a later run knows it again, only where none failed: the next run may be luckier. The same bits for any `limits`.
SelfCalibration selfCalibrate(const std::vector<HoldOut>& keyframes, const Sequence& sequence, const RunOptions& options,
                              const Network& network, const GraphLimits& limits, const std::string& inputHash);

} // namespace inbetween
