// Depth, normals, positions, vectors: each value is that of one surface. What lies between two surfaces is
// neither.
#pragma once

#include "synthesis/sampler.h"
#include "synthesis/taps.h"

#include <array>
#include <cmath>
#include <limits>

namespace inbetween {

// For each of four channels those of its layer, itself among them: they are taken from the same samples.
using LayerLanes = std::array<Lanes, 4>;

// Where the keyframes are less apart than this share of the value, they show the same surface; where both are
// smooth and weigh much, it may have turned or come nearer by more.
inline constexpr float sameSurface = 0.02f, movedSurface = 0.25f;
inline constexpr float muchWeight = 0.25f;

inline Four absolute(Four value) {
    return value < 0.0f ? -value : value;
}

// All lanes of the layers that have one of `lanes`.
inline Lanes wholeLayers(Lanes lanes, const LayerLanes& layers) {
    Lanes whole{};
    for (int i = 0; i < 4; ++i)
        if (lanes[i])
            whole |= layers[std::size_t(i)];
    return whole;
}

// The largest of each layer.
inline Four largestOfLayer(Four value, const LayerLanes& layers) {
    Four largest{};
    for (int i = 0; i < 4; ++i) {
        const Four one = Four{} + value[i];
        largest = layers[std::size_t(i)] ? most(largest, one) : largest;
    }
    return largest;
}

// Whether there is an edge between b and c, of four samples in a row: a surface goes on as it does beside
// them.
inline Lanes hasEdge(Four a, Four b, Four c, Four d) {
    constexpr float rounding = 1.0f / 512; // of half, twice
    const Four before = b - a, step = c - b, after = d - c;
    const Lanes goesOn = (step * before > 0.0f) & (step * after > 0.0f);
    const Four slope = goesOn ? 2.0f * least(absolute(before), absolute(after)) : Four{};
    return ~(absolute(step) <= slope + rounding * most(absolute(b), absolute(c))); // NaN and infinity too
}

struct SurfaceSample {
    Four value;
    Lanes smooth;
};

// Bilinear within a surface, else the nearest sample.
inline SurfaceSample sampleSurface(const FourPlanes& planes, float x, float y, const LayerLanes& layers) {
    const Stencil at(planes.width, planes.height, x, y);
    const auto sample = [&](int i, int j) { return planes.at(at.columns[i], at.rows[j]); };
    if (at.onPixel())
        return {sample(1, 1), ~Lanes{}};
    Lanes edge{};
    for (int k = 1; k <= 2; ++k) {
        if (at.fx > 0 && (k == 1 || at.fy > 0))
            edge |= hasEdge(sample(0, k), sample(1, k), sample(2, k), sample(3, k));
        if (at.fy > 0 && (k == 1 || at.fx > 0))
            edge |= hasEdge(sample(k, 0), sample(k, 1), sample(k, 2), sample(k, 3));
    }
    edge = wholeLayers(edge, layers);
    const Four nearest = sample(at.fx >= 0.5f ? 2 : 1, at.fy >= 0.5f ? 2 : 1);
    const auto across = [&](int j) {
        return at.fx > 0 ? (1 - at.fx) * sample(1, j) + at.fx * sample(2, j) : sample(1, j);
    };
    const Four between = at.fy > 0 ? (1 - at.fy) * across(1) + at.fy * across(2) : across(1);
    const Four a = sample(1, 1), b = sample(2, 1), c = sample(1, 2), d = sample(2, 2);
    return {edge
                ? nearest
                : clamped(between, least(least(a, b), least(c, d)), most(most(a, b), most(c, d))), // rounding
            ~edge};
}

// Up to four channels of a pixel: the surface of what weighs most, and the mean with the other samples that
// show it. False where one of the channels has no finite number there.
inline bool surfaceFour(const Taps& taps, const FourPlanes& source0, const FourPlanes& source1,
                        const LayerLanes& layers, Four& out) {
    const Tap& main = heaviest(taps);
    const SurfaceSample shown = sampleSurface(main.first ? source0 : source1, main.x, main.y, layers);
    const Four scale = largestOfLayer(absolute(shown.value), layers);
    Four sum = main.weight * shown.value, total = Four{} + main.weight, low = shown.value, high = shown.value;
    for (int i = 0; i < taps.count; ++i) {
        const Tap& tap = taps.taps[std::size_t(i)];
        if (&tap == &main || !(tap.weight >= leastWeight))
            continue;
        const SurfaceSample other = sampleSurface(tap.first ? source0 : source1, tap.x, tap.y, layers);
        const Lanes mayMove = tap.weight >= muchWeight ? shown.smooth & other.smooth : Lanes{};
        const Four tolerance = mayMove ? Four{} + movedSurface : Four{} + sameSurface;
        const Lanes apart = ~(absolute(other.value - shown.value) <= tolerance * scale);
        const Lanes same = ~wholeLayers(apart, layers);
        sum += same ? tap.weight * other.value : Four{};
        total += same ? Four{} + tap.weight : Four{};
        low = same ? least(low, other.value) : low;
        high = same ? most(high, other.value) : high;
    }
    out = clamped(sum / total, low, high);
    return allFinite(shown.value);
}

// Most of the samples around: the sky. An infinity alone is damage.
template <class Source> bool isInfinitelyFar(const Source& source, const Stencil& at) {
    int infinite = 0;
    for (const int row : at.rows)
        for (const int column : at.columns)
            infinite += std::isinf(source.at(column, row));
    return infinite >= 8;
}

// The nearest sample of a tap; where that is damaged, another finite one of the four, or NaN.
template <class Source> float nearestSound(const Source& source, const Tap& tap, bool& clean) {
    const Stencil at(source.width, source.height, tap.x, tap.y);
    const int column = at.fx >= 0.5f ? 2 : 1, row = at.fy >= 0.5f ? 2 : 1;
    const float nearest = source.at(at.columns[column], at.rows[row]);
    if (std::isfinite(nearest) || (std::isinf(nearest) && isInfinitelyFar(source, at)))
        return nearest;
    clean = false;
    for (const int j : {row, 3 - row})
        for (const int i : {column, 3 - column})
            if ((i == column || at.fx > 0) && (j == row || at.fy > 0)) // of those that it lies between
                if (const float other = source.at(at.columns[i], at.rows[j]); std::isfinite(other))
                    return other;
    return std::numeric_limits<float>::quiet_NaN();
}

// One channel, where not all are finite: that of the heaviest tap with a sound sample. The depth of the sky
// stays infinite; what else is not finite is left out while anything sound is there, then an infinity stays
// and NaN is 0.
template <class Source>
float surfaceOfDamaged(const Taps& taps, const Source& source0, const Source& source1, std::size_t& bad) {
    float weight = -1, value = std::numeric_limits<float>::quiet_NaN();
    bool clean = true;
    for (int i = 0; i < taps.count; ++i) {
        const Tap& tap = taps.taps[std::size_t(i)];
        bool sound = true;
        const float sample = nearestSound(tap.first ? source0 : source1, tap, sound);
        clean &= sound || !(tap.weight >= leastWeight);
        if (tap.weight > weight && !std::isnan(sample)) {
            weight = tap.weight;
            value = sample;
        }
    }
    bad += !clean;
    if (!std::isnan(value))
        return value;
    const Tap& main = heaviest(taps);
    const Source& source = main.first ? source0 : source1;
    const Stencil at(source.width, source.height, main.x, main.y);
    const float last = source.at(at.columns[at.fx >= 0.5f ? 2 : 1], at.rows[at.fy >= 0.5f ? 2 : 1]);
    return std::isinf(last) ? last : 0.0f;
}

} // namespace inbetween
