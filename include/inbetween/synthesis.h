// Synthesis: every output sample is a weighted mean of rendered samples.
#pragma once

#include "inbetween/image.h"

#include <vector>

namespace inbetween {

struct ChannelRoles;

// What the network decides: geometry and weights, never colour. All planes have the canvas' size.
struct Field {
    Plane flow0X, flow0Y, flow1X, flow1Y; // pixels, from the wanted time to keyframe 0 and keyframe 1
    Plane weight0;                        // [0, 1]; keyframe 1 has 1 - weight0
    Plane error;                          // >= 0: the network's own estimate of |error| in the view, a pixel
};

struct SynthesisStats {
    std::size_t badSamples = 0; // NaN or infinite samples that were left out of a mean
};

// Samples `source0` at p + flow0 and `source1` at p + flow1 (Catmull-Rom, clamped to the range of the four nearest
// samples, coordinates clamped to the canvas) and blends them. The result lies in the range of the samples used.
// Samples that are not finite weigh nothing; where no finite one is left, an infinity of the heavier keyframe stays
// (depth of the sky), and NaN becomes 0.
Plane synthesisePlane(const Plane& source0, const Plane& source1, const Field& field, SynthesisStats* stats = nullptr);

// The whole in-between: every channel of every part of `target` (made by imageBetween), identifiers picked from the
// nearest sample of the heavier keyframe, all others blended. Data windows may differ between the images.
void synthesise(const Image& key0, const Image& key1, const ChannelRoles& roles, const Box& canvas, const Field& field,
                Image& target, SynthesisStats* stats = nullptr);

} // namespace inbetween
