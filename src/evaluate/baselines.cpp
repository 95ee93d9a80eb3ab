#include "evaluate/baselines.h"

#include "base/parallel.h"
#include "image/bilinear.h"

namespace inbetween {
namespace {

// sample(plane of keyframe 0, plane of keyframe 1, x, y) for every pixel of every channel.
template <class Sample>
ColourPlanes blendPlanes(const ColourPlanes& linear0, const ColourPlanes& linear1, const Sample& sample) {
    const int w = linear0.r.width, h = linear0.r.height;
    ColourPlanes result{{w, h}, {w, h}, {w, h}};
    for (Plane ColourPlanes::*channel : {&ColourPlanes::r, &ColourPlanes::g, &ColourPlanes::b})
        parallelRows(h, [&](int y) {
            for (int x = 0; x < w; ++x)
                (result.*channel).at(x, y) = sample(linear0.*channel, linear1.*channel, x, y);
        });
    return result;
}

} // namespace

ColourPlanes meanOfKeyframes(const ColourPlanes& linear0, const ColourPlanes& linear1, double time) {
    const auto t = static_cast<float>(time);
    return blendPlanes(linear0, linear1, [t](const Plane& plane0, const Plane& plane1, int x, int y) {
        return (1 - t) * plane0.at(x, y) + t * plane1.at(x, y);
    });
}

ColourPlanes warpByFlow(const ColourPlanes& linear0, const ColourPlanes& linear1, const FlowPair& flow,
                        double time) {
    const auto t = static_cast<float>(time);
    const int w = linear0.r.width, h = linear0.r.height;
    const Flow there = atCanvasSize(flow.forward, w, h), back = atCanvasSize(flow.backward, w, h);
    return blendPlanes(linear0, linear1, [&](const Plane& plane0, const Plane& plane1, int x, int y) {
        const float a = bilinear(plane0, float(x) - t * there.x.at(x, y), float(y) - t * there.y.at(x, y));
        const float b = bilinear(plane1, float(x) - (1 - t) * back.x.at(x, y),
                                 float(y) - (1 - t) * back.y.at(x, y));
        return (1 - t) * a + t * b;
    });
}

ColourPlanes disWarp(const ColourPlanes& linear0, const ColourPlanes& linear1, double time) {
    return warpByFlow(linear0, linear1, estimateFlow(makeView(linear0, linear1)), time);
}

} // namespace inbetween
