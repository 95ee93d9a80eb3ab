#include "motion/front_order.h"

#include "base/parallel.h"
#include "motion/flow_tap.h"
#include "motion/vectors.h"

#include <algorithm>
#include <cmath>

namespace inbetween {
namespace {

constexpr float nearDistance = 1.0f, unknownDistance = 1.5f, farDistance = 2.25f;

// Where the pixels of a keyframe are in the other one, and what speaks for their being in front (above 0) or
// behind.
struct Layered {
    Flow motion;
    Plane evidence, weight;
};

Layered layered(const RendererVectors& vectors, const Flow& flow, int gap, bool forwards) {
    Layered out{displacementAfter(vectors, float(gap), forwards), {}, {}};
    const int w = out.motion.x.width, h = out.motion.x.height;
    out.evidence = out.weight = Plane(w, h);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x)
            if (!std::isfinite(vectors.nextX.at(x, y))) {
                const BilinearTap tap = tapAt(flow, float(x), float(y));
                out.motion.x.at(x, y) = tap(flow.x);
                out.motion.y.at(x, y) = tap(flow.y);
            }
    });
    return out;
}

struct Place {
    int x, y;
    bool inside;
};
Place target(const Flow& motion, int x, int y) {
    const float tx = float(x) + motion.x.at(x, y), ty = float(y) + motion.y.at(x, y);
    const bool inside = tx > -0.5f && ty > -0.5f && tx < float(motion.x.width) - 0.5f &&
                        ty < float(motion.x.height) - 0.5f;
    return inside ? Place{int(tx + 0.5f), int(ty + 0.5f), true} : Place{0, 0, false};
}

// Does the other keyframe's motion lead back from there, or from beside it?
bool leadsBack(const Flow& motion, int x, int y, const Flow& other, const Place& at) {
    const float dx = motion.x.at(x, y), dy = motion.y.at(x, y);
    const float tolerance = 1.5f + 0.1f * std::hypot(dx, dy);
    for (int ny = std::max(0, at.y - 1); ny <= std::min(other.x.height - 1, at.y + 1); ++ny)
        for (int nx = std::max(0, at.x - 1); nx <= std::min(other.x.width - 1, at.x + 1); ++nx)
            if (std::hypot(dx + other.x.at(nx, ny), dy + other.y.at(nx, ny)) <= tolerance)
                return true;
    return false;
}

void say(Layered& of, int x, int y, float what) {
    of.evidence.at(x, y) += what;
    of.weight.at(x, y) += 1.0f;
}

void gatherEvidence(Layered& here, Layered& there) {
    for (int y = 0; y < here.motion.x.height; ++y)
        for (int x = 0; x < here.motion.x.width; ++x) {
            const Place at = target(here.motion, x, y);
            if (!at.inside || leadsBack(here.motion, x, y, there.motion, at))
                continue;
            say(here, x, y, -1.0f);
            say(there, at.x, at.y, 1.0f);
            const Place from = target(there.motion, at.x, at.y);
            if (from.inside)
                say(here, from.x, from.y, 1.0f);
        }
}

// Means along rows and columns that stop where the motion changes: the recursive filter of the domain
// transform (Gastal and Oliveira 2011).
void spreadAlongSurfaces(Layered& of) {
    constexpr float edge = 1.0f; // pixels
    const int w = of.motion.x.width, h = of.motion.x.height;
    for (const float reach : {80.0f, 40.0f}) {
        const auto pass = [&](std::size_t at, std::size_t before) {
            const float apart = std::abs(of.motion.x.values[at] - of.motion.x.values[before]) +
                                std::abs(of.motion.y.values[at] - of.motion.y.values[before]);
            const float share = std::exp(-1.41421356f / reach * (1.0f + reach / edge * apart));
            for (Plane* plane : {&of.evidence, &of.weight})
                plane->values[at] += share * (plane->values[before] - plane->values[at]);
        };
        parallelRows(h, [&](int y) {
            const std::size_t row = std::size_t(y) * w;
            for (int x = 1; x < w; ++x)
                pass(row + x, row + x - 1);
            for (int x = w - 2; x >= 0; --x)
                pass(row + x, row + x + 1);
        });
        parallelRows((w + 63) / 64,
                     [&](int block) {
                         const int first = 64 * block, end = std::min(w, first + 64);
                         for (int y = 1; y < h; ++y)
                             for (int x = first; x < end; ++x)
                                 pass(std::size_t(y) * w + x, std::size_t(y - 1) * w + x);
                         for (int y = h - 2; y >= 0; --y)
                             for (int x = first; x < end; ++x)
                                 pass(std::size_t(y) * w + x, std::size_t(y + 1) * w + x);
                     },
                     1);
    }
}

Plane distances(Layered& of) {
    constexpr float leastWeight = 1e-4f, leastSurplus = 0.1f;
    spreadAlongSurfaces(of);
    Plane out(of.weight.width, of.weight.height, unknownDistance);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const float weight = of.weight.values[i], evidence = of.evidence.values[i];
        if (weight > leastWeight && std::abs(evidence) > leastSurplus * weight)
            out.values[i] = evidence > 0.0f ? nearDistance : farDistance;
    }
    return out;
}

} // namespace

Distances distancesByOcclusion(const RendererVectors& vectors0, const RendererVectors& vectors1,
                               const FlowPair& flow, int gap) {
    Layered first = layered(vectors0, flow.forward, gap, true),
            second = layered(vectors1, flow.backward, gap, false);
    gatherEvidence(first, second);
    gatherEvidence(second, first);
    return {distances(first), distances(second)};
}

} // namespace inbetween
