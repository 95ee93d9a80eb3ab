// The motion prior as a C function, so that training sees exactly what the command will see.
#include "inbetween/motion.h"

#include <algorithm>
#include <cstdio>
#include <exception>

using namespace inbetween;

namespace {

ColourPlanes colour(int w, int h, const float* rgb) {
    ColourPlanes out{Plane(w, h), Plane(w, h), Plane(w, h)};
    for (std::size_t i = 0; i < out.r.values.size(); ++i) {
        out.r.values[i] = rgb[3 * i];
        out.g.values[i] = rgb[3 * i + 1];
        out.b.values[i] = rgb[3 * i + 2];
    }
    return out;
}

RendererVectors vectors(int w, int h, const float* v) {
    if (!v)
        return {};
    RendererVectors out{Plane(w, h), Plane(w, h), Plane(w, h), Plane(w, h)};
    for (std::size_t i = 0; i < out.nextX.values.size(); ++i) {
        out.nextX.values[i] = v[4 * i];
        out.nextY.values[i] = v[4 * i + 1];
        out.previousX.values[i] = v[4 * i + 2];
        out.previousY.values[i] = v[4 * i + 3];
    }
    return out;
}

Plane plane(int w, int h, const float* values) {
    if (!values)
        return {};
    Plane out(w, h);
    std::copy(values, values + out.values.size(), out.values.begin());
    return out;
}

} // namespace

// Keyframes: linear, h x w x 3. Vectors (or null): h x w x 4, next x, y and previous x, y in pixels a frame,
// y down. Depth (or null): h x w. out: 14 planes of h x w: flow0 x, y, flow1 x, y, confidence 0, 1, depth
// order, then the same of the other guess, zeros where there is none. source: 1 vectors, 2 estimated. Returns
// 0, or 1 with a message on standard error.
extern "C" int ib_prior(int w, int h, const float* key0, const float* key1, const float* vectors0,
                        const float* vectors1, const float* depth0, const float* depth1, int gap, float time,
                        float* exposure, float* out, int* source) try {
    const View view = makeView(colour(w, h, key0), colour(w, h, key1));
    const RendererVectors v0 = vectors(w, h, vectors0), v1 = vectors(w, h, vectors1);
    const Plane d0 = plane(w, h, depth0), d1 = plane(w, h, depth1);
    MotionInput input;
    input.view = &view;
    input.vectors0 = vectors0 ? &v0 : nullptr;
    input.vectors1 = vectors1 ? &v1 : nullptr;
    input.depth0 = depth0 ? &d0 : nullptr;
    input.depth1 = depth1 ? &d1 : nullptr;
    input.gap = gap;
    const MotionPrior prior = motionPrior(input, time);
    *exposure = view.exposure;
    *source = prior.source == MotionSource::vectors ? 1 : 2;
    const std::size_t pixels = std::size_t(w) * h;
    const Plane unknown;
    for (const MotionGuess* guess : {static_cast<const MotionGuess*>(&prior), &prior.other})
        for (const Plane* p :
             {&guess->flow0X, &guess->flow0Y, &guess->flow1X, &guess->flow1Y, &guess->confidence0,
              &guess->confidence1, guess == &prior.other ? &unknown : &prior.depthOrder})
            out = p->empty() ? std::fill_n(out, pixels, 0.0f)
                             : std::copy(p->values.begin(), p->values.end(), out);
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "ib_prior: %s\n", e.what());
    return 1;
}
