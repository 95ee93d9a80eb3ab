#include "inbetween/error_map.h"

#include "risk/regions.h"

#include <algorithm>
#include <cmath>

namespace inbetween {
namespace {

constexpr double levelsPerDecade = 80;
static_assert(BlockGrid::side == 2 * ErrorMap::side);

} // namespace

Box ErrorMap::pixels(int column, int row) const {
    const Imath::V2i min(canvas.min.x + column * side, canvas.min.y + row * side);
    return Box(min, {std::min(canvas.max.x, min.x + side - 1), std::min(canvas.max.y, min.y + side - 1)});
}

std::uint8_t errorLevel(double rms) {
    if (!(rms > 0))
        return rms == 0 ? ErrorMap::noError : 0; // what is not a number is the worst
    return static_cast<std::uint8_t>(
        std::clamp(std::round(-levelsPerDecade * std::log10(rms)), 0.0, double(ErrorMap::noError)));
}

double errorOfLevel(std::uint8_t level) {
    return level == ErrorMap::noError ? 0.0 : std::pow(10.0, -level / levelsPerDecade);
}

Plane blockErrors(const ErrorMap& map, double factor) {
    const BlockGrid grid{width(map.canvas), height(map.canvas)};
    Plane blocks(grid.columns(), grid.rows());
    for (int y = 0; y < grid.rows(); ++y)
        for (int x = 0; x < grid.columns(); ++x) {
            double sum = 0, pixels = 0;
            for (int row = 2 * y; row < std::min(2 * y + 2, map.rows()); ++row)
                for (int column = 2 * x; column < std::min(2 * x + 2, map.columns()); ++column) {
                    const Box box = map.pixels(column, row);
                    const double area = double(width(box)) * height(box);
                    const double error = std::min(1.0, factor * errorOfLevel(map.at(column, row)));
                    sum += error * error * area;
                    pixels += area;
                }
            blocks.at(x, y) = static_cast<float>(std::sqrt(sum / pixels));
        }
    return blocks;
}

MapFigures figuresOf(const ErrorMap& map, double factor) {
    const Plane blocks = blockErrors(map, factor);
    const BlockGrid grid{width(map.canvas), height(map.canvas)};
    double sum = 0;
    for (int y = 0; y < grid.rows(); ++y)
        for (int x = 0; x < grid.columns(); ++x) {
            const Box box = grid.pixels(x, y);
            sum += double(blocks.at(x, y)) * blocks.at(x, y) * width(box) * height(box);
        }
    const auto square = [](double v) { return v * v; };
    return {std::sqrt(sum / (double(grid.width) * grid.height)),
            std::sqrt(worstBlocksMean(blocks, grid.width, grid.height, square))};
}

} // namespace inbetween
