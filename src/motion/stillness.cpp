#include "motion/stillness.h"

#include "motion/structure.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inbetween {
namespace {

constexpr float mostMismatch = 0.2f; // see mismatchAlong

Plane mismatchOf(const std::array<Structure, 2>& structures, float dx, float dy) {
    return mismatchAlong(structures[0], structures[1], [=](int, int) { return std::pair(dx, dy); });
}

double mean(const Plane& mismatch) {
    double sum = 0;
    std::size_t count = 0;
    for (const float v : mismatch.values)
        if (v >= 0.0f) {
            sum += v;
            ++count;
        }
    return count > 0 ? sum / double(count) : 0.0;
}

bool fitsBestInPlace(const std::array<Structure, 2>& structures, double inPlace) {
    const float half = 0.5f * float(structures[0].divisor);
    for (const auto& [dx, dy] : {std::pair{half, 0.0f}, {-half, 0.0f}, {0.0f, half}, {0.0f, -half}})
        if (mean(mismatchOf(structures, dx, dy)) < inPlace)
            return false;
    return true;
}

} // namespace

bool standsStill(const View& view) {
    for (const ColourWeights& channel : {ColourWeights{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}) {
        const std::array<Structure, 2> structures = structuresOf(view, channel);
        const Plane mismatch = mismatchOf(structures, 0, 0);
        if (std::ranges::any_of(mismatch.values, [](float v) { return v > mostMismatch; }))
            return false;
        if (!fitsBestInPlace(structures, mean(mismatch)))
            return false;
    }
    return true;
}

} // namespace inbetween
