// Radiance: the weighted mean of the samples of all taps.
#pragma once

#include "synthesis/common_sharpness.h"
#include "synthesis/sampler.h"
#include "synthesis/taps.h"

#include <algorithm>
#include <cmath>

namespace inbetween {

// The weighted mean of the finite samples. `bad` counts when something had to be left out.
template <class Source>
float blend(const Taps& taps, const Source& source0, const Source& source1, std::size_t& bad) {
    const auto sample = [&](const Tap& tap) { return sampleAt(tap.first ? source0 : source1, tap.x, tap.y); };
    float sum = 0.0f, total = 0.0f, low = INFINITY, high = -INFINITY;
    bool clean = true;
    const auto use = [&](const Tap& tap, float weight) {
        const Sample s = sample(tap);
        clean &= s.clean;
        if (!s.finite)
            return;
        sum += weight * s.value;
        total += weight;
        low = std::min(low, s.value);
        high = std::max(high, s.value);
    };
    for (int i = 0; i < taps.count; ++i)
        if (taps.taps[i].weight >= leastWeight)
            use(taps.taps[i], taps.taps[i].weight);
    for (int i = 0; i < taps.count && total <= 0.0f;
         ++i) // what was too light counts when nothing else is finite
        if (!(taps.taps[i].weight >= leastWeight))
            use(taps.taps[i], 1.0f);
    bad += !clean;
    if (total > 0.0f) // equal samples stay as they are, and rounding never leaves their range
        return std::clamp(sum / total, low, high);
    const float value = sample(heaviest(taps)).value;
    return std::isnan(value) ? 0.0f : value;
}

// As blend of each, to the bit; with a sharpness for each tap where that is common to the parts of a sum.
// False where one of them has a sample that is not finite.
inline bool blendFour(const Taps& taps, const FourPlanes& source0, const FourPlanes& source1,
                      const TapSharpness* common, Four& out) {
    Four sum{}, low = Four{} + INFINITY, high = Four{} - INFINITY;
    float total = 0.0f;
    for (int i = 0; i < taps.count; ++i) {
        const Tap& tap = taps.taps[i];
        if (!(tap.weight >= leastWeight))
            continue;
        const FourPlanes& source = tap.first ? source0 : source1;
        Four value;
        if (!(common ? sampleSharpened(source, tap.x, tap.y, (*common)[std::size_t(i)], value)
                     : sampleFour(source, tap.x, tap.y, value)))
            return false;
        sum += tap.weight * value;
        total += tap.weight;
        low = least(low, value);
        high = most(high, value);
    }
    out = clamped(sum / total, low, high);
    return total > 0.0f;
}

// Up to four channels of a pixel that hardly moves.
struct StillPixel {
    Lanes same{};         // the channels that are equal in both keyframes
    bool isAlone = false; // nothing else may be at this place
};

inline StillPixel stillPixel(const Field& field, const FourPlanes& source0, const FourPlanes& source1,
                             const CommonSharpness* common, int x, int y) {
    if (!movesLessThan(sameFlowPx, field, x, y))
        return {};
    const Lanes same = source0.at(x, y) == source1.at(x, y);
    return {!common                ? same
            : common->isSame(x, y) ? ~Lanes{}
                                   : Lanes{},
            field.otherShare.empty() || field.otherShare.at(x, y) < leastWeight};
}

// The mean of a pixel and its neighbours, of each channel where all of them are finite. `rows`: those above,
// here and below; `same` of a neighbour keeps it out.
inline Four spreadOver(const Spread& spread, const Four* const (&rows)[3],
                       const StillPixel* const (&still)[3], int x, int width) {
    const Four here = rows[1][x];
    Four sum = here, low = here, high = here;
    for (std::size_t i = 0; i < spread.size(); ++i) {
        if (spread[i] == 0)
            continue;
        const auto [dx, dy] = spreadOffsets[i];
        const int column = std::clamp(x + dx, 0, width - 1);
        const Four value = still[1 + dy][column].same ? here : rows[1 + dy][column];
        sum += float(spread[i]) / 256 * (value - here);
        low = least(low, value);
        high = most(high, value);
    }
    const Four mean = sum - sum == Four{} ? clamped(sum, low, high)
                                          : here; // rounding never leaves their range
    return still[1][x].same ? here : mean;
}

} // namespace inbetween
