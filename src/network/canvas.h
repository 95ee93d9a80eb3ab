// What the network computes with positions, always in float32: padding, warps, the channels of its input, and what its
// heads do to flows and logits. One row or pixel at a time, so that the convolutions can fetch what they need.
#pragma once

#include "inbetween/motion.h"
#include "inbetween/view.h"
#include "network/tensor.h"

#include <algorithm>
#include <cmath>

namespace inbetween {

// logit of the weight of keyframe 0 before the network has a say: nearness in time, confidence, depth order.
float priorLogit(float confidence0, float confidence1, float depthOrder, float time);
float sigmoid(float logit);

// One pixel, R G B and an unused fourth, as one vector.
using Texel = float __attribute__((vector_size(16)));

// What is known of one pixel at the time wanted.
struct Guide {
    float flow[4]; // to keyframe 0: x, y; to keyframe 1: x, y; pixels
    float confidence0, confidence1, depthOrder;
    float logit; // of keyframe 0's weight
};

// `keyframe` (width x height, both at least 2) at (x, y), bilinear, coordinates clamped to the border; any x and y is
// safe, NaN too.
inline Texel sampleBilinear(const Texel* keyframe, int width, int height, float x, float y) {
    const auto clamped = [](float value, float high) {
        const float atLeast0 = value > 0.0f ? value : 0.0f; // NaN goes to 0
        return atLeast0 < high ? atLeast0 : high;
    };
    x = clamped(x, float(width - 1));
    y = clamped(y, float(height - 1));
    const int x0 = std::min(int(x), width - 2), y0 = std::min(int(y), height - 2);
    const float fx = x - float(x0), fy = y - float(y0);
    const Texel* above = keyframe + std::size_t(y0) * width + x0;
    const Texel* below = above + width;
    return above[0] * ((1 - fx) * (1 - fy)) + above[1] * (fx * (1 - fy)) + below[0] * ((1 - fx) * fy) +
           below[1] * (fx * fy);
}

constexpr int describedChannels = 16;

// The two keyframes and the guides on a canvas padded right and bottom to multiples of 32 by edge replication.
class Canvas {
public:
    // Makes what is not a number 0, and keeps flows within +-32768 pixels and confidences and depth order in their
    // ranges, so that one bad value cannot spread through the convolutions.
    void load(const View& view, const MotionPrior& prior, float time);

    int width() const { return width_; }   // padded
    int height() const { return height_; } // padded
    int sourceWidth() const { return sourceWidth_; }
    int sourceHeight() const { return sourceHeight_; }
    const Guide* guides(int y) const { return guides_ + std::size_t(y) * width_; }

    // The 16 channels at one pixel: both keyframes warped here (6), flows / 16 (4), confidences (2), depth order, time,
    // disagreement of the warped keyframes, logit / 4.
    void describe(int x, int y, float channels[describedChannels]) const;

    // flow += stepPx * h[0..3], logit += h[4], where h is `correction` (half resolution, 5 channels, float32)
    // interpolated bilinearly.
    void refine(const Tensor& correction, float stepPx);

private:
    int width_ = 0, height_ = 0, sourceWidth_ = 0, sourceHeight_ = 0;
    float time_ = 0.5f;
    AlignedBuffer memory_[3];
    Texel* keys_[2] = {};
    Guide* guides_ = nullptr;
};

inline void Canvas::describe(int x, int y, float channels[describedChannels]) const {
    const Guide& guide = guides(y)[x];
    const Texel key0 = sampleBilinear(keys_[0], width_, height_, float(x) + guide.flow[0], float(y) + guide.flow[1]);
    const Texel key1 = sampleBilinear(keys_[1], width_, height_, float(x) + guide.flow[2], float(y) + guide.flow[3]);
    for (int c = 0; c < 3; ++c) {
        channels[c] = key0[c];
        channels[3 + c] = key1[c];
    }
    for (int c = 0; c < 4; ++c)
        channels[6 + c] = guide.flow[c] * (1.0f / 16);
    channels[10] = guide.confidence0;
    channels[11] = guide.confidence1;
    channels[12] = guide.depthOrder;
    channels[13] = time_;
    channels[14] =
        (std::abs(key0[0] - key1[0]) + std::abs(key0[1] - key1[1]) + std::abs(key0[2] - key1[2])) / 3.0f;
    channels[15] = guide.logit * (1.0f / 4);
}

// Rows [firstRow, firstRow + rows) of the network's inputs, 64 channels: channel 4 c + 2 dy + dx is the described
// channel c at (2 x + dx, 2 y + dy). Coarse: of the canvas averaged over 2x2 pixels, a quarter of its size; fine: half
// its size.
template <class T> void coarseInputRows(const Canvas& canvas, int firstRow, int rows, T* target);
template <class T> void fineInputRows(const Canvas& canvas, int firstRow, int rows, T* target);

} // namespace inbetween
