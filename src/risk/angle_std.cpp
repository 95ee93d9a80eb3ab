#include "risk/angle_std.h"

#include "inbetween/risk.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace inbetween {
namespace {

constexpr double leastMeanLengthPx = 0.1;
// Longer flows count as this long: running sums of doubles then never lose a short flow next to a long one.
constexpr float longestComponentPx = 65536.0f;

// Running sums over a window: of the flow vectors (each is its length times its direction) and of their
// lengths.
struct FlowSum {
    double x = 0, y = 0, length = 0;

    FlowSum& operator+=(const FlowSum& other) {
        x += other.x;
        y += other.y;
        length += other.length;
        return *this;
    }
    FlowSum& operator-=(const FlowSum& other) {
        x -= other.x;
        y -= other.y;
        length -= other.length;
        return *this;
    }
};

FlowSum flowAt(const Plane& flowX, const Plane& flowY, int x, int y) {
    const float fx = flowX.at(x, y), fy = flowY.at(x, y);
    if (!std::isfinite(fx) || !std::isfinite(fy))
        return {};
    const double cx = std::clamp(fx, -longestComponentPx, longestComponentPx);
    const double cy = std::clamp(fy, -longestComponentPx, longestComponentPx);
    return {cx, cy, std::sqrt(cx * cx + cy * cy)};
}

float angleStd(const FlowSum& sum, int pixels) {
    if (sum.length <= leastMeanLengthPx * pixels)
        return 0.0f;
    const double inverseResultant = std::max(1.0, sum.length / std::sqrt(sum.x * sum.x + sum.y * sum.y));
    const double sigma = std::sqrt(2.0 * std::log(inverseResultant)); // infinite where all flows cancel out
    return static_cast<float>(std::min<double>(sigma, maxAngleStdRad));
}

} // namespace

Plane flowAngleStd(const Plane& flowX, const Plane& flowY, int radius) {
    return flowAngleStd(flowX, flowY, radius, {0, flowX.height});
}

Plane flowAngleStd(const Plane& flowX, const Plane& flowY, int radius, Rows wanted) {
    const int width = flowX.width, height = flowX.height;
    if (flowY.width != width || flowY.height != height || radius < 0)
        throw std::invalid_argument("flowAngleStd: planes of different sizes, or a negative radius");
    Plane result(width, height);
    if (result.empty())
        return result;
    const int reachX = std::min(radius, width - 1), reachY = std::min(radius, height - 1);

    forStrips(wanted, [&](Rows strip) {
        std::vector<FlowSum> columns(width);
        const auto addRow = [&](int y) {
            for (int x = 0; x < width; ++x)
                columns[x] += flowAt(flowX, flowY, x, y);
        };
        const auto removeRow = [&](int y) {
            for (int x = 0; x < width; ++x)
                columns[x] -= flowAt(flowX, flowY, x, y);
        };
        for (int y = std::max(0, strip.first - reachY); y < std::min(height, strip.first + reachY); ++y)
            addRow(y);
        for (int y = strip.first; y < strip.end; ++y) {
            if (y + reachY < height)
                addRow(y + reachY);
            if (y > strip.first && y - reachY - 1 >= 0)
                removeRow(y - reachY - 1);
            const int rows = std::min(height - 1, y + reachY) - std::max(0, y - reachY) + 1;

            FlowSum window;
            for (int x = 0; x < reachX; ++x)
                window += columns[x];
            float* out = result.row(y);
            for (int x = 0; x < width; ++x) {
                if (x + reachX < width)
                    window += columns[x + reachX];
                if (x - reachX - 1 >= 0)
                    window -= columns[x - reachX - 1];
                const int across = std::min(width - 1, x + reachX) - std::max(0, x - reachX) + 1;
                out[x] = angleStd(window, rows * across);
            }
        }
    });
    return result;
}

} // namespace inbetween
