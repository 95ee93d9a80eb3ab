#include "network/canvas.h"

#include "base/parallel.h"

#include <algorithm>
#include <cmath>

namespace inbetween {
namespace {

constexpr int alignment = 32;
constexpr float longestFlowPx = 32768.0f;

int padded(int extent) {
    return (extent + alignment - 1) / alignment * alignment;
}

// NaN becomes 0.
float limited(float value, float low, float high) {
    return std::isnan(value) ? 0.0f : std::clamp(value, low, high);
}

float finiteOrZero(float value) {
    return std::isfinite(value) ? value : 0.0f;
}

// Scatters the four pixels of a 2x2 block into the channels 4 c + position.
template <class T> void storeUnshuffled(const float block[4][describedChannels], T* target) {
    for (int c = 0; c < describedChannels; ++c)
        for (int position = 0; position < 4; ++position)
            target[4 * c + position] = T(block[position][c]);
}

} // namespace

float priorLogit(float confidence0, float confidence1, float depthOrder, float time) {
    return std::log((1.0f - time) / time) + std::log((confidence0 + 0.02f) / (confidence1 + 0.02f)) +
           4.0f * depthOrder;
}

float sigmoid(float logit) {
    return 1.0f / (1.0f + std::exp(-logit));
}

void Canvas::load(const View& view, const MotionPrior& prior, float time) {
    sourceWidth_ = view.key0.r.width;
    sourceHeight_ = view.key0.r.height;
    width_ = padded(sourceWidth_);
    height_ = padded(sourceHeight_);
    time_ = time;
    const std::size_t pixels = std::size_t(width_) * height_;
    for (int k = 0; k < 2; ++k)
        keys_[k] = reinterpret_cast<Texel*>(memory_[k].reserve(pixels * sizeof(Texel)));
    guides_ = reinterpret_cast<Guide*>(memory_[2].reserve(pixels * sizeof(Guide)));

    parallelRows(height_, [&](int y) {
        const int sourceY = std::min(y, sourceHeight_ - 1);
        for (int k = 0; k < 2; ++k) {
            const ColourPlanes& key = k == 0 ? view.key0 : view.key1;
            const float *r = key.r.row(sourceY), *g = key.g.row(sourceY), *b = key.b.row(sourceY);
            Texel* row = keys_[k] + std::size_t(y) * width_;
            for (int x = 0; x < sourceWidth_; ++x)
                row[x] = Texel{finiteOrZero(r[x]), finiteOrZero(g[x]), finiteOrZero(b[x]), 0.0f};
            std::fill(row + sourceWidth_, row + width_, row[sourceWidth_ - 1]);
        }
        Guide* row = guides_ + std::size_t(y) * width_;
        const auto flowAt = [&](const Plane& plane, int x) {
            return limited(plane.at(x, sourceY), -longestFlowPx, longestFlowPx);
        };
        for (int x = 0; x < sourceWidth_; ++x) {
            Guide& guide = row[x];
            guide.flow[0] = flowAt(prior.flow0X, x);
            guide.flow[1] = flowAt(prior.flow0Y, x);
            guide.flow[2] = flowAt(prior.flow1X, x);
            guide.flow[3] = flowAt(prior.flow1Y, x);
            guide.confidence0 = limited(prior.confidence0.at(x, sourceY), 0.0f, 1.0f);
            guide.confidence1 = limited(prior.confidence1.at(x, sourceY), 0.0f, 1.0f);
            guide.depthOrder = limited(prior.depthOrder.at(x, sourceY), -1.0f, 1.0f);
            guide.logit = priorLogit(guide.confidence0, guide.confidence1, guide.depthOrder, time);
        }
        std::fill(row + sourceWidth_, row + width_, row[sourceWidth_ - 1]);
    });
}

void Canvas::refine(const Tensor& correction, float stepPx) {
    constexpr int channels = 5;
    const int halfHeight = height_ / 2, halfWidth = width_ / 2;
    // A pixel's centre lies a quarter of a coarse pixel from the nearer coarse centre: 3/4 of it, 1/4 of the next.
    const auto otherNeighbour = [](int at, int extent) {
        return std::clamp(at % 2 == 0 ? at / 2 - 1 : at / 2 + 1, 0, extent - 1);
    };
    parallelRows(height_, [&](int y) {
        static thread_local std::vector<float> between;
        between.resize(std::size_t(halfWidth) * channels);
        const auto* nearer = static_cast<const float*>(correction.row(y / 2));
        const auto* other = static_cast<const float*>(correction.row(otherNeighbour(y, halfHeight)));
        for (std::size_t i = 0; i < between.size(); ++i)
            between[i] = 0.75f * nearer[i] + 0.25f * other[i];
        Guide* row = guides_ + std::size_t(y) * width_;
        for (int x = 0; x < width_; ++x) {
            const float* a = &between[std::size_t(x / 2) * channels];
            const float* b = &between[std::size_t(otherNeighbour(x, halfWidth)) * channels];
            for (int c = 0; c < 4; ++c)
                row[x].flow[c] += stepPx * (0.75f * a[c] + 0.25f * b[c]);
            row[x].logit += 0.75f * a[4] + 0.25f * b[4];
        }
    });
}

// Flattened: the calls a pixel would cost as much as the work.
template <class T>
[[gnu::flatten]] void coarseInputRows(const Canvas& canvas, int firstRow, int rows, T* target) {
    const int width = canvas.width() / 4;
    for (int y = firstRow; y < firstRow + rows; ++y) {
        for (int x = 0; x < width; ++x, target += 4 * describedChannels) {
            float block[4][describedChannels];
            for (int position = 0; position < 4; ++position) {
                const int left = 4 * x + 2 * (position % 2), top = 4 * y + 2 * (position / 2);
                float pixels[4][describedChannels];
                for (int i = 0; i < 4; ++i)
                    canvas.describe(left + i % 2, top + i / 2, pixels[i]);
                for (int c = 0; c < describedChannels; ++c)
                    block[position][c] = 0.25f * (pixels[0][c] + pixels[1][c] + pixels[2][c] + pixels[3][c]);
            }
            storeUnshuffled(block, target);
        }
    }
}

template <class T>
[[gnu::flatten]] void fineInputRows(const Canvas& canvas, int firstRow, int rows, T* target) {
    const int width = canvas.width() / 2;
    for (int y = firstRow; y < firstRow + rows; ++y) {
        for (int x = 0; x < width; ++x, target += 4 * describedChannels) {
            float block[4][describedChannels];
            for (int position = 0; position < 4; ++position)
                canvas.describe(2 * x + position % 2, 2 * y + position / 2, block[position]);
            storeUnshuffled(block, target);
        }
    }
}

template void coarseInputRows(const Canvas&, int, int, float*);
template void coarseInputRows(const Canvas&, int, int, Bfloat16*);
template void fineInputRows(const Canvas&, int, int, float*);
template void fineInputRows(const Canvas&, int, int, Bfloat16*);

} // namespace inbetween
