#include "inbetween/motion.h"

#include "base/parallel.h"
#include "image/bilinear.h"
#include "motion/splat.h"
#include "motion/vectors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tbb/parallel_invoke.h>
#include <vector>

namespace inbetween {
namespace {

constexpr float farthest = 1e10f;   // the sky, and what has no depth
constexpr float mostInFront = 0.6f; // of the distance 1 that stands for one that is not known
// Pixels. Where no depth tells what is one surface, what moves otherwise is none.
constexpr float oneSurface = 3.0f;

// What one keyframe contributes: where its pixels are at the wanted time, and who is in front.
struct Contribution {
    Flow displacement;
    Plane distance, trust;
    float mostApart = std::numeric_limits<float>::infinity();
};

Plane cleanDistance(const Plane* depth, int w, int h) {
    Plane out(w, h, 1.0f);
    if (!depth)
        return out;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const float z = depth->values[i];
        out.values[i] = z > 0.0f && z < farthest ? z : farthest; // NaN, infinity and 0 are "nothing there"
    }
    return out;
}

// Calls visit(index) for the up to eight neighbours of a pixel.
template <class Visit> void forNeighbours(const Plane& plane, int x, int y, const Visit& visit) {
    for (int ny = std::max(0, y - 1); ny <= std::min(plane.height - 1, y + 1); ++ny)
        for (int nx = std::max(0, x - 1); nx <= std::min(plane.width - 1, x + 1); ++nx)
            if (nx != x || ny != y)
                visit(std::size_t(ny) * plane.width + nx);
}

// Renderers average a pixel's vector over its samples: at an edge that is the motion of nothing at all, and
// the edges of small things would be scattered as specks. A pixel that moves like hardly any of its
// neighbours goes behind the farthest surface beside it, where it hides nothing, at half the trust.
void setEdgesBack(Contribution& c) {
    const Plane &dx = c.displacement.x, &dy = c.displacement.y;
    const Plane distance = c.distance;
    std::vector<char> alone(distance.values.size()); // not bool: written to by several threads
    parallelRows(distance.height, [&](int y) {
        for (int x = 0; x < distance.width; ++x) {
            const std::size_t here = std::size_t(y) * distance.width + x;
            const float allowed = 0.3f + 0.05f * (std::abs(dx.values[here]) + std::abs(dy.values[here]));
            int alike = 0;
            forNeighbours(distance, x, y, [&](std::size_t at) {
                const float ex = dx.values[at] - dx.values[here], ey = dy.values[at] - dy.values[here];
                alike += ex * ex + ey * ey <= allowed * allowed;
            });
            alone[here] = alike < 2;
        }
    });
    parallelRows(distance.height, [&](int y) {
        for (int x = 0; x < distance.width; ++x) {
            const std::size_t here = std::size_t(y) * distance.width + x;
            float behind = 0.0f;
            if (alone[here])
                forNeighbours(distance, x, y, [&](std::size_t at) {
                    behind = std::max(behind, alone[at] ? 0.0f : distance.values[at]);
                });
            if (behind > 0.0f) {
                c.distance.values[here] = 1.2f * behind;
                c.trust.values[here] *= 0.5f;
            }
        }
    });
}

Contribution fromFlow(const Flow& flow, float share, int w, int h) {
    Contribution out{atCanvasSize(flow, w, h), Plane(w, h), {}};
    out.trust = std::move(out.displacement.agreement);
    // Depth is not known here. What goes to where something else disappears hides it and is in front;
    // otherwise the motion that both directions agree on wins.
    out.mostApart = oneSurface;
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const BilinearTap there(w, h, float(x) + out.displacement.x.at(x, y),
                                    float(y) + out.displacement.y.at(x, y));
            const float trust = out.trust.at(x, y);
            const float seen = out.displacement.front.empty() ? 0.0f : out.displacement.front.at(x, y);
            const float front = std::max(trust * (1.0f - there(out.trust)), seen);
            out.distance.at(x, y) = 1.0f + 4.0f * (1.0f - trust) - mostInFront * front;
        }
    });
    const float beside = 4.0f * share * (1.0f - share);
    Flow& path = out.displacement;
    for (const auto& [plane, bend] : {std::pair{&path.x, &path.curveX}, {&path.y, &path.curveY}})
        for (std::size_t i = 0; i < plane->values.size(); ++i)
            plane->values[i] = share * plane->values[i] + (bend->empty() ? 0.0f : beside * bend->values[i]);
    return out;
}

