// The predicted error of a frame by blocks: small enough to be kept in the manifest, so that what to render
// can be decided anew without a pixel.
#pragma once

#include "inbetween/image.h"

#include <cstdint>
#include <vector>

namespace inbetween {

struct ErrorMap {
    static constexpr int side = 32; // px, of a block; those at the right and below may be smaller
    static constexpr std::uint8_t noError = 255; // the level of a block that was rendered

    Box canvas; // the blocks lie on it, from its upper left corner; pixel coordinates
    Box window; // what of it a renderer can make: the part that is displayed
    // Row after row, root mean square error in the display view: 10^(-level / 80), steps of 0.25 dB.
    // Without the factor of the shot's self-calibration.
    std::vector<std::uint8_t> levels;

    bool empty() const { return levels.empty(); }
    int columns() const { return (width(canvas) + side - 1) / side; }
    int rows() const { return (height(canvas) + side - 1) / side; }
    Box pixels(int column, int row) const; // of a block, in pixel coordinates
    std::uint8_t& at(int column, int row) { return levels[std::size_t(row) * columns() + column]; }
    std::uint8_t at(int column, int row) const { return levels[std::size_t(row) * columns() + column]; }
    bool operator==(const ErrorMap&) const = default;
};

std::uint8_t errorLevel(double rms); // the nearest; 0 from 1 on
double errorOfLevel(std::uint8_t level);

// A frame's figures as its map has them: root mean squares, [0, 1].
struct MapFigures {
    double score = 0;
    double worstBlocks = 0; // of the worst 5% of blocks of 64 px
};
// `factor` is on every error; no block's error is over 1.
MapFigures figuresOf(const ErrorMap& map, double factor = 1);

// The map by blocks of 64 px, root mean square, as riskRegions() takes it.
Plane blockErrors(const ErrorMap& map, double factor);

} // namespace inbetween
