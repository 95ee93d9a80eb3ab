// What the network computes with positions, always in float32: padding, warps, the channels of its input, and
// what its heads do to flows and logits. One row or pixel at a time, so that the convolutions can fetch what
// they need.
#pragma once

#include "inbetween/motion.h"
#include "inbetween/view.h"
#include "network/tensor.h"

#include <algorithm>
#include <cmath>

namespace inbetween {

// logit of the weight of keyframe 0 before the network has a say: nearness in time, confidence, depth order.
float timeLogit(float time);
float priorLogit(float confidence0, float confidence1, float depthOrder, float timeLogit);
float sigmoid(float logit);

// One pixel, R G B and an unused fourth, as one vector.
using Texel = float __attribute__((vector_size(16)));

// What is known of one pixel at the time wanted, for both guesses of its motion (0 the main one, 1 the
// other).
struct Guide {
    float flow[2][4];       // to keyframe 0: x, y; to keyframe 1: x, y; pixels
    float confidence[2][2]; // of the flows to keyframe 0 and 1
    float logit[2];         // of keyframe 0's weight
    float depthOrder;
    float shareLogit; // of the other guess' share
};

// `image` (width x height vectors, both at least 2) at (x, y), bilinear, coordinates clamped to the border;
// any x and y is safe, NaN too. Where `image` is a part of it, `firstRow` is the row that it begins with.
template <class Vector>
Vector sampleBilinear(const Vector* image, int width, int height, float x, float y, int firstRow = 0) {
    const auto clamped = [](float value, float high) {
        const float atLeast0 = value > 0.0f ? value : 0.0f; // NaN goes to 0
        return atLeast0 < high ? atLeast0 : high;
    };
    x = clamped(x, float(width - 1));
    y = clamped(y, float(height - 1));
    const int x0 = std::min(int(x), width - 2), y0 = std::min(int(y), height - 2);
    const float fx = x - float(x0), fy = y - float(y0);
    const Vector* above = image + std::size_t(y0 - firstRow) * width + x0;
    const Vector* below = above + width;
    return above[0] * ((1 - fx) * (1 - fy)) + above[1] * (fx * (1 - fy)) + below[0] * ((1 - fx) * fy) +
           below[1] * (fx * fy);
}

constexpr int describedChannels = 32;
constexpr int correctionChannels = 11; // two flows and a logit for each guess, and the logit of the share

// The two keyframes and the guides at the canvas' size, or at half of it, averaged over 2x2 pixels. Flows are
// in pixels of the canvas in both.
struct CanvasLevel {
    int scale = 1; // canvas pixels a pixel
    int width = 0, height = 0;
    Texel* keys[2] = {}; // from these rows on
    int firstKeyRow[2] = {};
    Guide* guides = nullptr; // from this row on
    int firstGuideRow = 0;
    float time = 0.5f;

    const Guide* guideRow(int y) const { return guides + std::size_t(y - firstGuideRow) * width; }
    Guide* guideRow(int y) { return guides + std::size_t(y - firstGuideRow) * width; }

    // The channels at one pixel. For the main guess both keyframes warped here (6), flows / 16 (4),
    // confidences (2), depth order, time, disagreement of the warped keyframes, logit / 4; for the other one
    // the same but for depth order and time, then the share's logit / 4 and by how much the mean of the
    // warped keyframes differs from the main guess'.
    void describe(int x, int y, float channels[describedChannels]) const;
};

// The canvas is the source padded right and bottom to multiples of 32 by edge replication. Keyframes and
// guides, which take more than all else, are there at half size, then at full size a strip at a time.
class Canvas {
public:
    // The keyframes, and the guides of the half level. Makes what is not a number 0, and keeps flows within
    // +-32768 pixels and confidences and depth order in their ranges, so that one bad value cannot spread
    // through the convolutions. `inStrips`: the full level is left to loadStrip, which reads view and prior
    // again.
    void load(const View& view, const MotionPrior& prior, float time, bool inStrips);

    // The half level is no longer needed.
    void dropHalf();

