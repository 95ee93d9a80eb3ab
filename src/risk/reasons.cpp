#include "risk/reasons.h"

#include "risk/regions.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <optional>

namespace inbetween {
namespace {

// From which figure on something is worth a sentence.
constexpr double leastDisagreement = 0.08; // display view
constexpr double leastNetworkError = 0.08; // display view
constexpr double leastFlowDifferencePx = 2;
constexpr double leastMotionForAnglePx = 1;
constexpr double leastMotionShare = 1.0 / 12; // of the frame's longer side
constexpr double leastAloneShare = 0.05;      // of the frame
constexpr double leastCrossingShare = 0.02;   // of the frame
constexpr double leastFastShare = 1.0 / 40;   // of the longer side: motion that counts as fast

struct Reason {
    double severity; // figure / least figure
    std::string text;
};

struct Place {
    double figure;
    Imath::V2i centre; // pixel coordinates
};

// The greatest figure among the blocks that are allowed.
template <class Figure, class Allowed>
std::optional<Place> worstBlock(const ReasonInput& input, const Figure& figure, const Allowed& allowed) {
    const BlockGrid grid{width(input.canvas), height(input.canvas)};
    std::optional<Place> worst;
    for (int row = 0; row < grid.rows(); ++row)
        for (int column = 0; column < grid.columns(); ++column) {
            const double value = figure(column, row);
            if (!allowed(column, row) || std::isnan(value) || (worst && value <= worst->figure))
                continue;
            const Box box = grid.pixels(column, row);
            worst = Place{value, input.canvas.min + box.min + (box.max - box.min) / 2};
        }
    return worst;
}

} // namespace

float leastFastPx(const Box& canvas) {
    return static_cast<float>(leastFastShare * std::max(width(canvas), height(canvas)));
}

std::vector<std::string> riskReasons(const ReasonInput& input) {
    std::vector<std::string> texts;
    if (input.risk.cut)
        texts.emplace_back(cutReason);

    const auto wrong = [&](int column, int row) {
        return input.blocks.error.at(column, row) >= input.leastError;
    };
    if (!std::any_of(input.blocks.error.values.begin(), input.blocks.error.values.end(),
                     [&](float error) { return error >= input.leastError; }))
        return texts;

    std::vector<Reason> reasons;
    const auto add = [&](const std::optional<Place>& place, double least, const auto& say) {
        if (place && place->figure >= least)
            reasons.push_back({place->figure / least, fmt::format("{} around ({}, {})", say(place->figure),
                                                                  place->centre.x, place->centre.y)});
    };
    const auto blockOf = [](const Plane& blocks) {
        return [&blocks](int column, int row) { return double(blocks.at(column, row)); };
    };

    add(worstBlock(input, blockOf(input.blocks.disagreement), wrong), leastDisagreement,
        [](double v) { return fmt::format("the two keyframes disagree by {:.2f}", v); });

    add(worstBlock(input, blockOf(input.blocks.network), wrong), leastNetworkError,
        [](double v) { return fmt::format("the network expects an error of {:.2f}", v); });

    add(worstBlock(input, blockOf(input.blocks.forwardBackwardPx), wrong), leastFlowDifferencePx,
        [](double v) { return fmt::format("the two directions of motion differ by {:.1f} px", v); });

    const Plane &motion = input.blocks.motionPx, &angle = input.blocks.angleStdRad;
    add(worstBlock(input, blockOf(motion), wrong),
        std::max(leastMotionForAnglePx,
                 leastMotionShare * std::max(width(input.canvas), height(input.canvas))),
        [](double v) { return fmt::format("{:.0f} px of motion between the keyframes", v); });

    const auto degrees = [&](int column, int row) { return angle.at(column, row) * 180 / std::numbers::pi; };
    add(worstBlock(input, degrees,
                   [&](int column, int row) {
                       return wrong(column, row) && motion.at(column, row) >= leastMotionForAnglePx;
                   }),
        leastAngleDegrees, [](double v) { return fmt::format("flow angles spread {:.0f} degrees", v); });

    const double crossing = input.blocks.crossingShare;
    if (crossing >= leastCrossingShare)
        reasons.push_back({crossing / leastCrossingShare,
                           fmt::format("fast crossing motion in {:.0f}% of the frame", 100 * crossing)});

    const double alone = input.blocks.aloneShare;
    if (alone >= leastAloneShare)
        reasons.push_back({alone / leastAloneShare,
                           fmt::format("one keyframe alone is used in {:.0f}% of the frame", 100 * alone)});

    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const Reason& a, const Reason& b) { return a.severity > b.severity; });
    for (Reason& reason : reasons)
        texts.push_back(std::move(reason.text));
    if (texts.empty()) {
        const auto place = worstBlock(input, blockOf(input.blocks.error), wrong);
        texts.push_back(fmt::format("the predicted error is {:.2f} around ({}, {})", place->figure,
                                    place->centre.x, place->centre.y));
    }
    return texts;
}

} // namespace inbetween
