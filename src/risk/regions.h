// The frame in blocks: where in it something is wrong.
#pragma once

#include "inbetween/risk.h"

#include <vector>

namespace inbetween {

// The blocks of 64 px that a plane falls into, from its upper left corner; the last ones may be smaller.
struct BlockGrid {
    static constexpr int side = 64;

    int width = 0, height = 0; // of the plane
    int columns() const { return (width + side - 1) / side; }
    int rows() const { return (height + side - 1) / side; }
    Box pixels(int column, int row) const; // in the plane's own coordinates
};

// The root mean square of each block, as a plane of columns() x rows().
Plane blockRms(const Plane& map);

// The mean of value(block) over the worst 5% of the blocks of a plane of w x h pixels, as comparePictures()
// measures them: at least one, each by the pixels it has.
inline constexpr double worstBlockShare = 0.05;
double worstBlocksMean(const Plane& blocks, int w, int h, double (*value)(double));

// Boxes of blocks whose root mean square predicted error is over the threshold: neighbouring blocks in one
// box, no two boxes overlapping, at most `mostRegions`, worst first. Each has a margin, in which update()
// blends what was rendered with what was made. In pixel coordinates, inside the canvas.
inline constexpr int regionMarginPx = 8;
inline constexpr int mostRegions = 8;
std::vector<RiskRegion> riskRegions(const Plane& errorBlockRms, const Box& canvas, double threshold);

} // namespace inbetween