// Where a keyframe has no vector, the estimated flow.
void fillFromFlow(Contribution& c, const RendererVectors& vectors, const Flow& flow, float share) {
    const auto isMissing = [&](std::size_t i) {
        return !std::isfinite(vectors.nextX.values[i]) || !std::isfinite(vectors.nextY.values[i]);
    };
    const std::size_t pixels = c.trust.values.size();
    std::size_t first = 0;
    while (first < pixels && !isMissing(first))
        ++first;
    if (first == pixels)
        return;
    const Contribution estimated = fromFlow(flow, share, c.trust.width, c.trust.height);
    for (std::size_t i = first; i < pixels; ++i)
        if (isMissing(i)) {
            c.displacement.x.values[i] = estimated.displacement.x.values[i];
            c.displacement.y.values[i] = estimated.displacement.y.values[i];
            c.trust.values[i] = estimated.trust.values[i];
        }
}

// The vectors of the keyframe from which `share` of the gap is to be gone.
Contribution fromVectors(const MotionInput& input, const FlowPair& flow, float share, bool forwards) {
    const RendererVectors& vectors = forwards ? *input.vectors0 : *input.vectors1;
    Contribution out;
    out.displacement = displacementAfter(vectors, share * float(input.gap), forwards);
    out.distance = cleanDistance(forwards ? input.depth0 : input.depth1, vectors.nextX.width,
                                 vectors.nextX.height);
    out.trust = vectorTrust(vectors);
    if (input.depthIsEstimated)
        out.mostApart = oneSurface;
    fillFromFlow(out, vectors, forwards ? flow.forward : flow.backward, share);
    setEdgesBack(out);
    return out;
}

Splat splatContribution(const Contribution& c) {
    return splat({&c.displacement.x, &c.displacement.y, &c.distance, &c.trust, c.mostApart});
}

// Where one keyframe left a hole, the surface seen in the other is followed on, in a straight line; what
// neither saw is filled from around.
void completeFlows(MotionGuess& prior, float time) {
    const float ratio = time / (1.0f - time);
    Plane known = prior.confidence0;
    for (std::size_t i = 0; i < known.values.size(); ++i) {
        const float c0 = prior.confidence0.values[i], c1 = prior.confidence1.values[i];
        if (c0 <= 0.0f && c1 > 0.0f) {
            prior.flow0X.values[i] = -prior.flow1X.values[i] * ratio;
            prior.flow0Y.values[i] = -prior.flow1Y.values[i] * ratio;
        } else if (c1 <= 0.0f && c0 > 0.0f) {
            prior.flow1X.values[i] = -prior.flow0X.values[i] / ratio;
            prior.flow1Y.values[i] = -prior.flow0Y.values[i] / ratio;
        }
        known.values[i] = std::max(c0, c1);
    }
    tbb::parallel_invoke([&] { fillHoles(prior.flow0X, prior.flow0Y, known); },
                         [&] { fillHoles(prior.flow1X, prior.flow1Y, known); });
}

// +1: keyframe 0's surface is in front by a tenth of its distance or more; -1: keyframe 1's.
Plane depthOrder(const Splat& s0, const Splat& s1) {
    Plane order(s0.distance.width, s0.distance.height);
    for (std::size_t i = 0; i < order.values.size(); ++i) {
        const float z0 = s0.distance.values[i], z1 = s1.distance.values[i];
        if (z0 > 0.0f && z1 > 0.0f)
            order.values[i] = std::clamp(10.0f * (z1 - z0) / std::min(z0, z1), -1.0f, 1.0f);
    }
    return order;
}

