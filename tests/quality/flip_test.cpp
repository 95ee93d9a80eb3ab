#include "flip.h"

#include "risk/pictures.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <stdexcept>

using namespace inbetween;
using namespace quality;
using namespace pictures;

namespace {

constexpr int w = 64, h = 48;

// A picture given by what the display shows, [0, 1].
ColourPlanes display(const Shade& shade) {
    return draw(w, h, [&](double x, double y, int c) {
        const double v = std::clamp(double(shade(x, y, c)), 0.0, 1.0);
        return float(v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
    });
}
ColourPlanes grey(double value) {
    return display([=](double, double, int) { return float(value); });
}
double wave(double x, double y, int channel) {
    if (channel == 0)
        return 0.5 + 0.5 * std::sin(0.31 * x + 0.17 * y);
    if (channel == 1)
        return 0.5 + 0.5 * std::sin(0.11 * x - 0.23 * y + 1);
    return std::fmod(std::floor(x / 8) + std::floor(y / 8), 2) == 0 ? 0.2 : 0.8;
}
ColourPlanes waves(double dx = 0, double grain = 0) {
    return display([=](double x, double y, int c) {
        return float(wave(x + dx, y, c) + grain * std::sin(12.9898 * x + 78.233 * y));
    });
}
ColourPlanes line(bool there) {
    return display([=](double x, double, int) { return there && x == 30 ? 0.9f : 0.4f; });
}

struct Reference {
    const char* name;
    ColourPlanes reference, test;
    double mean, first, second, third, last; // the mean; pixels (0, 0), (20, 10), (31, 24), (63, 47)
};

} // namespace

// Reference values: flip-evaluator 1.7, evaluate(reference, test, "LDR", applyMagma=False) on the same
// pictures.
TEST(Flip, AgreesWithTheReference) {
    const ColourPlanes red = display([](double, double, int c) { return c == 0 ? 0.8f : 0.0f; });
    const Reference references[] = {
        {"equal", waves(), waves(), 0, 0, 0, 0, 0},
        {"shifted", waves(), waves(1), 0.329984, 0.378261, 0.303623, 0.248594, 0.806429},
        {"grain", waves(), waves(0, 0.1), 0.113426, 0.122966, 0.142076, 0.066566, 0.170573},
        {"greys", grey(0.3), grey(0.5), 0.482457, 0.482457, 0.482457, 0.482457, 0.482457},
        {"line", line(false), line(true), 0.042355, 0, 0, 0.570404, 0},
        {"hue", red, grey(0.4), 0.737551, 0.737551, 0.737551, 0.737551, 0.737551},
    };
    constexpr double tolerance =
        2e-3; // the reference computes in single precision, and powers magnify that near zero
    for (const Reference& r : references) {
        SCOPED_TRACE(r.name);
        const Plane map = flip(r.test, r.reference);
        EXPECT_NEAR(meanFlip(r.test, r.reference), r.mean, 2e-4);
        EXPECT_NEAR(map.at(0, 0), r.first, tolerance);
        EXPECT_NEAR(map.at(20, 10), r.second, tolerance);
        EXPECT_NEAR(map.at(31, 24), r.third, tolerance);
        EXPECT_NEAR(map.at(63, 47), r.last, tolerance);
    }
}

TEST(Flip, HighlightsCountAsTheDisplayShowsThem) {
    const ColourPlanes white = draw(w, h, [](double, double, int) { return 1.0f; });
    const ColourPlanes brighter = draw(w, h, [](double, double, int) { return 500.0f; });
    EXPECT_EQ(meanFlip(brighter, white), 0);
}

TEST(Flip, RefusesOtherSizes) {
    EXPECT_THROW(flip(draw(8, 8, sceneShade(1)), draw(8, 9, sceneShade(1))), std::invalid_argument);
}
