// Pictures with texture, for the tests of risk and evaluation.
#pragma once

#include "inbetween/view.h"

#include <cmath>
#include <cstdint>
#include <functional>

namespace pictures {

// Smooth noise in [0, 1], defined everywhere, another one for each seed.
inline float noise(double x, double y, std::uint32_t seed) {
    const auto lattice = [seed](std::int64_t ix, std::int64_t iy) {
        std::uint32_t h = seed * 0x9e3779b9u ^ std::uint32_t(ix) * 0x85ebca6bu ^
                          std::uint32_t(iy) * 0xc2b2ae35u;
        h = (h ^ (h >> 15)) * 0x2c1b3c6du;
        h = (h ^ (h >> 12)) * 0x297a2d39u;
        return double(h ^ (h >> 15)) / 4294967295.0;
    };
    const double fx = std::floor(x), fy = std::floor(y);
    const auto ix = std::int64_t(fx), iy = std::int64_t(fy);
    const auto smooth = [](double t) { return t * t * (3 - 2 * t); };
    const double u = smooth(x - fx), v = smooth(y - fy);
    const double top = lattice(ix, iy) * (1 - u) + lattice(ix + 1, iy) * u;
    const double bottom = lattice(ix, iy + 1) * (1 - u) + lattice(ix + 1, iy + 1) * u;
    return float(top * (1 - v) + bottom * v);
}

// A scene of several scales, linear light in [0, 1.1].
inline float scene(double x, double y, std::uint32_t seed) {
    const float value = 0.55f * noise(x / 60, y / 60, seed) + 0.3f * noise(x / 23, y / 23, seed + 100) +
                        0.15f * noise(x / 7, y / 7, seed + 200);
    return 1.1f * value * value;
}

using Shade = std::function<float(double x, double y, int channel)>;

inline inbetween::ColourPlanes draw(int w, int h, const Shade& shade) {
    inbetween::ColourPlanes planes{{w, h}, {w, h}, {w, h}};
    int channel = 0;
    for (inbetween::Plane* plane : {&planes.r, &planes.g, &planes.b}) {
        for (int y = 0; y < h; ++y)
            for (int x = 0; x < w; ++x)
                plane->at(x, y) = shade(x, y, channel);
        ++channel;
    }
    return planes;
}

inline Shade sceneShade(std::uint32_t seed, double dx = 0, double dy = 0) {
    return [=](double x, double y, int channel) {
        return scene(x + dx, y + dy, seed + 1000 * std::uint32_t(channel));
    };
}

} // namespace pictures
