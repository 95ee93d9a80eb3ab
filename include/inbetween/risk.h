// Risk: how wrong may a generated frame be?
#pragma once

#include "inbetween/image.h"
#include "inbetween/motion.h"
#include "inbetween/synthesis.h"
#include "inbetween/view.h"

#include <string>
#include <vector>

namespace inbetween {

// Circular standard deviation of flow angles in a window (side 2 * radius + 1), each angle weighted by its flow's
// length: R = |sum w e^{i angle}| / sum w, sigma = sqrt(-2 ln R) (Mardia & Jupp, Directional Statistics, 2000,
// eq. 2.3.14), w = length. Radians, [0, maxAngleStdRad]; 0 where the window holds no flow longer than 0.1 px on average.
inline constexpr float maxAngleStdRad = 3.14159265f;
Plane flowAngleStd(const Plane& flowX, const Plane& flowY, int radius = 15);

struct RiskMaps {
    Plane predictedError;     // |error| in the display view, [0, 1]
    Plane angleStdRad;        // flowAngleStd of the motion from keyframe 0 to keyframe 1, at the in-between
    Plane forwardBackwardPx;  // disagreement of the two directions of motion: how far the pixel lies from where straight
                              // motion at constant speed puts it, |(1 - t) flow0 + t flow1|
    Plane warpDisagreement;   // mean over R, G, B of |warped keyframe 0 - warped keyframe 1| in the view
    Plane occlusion;          // [0, 1]: 1 where one keyframe alone is used
};

// Means over the frame, named as in the manifest.
struct RiskFeatures {
    double angleStdRad = 0;       // mean over pixels, weighted by flow length
    double forwardBackwardPx = 0;
    double warpDisagreement = 0;
    double occlusionShare = 0;
    double motionPx = 0;          // mean length of motion from keyframe 0 to keyframe 1
    double networkError = 0;      // root mean square of the network's own estimate
};

struct RiskRegion {
    Box box;          // pixels, within the display window
    double score = 0; // predicted error inside
};

struct Risk {
    double score = 0; // predicted root mean square error of the frame in the display view, [0, 1]; 20 log10(1/score) is a PSNR
    RiskFeatures features;
    std::vector<RiskRegion> regions; // where the predicted error is over the region threshold; worst first
    bool cut = false;                // the keyframes do not show the same scene
    std::vector<std::string> reasons; // in words, worst first; empty for a quiet frame
};

struct RiskInput {
    const View* view = nullptr;
    const MotionPrior* prior = nullptr; // optional: its confidences
    const Field* field = nullptr;       // its error may be empty
    Box canvas;        // where the planes lie in pixel coordinates
    int gap = 2;
    double time = 0.5;
    double regionThreshold = 0.05;
};
Risk assessRisk(const RiskInput& input, RiskMaps* maps = nullptr);

// The reason in words for a pair that isCut() tells apart; the caller knows the frame numbers to add.
inline constexpr const char* cutReason = "the keyframes do not show the same scene";

// A hard cut between the keyframes: found from the views and the flow before anything is made. How, and what it misses,
// is in src/risk/cut.cpp.
bool isCut(const View& view, const FlowPair* flow = nullptr);

enum class Verdict { keep, rerender };
struct VerdictOptions {
    double threshold = 0.0316;    // score from which a frame is rendered after all (0.0316 is 30 dB)
    double maxRerenderShare = -1; // in [0, 1]: instead of the threshold, the worst ones up to this share; below 0: off
};
struct ScoredFrame {
    int frame;
    double score;
    bool mustRerender; // a cut, a failed frame: flagged whatever the options say
};
// One verdict a frame, in order. A score that is NaN is flagged; a share rounds down, frames that must be rendered count
// first, and of equal scores the lower frame number goes first.
std::vector<Verdict> decideVerdicts(const std::vector<ScoredFrame>& frames, const VerdictOptions& options);

} // namespace inbetween
