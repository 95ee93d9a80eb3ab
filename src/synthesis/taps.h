// Where a field takes the samples of a pixel from.
#pragma once

#include "inbetween/synthesis.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace inbetween {

// One of the rendered samples that a pixel is made of: where it lies, in which keyframe, and what it weighs.
struct Tap {
    float x, y;
    bool first; // keyframe 0
    float weight;
};
struct Taps {
    std::array<Tap, 4> taps;
    int count;
};

inline Taps tapsAt(const Field& field, int x, int y) {
    Taps out;
    const float share = field.otherShare.empty() ? 0.0f : field.otherShare.at(x, y);
    const auto tap = [&](float flowX, float flowY, bool first, float weight) {
        // What stands still keeps its samples, to the bit.
        const bool still = std::abs(flowX) < leastFlowPx && std::abs(flowY) < leastFlowPx;
        return still ? Tap{float(x), float(y), first, weight}
                     : Tap{float(x) + flowX, float(y) + flowY, first, weight};
    };
    const auto add = [&](const Mix& mix, int at, float total) {
        const float weight0 = mix.weight0.at(x, y);
        out.taps[at] = tap(mix.flow0X.at(x, y), mix.flow0Y.at(x, y), true, total * weight0);
        out.taps[at + 1] = tap(mix.flow1X.at(x, y), mix.flow1Y.at(x, y), false, total * (1.0f - weight0));
    };
    add(field, 0, 1.0f - share);
    out.count = 2;
    if (share >= leastWeight) {
        add(field.other, 2, share);
        out.count = 4;
    }
    return out;
}

inline const Tap& heaviest(const Taps& taps) {
    return *std::max_element(taps.taps.begin(), taps.taps.begin() + taps.count,
                             [](const Tap& a, const Tap& b) { return a.weight < b.weight; });
}

inline bool movesLessThan(float px, const Mix& mix, int x, int y) {
    for (const Plane Mix::*flow : {&Mix::flow0X, &Mix::flow0Y, &Mix::flow1X, &Mix::flow1Y})
        if (!(std::abs((mix.*flow).at(x, y)) < px))
            return false;
    return true;
}

} // namespace inbetween
