#include "inbetween/risk.h"

#include "base/parallel.h"
#include "risk/evidence.h"
#include "risk/reasons.h"
#include "risk/regions.h"

#include <algorithm>
#include <cmath>

namespace inbetween {
namespace {

// Warped keyframes that differ less than this in the display view, root mean square, blend well, whatever they show.
constexpr double leastDifferenceOfCut = 0.1;

// Rows are summed each alone and added in their order: the same bits for any number of threads.
struct Sums {
    double squaredError = 0, angle = 0, angleFine = 0, angleCoarse = 0, forwardBackward = 0, disagreement = 0,
           structure = 0, flowDifference = 0, occlusion = 0, uncovered = 0, motion = 0, network = 0, detail = 0,
           displaySquare = 0;

    static constexpr double Sums::*all[] = {
        &Sums::squaredError, &Sums::angle,          &Sums::angleFine, &Sums::angleCoarse, &Sums::forwardBackward,
        &Sums::disagreement, &Sums::structure,      &Sums::flowDifference, &Sums::occlusion, &Sums::uncovered,
        &Sums::motion,       &Sums::network,        &Sums::detail,
        &Sums::displaySquare};

    Sums& operator+=(const Sums& other) {
        for (double Sums::*sum : all)
            this->*sum += other.*sum;
        return *this;
    }

    RiskFeatures features(double pixels) const {
        const auto weighted = [&](double sum) { return motion == 0 ? 0.0 : sum / motion; };
        return {.angleStdRad = weighted(angle),
                .forwardBackwardPx = forwardBackward / pixels,
                .warpDisagreement = disagreement / pixels,
                .occlusionShare = occlusion / pixels,
                .motionPx = motion / pixels,
                .networkError = std::sqrt(network / pixels),
                .angleStdFineRad = weighted(angleFine),
                .angleStdCoarseRad = weighted(angleCoarse),
                .structureDisagreement = structure / pixels,
                .flowDifferencePx = flowDifference / pixels,
                .uncoveredShare = uncovered / pixels,
                .detail = detail / pixels};
    }
};

// Of squares, a pixel each.
Plane rootOf(Plane squares) {
    for (float& v : squares.values)
        v = std::sqrt(v);
    return squares;
}

} // namespace

Risk assessRisk(const RiskInput& input, RiskMaps* mapsOut) {
    Evidence e = gatherEvidence(input);
    const Field& field = *input.field;
    const int w = width(input.canvas), h = height(input.canvas);
    Plane predictedError(w, h);
    std::vector<Sums> rows(h);
    parallelRows(h, [&](int y) {
        Sums& sums = rows[y];
        for (int x = 0; x < w; ++x) {
            // Where the network put out no numbers the picture there means nothing.
            const double error = e.sound.at(x, y) > 0
                                     ? std::min(1.0, input.factor * std::sqrt(predictedSquare(e.termsSquared(x, y))))
                                     : 1.0;
            predictedError.at(x, y) = static_cast<float>(error);
            const double network = field.error.empty() ? 0.0 : field.error.at(x, y), motion = e.motionPx.at(x, y);
            sums.squaredError += error * error;
            sums.angle += e.angleStdRad.at(x, y) * motion;
            sums.angleFine += e.angleStdFineRad.at(x, y) * motion;
            sums.angleCoarse += e.angleStdCoarseRad.at(x, y) * motion;
            sums.forwardBackward += e.forwardBackwardPx.at(x, y);
            sums.disagreement += e.warpDisagreement.at(x, y);
            sums.structure += e.structureDisagreement.at(x, y);
            sums.flowDifference += e.flowDifferencePx.at(x, y);
            sums.occlusion += e.occlusion.at(x, y);
            sums.uncovered += e.uncovered.at(x, y);
            sums.motion += motion;
            sums.network += network * network;
            sums.detail += e.gradient.at(x, y);
            sums.displaySquare += e.disagreementSquare.at(x, y);
        }
    });
    Sums total;
    for (const Sums& row : rows)
        total += row;

    Risk risk;
    const double pixels = double(w) * h;
    const Plane disagreement = rootOf(std::move(e.disagreementSquare)), network = rootOf(std::move(e.networkSquare));
    const Plane disagreementBlocks = blockMeans(disagreement), networkBlocks = blockMeans(network);
    const Plane errorBlocks = blockRms(predictedError);
    risk.score = std::sqrt(total.squaredError / pixels);
    risk.worstBlocks = std::sqrt(worstBlocksMean(errorBlocks, w, h, [](double v) { return v * v; }));
    risk.features = total.features(pixels);
    const auto same = [](double v) { return v; };
    risk.features.worstWarpDisagreement = worstBlocksMean(disagreementBlocks, w, h, same);
    risk.features.worstNetworkError = worstBlocksMean(networkBlocks, w, h, same);
    risk.regions = riskRegions(errorBlocks, input.canvas, input.regionThreshold);
    risk.cut = std::sqrt(total.displaySquare / pixels) >= leastDifferenceOfCut && isCut(*input.view);
    risk.reasons = riskReasons({.risk = risk,
                                .evidence = e,
                                .disagreementBlocks = disagreementBlocks,
                                .networkBlocks = networkBlocks,
                                .errorBlocks = errorBlocks,
                                .canvas = input.canvas,
                                .leastError = 0.5 * input.regionThreshold});
    if (mapsOut)
        *mapsOut = {.predictedError = std::move(predictedError),
                    .angleStdRad = std::move(e.angleStdRad),
                    .angleStdFineRad = std::move(e.angleStdFineRad),
                    .angleStdCoarseRad = std::move(e.angleStdCoarseRad),
                    .forwardBackwardPx = std::move(e.forwardBackwardPx),
                    .warpDisagreement = std::move(e.warpDisagreement),
                    .structureDisagreement = std::move(e.structureDisagreement),
                    .flowDifferencePx = std::move(e.flowDifferencePx),
                    .occlusion = std::move(e.occlusion)};
    return risk;
}

} // namespace inbetween
