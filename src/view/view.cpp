#include "inbetween/view.h"

#include "base/parallel.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "view/rec709.h"

#include <algorithm>
#include <cmath>

namespace inbetween {
namespace {

constexpr float curveGain = 16.0f;
const float curveNorm = 1.0f / std::log1p(curveGain);

struct LogSum {
    double sum = 0;
    std::size_t count = 0;
};

// Rows are summed one after the other: a mean must not depend on the number of threads.
void addLogLuminance(const ColourPlanes& linear, LogSum& total) {
    constexpr float floorLuminance = 1e-4f;
    for (std::size_t i = 0; i < linear.r.values.size(); ++i) {
        const float l = 0.2126f * linear.r.values[i] + 0.7152f * linear.g.values[i] +
                        0.0722f * linear.b.values[i];
        if (l > floorLuminance && std::isfinite(l)) {
            total.sum += std::log(l);
            ++total.count;
        }
    }
}

// Returns how many samples were not finite.
std::size_t toView(const Plane& linear, float exposure, ViewPlane& view) {
    view = ViewPlane(linear.width, linear.height);
    parallelRows(linear.height, [&](int y) {
        const float* in = linear.row(y);
        ViewSample* out = view.row(y);
        for (int x = 0; x < linear.width; ++x)
            out[x] = std::isfinite(in[x]) ? viewCurve(std::max(0.0f, exposure * in[x])) : 0.0f;
    });
    return static_cast<std::size_t>(
        std::count_if(linear.values.begin(), linear.values.end(), [](float v) { return !std::isfinite(v); }));
}

std::size_t toView(const ColourPlanes& linear, float exposure, ViewPlanes& view) {
    return toView(linear.r, exposure, view.r) + toView(linear.g, exposure, view.g) +
           toView(linear.b, exposure, view.b);
}

Plane beautyPlane(const Image& image, ChannelRef ref, const Box& canvas) {
    if (!ref)
        return Plane(width(canvas), height(canvas));
    const Part& part = image.parts[ref.part];
    return planeOnCanvas(part, part.channels[ref.channel], canvas);
}

} // namespace

float viewCurve(float exposedLinear) {
    return std::log1p(curveGain * exposedLinear) * curveNorm;
}

float viewCurveInverse(float view) {
    return std::expm1(view / curveNorm) / curveGain;
}

float displayCurve(float linear) {
    if (!(linear > 0.0f)) // NaN too
        return 0.0f;
    const float x = std::min(linear, 1.0f);
    return x <= 0.0031308f ? 12.92f * x : 1.055f * std::pow(x, 1.0f / 2.4f) - 0.055f;
}

float pairExposure(const ColourPlanes& linear0, const ColourPlanes& linear1) {
    LogSum total;
    addLogLuminance(linear0, total);
    addLogLuminance(linear1, total);
    if (total.count == 0)
        return 1.0f;
    const double exposure = 0.18 / std::exp(total.sum / double(total.count));
    return float(std::clamp(exposure, 1.0 / 4096, 4096.0));
}

ColourPlanes linearBeauty(const Image& image, const ChannelRoles& roles, const Box& canvas) {
    ColourPlanes linear{beautyPlane(image, roles.red, canvas), beautyPlane(image, roles.green, canvas),
                        beautyPlane(image, roles.blue, canvas)};
    const bool hasColour = roles.red && roles.green && roles.blue &&
                           (roles.red.part != roles.green.part || roles.red.channel != roles.green.channel);
    if (const auto chromaticities = hasColour ? chromaticitiesOf(image.parts[roles.red.part]) : std::nullopt)
        if (const auto matrix = toRec709(*chromaticities))
            apply(*matrix, linear);
    return linear;
}

View makeView(const ColourPlanes& linear0, const ColourPlanes& linear1) {
    View view;
    view.exposure = pairExposure(linear0, linear1);
    view.badSamples0 = toView(linear0, view.exposure, view.key0);
    view.badSamples1 = toView(linear1, view.exposure, view.key1);
    return view;
}

} // namespace inbetween
