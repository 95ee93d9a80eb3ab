#include "network/resample.h"

#include "base/parallel.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace inbetween {
namespace {

// Row y of the result, whose samples lie `stride` apart.
template <class T>
void resampleRow(const BasicPlane<T>& from, const Resampling& columns, const Resampling& rows, int y, float most, float* to,
                 int stride) {
    static thread_local std::vector<float> sums;
    sums.assign(std::size_t(from.width), 0.0f);
    const Resampling::Sample above = rows[y];
    for (int i = 0; i < above.count; ++i) {
        const T* row = from.row(above.first + i);
        const float weight = above.weights[i];
        for (std::size_t x = 0; x < sums.size(); ++x)
            sums[x] += weight * std::clamp(float(row[x]), -most, most);
    }
    for (int x = 0; x < columns.size(); ++x, to += stride) {
        const Resampling::Sample sample = columns[x];
        float sum = 0.0f;
        for (int i = 0; i < sample.count; ++i)
            sum += sample.weights[i] * sums[std::size_t(sample.first + i)];
        *to = sum;
    }
}

} // namespace

Resampling::Resampling(int from, int to) {
    const double scale = double(from) / to;
    for (int i = 0; i < to; ++i) {
        const std::size_t begin = weights_.size();
        int first;
        if (to < from) {
            const double left = i * scale, right = std::min((i + 1) * scale, double(from));
            first = std::min(int(left), from - 1);
            for (int at = first; at == first || (at < from && at < right); ++at)
                weights_.push_back(float((std::min(right, at + 1.0) - std::max(left, double(at))) / (right - left)));
        } else {
            const double place = std::clamp((i + 0.5) * scale - 0.5, 0.0, from - 1.0);
            first = int(place);
            const float share = float(place - first);
            weights_.push_back(1.0f - share);
            if (share > 0.0f)
                weights_.push_back(share);
        }
        samples_.push_back({first, int(weights_.size() - begin), begin});
    }
}

Tensor pictureOf(const ViewPlanes& view, int width, int height, int multiple, float most) {
    const auto padded = [&](int extent) { return (extent + multiple - 1) / multiple * multiple; };
    const Resampling columns(view.r.width, width), rows(view.r.height, height);
    Tensor out;
    out.resize(padded(height), padded(width), 3, ElementType::float32);
    parallelRows(height, [&](int y) {
        auto* row = static_cast<float*>(out.row(y));
        resampleRow(view.r, columns, rows, y, most, row, 3);
        resampleRow(view.g, columns, rows, y, most, row + 1, 3);
        resampleRow(view.b, columns, rows, y, most, row + 2, 3);
        for (float* at = row + 3 * width; at < row + 3 * out.width(); ++at)
            *at = at[-3];
    });
    for (int y = height; y < out.height(); ++y)
        std::memcpy(out.row(y), out.row(height - 1), out.rowBytes());
    return out;
}

Plane resampled(const Plane& plane, int fromWidth, int fromHeight, int width, int height, float factor, float most) {
    const Resampling columns(fromWidth, width), rows(fromHeight, height);
    Plane out(width, height);
    parallelRows(height, [&](int y) {
        resampleRow(plane, columns, rows, y, most, out.row(y), 1);
        for (int x = 0; x < width; ++x)
            out.at(x, y) = std::clamp(factor * out.at(x, y), -most, most);
    });
    return out;
}

} // namespace inbetween
