#include "network/costs.h"

#include "base/parallel.h"

#include <algorithm>
#include <cstring>

namespace inbetween {
namespace {

using Feature = float __attribute__((vector_size(4 * featureChannels)));

const Feature* featureRow(const Tensor& tensor, int y) {
    return static_cast<const Feature*>(tensor.row(y));
}

Feature* featureRow(Tensor& tensor, int y) {
    return static_cast<Feature*>(tensor.row(y));
}

float meanAbsoluteDifference(const Feature& a, const Feature& b) {
    const Feature difference = a - b;
    const Feature absolute = difference < 0.0f ? -difference : difference;
    Texel parts[featureChannels / 4];
    std::memcpy(parts, &absolute, sizeof absolute);
    const Texel sum = (parts[0] + parts[1]) + (parts[2] + parts[3]);
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) * (1.0f / featureChannels);
}

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
            out[x] = sampleBilinear(featureRow(features, 0), width, height, float(x) + flow[0], float(y) + flow[1]);
    });
}

template <class T>
void costRows(const Tensor& warped0, const Tensor& warped1, int radius, int firstRow, int rows, T* target, int count,
              int channels) {
    const int width = warped0.width(), height = warped0.height();
    static const Feature outside{};
    const auto at = [&](const Tensor& tensor, int x, int y) -> const Feature& {
        return x >= 0 && y >= 0 && x < width && y < height ? featureRow(tensor, y)[x] : outside;
    };
    for (int y = firstRow; y < firstRow + rows; ++y)
        for (int x = 0; x < width; ++x, target += channels) {
            int c = 0;
            for (int dy = -radius; dy <= radius; ++dy)
                for (int dx = -radius; dx <= radius; ++dx)
                    target[c++] = T(meanAbsoluteDifference(at(warped0, x - dx, y - dy), at(warped1, x + dx, y + dy)));
            std::fill(target + c, target + count, T(0.0f));
        }
}

template void costRows(const Tensor&, const Tensor&, int, int, int, float*, int, int);
template void costRows(const Tensor&, const Tensor&, int, int, int, Bfloat16*, int, int);

} // namespace inbetween
