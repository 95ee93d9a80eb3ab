// ibnet1, the architecture of the network. tools/train/ibnet1.py computes the same function.
//
// Inputs on a canvas padded to multiples of 32: keyframe views V0, V1 (3 channels), prior flows F0, F1 (2), confidences
// C0, C1, depth order D, time t. Outputs: two flows, the weight of keyframe 0, an error estimate; never a colour.
//
//   conv       3x3, zero padding 1, bias, LeakyReLU 0.1 (heads: none); -> n: n outputs; /2: stride 2
//   up2n/up2b  twice the size, nearest / bilinear (half-pixel centres)
//   unshuffle2 2x2 pixels to channels, channel 4 c + 2 dy + dx; shuffle2 is its inverse
//   warp(I, F) bilinear sample of I at p + F(p), coordinates clamped to the border
//   logit0 = ln((1 - t) / t) + ln((C0 + 0.02) / (C1 + 0.02)) + 4 D
//   describe(F0, F1, m) = [warp(V0, F0), warp(V1, F1), F0 / 16, F1 / 16, C0, C1, D, t,
//                          mean over RGB |warp(V0, F0) - warp(V1, F1)|, m / 4]                            16 channels
//
// Coarse stage                                                                                           resolution
//   x  = unshuffle2(avgpool2(describe(F0, F1, logit0)))                                                  1/4, 64
//   e1 = e1b(e1a(x)) -> 64                                                                               1/4
//   e2 = e2b(e2a/2(e1)) -> 96                                                                            1/8
//   e3 = e3c(e3b(e3a/2(e2))) -> 128                                                                      1/16
//   d2 = d2b(d2a([up2n(e3), e2])) -> 96                                                                  1/8
//   d1 = d1([up2n(d2), e1]) -> 64                                                                        1/4
//   h  = up2b(shuffle2(head(d1) -> 20))                                                                  full, 5
//   FA0 = F0 + 8 h[0:2], FA1 = F1 + 8 h[2:4], mA = logit0 + h[4]
// Fine stage
//   x  = unshuffle2(describe(FA0, FA1, mA))                                                              1/2, 64
//   e1 = e1(x) -> 32                                                                                     1/2
//   e2 = e2c(e2b([e2a/2(e1), coarse d1])) -> 64                                                          1/4
//   h  = shuffle2(head(d1b(d1a([up2n(e2), e1])) -> 24)), d1a and d1b -> 32                               full, 6
//   flow0 = FA0 + 2 h[0:2], flow1 = FA1 + 2 h[2:4], weight0 = sigmoid(mA + h[4]), error = exp(clamp(h[5], -8, 2))
//
// Weights: float32 tensors "coarse.e1a.weight" [out, in, 3, 3], "coarse.e1a.bias" [out], and so on; metadata
// architecture "ibnet1" and version.
#pragma once

#include "inbetween/network.h"
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
};
constexpr std::size_t layerCount = 18;
const std::array<LayerDesc, layerCount>& ibnet1Layers();

class IbNet1 {
public:
    // Throws Error(model) where the file holds other layers than these, or others as well.
    IbNet1(const Safetensors& file, ElementType type);
    ~IbNet1();

    // Sizes are checked by the caller. May be called from several threads at once.
    Field infer(const View& view, const MotionPrior& prior, float time) const;

private:
    struct Workspace;
    std::unique_ptr<Workspace> takeWorkspace() const;
    template <class T> void coarseStage(Workspace& w) const;
    template <class T> void fineStage(Workspace& w, Field& field) const;

    ElementType type_;
    std::vector<Convolution> layers_;
    // Kept from call to call, one for each call that runs: fresh memory costs more than some of the layers.
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

} // namespace inbetween
