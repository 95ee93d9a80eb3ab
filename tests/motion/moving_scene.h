// A textured disc that moves over a textured ground that moves, exact at any time.
#pragma once

#include "inbetween/motion.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace inbetween {

struct MovingScene {
    int width = 160, height = 112;
    float groundX = 3, groundY = 1, discX = -6, discY = 2; // pixels a frame
    float radius = 24;

    float centreX(float time) const { return 0.6f * float(width) + discX * time; }
    float centreY(float time) const { return 0.5f * float(height) + discY * time; }
    bool isDisc(int x, int y, float time) const {
        return std::hypot(float(x) - centreX(time), float(y) - centreY(time)) < radius;
    }

    ColourPlanes picture(float time, float gain = 1) const {
        ColourPlanes out{Plane(width, height), Plane(width, height), Plane(width, height)};
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const bool disc = isDisc(x, y, time);
                const float u = float(x) - (disc ? centreX(time) : groundX * time),
                            v = float(y) - (disc ? centreY(time) : groundY * time);
                const float shade = gain * (disc ? 0.3f + 0.6f * texture(u, v, 5, 1)
                                                 : 0.08f + 0.4f * texture(u, v, 7, 2));
                out.r.at(x, y) = shade;
                out.g.at(x, y) = (disc ? 0.6f : 0.9f) * shade;
                out.b.at(x, y) = (disc ? 0.3f : 1.1f) * shade;
            }
        return out;
    }
    RendererVectors vectors(float time) const {
        RendererVectors out{Plane(width, height), Plane(width, height), Plane(width, height),
                            Plane(width, height)};
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const bool disc = isDisc(x, y, time);
                out.nextX.at(x, y) = disc ? discX : groundX;
                out.nextY.at(x, y) = disc ? discY : groundY;
                out.previousX.at(x, y) = -out.nextX.at(x, y);
                out.previousY.at(x, y) = -out.nextY.at(x, y);
            }
        return out;
    }

    // Smooth noise in [0, 1] without end; `size`: pixels between its values.
    static float texture(float x, float y, float size, std::uint32_t seed) {
        x /= size;
        y /= size;
        const float x0 = std::floor(x), y0 = std::floor(y), fx = x - x0, fy = y - y0;
        const auto at = [&](float ix, float iy) { return random(int(ix), int(iy), seed); };
        return (at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx) * (1 - fy) +
               (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy;
    }
    static float random(int x, int y, std::uint32_t seed) {
        std::uint32_t h = std::uint32_t(x) * 0x9e3779b9u ^ std::uint32_t(y) * 0x85ebca6bu ^
                          seed * 0xc2b2ae35u;
        h = (h ^ h >> 16) * 0x7feb352du;
        h = (h ^ h >> 15) * 0x846ca68bu;
        return float((h ^ h >> 16) & 0xffffu) / 65535.0f;
    }
};

} // namespace inbetween
