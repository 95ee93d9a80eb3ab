#include "risk/evidence.h"

#include "base/parallel.h"
#include "motion/flow_tap.h"
#include "risk/angle_std.h"
#include "risk/box_mean.h"
#include "risk/display_curve_table.h"
#include "risk/regions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace inbetween {
namespace {

constexpr int nearRadius = 8, contrastRadius = 7;
constexpr int fineAngleRadius = 5, angleRadius = 15,
              coarseAngleRadius = 46; // a third and three times the side
// How far around a band is looked: by the windows of angles, and by those of everything else.
constexpr int angleReach = coarseAngleRadius, reach = 2 * nearRadius;
// What is larger than 2K is judged in smaller bands, which costs a little time.
std::size_t bandPixels(std::size_t pixels) {
    return pixels <= std::size_t(1) << 21 ? std::size_t(1) << 21 : std::size_t(1) << 20;
}
constexpr float mostMisplacedPx = 4;       // a gradient tells nothing beyond this distance
constexpr float mostFlowDifferencePx = 64; // estimated flow may be anything
constexpr float pxPerMisplacedPx = 8;      // of motion
constexpr float census = 0.02f;            // brighter or darker by less than this in the view is equal

// std::hypot guards against overflow, which these figures are far from, at several times the cost.
float length(float x, float y) {
    return std::sqrt(x * x + y * y);
}

void checkSizes(const RiskInput& input) {
    if (!input.view || !input.field)
        throw std::invalid_argument("assessRisk: a view and a field are needed");
    const int w = width(input.canvas), h = height(input.canvas);
    const auto check = [&](const auto& plane, bool optional = false) {
        if ((plane.width != w || plane.height != h) && !(optional && plane.empty()))
            throw std::invalid_argument("assessRisk: a plane has not the canvas' size");
    };
    for (const ViewPlanes* key : {&input.view->key0, &input.view->key1})
        for (const ViewPlane* plane : {&key->r, &key->g, &key->b})
            check(*plane);
    const Field& field = *input.field;
    for (const Plane Mix::*plane : {&Mix::flow0X, &Mix::flow0Y, &Mix::flow1X, &Mix::flow1Y, &Mix::weight0}) {
        check(field.*plane);
        check(field.other.*plane, field.otherShare.empty());
    }
    check(field.otherShare, true);
    if (field.second)
        for (const Plane Mix::*plane :
             {&Mix::flow0X, &Mix::flow0Y, &Mix::flow1X, &Mix::flow1Y, &Mix::weight0}) {
            check((*field.second).*plane);
            check(field.second->other.*plane, field.second->otherShare.empty());
        }
    check(field.error, true);
    check(field.confidence0, true);
    check(field.confidence1, true);
}

// 0 where the keyframes weigh as the time says, 1 where one is used alone.
float usedAlone(float weight0, float time) {
    const float expected = 1 - time;
    return weight0 > expected ? (weight0 - expected) / (1 - expected) : (expected - weight0) / expected;
}

bool isSound(const Field& field, int x, int y) {
    const auto sumOf = [&](const Mix& mix) {
        return mix.flow0X.at(x, y) + mix.flow0Y.at(x, y) + mix.flow1X.at(x, y) + mix.flow1Y.at(x, y) +
               mix.weight0.at(x, y);
    };
    const float sum = sumOf(field) + (field.error.empty() ? 0.0f : field.error.at(x, y)) +
                      (field.otherShare.empty() ? 0.0f : field.otherShare.at(x, y) + sumOf(field.other));
    return std::isfinite(sum) && (!field.second || isSound(*field.second, x, y));
}

float shareOfOther(const Field& field, int x, int y) {
    return field.otherShare.empty() ? 0.0f : field.otherShare.at(x, y);
}

// The mix that shows most at a pixel.
const Mix& mainMix(const Field& field, int x, int y) {
    return shareOfOther(field, x, y) > 0.5f ? field.other : field;
}

using ViewChannels = std::array<std::pair<const ViewPlane*, const ViewPlane*>, 3>;

// What a field makes of the view at a pixel, in the display.
std::array<float, 3> pictureAt(const Field& field, const ViewChannels& channels,
                               const DisplayCurveTable& display, int x, int y) {
    std::array<float, 3> picture{};
    const auto add = [&](const Mix& mix, float part) {
        const int w = mix.flow0X.width, h = mix.flow0X.height;
        const BilinearTap in0(w, h, float(x) + mix.flow0X.at(x, y), float(y) + mix.flow0Y.at(x, y));
        const BilinearTap in1(w, h, float(x) + mix.flow1X.at(x, y), float(y) + mix.flow1Y.at(x, y));
        for (std::size_t c = 0; c < channels.size(); ++c) {
            const float b = in1(*channels[c].second);
            picture[c] += part * (b + mix.weight0.at(x, y) * (in0(*channels[c].first) - b));
        }
    };
    const float share = shareOfOther(field, x, y);
    add(field, 1 - share);
    if (share > 0)
        add(field.other, share);
    for (float& v : picture)
        v = display(v);
    return picture;
}

struct WarpedPair {
    Plane grey0, grey1; // in the view
    Plane displayGrey;  // of the blend
};

// The warped keyframes, compared in these rows: two samples a pixel, or four where the other mix has a share.
WarpedPair compareWarped(const RiskInput& input, Rows rows, Evidence& evidence) {
    const View& view = *input.view;
    const Field& field = *input.field;
    const int w = width(input.canvas), h = height(input.canvas), planeRows = evidence.sound.height;
    WarpedPair warped{Plane(w, planeRows), Plane(w, planeRows), Plane(w, planeRows)};
    const DisplayCurveTable display(view.exposure);
    const ViewChannels channels{
        {{&view.key0.r, &view.key1.r}, {&view.key0.g, &view.key1.g}, {&view.key0.b, &view.key1.b}}};
    const auto tap = [&](const Plane& flowX, const Plane& flowY, int x, int y) {
        return BilinearTap(w, h, float(x) + flowX.at(x, y), float(y) + flowY.at(x, y));
    };
    parallelRows(rows.count(), [&](int row) {
        const int y = rows.first + row, at = y - evidence.top;
        for (int x = 0; x < w; ++x) {
            const float share = shareOfOther(field, x, y);
            const float error = field.error.empty() ? 0.0f : std::max(0.0f, field.error.at(x, y));
            std::array<float, 3> blend{},
                spread{};                    // of each channel: the view's mean, the display's variance
            std::array<float, 3> means[2]{}; // of each mix, in the display
            float grey0 = 0, grey1 = 0, difference = 0, disagreement = 0;
            const auto add = [&](const Mix& mix, int index, float part) {
                const BilinearTap in0 = tap(mix.flow0X, mix.flow0Y, x, y),
                                  in1 = tap(mix.flow1X, mix.flow1Y, x, y);
                const float weight0 = mix.weight0.at(x, y);
                for (std::size_t c = 0; c < channels.size(); ++c) {
                    const float a = in0(*channels[c].first), b = in1(*channels[c].second);
                    const float da = display(a), db = display(b), apart = da - db;
                    grey0 += part * a;
                    grey1 += part * b;
                    difference += part * std::abs(a - b);
                    disagreement += part * apart * apart;
                    blend[c] += part * (b + weight0 * (a - b));
                    spread[c] += part * weight0 * (1 - weight0) * apart * apart;
                    means[index][c] = db + weight0 * (da - db);
                }
            };
            add(field, 0, 1 - share);
            if (share > 0)
                add(field.other, 1, share);
            const std::array<float, 3> other = field.second
                                                   ? pictureAt(*field.second, channels, display, x, y)
                                                   : std::array<float, 3>{};
            float grey = 0, ghost = 0, choice = 0, second = 0, network = 0;
            for (std::size_t c = 0; c < channels.size(); ++c) {
                const float apart = share > 0 ? means[0][c] - means[1][c] : 0.0f;
                grey += display(blend[c]);
                ghost += spread[c] + share * (1 - share) * apart * apart;
                choice += apart * apart;
                if (field.second)
                    second += (display(blend[c]) - other[c]) * (display(blend[c]) - other[c]);
                if (error > 0) {
                    const float expected = 0.5f * (display(blend[c] + error) - display(blend[c] - error));
                    network += expected * expected;
                }
            }
            warped.grey0.at(x, at) = grey0 / 3;
            warped.grey1.at(x, at) = grey1 / 3;
            warped.displayGrey.at(x, at) = grey / 3;
            evidence.warpDisagreement.at(x, at) = difference / 3;
            evidence.disagreementSquare.at(x, at) = disagreement / 3;
            evidence.ghostSquare.at(x, at) = 4 * ghost / 3;
            evidence.choiceSquare.at(x, at) = choice / 3;
            evidence.secondSquare.at(x, at) = second / 3;
            evidence.networkSquare.at(x, at) = network / 3;
            evidence.viewErrorSquare.at(x, at) = error * error;
        }
    });
    return warped;
}

// Share of the eight neighbours whose order to the pixel is not the same in both; equal against unequal is
// half.
float censusDifference(const Plane& a, const Plane& b, int x, int y) {
    const auto order = [](float difference) { return int(difference > census) - int(difference < -census); };
    int difference = 0, neighbours = 0;
    for (int v = std::max(0, y - 1); v <= std::min(a.height - 1, y + 1); ++v)
        for (int u = std::max(0, x - 1); u <= std::min(a.width - 1, x + 1); ++u) {
            difference += std::abs(order(a.at(u, v) - a.at(x, y)) - order(b.at(u, v) - b.at(x, y)));
            ++neighbours;
        }
    return neighbours > 1 ? float(difference) / float(2 * (neighbours - 1)) : 0.0f;
}

float gradientPerPx(const Plane& plane, int x, int y) {
    const int left = std::max(0, x - 1), right = std::min(plane.width - 1, x + 1);
    const int up = std::max(0, y - 1), down = std::min(plane.height - 1, y + 1);
    return length((plane.at(right, y) - plane.at(left, y)) / float(std::max(1, right - left)),
                  (plane.at(x, down) - plane.at(x, up)) / float(std::max(1, down - up)));
}

// How far the motion that was used lies from the estimated flow, where the pixel is in either keyframe.
float flowDifferencePx(const Mix& mix, const FlowPair& flow, int x, int y, float motionX, float motionY) {
    const float x0 = float(x) + mix.flow0X.at(x, y), y0 = float(y) + mix.flow0Y.at(x, y);
    const float x1 = float(x) + mix.flow1X.at(x, y), y1 = float(y) + mix.flow1Y.at(x, y);
    const BilinearTap in0 = tapAt(flow.forward, x0, y0), in1 = tapAt(flow.backward, x1, y1);
    const float there = length(motionX - in0(flow.forward.x), motionY - in0(flow.forward.y));
    const float back = length(motionX + in1(flow.backward.x), motionY + in1(flow.backward.y));
    const float weight0 = mix.weight0.at(x, y);
    return std::min(mostFlowDifferencePx, weight0 * there + (1 - weight0) * back);
}

Plane contrastOf(const Plane& grey, Rows rows) {
    Plane square = grey;
    for (float& v : square.values)
        v *= v;
    const Plane mean = boxMean(grey, contrastRadius, rows);
    Plane contrast = boxMean(square, contrastRadius, rows);
    for (std::size_t i = 0; i < contrast.values.size(); ++i)
        contrast.values[i] = std::sqrt(std::max(0.0f, contrast.values[i] - mean.values[i] * mean.values[i]));
    return contrast;
}

} // namespace

