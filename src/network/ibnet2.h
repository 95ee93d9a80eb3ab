// ibnet2, the architecture of the network. tools/train/ibnet2.py computes the same function.
//
// Inputs on a canvas padded to multiples of 32: keyframe views V0, V1 (3 channels), for each of two guesses
// of the motion (the main one and the other) flows F0, F1 (2) and confidences C0, C1, the main guess' depth
// order D, time t. Outputs: for each guess two flows and the weight of keyframe 0, the share of the other
// guess, an error estimate, the spread (what the eight neighbours of a pixel weigh in it); never a colour.
//
//   conv       3x3, zero padding 1, bias, LeakyReLU 0.1 (heads: none); -> n: n outputs; /2: stride 2
//   up2n/up2b  twice the size, nearest / bilinear (half-pixel centres)
//   unshuffle2 2x2 pixels to channels, channel 4 c + 2 dy + dx; shuffle2 is its inverse
//   warp(I, F) bilinear sample of I at p + F(p), coordinates clamped to the border
//   logit      ln((1 - t) / t) + ln((C0 + 0.02) / (C1 + 0.02)) + 4 D; D is 0 for the other guess; the share's
//   logit is -3 guess      [warp(V0, F0), warp(V1, F1), F0 / 16, F1 / 16, C0, C1, (main alone: D, t),
//               mean over RGB |warp(V0, F0) - warp(V1, F1)|, logit / 4]
//   describe   [guess of main (16), guess of other (14), share's logit / 4,
//               mean over RGB |mean of the two warps of main - the same of other|]                         32
//               channels
//   costs(r)   mean over channels |W0(p - o) - W1(p + o)| for the offsets o of a window of radius r, row by
//   row; zeros
//              outside; padded with zero channels
//
// Features, of V0 and V1 alike resolution
//   f  = fb(fa(unshuffle2(avgpool2(V)), padded to 16) -> 32) -> 16, fb is a head                         1/4
//   W  = warp(f, main F / 4), and of f and F averaged over 2x2 the same at 1/8
// Coarse stage
//   x  = [unshuffle2(describe, of everything averaged over 2x2 pixels), costs(2) of W -> 32]             1/4,
//   160 e1 = e1b(e1a(x)) -> 64 1/4 e2 = e2b([e2a/2(e1) -> 96, costs(3) of W -> 64]) -> 96 1/8 e3 =
//   e3c(e3b(e3a/2(e2))) -> 128                                                                      1/16 d2 =
//   d2b(d2a([up2n(e3), e2])) -> 96                                                                  1/8 d1 =
//   d1([up2n(d2), e1]) -> 64                                                                        1/4 h  =
//   up2b(shuffle2(head(d1) -> 44))                                                                  full, 11
//   for each guess F0 += 8 h[0:2], F1 += 8 h[2:4], logit += h[4], of main's 5 channels, then of the other's;
//   the share's logit += h[10]
// Fine stage
//   x  = unshuffle2(describe)                                                                            1/2,
//   128 e1 = e1(x) -> 32 1/2 e2 = e2c(e2b([e2a/2(e1), coarse d1])) -> 64 1/4 h  =
//   shuffle2(head(d1b(d1a([up2n(e2), e1])) -> 80)), d1a and d1b -> 32                               full, 20
//   as above with 2 h for the flows; weights are sigmoids of the logits, error = exp(clamp(h[11], -8, 2)),
//   spread = the last eight of softmax([0, h[12:20]])
//
// Weights: float32 tensors "coarse.e1a.weight" [out, in, 3, 3], "coarse.e1a.bias" [out],
// "coarse.e1a.full_scale" [in] (the value of each input that is 127 in int8), and so on; metadata
// architecture "ibnet2" and version.
#pragma once

#include "inbetween/network.h"
#include "network/canvas.h"
#include "network/convolution.h"
#include "network/safetensors.h"

#include <array>
#include <memory>
#include <mutex>
#include <vector>

namespace inbetween {

struct LayerDesc {
    const char* name;
    int inputs, outputs;
    int stride = 1;
    bool head = false;
    int unshuffledInputs = 0; // the first inputs, that come from 2x2 blocks of pixels
};
constexpr std::size_t layerCount = 20;
const std::array<LayerDesc, layerCount>& ibnet2Layers();

class IbNet2 {
public:
    // Throws Error(model) where the file holds other layers than these, or others as well.
    IbNet2(const Safetensors& file, ElementType type);
    ~IbNet2();

    // The fine stage, which needs most memory a pixel, goes over what is larger than 2K in strips of about so
    // many pixels.
    static std::size_t stripPixels(std::size_t pixels) {
        return pixels <= std::size_t(1) << 21 ? pixels : std::size_t(1) << 20;
    }

    // Sizes are checked by the caller. May be called from several threads at once. The same bits for any
    // strips.
    Field infer(const View& view, MotionPrior prior, float time) const;
    Field infer(const View& view, MotionPrior prior, float time, std::size_t stripPixels) const;

private:
    struct Workspace;
    std::unique_ptr<Workspace> takeWorkspace() const;
    template <class T> void warpedFeatures(Workspace& w) const;
    template <class T> void coarseStage(Workspace& w) const;
    void loadStrip(Workspace& w, int begin, int end) const;
    template <class T> void fineStage(Workspace& w, int firstRow, int rows) const;

    ElementType type_;
    std::vector<Convolution> layers_;
    struct { // int8 steps a unit of what does not come from a layer
        float view[4], coarse[describedChannels], fine[describedChannels], quarterCosts, eighthCosts;
    } scales_;
    // Of pictures of one strip, kept from call to call, one for each that runs: fresh memory costs more than
    // some layers.
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

} // namespace inbetween
