// A shot's own keyframes say how far the prediction can be trusted on it. Some are made again, from the
// in-betweens beside them, and compared with what was rendered: what is wrong with those in-betweens is wrong
// with what is made of them, at the very spacing that is asked about.
#pragma once

#include "inbetween/network.h"
#include "inbetween/run.h"
#include "pair/pair.h"
#include "risk/calibration.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace inbetween {

class FrameIdentity;
struct GraphLimits;
struct ShotPlan;

// A keyframe that is made again from the in-betweens at frame - distance and frame + distance: those in the
// middle of the narrower gap, and as far away on the other side.
struct Remake {
    int key0 = 0, frame = 0, key1 = 0;
    int distance() const { return std::min(frame - key0, key1 - frame) / 2; }
};

// At most `mostRemade` of a shot, evenly spread over it: there are in-betweens on both sides. `rendered`
// frames came back and are left alone, so that an update changes no score.
inline constexpr int mostRemade = 4;
std::vector<Remake> keyframesToRemake(const Sequence& sequence, const std::set<int>& rendered);

// The two in-betweens, made, as the keyframes of a pair whose middle is the keyframe. None where a pair is
// cut or still.
std::optional<Pair> pairOfInBetweens(const Remake& keys, const std::shared_ptr<const Image>& image0,
                                     const std::shared_ptr<const Image>& image,
                                     const std::shared_ptr<const Image>& image1, const Network& network,
                                     const PairOptions& options);

// The factor on predicted errors, from log(measured / predicted) of each remade keyframe: the geometric mean,
// as far as it is not what is usual, drawn towards 1 the fewer there are.
double calibrationFactor(const std::vector<double>& logRatios,
                         const SelfCalibrationConstants& constants = selfCalibration);
double calibrationFactor(const std::vector<SelfCalibration::Remade>& remade,
                         const SelfCalibrationConstants& constants = selfCalibration);

// What an earlier run, or another shard, measured of the same input, else measured here; none where no
// keyframe can be made again. A keyframe that cannot be made or read, or that has a cut beside it, is left
// out. The result carries an input hash, by which a later run knows it again, only where none failed: the
// next run may be luckier. The same bits for any `limits`, and for every part of a shot.
std::optional<SelfCalibration> selfCalibrate(const ShotPlan& plan, const RunOptions& options,
                                             const Network& network, const FrameIdentity& identity,
                                             const GraphLimits& limits);

} // namespace inbetween
