#include "network/products.h"

#include "base/parallel.h"

#include <cmath>
#include <cstring>

namespace inbetween {
namespace {

using Four = float __attribute__((vector_size(16)));
using Eight = float __attribute__((vector_size(32)));

constexpr int fours = matchFeatures / 4; // of features
constexpr int places = 2 * productRadius + 1;

// Products of `a` with `count` cells side by side; each is added up in the same order for any count.
template <int count> void multiply(const Four* a, const Four* cells, float* out) {
    const float factor = 1.0f / std::sqrt(float(matchFeatures));
    Four sums[count] = {};
    for (int k = 0; k < fours; ++k)
        for (int i = 0; i < count; ++i)
            sums[i] += a[k] * cells[i * fours + k];
    for (int i = 0; i < count; ++i)
        out[i] = factor * ((sums[i][0] + sums[i][1]) + (sums[i][2] + sums[i][3]));
}

template <class Vector> Vector loaded(const float* from) {
    Vector v;
    std::memcpy(&v, from, sizeof v);
    return v;
}

} // namespace

void completePyramid(FeaturePyramid& pyramid) {
    for (std::size_t level = 1; level < pyramid.size(); ++level) {
        const Tensor& from = pyramid[level - 1];
        Tensor& to = pyramid[level];
        to.resize(from.height() / 2, from.width() / 2, matchFeatures, ElementType::float32);
        parallelRows(to.height(), [&](int y) {
            const auto *above = static_cast<const Four*>(from.row(2 * y)), *below = static_cast<const Four*>(from.row(2 * y + 1));
            auto* out = static_cast<Four*>(to.row(y));
            for (int x = 0; x < to.width(); ++x, above += 2 * fours, below += 2 * fours, out += fours)
                for (int k = 0; k < fours; ++k)
                    out[k] = 0.25f * ((above[k] + above[fours + k]) + (below[k] + below[fours + k]));
        });
    }
}

Products::Products(const Tensor& features, const FeaturePyramid& other)
    : features_(features), other_(other), corners_(std::size_t(features.height()) * features.width() * productLevels),
      windows_(corners_.size() * side * side + 1) {} // vectors are read that begin one behind a row's first

// What lies further away than its window reaches is as good as anywhere out there; NaN, too.
Products::Place Products::placeOf(const float* flow, int x, int y, int level) const {
    const float scale = 1.0f / float(1 << level);
    const auto along = [&](float at, int extent) {
        const float place = (at + 0.5f) * scale - 0.5f, atLeast = place > -float(side) ? place : -float(side);
        return std::min(atLeast, float(extent + side));
    };
    const Tensor& other = other_[std::size_t(level)];
    const float placeX = along(float(x) + flow[0], other.width()), placeY = along(float(y) + flow[1], other.height());
    const float cellX = std::floor(placeX), cellY = std::floor(placeY);
    return {{int(cellX) - productRadius, int(cellY) - productRadius}, placeX - cellX, placeY - cellY};
}

void Products::compute(const float* features, const Tensor& other, Corner first, float* products) const {
    const auto* a = reinterpret_cast<const Four*>(features);
    const int begin = std::max(0, -first.x), end = std::min(side, other.width() - first.x);
    for (int y = first.y; y < first.y + side; ++y, products += side) {
        const bool isInside = y >= 0 && y < other.height();
        const Four* row = isInside ? static_cast<const Four*>(other.row(y)) : nullptr;
        if (isInside && begin == 0 && end == side) {
            multiply<side>(a, row + std::ptrdiff_t(first.x) * fours, products);
            continue;
        }
        std::fill_n(products, side, 0.0f);
        if (isInside)
            for (int i = begin; i < end; ++i)
                multiply<1>(a, row + std::ptrdiff_t(first.x + i) * fours, products + i);
    }
}

void Products::update(const Tensor& flow) {
    const int width = features_.width();
    parallelRows(features_.height(), [&](int y) {
        const auto* features = static_cast<const float*>(features_.row(y));
        const auto* to = static_cast<const float*>(flow.row(y));
        Corner* corner = corners_.data() + std::size_t(y) * width * productLevels;
        float* window = windows_.data() + std::size_t(y) * width * productLevels * side * side;
        for (int x = 0; x < width; ++x, to += 2, features += matchFeatures)
            for (int level = 0; level < productLevels; ++level, ++corner, window += side * side) {
                const Corner first = placeOf(to, x, y, level).first;
                if (first == *corner)
                    continue;
                *corner = first;
                compute(features, other_[std::size_t(level)], first, window);
            }
    }, 2);
}

template <class T> void Products::rows(const Tensor& flow, int firstRow, int rows, T* target, int channels) const {
    const int width = features_.width();
    const float* window = windows_.data() + std::size_t(firstRow) * width * productLevels * side * side;
    for (int y = firstRow; y < firstRow + rows; ++y) {
        const auto* to = static_cast<const float*>(flow.row(y));
        for (int x = 0; x < width; ++x, to += 2, target += channels) {
            float products[productCount + 1]; // of each eight the last is overwritten by the next
            float* out = products;
            for (int level = 0; level < productLevels; ++level, window += side * side) {
                const Place place = placeOf(to, x, y, level);
                const auto between = [&](int row) {
                    const Eight left = loaded<Eight>(window + side * row), right = loaded<Eight>(window + side * row + 1);
                    return left + place.shareX * (right - left);
                };
                Eight above = between(0);
                for (int i = 0; i < places; ++i, out += places) {
                    const Eight below = between(i + 1), product = above + place.shareY * (below - above);
                    std::memcpy(out, &product, sizeof product);
                    above = below;
                }
            }
            for (int i = 0; i < productCount; ++i)
                target[i] = T(products[i]);
        }
    }
}

template void Products::rows(const Tensor&, int, int, float*, int) const;
template void Products::rows(const Tensor&, int, int, Bfloat16*, int) const;

} // namespace inbetween
