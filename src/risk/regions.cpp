#include "risk/regions.h"

#include "base/parallel.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace inbetween {
namespace {

// The extent of the blocks that are 8-connected with `start`; they are taken out of `over`.
Box takeComponent(std::vector<char>& over, const BlockGrid& grid, Imath::V2i start) {
    Box extent(start);
    std::vector<Imath::V2i> open{start};
    over[std::size_t(start.y) * grid.columns() + start.x] = 0;
    while (!open.empty()) {
        const Imath::V2i at = open.back();
        open.pop_back();
        extent.extendBy(at);
        for (int y = std::max(0, at.y - 1); y <= std::min(grid.rows() - 1, at.y + 1); ++y)
            for (int x = std::max(0, at.x - 1); x <= std::min(grid.columns() - 1, at.x + 1); ++x) {
                char& flag = over[std::size_t(y) * grid.columns() + x];
                if (flag) {
                    flag = 0;
                    open.push_back({x, y});
                }
            }
    }
    return extent;
}

bool within(const Box& a, const Box& b, int distance) {
    return a.min.x - distance <= b.max.x && b.min.x - distance <= a.max.x && //
           a.min.y - distance <= b.max.y && b.min.y - distance <= a.max.y;
}

// Joins boxes that lie within `distance` blocks of each other until none do.
void join(std::vector<Box>& boxes, int distance) {
    std::vector<Box> apart; // no two of these are within the distance
    while (!boxes.empty()) {
        Box box = boxes.back();
        boxes.pop_back();
        const auto near = std::find_if(apart.begin(), apart.end(),
                                       [&](const Box& other) { return within(other, box, distance); });
        if (near == apart.end()) {
            apart.push_back(box);
        } else {
            box.extendBy(*near);
            apart.erase(near);
            boxes.push_back(box); // the larger box may reach others
        }
    }
    boxes = std::move(apart);
}

// Root mean square over a box of blocks; the blocks at the border count by the pixels they have.
double boxScore(const Plane& errorBlockRms, const BlockGrid& grid, const Box& blocks) {
    double sum = 0, pixels = 0;
    for (int row = blocks.min.y; row <= blocks.max.y; ++row)
        for (int column = blocks.min.x; column <= blocks.max.x; ++column) {
            const Box box = grid.pixels(column, row);
            const double area = double(width(box)) * height(box);
            const double rms = errorBlockRms.at(column, row);
            sum += rms * rms * area;
            pixels += area;
        }
    return std::sqrt(sum / pixels);
}

} // namespace

Box BlockGrid::pixels(int column, int row) const {
    const Imath::V2i min(column * side, row * side);
    return Box(min, Imath::V2i(std::min(width, min.x + side) - 1, std::min(height, min.y + side) - 1));
}

Plane blockRms(const Plane& map) {
    const BlockGrid grid{map.width, map.height};
    Plane result(grid.columns(), grid.rows());
    parallelRows(
        grid.rows(),
        [&](int row) {
            for (int column = 0; column < grid.columns(); ++column) {
                const Box box = grid.pixels(column, row);
                double sum = 0;
                for (int y = box.min.y; y <= box.max.y; ++y)
                    for (int x = box.min.x; x <= box.max.x; ++x)
                        sum += double(map.at(x, y)) * map.at(x, y);
                result.at(column,
                          row) = static_cast<float>(std::sqrt(sum / (double(width(box)) * height(box))));
            }
        },
        1);
    return result;
}

double worstBlocksMean(const Plane& blocks, int w, int h, double (*value)(double)) {
    const BlockGrid grid{w, h};
    std::vector<std::pair<double, double>> worst; // of a block, and its pixels
    for (int row = 0; row < grid.rows(); ++row)
        for (int column = 0; column < grid.columns(); ++column) {
            const Box box = grid.pixels(column, row);
            worst.emplace_back(value(blocks.at(column, row)), double(width(box)) * height(box));
        }
    const auto count = static_cast<std::ptrdiff_t>(std::ceil(worstBlockShare * double(worst.size())));
    std::stable_sort(worst.begin(), worst.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    double sum = 0, pixels = 0;
    for (auto at = worst.begin(); at != worst.begin() + count; ++at) {
        sum += at->first * at->second;
        pixels += at->second;
    }
    return sum / pixels;
}

std::vector<RiskRegion> riskRegions(const Plane& errorBlockRms, const Box& canvas, double threshold) {
    const BlockGrid grid{width(canvas), height(canvas)};
    std::vector<char> over(errorBlockRms.values.size());
    std::transform(errorBlockRms.values.begin(), errorBlockRms.values.end(), over.begin(),
                   [&](float rms) { return static_cast<char>(rms > threshold); });
    std::vector<Box> boxes;
    for (int row = 0; row < grid.rows(); ++row)
        for (int column = 0; column < grid.columns(); ++column)
            if (over[std::size_t(row) * grid.columns() + column])
                boxes.push_back(takeComponent(over, grid, {column, row}));
    join(boxes, 1); // with their margins, boxes of neighbouring blocks would overlap
    for (int distance = 2; boxes.size() > std::size_t(mostRegions); distance *= 2)
        join(boxes, distance);

    const Imath::V2i margin(regionMarginPx, regionMarginPx);
    std::vector<RiskRegion> regions;
    for (const Box& blocks : boxes) {
        const Imath::V2i min = grid.pixels(blocks.min.x, blocks.min.y).min;
        const Imath::V2i max = grid.pixels(blocks.max.x, blocks.max.y).max;
        Box box(canvas.min + min - margin, canvas.min + max + margin);
        box.min = {std::max(box.min.x, canvas.min.x), std::max(box.min.y, canvas.min.y)};
        box.max = {std::min(box.max.x, canvas.max.x), std::min(box.max.y, canvas.max.y)};
        const double share = double(width(box)) * height(box) / (double(width(canvas)) * height(canvas));
        regions.push_back({box, boxScore(errorBlockRms, grid, blocks), share});
    }
    std::sort(regions.begin(), regions.end(), [](const RiskRegion& a, const RiskRegion& b) {
        return std::tuple(-a.score, a.box.min.y, a.box.min.x) <
               std::tuple(-b.score, b.box.min.y, b.box.min.x);
    });
    return regions;
}

} // namespace inbetween
