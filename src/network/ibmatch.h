// ibmatch, the architecture of the network that matches two keyframes. tools/train/ibmatch.py computes the same function.
//
// Inputs: keyframe views V0, V1 (3 channels) on a canvas padded to multiples of 64. Outputs: the flow from each to the other. A
// cell is 8x8 pixels; flows are in cells until the end.
//
//   conv       3x3, zero padding 1, bias, LeakyReLU 0.1 (heads: none); -> n: n outputs; /2: stride 2
//   unshuffle2 2x2 pixels to channels, channel 4 c + 2 dy + dx
//   x += ...   a head's output is added to x, of the encoder LeakyReLU behind it
//   costs(F)   for each cell p and level l = 0..3: scalar products, / sqrt(128), of the features at p with the other keyframe's,
//              averaged over 2^l x 2^l cells, at the 7x7 places (p + F(p) + 0.5) / 2^l - 0.5 + (-3..3, -3..3), row by row;
//              bilinear between the products of cells, which are zero outside
//
// Encoder, of V0 and V1 alike                                                                            resolution
//   x  = half_in(unshuffle2(V - 0.5), padded to 16) -> 32;  x += half_b(half_a(x))                       1/2
//   x  = quarter_in/2(x) -> 64;  x += quarter_b(quarter_a(x))                                            1/4
//   x  = eighth_in/2(x) -> 128;  x += eighth_b(eighth_a(x));  x += eighth_d(eighth_c(x))                 1/8
//   features = features(x) -> 128;  [hidden 96, context 64] = context(x), LeakyReLU on context; both layers are heads
// From V0 to V1 and from V1 to V0 alike, F = 0, eight times                                              1/8
//   motion = costs_b(costs_a([costs(F), F / 8, padded to 208]) -> 96) -> 64
//   hidden += update_b(update_a([hidden, context, motion]) -> 128) -> 96
//   F += flow_b(flow_a(hidden) -> 64)[0:2]
// At the end                                                                                             full
//   each pixel's flow is 8 times the mean of F of the 3x3 cells around (the border repeated), weighted by the softmax of
//   mask_b(mask_a(hidden) -> 128) -> 576: channel 64 i + 8 dy + dx for the cell i and the pixel (dx, dy) of its own
//
// Weights: float32 tensors "encoder.half_in.weight" [out, in, 3, 3], "encoder.half_in.bias" [out], and so on; metadata
// architecture "ibmatch" and version.
#pragma once

#include "inbetween/motion.h"
#include "network/convolution.h"
#include "network/safetensors.h"

#include <array>
#include <vector>

namespace inbetween {

struct MatchLayerDesc {
    const char* name;
    int inputs, outputs;
    int stride = 1;
    bool head = false; // float32, and no LeakyReLU
};
constexpr std::size_t matchLayerCount = 21;
const std::array<MatchLayerDesc, matchLayerCount>& ibmatchLayers();

class IbMatch {
public:
    static constexpr int standardIterations = 8;
    static constexpr int multiple = 64; // of which width and height of pictures are one

    // float32 or bfloat16; features, hidden state and flow are kept in float32 either way. Throws Error(model) where the file
    // holds other layers than these, or others as well.
    IbMatch(const Safetensors& file, ElementType type);

    // Sizes are checked by the caller. The keyframes are brought to about 1280x720 pixels, and the flow comes at that size or at
    // the canvas', whichever is the smaller. May be called from several threads at once.
    FlowPair match(const View& view, int iterations = standardIterations) const;

    // Of pictures [height, width, 3], float32, as they are, at their size; without agreement.
    FlowPair flows(const Tensor& picture0, const Tensor& picture1, int iterations = standardIterations) const;

private:
    struct Encoded;
    template <class T> void encode(const Tensor& picture, Encoded& out) const;
    template <class T> void iterate(Encoded& key, const Encoded& other, int iterations) const;
    Flow upsampled(const Encoded& key) const;

    ElementType type_;
    std::vector<Convolution> layers_;
};

} // namespace inbetween
