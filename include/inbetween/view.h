// The display-like view of a keyframe pair: for the network's eyes only.
#pragma once

#include "inbetween/image.h"

#include <algorithm>
#include <cstdint>

namespace inbetween {

struct ChannelRoles;

// Three planes, R G B.
template <class T> struct BasicColourPlanes { BasicPlane<T> r, g, b; };
using ColourPlanes = BasicColourPlanes<float>;

// A value of the view, in half the memory of a float: [0, 8) in steps of 1/8192, some thirty to one of an
// eight-bit display. What lies outside goes to the ends, NaN to 0.
class ViewSample {
public:
    ViewSample() = default;
    ViewSample(float value) {
        const float steps = value * 8192.0f + 0.5f;
        steps_ = static_cast<std::uint16_t>(steps > 0.0f ? std::min(steps, 65535.0f) : 0.0f);
    }
    operator float() const { return static_cast<float>(steps_) * (1.0f / 8192.0f); }

private:
    std::uint16_t steps_ = 0;
};
using ViewPlane = BasicPlane<ViewSample>;
using ViewPlanes = BasicColourPlanes<ViewSample>;

// The curve: ln(1 + 16 x) / ln(17). 0 -> 0, 1 -> 1, 0.18 -> 0.48 (close to what a display shows), 500
// -> 3.17.
float viewCurve(float exposedLinear);
float viewCurveInverse(float view);

struct View {
    ViewPlanes key0, key1; // viewCurve(max(0, exposure * linear)), on the canvas; bad samples are 0
    float exposure = 1.0f; // one scale for the pair, so that both see the same world
    std::size_t badSamples0 = 0, badSamples1 = 0; // NaN and infinities in R, G, B
};

// exposure = 0.18 / exp(mean(ln(max(L, 1e-4)))) over pixels of both with L > 1e-4, L = 0.2126 R + 0.7152 G +
// 0.0722 B, limited to [1/4096, 4096]; 1 for a black pair.
float pairExposure(const ColourPlanes& linear0, const ColourPlanes& linear1);

// Linear beauty on the canvas, of Rec. 709 primaries; zero outside the data window. Colours of other
// chromaticities are converted, white to white by Bradford's transform (Lam 1985), and may be negative then;
// a pixel that holds a bad sample is left as it is.
ColourPlanes linearBeauty(const Image& image, const ChannelRoles& roles, const Box& canvas);

View makeView(const ColourPlanes& linear0, const ColourPlanes& linear1);

// The view that evaluation and pictures use: the sRGB curve of clamp(linear, 0, 1); NaN is 0.
float displayCurve(float linear);

} // namespace inbetween