std::vector<Rows> bandsOf(int width, int height) {
    constexpr int step = std::lcm(stripRows, BlockGrid::side);
    const std::size_t columns = std::size_t(std::max(1, width));
    const int rows = std::max(step,
                              int(bandPixels(columns * std::size_t(std::max(0, height))) / columns / step) *
                                  step);
    std::vector<Rows> bands;
    for (int first = 0; first < height; first += rows)
        bands.push_back({first, std::min(height, first + rows)});
    return bands;
}

Evidence gatherEvidence(const RiskInput& input, Rows band) {
    checkSizes(input);
    const Field& field = *input.field;
    const int w = width(input.canvas), h = height(input.canvas);
    const float time = static_cast<float>(input.time);
    Evidence e;
    e.rows = band;
    e.top = std::max(0,
                     band.first - (angleReach + stripRows - 1) / stripRows * stripRows); // strips stay strips
    const Rows all{e.top, std::min(h, band.end + angleReach)};
    const Rows around{std::max(0, band.first - reach), std::min(h, band.end + reach)};
    const Rows bandInPlanes{band.first - e.top, band.end - e.top};
    for (Plane* plane : {&e.disagreementSquare, &e.ghostSquare, &e.choiceSquare, &e.secondSquare,
                         &e.networkSquare, &e.viewErrorSquare, &e.warpDisagreement, &e.structureDisagreement,
                         &e.forwardBackwardPx, &e.flowDifferencePx, &e.occlusion, &e.uncovered, &e.bothSeen,
                         &e.motionPx, &e.weight0, &e.gradient, &e.sound})
        *plane = Plane(w, all.count());
    WarpedPair warped = compareWarped(input, around, e);
    e.networkNear = boxMean(e.networkSquare, nearRadius, bandInPlanes);
    e.secondNear = boxMean(e.secondSquare, nearRadius, bandInPlanes);
    e.contrast = contrastOf(warped.displayGrey, bandInPlanes);

    const auto confidence = [](const Plane& plane, int x, int y) {
        return plane.empty() ? 1.0f : plane.at(x, y);
    };
    Plane motionX(w, all.count()), motionY(w, all.count()), unexplained(w, all.count());
    parallelRows(all.count(), [&](int row) {
        const int y = all.first + row;
        const bool isAround = y >= around.first && y < around.end;
        for (int x = 0; x < w; ++x) {
            const Mix& mix = mainMix(field, x, y);
            const float f0x = mix.flow0X.at(x, y), f0y = mix.flow0Y.at(x, y);
            const float f1x = mix.flow1X.at(x, y), f1y = mix.flow1Y.at(x, y);
            motionX.at(x, row) = f1x - f0x;
            motionY.at(x, row) = f1y - f0y;
            if (!isAround)
                continue;
            const float share = shareOfOther(field, x, y);
            const float weight0 = share > 0 ? (1 - share) * field.weight0.at(x, y) +
                                                  share * field.other.weight0.at(x, y)
                                            : field.weight0.at(x, y);
            e.weight0.at(x, row) = weight0;
            e.motionPx.at(x, row) = length(f1x - f0x, f1y - f0y);
            // With straight motion at constant speed a pixel lies on the line between its places in the two
            // keyframes, parted as the time is. How far off that line?
            e.forwardBackwardPx.at(x, row) = length((1 - time) * f0x + time * f1x,
                                                    (1 - time) * f0y + time * f1y);
            const float confidence0 = confidence(field.confidence0, x, y);
            const float confidence1 = confidence(field.confidence1, x, y);
            e.uncovered.at(x, row) = 1 - std::max(confidence0, confidence1);
            e.bothSeen.at(x, row) = std::clamp(std::min(confidence0, confidence1), 0.0f, 1.0f);
            unexplained.at(x, row) = e.bothSeen.at(x, row) * e.disagreementSquare.at(x, row);
            e.occlusion.at(x, row) = std::clamp(std::max(usedAlone(weight0, time),
                                                         std::abs(confidence0 - confidence1)),
                                                0.0f, 1.0f);
            e.structureDisagreement.at(x, row) = censusDifference(warped.grey0, warped.grey1, x, row);
            e.gradient.at(x, row) = gradientPerPx(warped.displayGrey, x, row);
            e.sound.at(x, row) = isSound(field, x, y) ? 1.0f : 0.0f;
            if (input.flow)
                e.flowDifferencePx.at(x, row) = flowDifferencePx(mix, *input.flow, x, y, motionX.at(x, row),
                                                                 motionY.at(x, row));
        }
    });
    warped = {}; // what follows needs as much
    e.unexplainedNear = boxMean(unexplained, nearRadius, bandInPlanes);
    unexplained = {};
    e.angleStdRad = flowAngleStd(motionX, motionY, angleRadius, bandInPlanes);
    e.angleStdFineRad = flowAngleStd(motionX, motionY, fineAngleRadius, bandInPlanes);
    e.angleStdCoarseRad = flowAngleStd(motionX, motionY, coarseAngleRadius, bandInPlanes);
    return e;
}