    // The guides of these rows of the full level, and what they point to in the keyframes, in the place of
    // those that were there, also of the half level's. To the prior comes flow += stepPx * h, logits += h,
    // where h is `correction` (half resolution, 11 channels, float32: for each guess the flows and the logit,
    // then the share's logit; from firstCorrectionRow on), interpolated bilinearly. Rows that the strip
    // before had, too, stay as they were; the prior is not read there again.
    void loadStrip(int firstRow, int rows, const Tensor& correction, int firstCorrectionRow, float stepPx);

    int width() const { return full_.width; }   // padded
    int height() const { return full_.height; } // padded
    int sourceWidth() const { return sourceWidth_; }
    int sourceHeight() const { return sourceHeight_; }
    const CanvasLevel& full() const { return full_; }
    const CanvasLevel& half() const { return half_; } // of the guides as they were loaded

private:
    void loadKey(int k, int y, Texel* row) const;
    void loadKeysThatGuidesPointTo(int firstRow, int rows);
    void loadGuides(int y, Guide* row) const;
    void refine(int y, const Tensor& correction, int firstCorrectionRow, float stepPx);

    const View* view_ = nullptr;
    const MotionPrior* prior_ = nullptr;
    bool inStrips_ = false;
    int guideRows_ = 0;        // of the full level
    bool uncorrected_ = false; // all of its guides are there as they were loaded
    int sourceWidth_ = 0, sourceHeight_ = 0;
    CanvasLevel full_, half_;
    AlignedBuffer keys_[2][2], guides_[2]; // of the full level, and of half of it
};

inline float meanAbsolute(const Texel& difference) {
    return (std::abs(difference[0]) + std::abs(difference[1]) + std::abs(difference[2])) / 3.0f;
}

inline void CanvasLevel::describe(int x, int y, float channels[describedChannels]) const {
    constexpr float flowScale = 1.0f / 16, logitScale = 1.0f / 4;
    const float perPixel = 1.0f / float(scale);
    const Guide& guide = guideRow(y)[x];
    Texel sums[2];
    for (int g = 0; g < 2; ++g) {
        const float* flow = guide.flow[g];
        const Texel key0 = sampleBilinear(keys[0], width, height, float(x) + perPixel * flow[0],
                                          float(y) + perPixel * flow[1], firstKeyRow[0]);
        const Texel key1 = sampleBilinear(keys[1], width, height, float(x) + perPixel * flow[2],
                                          float(y) + perPixel * flow[3], firstKeyRow[1]);
        sums[g] = key0 + key1;
        float* out = channels + 16 * g;
        for (int c = 0; c < 3; ++c)
            *out++ = key0[c];
        for (int c = 0; c < 3; ++c)
            *out++ = key1[c];
        for (int c = 0; c < 4; ++c)
            *out++ = flow[c] * flowScale;
        *out++ = guide.confidence[g][0];
        *out++ = guide.confidence[g][1];
        if (g == 0) {
            *out++ = guide.depthOrder;
            *out++ = time;
        }
        *out++ = meanAbsolute(key0 - key1);
        *out++ = guide.logit[g] * logitScale;
    }
    channels[30] = guide.shareLogit * logitScale;
    channels[31] = 0.5f * meanAbsolute(sums[0] - sums[1]);
}

// Rows [firstRow, firstRow + rows) of the network's inputs, at half the level's size: the described channels
// of the four pixels of a 2x2 block, one pixel after the other (128), then whatever was there up to
// `channels` a pixel. For int8, here and below, `scales` holds what each of a pixel's channels is multiplied
// with; other types take none.
template <class T>
void describedRows(const CanvasLevel& level, int firstRow, int rows, T* target, int channels,
                   const float* scales = nullptr);

// Likewise the view of keyframe `which` alone: red, green, blue and 0 of the four pixels of a block (16).
template <class T>
void viewRows(const CanvasLevel& level, int which, int firstRow, int rows, T* target,
              const float* scales = nullptr);

} // namespace inbetween
