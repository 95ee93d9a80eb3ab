// The manifest of a shot or of a part of it, from the plan and the records of its frames.
#pragma once

#include "inbetween/learn.h"
#include "inbetween/manifest.h"
#include "inbetween/network.h"
#include "pipeline/shot_plan.h"

#include <set>
#include <string>
#include <vector>

namespace inbetween {

// What of the shot's input holds for all its frames. `damaged` keyframes were found when they were read.
Manifest manifestOf(const ShotPlan& plan, const RunOptions& options, const Network& network,
                    const std::set<int>& damaged);

// How long frames took to render, and what of a file of times cannot be used.
struct ShotTimes {
    RenderTimes times;
    std::vector<std::string> problems;
};
// From the file of the options, or else as the renderer left them in the keyframes. Throws Error(input): the
// file cannot be read.
ShotTimes renderTimesOf(const RunOptions& options, const Sequence& sequence);
void addTimes(Manifest& manifest, const ShotTimes& times);

// Brings the records of one run and of those before it together: in order, with one factor of
// self-calibration, flagged where they stand in for a keyframe, and decides their verdicts. The risk model
// may be null.
void addFrames(Manifest& manifest, std::vector<ManifestFrame> frames, const ShotPlan& plan,
               const RiskModel* riskModel);

} // namespace inbetween