RiskTerms Evidence::termsSquared(int x, int inFrame) const {
    const int y = inFrame - top;
    const auto square = [](double v) { return v * v; };
    const auto misplaced = [](float px) { return std::min(mostMisplacedPx, px); };
    const double g = gradient.at(x, y), c = contrast.at(x, y);
    const float motion = motionPx.at(x, y);
    RiskTerms t;
    t[constantTerm] = square(1.0 / 255);
    t[networkTerm] = viewErrorSquare.at(x, y);
    t[networkNearTerm] = networkNear.at(x, y);
    t[ghostTerm] = std::max(0.0f, ghostSquare.at(x, y));
    t[unexplainedTerm] = bothSeen.at(x, y) *
                         std::max(0.0f, disagreementSquare.at(x, y) - ghostSquare.at(x, y));
    t[secondTerm] = secondSquare.at(x, y);
    t[secondNearTerm] = secondNear.at(x, y);
    t[choiceTerm] = choiceSquare.at(x, y);
    t[unexplainedNearTerm] = unexplainedNear.at(x, y);
    t[structureTerm] = square(structureDisagreement.at(x, y) * c);
    t[bentTerm] = square(g * misplaced(forwardBackwardPx.at(x, y)));
    t[crossingTerm] = square(g * misplaced(angleStdRad.at(x, y) * motion / pxPerMisplacedPx));
    t[fastTerm] = square(g * misplaced(motion / pxPerMisplacedPx));
    t[otherFlowTerm] = square(g * misplaced(flowDifferencePx.at(x, y)));
    t[uncoveredTerm] = square(uncovered.at(x, y) * c);
    t[occludedTerm] = square(occlusion.at(x, y) * c);
    t[detailTerm] = square(g);
    return t;
}

} // namespace inbetween
