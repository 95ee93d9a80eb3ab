#include "network/costs.h"

#include "base/parallel.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace inbetween {
namespace {

using Feature = float __attribute__((vector_size(4 * featureChannels)));

const Feature* featureRow(const Tensor& tensor, int y) {
    return static_cast<const Feature*>(tensor.row(y));
}

Feature* featureRow(Tensor& tensor, int y) {
    return static_cast<Feature*>(tensor.row(y));
}

// Rows of features from firstRow on, each channel by itself and with `padding` zeros at both ends; rows that
// lie outside are zeros. So everything that is added up lies side by side, a vector at a time.
class PlanarRows {
public:
    PlanarRows(const Tensor& features, int firstRow, int rows, int padding, std::vector<float>& memory)
        : firstRow_(firstRow), padding_(padding), stride_(features.width() + 2 * padding), values_(memory) {
        values_.assign(std::size_t(rows) * featureChannels * stride_, 0.0f);
        for (int y = std::max(0, firstRow); y < std::min(firstRow + rows, features.height()); ++y) {
            const auto* from = static_cast<const float*>(features.row(y));
            float* row = values_.data() + offset(0, y, 0);
            for (int x = 0; x < features.width(); ++x)
                for (int c = 0; c < featureChannels; ++c)
                    row[std::size_t(c) * stride_ + x] = *from++;
        }
    }
    const float* at(int x, int y, int channel) const { return values_.data() + offset(x, y, channel); }

private:
    std::size_t offset(int x, int y, int channel) const {
        return (std::size_t(y - firstRow_) * featureChannels + channel) * stride_ + padding_ + x;
    }

    int firstRow_, padding_, stride_;
    std::vector<float>& values_;
};

} // namespace

void averageFlows(const Canvas& canvas, int scale, Tensor& flows) {
    flows.resize(canvas.height() / scale, canvas.width() / scale, 4, ElementType::float32);
    const int side = scale / 2; // of the block, at half size
    const float factor = 1.0f / float(side * side * scale);
    parallelRows(flows.height(), [&](int y) {
        auto* out = static_cast<float*>(flows.row(y));
        for (int x = 0; x < flows.width(); ++x, out += 4) {
            Texel sum{};
            for (int dy = 0; dy < side; ++dy) {
                const Guide* guides = canvas.half().guideRow(side * y + dy) + side * x;
                for (int dx = 0; dx < side; ++dx) {
                    const float* flow = guides[dx].flow[0];
                    sum += Texel{flow[0], flow[1], flow[2], flow[3]};
                }
            }
            for (int c = 0; c < 4; ++c)
                out[c] = sum[c] * factor;
        }
    });
}

void halveFeatures(const Tensor& features, Tensor& half) {
    half.resize(features.height() / 2, features.width() / 2, featureChannels, ElementType::float32);
    parallelRows(half.height(), [&](int y) {
        const Feature *above = featureRow(features, 2 * y), *below = featureRow(features, 2 * y + 1);
        Feature* out = featureRow(half, y);
        for (int x = 0; x < half.width(); ++x)
            out[x] = 0.25f * (above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1]);
    });
}

void warpFeatures(const Tensor& features, const Tensor& flows, int firstFlow, Tensor& warped) {
    const int width = features.width(), height = features.height();
    warped.resize(height, width, featureChannels, ElementType::float32);
    parallelRows(height, [&](int y) {
        const auto* flow = static_cast<const float*>(flows.row(y)) + firstFlow;
        Feature* out = featureRow(warped, y);
        for (int x = 0; x < width; ++x, flow += flows.channels())
            out[x] = sampleBilinear(featureRow(features, 0), width, height, float(x) + flow[0],
                                    float(y) + flow[1]);
    });
}

template <class T>
void costRows(const Tensor& warped0, const Tensor& warped1, int radius, int firstRow, int rows, T* target,
              int count, int channels, float scale) {
    static thread_local std::vector<float> memory0, memory1, sums;
    const int width = warped0.width();
    const float factor = scale * (1.0f / featureChannels);
    const PlanarRows planar0(warped0, firstRow - radius, rows + 2 * radius, radius, memory0);
    const PlanarRows planar1(warped1, firstRow - radius, rows + 2 * radius, radius, memory1);
    for (int y = firstRow; y < firstRow + rows; ++y, target += std::size_t(width) * channels) {
        T* out = target;
        for (int dy = -radius; dy <= radius; ++dy)
            for (int dx = -radius; dx <= radius; ++dx, ++out) {
                sums.assign(width, 0.0f);
                for (int c = 0; c < featureChannels; c += 4) {
                    const float *a[4], *b[4];
                    for (int i = 0; i < 4; ++i) {
                        a[i] = planar0.at(-dx, y - dy, c + i);
                        b[i] = planar1.at(dx, y + dy, c + i);
                    }
                    for (int x = 0; x < width; ++x)
                        sums[x] += (std::abs(a[0][x] - b[0][x]) + std::abs(a[1][x] - b[1][x])) +
                                   (std::abs(a[2][x] - b[2][x]) + std::abs(a[3][x] - b[3][x]));
                }
                for (int x = 0; x < width; ++x)
                    out[std::size_t(x) * channels] = T(sums[x] * factor);
            }
        const int costs = (2 * radius + 1) * (2 * radius + 1);
        for (int x = 0; x < width; ++x)
            std::fill_n(target + std::size_t(x) * channels + costs, count - costs, T(0.0f));
    }
}

template void costRows(const Tensor&, const Tensor&, int, int, int, float*, int, int, float);
template void costRows(const Tensor&, const Tensor&, int, int, int, Bfloat16*, int, int, float);
template void costRows(const Tensor&, const Tensor&, int, int, int, Int8*, int, int, float);

} // namespace inbetween
