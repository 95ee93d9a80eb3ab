#include "risk/box_mean.h"

#include "base/parallel.h"

#include <algorithm>
#include <vector>

namespace inbetween {
namespace {

constexpr int stripColumns = 64; // that share a pass down the picture; fixed, like all that could change a bit

} // namespace

Plane boxMean(const Plane& plane, int radius) {
    const int w = plane.width, h = plane.height;
    Plane across(w, h), result(w, h);
    parallelRows(h, [&](int y) {
        const float* in = plane.row(y);
        double sum = 0;
        for (int x = 0; x < std::min(radius, w); ++x)
            sum += in[x];
        for (int x = 0; x < w; ++x) {
            if (x + radius < w)
                sum += in[x + radius];
            if (x - radius - 1 >= 0)
                sum -= in[x - radius - 1];
            const int count = std::min(w - 1, x + radius) - std::max(0, x - radius) + 1;
            across.at(x, y) = static_cast<float>(sum / count);
        }
    });
    parallelRows((w + stripColumns - 1) / stripColumns, [&](int strip) {
        const int first = strip * stripColumns, end = std::min(w, first + stripColumns);
        std::vector<double> sums(end - first);
        const auto add = [&](int y, double sign) {
            for (int x = first; x < end; ++x)
                sums[x - first] += sign * across.at(x, y);
        };
        for (int y = 0; y < std::min(radius, h); ++y)
            add(y, 1);
        for (int y = 0; y < h; ++y) {
            if (y + radius < h)
                add(y + radius, 1);
            if (y - radius - 1 >= 0)
                add(y - radius - 1, -1);
            const int count = std::min(h - 1, y + radius) - std::max(0, y - radius) + 1;
            for (int x = first; x < end; ++x)
                result.at(x, y) = static_cast<float>(std::max(0.0, sums[x - first]) / count);
        }
    }, 1);
    return result;
}

} // namespace inbetween
