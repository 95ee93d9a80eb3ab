#include "manifest/verdicts.h"

#include "risk/regions.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace inbetween {
namespace {

// How far the measured error of a frame's boxes speaks for the rest of it, in the logarithm: fitted on the
// sample shots at gaps of 2, 4 and 8.
constexpr double correctionStrength = 0.5, greatestCorrection = 2.5;

bool standsIn(const ManifestFrame& frame) {
    return std::any_of(frame.reasons.begin(), frame.reasons.end(),
                       [](const std::string& reason) { return reason.starts_with(standsInReason); });
}

// The figures of what is left of a frame once boxes are rendered, in the unit of the limit.
double boxFigure(double score, double worstBlocks, const VerdictOptions& options) {
    return verdictError(score * boxScoreWeight(options), worstBlocks);
}

// Where the predicted error is over what a person should look at.
void showRegions(ManifestFrame& frame) {
    if (!frame.errors.empty())
        frame.regions = riskRegions(blockErrors(frame.errors, frame.factor), frame.errors.canvas,
                                    defaultRegionThreshold);
}

} // namespace

std::optional<Boxes> boxesFor(const ManifestFrame& frame, const VerdictOptions& options, double scale) {
    if (options.by != RiskMeasure::error || frame.errors.empty() || options.partialOverhead >= 1)
        return std::nullopt;
    const double limit = flaggedFrom(options), correction = scale * measuredCorrection(frame);
    // A frame that only just fails would pass as one that has boxes, without any: it has to pass as it is.
    const bool onlyJust = correction * boxFigure(frame.score, frame.worstBlocks, options) < limit;
    return leastBoxes({.map = frame.errors,
                       .factor = scale * frame.factor,
                       .score = frame.score * (onlyJust ? 1.0 : boxScoreWeight(options)) * correction,
                       .worstBlocks = frame.worstBlocks * correction,
                       .limit = limit,
                       .overhead = options.partialOverhead});
}

double measuredCorrection(const ManifestFrame& frame) {
    const double predicted = frame.factor * frame.splicedPredicted;
    if (!(predicted > 0) || !(frame.splicedMeasured > 0))
        return 1;
    return std::clamp(std::pow(frame.splicedMeasured / predicted, correctionStrength), 1 / greatestCorrection,
                      greatestCorrection);
}

double verdictFigure(const ManifestFrame& frame, const VerdictOptions& options) {
    switch (options.by) {
    case RiskMeasure::error:
        break;
    case RiskMeasure::angle:
        return frame.features.angleStdRad;
    case RiskMeasure::model:
        return frame.rerenderProbability.value_or(std::numeric_limits<double>::quiet_NaN());
    }
    if (frame.spliced.empty())
        return verdictError(frame.score, frame.worstBlocks);
    return measuredCorrection(frame) * boxFigure(frame.score, frame.worstBlocks, options);
}

void decideVerdicts(Manifest& manifest) {
    const VerdictOptions& options = manifest.verdictOptions;
    const double limit = flaggedFrom(options);
    std::vector<ScoredFrame> scored;
    std::vector<std::optional<Boxes>> boxes;
    for (const ManifestFrame& frame : manifest.frames) {
        const double figure = verdictFigure(frame, options);
        const bool must = frame.status != FrameStatus::complete || frame.lacksFile() || frame.cut ||
                          standsIn(frame);
        boxes.push_back(!must && figure >= limit ? boxesFor(frame, options) : std::nullopt);
        scored.push_back({frame.frame, figure, must, boxes.back() ? boxes.back()->cost : 1.0});
    }
    const std::vector<Verdict> verdicts = decideVerdicts(scored, options);
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        ManifestFrame& frame = manifest.frames[i];
        frame.verdict = frame.status == FrameStatus::rendered ? Verdict::keep : verdicts[i];
        frame.overBudget = frame.status == FrameStatus::complete && verdicts[i] == Verdict::keep &&
                           scored[i].score >= limit;
        frame.boxCost = 1;
        if (frame.verdict == Verdict::partial) {
            frame.regions = boxes[i]->regions;
            frame.boxCost = boxes[i]->cost;
        } else {
            showRegions(frame);
        }
    }
}

} // namespace inbetween
