#include "inbetween/risk.h"

#include "base/parallel.h"
#include "risk/bilinear.h"
#include "risk/calibration.h"
#include "risk/display_curve_table.h"
#include "risk/reasons.h"
#include "risk/regions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace inbetween {
namespace {

// A pair that differs less than this in the display view blends well, whatever it shows.
constexpr double leastScoreOfCut = 0.05;

// std::hypot guards against overflow, which these figures are far from, at several times the cost.
template <class... Number> auto length(Number... components) {
    return std::sqrt((... + (components * components)));
}

void checkSizes(const RiskInput& input) {
    if (!input.view || !input.field)
        throw std::invalid_argument("assessRisk: a view and a field are needed");
    const int w = width(input.canvas), h = height(input.canvas);
    const auto check = [&](const Plane& plane, bool optional = false) {
        if ((plane.width != w || plane.height != h) && !(optional && plane.empty()))
            throw std::invalid_argument("assessRisk: a plane has not the canvas' size");
    };
    for (const ColourPlanes* key : {&input.view->key0, &input.view->key1})
        for (const Plane* plane : {&key->r, &key->g, &key->b})
            check(*plane);
    const Field& field = *input.field;
    for (const Plane* plane : {&field.flow0X, &field.flow0Y, &field.flow1X, &field.flow1Y, &field.weight0})
        check(*plane);
    check(field.error, true);
    if (input.prior)
        for (const Plane* plane : {&input.prior->confidence0, &input.prior->confidence1})
            check(*plane, true);
}

// The two keyframes, warped to the in-between and compared.
struct WarpedPair {
    Plane viewDisagreement, displayDisagreement; // means over R, G, B
    Plane displayGrey;                           // the blend; mean over R, G, B
    Plane networkError;                          // the network's estimate, in the display view
};

WarpedPair compareWarped(const View& view, const Field& field, const Box& canvas) {
    const int w = width(canvas), h = height(canvas);
    WarpedPair pair{Plane(w, h), Plane(w, h), Plane(w, h), Plane(w, h)};
    const DisplayCurveTable display(view.exposure);
    const std::array<std::pair<const Plane*, const Plane*>, 3> channels{
        {{&view.key0.r, &view.key1.r}, {&view.key0.g, &view.key1.g}, {&view.key0.b, &view.key1.b}}};
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const BilinearTap in0(w, h, float(x) + field.flow0X.at(x, y), float(y) + field.flow0Y.at(x, y));
            const BilinearTap in1(w, h, float(x) + field.flow1X.at(x, y), float(y) + field.flow1Y.at(x, y));
            const float weight0 = field.weight0.at(x, y);
            const float error = field.error.empty() ? 0.0f : std::max(0.0f, field.error.at(x, y));
            float viewDifference = 0, displayDifference = 0, grey = 0, networkError = 0;
            for (const auto& [key0, key1] : channels) {
                const float a = in0(*key0), b = in1(*key1);
                const float blend = b + weight0 * (a - b);
                viewDifference += std::abs(a - b);
                displayDifference += std::abs(display(a) - display(b));
                grey += display(blend);
                if (error > 0)
                    networkError += 0.5f * (display(blend + error) - display(blend - error));
            }
            pair.viewDisagreement.at(x, y) = viewDifference / 3;
            pair.displayDisagreement.at(x, y) = displayDifference / 3;
            pair.displayGrey.at(x, y) = grey / 3;
            pair.networkError.at(x, y) = networkError / 3;
        }
    });
    return pair;
}

// With straight motion at constant speed a pixel lies on the line between its places in the two keyframes, parted as
// the time is. How far off that line, in px: |(1 - t) flow0 + t flow1|.
float forwardBackwardPx(const Field& field, int x, int y, float time) {
    return length((1 - time) * field.flow0X.at(x, y) + time * field.flow1X.at(x, y),
                      (1 - time) * field.flow0Y.at(x, y) + time * field.flow1Y.at(x, y));
}

// 0 where the keyframes weigh as the time says, 1 where one is used alone.
float usedAlone(float weight0, float time) {
    const float expected = 1 - time;
    return weight0 > expected ? (weight0 - expected) / (1 - expected) : (expected - weight0) / expected;
}

float gradientPerPx(const Plane& plane, int x, int y) {
    const int left = std::max(0, x - 1), right = std::min(plane.width - 1, x + 1);
    const int up = std::max(0, y - 1), down = std::min(plane.height - 1, y + 1);
    const float dx = (plane.at(right, y) - plane.at(left, y)) / float(std::max(1, right - left));
    const float dy = (plane.at(x, down) - plane.at(x, up)) / float(std::max(1, down - up));
    return length(dx, dy);
}

// See calibration.h for the formula.
struct PixelEvidence {
    double networkError, disagreement, mixing, forwardBackwardPx, angleStdRad, motionPx, uncovered, gradient;
};

double predictError(const PixelEvidence& e, const RiskCalibration& c = riskCalibration) {
    const double perDisagreement = c.blended * e.mixing + c.alone * (1 - e.mixing);
    const double content = std::max(c.network * e.networkError, perDisagreement * e.disagreement);
    const double misplacedPx =
        length(c.perFlowPx * e.forwardBackwardPx, c.perAngle * e.angleStdRad * e.motionPx, c.uncoveredPx * e.uncovered);
    const double placement = e.gradient * std::min(c.mostMisplacedPx, misplacedPx);
    return std::min(1.0, length(content, placement));
}

