// Scalar products of what a cell shows with what lies around the place in the other keyframe to which it goes, at four scales:
// what the matching network sees of the two keyframes. Never of every cell with every other.
#pragma once

#include "network/tensor.h"

#include <array>

namespace inbetween {

constexpr int matchFeatures = 128, productLevels = 4, productRadius = 3;
constexpr int productCount = productLevels * (2 * productRadius + 1) * (2 * productRadius + 1);

// float32 features [height, width, 128] of a keyframe, and their means over 2x2, 4x4, 8x8 cells. Height and width are multiples
// of 8.
using FeaturePyramid = std::array<Tensor, productLevels>;
void completePyramid(FeaturePyramid& pyramid); // from its first

// Of one keyframe's cells with the other's. Both must outlive this.
class Products {
public:
    Products(const Tensor& features, const FeaturePyramid& other);

    // Before rows() of that flow, float32 [height, width, 2] in cells. Most windows lie between the same cells as they did for
    // the flow before, and are kept.
    void update(const Tensor& flow);

    // Of each cell of these rows 196 products / sqrt(128), at steps of one over 7x7 places at each level, row by row; bilinear
    // between cells, zero outside. They go to the first of `channels` channels. May be called from several threads at once.
    template <class T> void rows(const Tensor& flow, int firstRow, int rows, T* target, int channels) const;

private:
    static constexpr int side = 2 * productRadius + 2; // of a window of whole cells
    struct Corner {
        int x = -(1 << 30), y = x;
        bool operator==(const Corner&) const = default;
    };
    struct Place {
        Corner first; // of the window
        float shareX, shareY; // by which a place lies beyond its cell
    };
    Place placeOf(const float* flow, int x, int y, int level) const;
    void compute(const float* features, const Tensor& other, Corner first, float* products) const;

    const Tensor& features_;
    const FeaturePyramid& other_;
    LargeVector<Corner> corners_; // of each cell and level
    LargeVector<float> windows_;  // likewise, 8x8 products
};

} // namespace inbetween
