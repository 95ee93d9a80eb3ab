#include "risk/box_mean.h"

#include <algorithm>
#include <vector>

namespace inbetween {

Plane boxMean(const Plane& plane, int radius, Rows wanted) {
    const int w = plane.width, h = plane.height;
    Plane across(w, h), result(w, h);
    const int firstRead = std::max(0, wanted.first - radius), endRead = std::min(h, wanted.end + radius);
    parallelRows(endRead - firstRead, [&](int row) {
        const int y = firstRead + row;
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
    forStrips(wanted, [&](Rows strip) {
        std::vector<double> sums(w);
        const auto add = [&](int y, double sign) {
            for (int x = 0; x < w; ++x)
                sums[x] += sign * across.at(x, y);
        };
        for (int y = std::max(0, strip.first - radius); y < std::min(h, strip.first + radius); ++y)
            add(y, 1);
        for (int y = strip.first; y < strip.end; ++y) {
            if (y + radius < h)
                add(y + radius, 1);
            if (y > strip.first && y - radius - 1 >= 0)
                add(y - radius - 1, -1);
            const int count = std::min(h - 1, y + radius) - std::max(0, y - radius) + 1;
            for (int x = 0; x < w; ++x)
                result.at(x, y) = static_cast<float>(std::max(0.0, sums[x]) / count);
        }
    });
    return result;
}

} // namespace inbetween