// What lands at one place and moves alike is one surface, however far away it was estimated to be.
void keepOrderOfTwoSurfaces(const Splat& s0, const Splat& s1, float time, Plane& order) {
    constexpr float alike = 1.0f; // pixels
    for (std::size_t i = 0; i < order.values.size(); ++i) {
        const float apartX = (1.0f - time) * s0.flowX.values[i] + time * s1.flowX.values[i];
        const float apartY = (1.0f - time) * s0.flowY.values[i] + time * s1.flowY.values[i];
        if (std::hypot(apartX, apartY) <= alike)
            order.values[i] = 0.0f;
    }
}

struct Splats {
    Splat of0, of1;
};

template <class Contribution0, class Contribution1>
Splats splatBoth(const Contribution0& contribution0, const Contribution1& contribution1) {
    Splats splats;
    tbb::parallel_invoke([&] { splats.of0 = splatContribution(contribution0()); },
                         [&] { splats.of1 = splatContribution(contribution1()); });
    return splats;
}

// The splats' planes move into the guess; their distances stay.
void setGuess(Splats& splats, float time, MotionGuess& guess) {
    guess.flow0X = std::move(splats.of0.flowX);
    guess.flow0Y = std::move(splats.of0.flowY);
    guess.flow1X = std::move(splats.of1.flowX);
    guess.flow1Y = std::move(splats.of1.flowY);
    guess.confidence0 = std::move(splats.of0.confidence);
    guess.confidence1 = std::move(splats.of1.confidence);
    completeFlows(guess, time);
}

} // namespace

MotionPrior motionPrior(const MotionInput& input, double time) {
    const float t = float(time);
    const bool useVectors = input.vectors0 && input.vectors1 && !input.vectors0->empty() &&
                            !input.vectors1->empty() &&
                            (input.vectorsChecked ||
                             vectorsExplain(*input.view, *input.vectors0, *input.vectors1, input.gap));
    FlowPair classicalHere, farHere;
    const FlowPair *flow = input.flow, *classical = input.classicalFlow;
    if (!flow) {
        classicalHere = estimateFlow(*input.view, useVectors);
        flow = &classicalHere;
        if (!useVectors) {
            farHere = withLargeDisplacement(*input.view, classicalHere);
            flow = &farHere;
            classical = &classicalHere;
        }
    }
    const int w = input.view->key0.r.width, h = input.view->key0.r.height;
    const auto splatFlow = [&](const FlowPair& pair) {
        return splatBoth([&] { return fromFlow(pair.forward, t, w, h); },
                         [&] { return fromFlow(pair.backward, 1.0f - t, w, h); });
    };
    MotionPrior prior;
    if (!useVectors) {
        prior.source = MotionSource::estimated;
        Splats estimated = splatFlow(*flow);
        setGuess(estimated, t, prior);
        if (classical) {
            estimated = splatFlow(*classical);
            setGuess(estimated, t, prior.other);
        }
        return prior;
    }
    Splats estimated = splatFlow(classical ? *classical : *flow);
    Splats known = splatBoth([&] { return fromVectors(input, *flow, t, true); },
                             [&] { return fromVectors(input, *flow, 1.0f - t, false); });
    prior.source = MotionSource::vectors;
    if (input.depth0 && input.depth1)
        prior.depthOrder = depthOrder(known.of0, known.of1);
    if (input.depthIsEstimated && !prior.depthOrder.empty())
        keepOrderOfTwoSurfaces(known.of0, known.of1, t, prior.depthOrder);
    setGuess(known, t, prior);
    setGuess(estimated, t, prior.other);
    return prior;
}

} // namespace inbetween