// Where the network put out no numbers the picture there means nothing.
bool isSound(const Field& field, int x, int y) {
    const float sum = field.flow0X.at(x, y) + field.flow0Y.at(x, y) + field.flow1X.at(x, y) + field.flow1Y.at(x, y) +
                      field.weight0.at(x, y) + (field.error.empty() ? 0.0f : field.error.at(x, y));
    return std::isfinite(sum);
}

// Rows are summed each alone and added in their order: the same bits for any number of threads.
struct Sums {
    double squaredError = 0, angle = 0, forwardBackward = 0, disagreement = 0, occlusion = 0, motion = 0, network = 0;

    Sums& operator+=(const Sums& other) {
        squaredError += other.squaredError;
        angle += other.angle;
        forwardBackward += other.forwardBackward;
        disagreement += other.disagreement;
        occlusion += other.occlusion;
        motion += other.motion;
        network += other.network;
        return *this;
    }

    RiskFeatures features(double pixels) const {
        return {.angleStdRad = motion == 0 ? 0.0 : angle / motion,
                .forwardBackwardPx = forwardBackward / pixels,
                .warpDisagreement = disagreement / pixels,
                .occlusionShare = occlusion / pixels,
                .motionPx = motion / pixels,
                .networkError = std::sqrt(network / pixels)};
    }
};

} // namespace

Risk assessRisk(const RiskInput& input, RiskMaps* mapsOut) {
    checkSizes(input);
    const Field& field = *input.field;
    const int w = width(input.canvas), h = height(input.canvas);
    const float time = static_cast<float>(input.time);

    Plane motionX(w, h), motionY(w, h), motionPx(w, h);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            motionX.at(x, y) = field.flow1X.at(x, y) - field.flow0X.at(x, y);
            motionY.at(x, y) = field.flow1Y.at(x, y) - field.flow0Y.at(x, y);
            motionPx.at(x, y) = length(motionX.at(x, y), motionY.at(x, y));
        }
    });
    WarpedPair warped = compareWarped(*input.view, field, input.canvas);

    RiskMaps maps;
    maps.angleStdRad = flowAngleStd(motionX, motionY);
    maps.warpDisagreement = std::move(warped.viewDisagreement);
    maps.forwardBackwardPx = Plane(w, h);
    maps.occlusion = Plane(w, h);
    maps.predictedError = Plane(w, h);
    const auto confidence = [&](const Plane MotionPrior::*plane, int x, int y) {
        return input.prior && !(input.prior->*plane).empty() ? (input.prior->*plane).at(x, y) : 1.0f;
    };
    std::vector<Sums> rows(h);
    parallelRows(h, [&](int y) {
        Sums& sums = rows[y];
        for (int x = 0; x < w; ++x) {
            const float weight0 = field.weight0.at(x, y);
            const float confidence0 = confidence(&MotionPrior::confidence0, x, y);
            const float confidence1 = confidence(&MotionPrior::confidence1, x, y);
            const float occlusion =
                std::clamp(std::max(usedAlone(weight0, time), std::abs(confidence0 - confidence1)), 0.0f, 1.0f);
            const float distancePx = forwardBackwardPx(field, x, y, time);
            const PixelEvidence evidence{.networkError = warped.networkError.at(x, y),
                                         .disagreement = warped.displayDisagreement.at(x, y),
                                         .mixing = 1 - std::abs(2 * weight0 - 1),
                                         .forwardBackwardPx = distancePx,
                                         .angleStdRad = maps.angleStdRad.at(x, y),
                                         .motionPx = motionPx.at(x, y),
                                         .uncovered = 1 - std::max(confidence0, confidence1),
                                         .gradient = gradientPerPx(warped.displayGrey, x, y)};
            const double error = isSound(field, x, y) ? predictError(evidence) : 1.0;
            maps.forwardBackwardPx.at(x, y) = distancePx;
            maps.occlusion.at(x, y) = occlusion;
            maps.predictedError.at(x, y) = static_cast<float>(error);

            const double network = field.error.empty() ? 0.0 : field.error.at(x, y);
            sums.squaredError += error * error;
            sums.angle += double(maps.angleStdRad.at(x, y)) * motionPx.at(x, y);
            sums.forwardBackward += distancePx;
            sums.disagreement += maps.warpDisagreement.at(x, y);
            sums.occlusion += occlusion;
            sums.motion += motionPx.at(x, y);
            sums.network += network * network;
        }
    });
    Sums total;
    for (const Sums& row : rows)
        total += row;

    Risk risk;
    const double pixels = double(w) * h;
    risk.score = std::sqrt(total.squaredError / pixels);
    risk.features = total.features(pixels);

    const Plane errorBlocks = blockRms(maps.predictedError);
    risk.regions = riskRegions(errorBlocks, input.canvas, input.regionThreshold);
    risk.cut = risk.score >= leastScoreOfCut && isCut(*input.view);
    risk.reasons = riskReasons({.risk = risk,
                                .maps = maps,
                                .displayDisagreement = warped.displayDisagreement,
                                .networkError = warped.networkError,
                                .motionPx = motionPx,
                                .weight0 = field.weight0,
                                .errorBlocks = errorBlocks,
                                .canvas = input.canvas,
                                .leastError = 0.5 * input.regionThreshold});
    if (mapsOut)
        *mapsOut = std::move(maps);
    return risk;
}

} // namespace inbetween
