// Matching costs: how well the features of the two keyframes agree when they are shifted against each other
// about where the main guess of the motion brings them.
#pragma once

#include "network/canvas.h"

namespace inbetween {

constexpr int featureChannels = 16;

// The main guess' flows as they were loaded, averaged over `scale` x `scale` pixels (scale 4 or 8) and in
// pixels of that size: canvas / scale, 4 channels, float32.
void averageFlows(const Canvas& canvas, int scale, Tensor& flows);

// Means over 2x2 pixels.
void halveFeatures(const Tensor& features, Tensor& half);

// `features` (height x width x 16, float32) sampled bilinearly at p + flow, clamped to the border; flow is
// the channels from `firstFlow` on of `flows`.
void warpFeatures(const Tensor& features, const Tensor& flows, int firstFlow, Tensor& warped);

// Rows of the costs: mean over channels of |warped0(p - o) - warped1(p + o)|, zeros outside, where o goes row
// by row over the window of side 2 * radius + 1. They are written as `count` channels, zeros behind the
// costs, of packed rows whose pixels are `channels` apart; `target` points to the first of them. For int8
// they are multiplied with `scale`.
template <class T>
void costRows(const Tensor& warped0, const Tensor& warped1, int radius, int firstRow, int rows, T* target,
              int count, int channels, float scale = 1.0f);

} // namespace inbetween
