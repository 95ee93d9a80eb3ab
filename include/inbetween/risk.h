// Risk: how wrong may a generated frame be?
#pragma once

#include "inbetween/error_map.h"
#include "inbetween/image.h"
#include "inbetween/motion.h"
#include "inbetween/synthesis.h"
#include "inbetween/view.h"

#include <string>
#include <vector>

namespace inbetween {

// Circular standard deviation of flow angles in a window (side 2 * radius + 1), each angle weighted by its
// flow's length: R = |sum w e^{i angle}| / sum w, sigma = sqrt(-2 ln R) (Mardia & Jupp, Directional
// Statistics, 2000, eq. 2.3.14), w = length. Radians, [0, maxAngleStdRad]; 0 where the window holds no flow
// longer than 0.1 px on average.
inline constexpr float maxAngleStdRad = 3.14159265f;
Plane flowAngleStd(const Plane& flowX, const Plane& flowY, int radius = 15);

struct RiskMaps {
    Plane predictedError; // root mean square over R, G, B of the error in the display view, [0, 1]
    Plane angleStdRad;    // flowAngleStd of the motion from keyframe 0 to keyframe 1, at the in-between
    Plane angleStdFineRad,
        angleStdCoarseRad;   // the same in windows of a third of the side, and of three times the side
    Plane forwardBackwardPx; // disagreement of the two directions of motion: how far the pixel lies from
                             // where straight motion at constant speed puts it, |(1 - t) flow0 + t flow1|
    Plane warpDisagreement;  // mean over R, G, B of |warped keyframe 0 - warped keyframe 1| in the view
    Plane
        structureDisagreement; // [0, 1]: share of a pixel's neighbours that are brighter or darker than it in
                               // one warped keyframe and not in the other (a ternary census transform of 3x3)
    Plane flowDifferencePx;    // between the motion that was used and the estimated flow; 0 without one
    Plane occlusion;           // [0, 1]: 1 where one keyframe alone is used
};

// Means over the frame unless said otherwise, named as in the manifest.
struct RiskFeatures {
    double angleStdRad = 0; // the published warning: mean over pixels, weighted by flow length
    double forwardBackwardPx = 0;
    double warpDisagreement = 0;
    double occlusionShare = 0;
    double motionPx = 0;     // mean length of motion from keyframe 0 to keyframe 1
    double networkError = 0; // root mean square of the network's own estimate
    // NaN where an older manifest lacks them.
    double angleStdFineRad = 0, angleStdCoarseRad = 0; // as angleStdRad
    double structureDisagreement = 0;
    double flowDifferencePx = 0;
    double uncoveredShare = 0; // no surface of either keyframe lands there (holes of the splat)
    double detail = 0;         // mean gradient of the frame in the display view, per px
    double worstWarpDisagreement = 0,
           worstNetworkError = 0; // mean of the worst 5% of 64 px blocks, in the display view
};

struct RiskRegion {
    Box box;          // pixels, within the canvas
    double score = 0; // predicted error inside
    double share = 0; // of the canvas' pixels
};

struct Risk {
    double score = 0;       // predicted root mean square error of the frame in the display view, [0, 1]; 20
                            // log10(1/score) is a PSNR
    double worstBlocks = 0; // the same, of its worst 5% of 64 px blocks: a frame may be bad in one corner
    RiskFeatures features;
    ErrorMap errors;                  // without RiskInput::factor
    std::vector<RiskRegion> regions;  // where the predicted error is over the region threshold; worst first
    bool cut = false;                 // the keyframes do not show the same scene
    std::vector<std::string> reasons; // in words, worst first; empty for a quiet frame
};

inline constexpr double defaultRegionThreshold = 0.05; // from which predicted error on a place is shown

struct RiskInput {
    const View* view = nullptr;
    const Field* field = nullptr;   // its error may be empty
    const FlowPair* flow = nullptr; // optional: estimated, to compare the motion that was used with
    Box canvas;                     // where the planes lie in pixel coordinates
    Box window;                     // what is displayed of it; empty: all
    int gap = 2;
    double time = 0.5;
    double regionThreshold = defaultRegionThreshold;
    double factor = 1; // on every predicted error: what the shot's own keyframes say of the prediction
};
Risk assessRisk(const RiskInput& input, RiskMaps* maps = nullptr);

// The reason in words for a pair that isCut() tells apart; the caller knows the frame numbers to add.
inline constexpr const char* cutReason = "the keyframes do not show the same scene";

// A hard cut between the keyframes: found from the views and the flow before anything is made. How, and what
// it misses, is in src/risk/cut.cpp.
bool isCut(const View& view, const FlowPair* flow = nullptr);

// partial: boxes of the frame are to be rendered, and it is good.
enum class Verdict { keep, partial, rerender };
// What verdicts go by. error: verdictError(); angle: RiskFeatures::angleStdRad alone, the published warning,
// in radians; model: the probability that a risk model (learn.h) gives.
enum class RiskMeasure { error, angle, model };

// A frame is bad where its error is at the threshold or above, or that of its worst 5% of blocks 8 dB above
// it: with the default threshold under 30 dB, or the worst blocks under 22 dB. So frames are ordered by the
// greater of the two, both in the unit of the score. NaN for worstBlocks: the score alone.
inline constexpr double worstBlocksAllowance = 2.5118864315095801; // 8 dB
double verdictError(double score, double worstBlocks);

double defaultThreshold(RiskMeasure measure); // 0.0316 (30 dB), 0.6 rad, 0.5

struct VerdictOptions {
    double threshold = 0.0316; // of the measure, from which a frame is rendered after all
    double maxRerenderShare =
        -1; // in [0, 1]: instead of the threshold, the worst ones up to this share; below 0: off
    int maxRerenderFrames = -1; // the same as a number of frames; below 0: off
    // Tolerated share of bad frames that are kept, in (0, 0.5]: frames are flagged from so far under the
    // threshold on as predictions were too low for this share of the frames that the prediction was
    // calibrated with. Below 0: from the threshold on. For RiskMeasure::error.
    double maxMiss = 0.02;
    // What a box costs beside its area, as a share of a frame, in [0, 1]: the renderer starts for each. From
    // 1 on no frame is partial.
    double partialOverhead = 0.05;
    RiskMeasure by = RiskMeasure::error;
    bool operator==(const VerdictOptions&) const = default;
};
bool hasBudget(const VerdictOptions& options); // instead of the threshold
// The figure from which frames are flagged: the threshold, less the margin that maxMiss asks for.
double flaggedFrom(const VerdictOptions& options);
// In (0, 1]: how much the score of a frame counts once boxes are rendered in it, beside its worst blocks. The
// boxes leave many small errors, whose mean is known better than any block: it keeps half of the margin, in
// dB.
double boxScoreWeight(const VerdictOptions& options);

struct ScoredFrame {
    int frame;
    double score;           // by options.by
    bool mustRerender;      // a cut, a failed frame: flagged whatever the options say
    double partialCost = 1; // of boxes that make it good, as a share of a frame; 1: there are none
};
// One verdict a frame, in order; scores are in the unit of the threshold. A score that is NaN is flagged.
// What is flagged is partial where boxes make it good. A budget is of cost: frames that must be rendered
// count first, then the worst; of equal scores the lower frame number goes first; what no longer fits is
// kept.
std::vector<Verdict> decideVerdicts(const std::vector<ScoredFrame>& frames, const VerdictOptions& options);

} // namespace inbetween
