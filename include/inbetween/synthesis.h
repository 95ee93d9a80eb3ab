// Synthesis: every output sample is a weighted mean of rendered samples.
#pragma once

#include "inbetween/image.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace inbetween {

struct ChannelRoles;

// Where each pixel of the in-between lies in the two keyframes, and how the two are weighed. Planes of the
// canvas' size.
struct Mix {
    Plane flow0X, flow0Y, flow1X, flow1Y; // pixels, from the wanted time to keyframe 0 and keyframe 1
    Plane weight0;                        // [0, 1]; keyframe 1 has 1 - weight0
};

// What the eight neighbours of a pixel weigh in it, row by row, in 1/256; their sum is at most 255, the pixel
// has the rest.
using Spread = std::array<std::uint8_t, 8>;
inline constexpr std::array<std::array<int, 2>, 8> spreadOffsets{
    {{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}}}; // x, y

// What the network decides: geometry and weights, never colour. The main mix follows the main guess of the
// motion; the other one shows what moves otherwise at the same place.
struct Field : Mix {
    Plane error;        // >= 0: the network's own estimate of |error| in the view, a pixel
    Mix other{};        // empty planes: there is none
    Plane otherShare{}; // [0, 1] of the other mix; the main one has 1 - otherShare. Empty like `other`
    LargeVector<Spread>
        spread{}; // a pixel each, row after row: noise and doubt spread over more samples. Empty: none
    Plane confidence0{},
        confidence1{}; // [0, 1], of the motion it began with (MotionGuess), for risk. Empty: full
    // Another field for the same picture, which began with motion that was found independently. Light is the
    // mean of what both give: what one of them gets wrong counts half. Null: there is none.
    std::shared_ptr<Field> second{};
};

struct SynthesisStats {
    std::size_t badSamples = 0; // NaN or infinite samples that were left out of a mean
};

// Samples `source0` at p + flow0 and `source1` at p + flow1 of each mix (Catmull-Rom, clamped to the range of
// the four nearest samples, coordinates clamped to the canvas) and takes their weighted mean. A flow of less
// than leastFlowPx both ways is taken for none; a sample that would weigh less than leastWeight is left out.
// The result lies in the range of the samples used. Samples that are not finite weigh nothing; where no
// finite one is left, an infinity of the heaviest stays (depth of the sky), and NaN becomes 0. The spread is
// then the mean with the neighbours so made, where all of them are finite. Of two fields the mean, where it
// is finite.
// A sample that is the same in both keyframes and moves by less than sameFlowPx both ways is left as it is
// (letterbox bars, burnt-in text): it does not move, nothing spreads to it, and it spreads to nothing.
inline constexpr float leastWeight = 1.0f / 256, leastFlowPx = 1.0f / 16, sameFlowPx = 1.0f / 4;
Plane synthesisePlane(const Plane& source0, const Plane& source1, const Field& field,
                      SynthesisStats* stats = nullptr);

// The whole in-between: every channel of every part of `target` (made by imageBetween). Data windows may
// differ between the images.
// - Identifiers are picked from the nearest sample of what weighs most.
// - Radiance (ChannelRoles::radiance) is blended as by synthesisePlane. Light passes that add up in the
//   keyframes, found by their samples, are sharpened alike, so that they add up here.
// - All else, depth, normals, vectors, is of one surface: the surface of what weighs most, and the mean with
//   the other samples that show the same one, all channels of a layer together. Bilinear within a surface;
//   the nearest sample at an edge. The spread and the second field are for light alone.
void synthesise(const Image& key0, const Image& key1, const ChannelRoles& roles, const Box& canvas,
                const Field& field, Image& target, SynthesisStats* stats = nullptr);

} // namespace inbetween
