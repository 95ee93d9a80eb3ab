#include "inbetween/motion.h"

#include "motion/splat.h"
#include "motion/vectors.h"

#include <algorithm>
#include <cmath>
#include <tbb/parallel_invoke.h>

namespace inbetween {
namespace {

constexpr float farthest = 1e10f; // the sky, and what has no depth

// What one keyframe contributes: where its pixels are at the wanted time, and who is in front.
struct Contribution {
    Flow displacement;
    Plane distance, trust;
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

Contribution fromVectors(const RendererVectors& vectors, const Plane* depth, float frames, bool forwards) {
    Contribution out;
    out.displacement = displacementAfter(vectors, frames, forwards);
    out.distance = cleanDistance(depth, vectors.nextX.width, vectors.nextX.height);
    out.trust = vectorTrust(vectors);
    return out;
}

Contribution fromFlow(const Flow& flow, const Plane& agreement, float share) {
    Contribution out{flow, Plane(agreement.width, agreement.height), agreement};
    for (float& v : out.displacement.x.values)
        v *= share;
    for (float& v : out.displacement.y.values)
        v *= share;
    // Depth is not known here: the motion that both directions agree on wins.
    for (std::size_t i = 0; i < agreement.values.size(); ++i)
        out.distance.values[i] = 1.0f + 4.0f * (1.0f - agreement.values[i]);
    return out;
}

Splat splatContribution(const Contribution& c) {
    return splat({&c.displacement.x, &c.displacement.y, &c.distance, &c.trust});
}

// Where one keyframe left a hole, the surface seen in the other is followed on, in a straight line; what neither saw
// is filled from around.
void completeFlows(MotionPrior& prior, float time) {
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

} // namespace

MotionPrior motionPrior(const MotionInput& input, double time) {
    const float t = float(time);
    const bool useVectors = input.vectors0 && input.vectors1 && !input.vectors0->empty() && !input.vectors1->empty() &&
                            vectorsExplain(*input.view, *input.vectors0, *input.vectors1, input.gap);
    FlowPair estimated;
    const FlowPair* flow = input.flow;
    if (!useVectors && !flow) {
        estimated = estimateFlow(*input.view);
        flow = &estimated;
    }

    Splat splat0, splat1;
    tbb::parallel_invoke(
        [&] {
            splat0 = splatContribution(useVectors
                                           ? fromVectors(*input.vectors0, input.depth0, t * float(input.gap), true)
                                           : fromFlow(flow->forward, flow->agreement0, t));
        },
        [&] {
            splat1 = splatContribution(
                useVectors ? fromVectors(*input.vectors1, input.depth1, (1.0f - t) * float(input.gap), false)
                           : fromFlow(flow->backward, flow->agreement1, 1.0f - t));
        });

    MotionPrior prior;
    prior.source = useVectors ? MotionSource::vectors : MotionSource::estimated;
    if (useVectors && input.depth0 && input.depth1)
        prior.depthOrder = depthOrder(splat0, splat1);
    else
        prior.depthOrder = Plane(splat0.distance.width, splat0.distance.height);
    prior.flow0X = std::move(splat0.flowX);
    prior.flow0Y = std::move(splat0.flowY);
    prior.flow1X = std::move(splat1.flowX);
    prior.flow1Y = std::move(splat1.flowY);
    prior.confidence0 = std::move(splat0.confidence);
    prior.confidence1 = std::move(splat1.confidence);
    completeFlows(prior, t);
    return prior;
}

} // namespace inbetween
