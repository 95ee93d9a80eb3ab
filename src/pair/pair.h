// What two neighbouring keyframes share for all frames between them.
#pragma once

#include "inbetween/exr.h"
#include "inbetween/motion.h"
#include "inbetween/network.h"
#include "inbetween/risk.h"
#include "inbetween/roles.h"
#include "inbetween/view.h"
#include "pair/pair_flow.h"

#include <memory>
#include <optional>
#include <string>

namespace inbetween {

// What is estimated between the keyframes.
struct PairMotion {
    FlowPair flow;
    std::optional<FlowPair> classical; // where that has large displacement: without it
};

// From so many pixels on memory is too dear for another guess (24 bytes a pixel), a second motion, or the
// gaps beside: a 5K run has to fit into 2 GiB.
inline constexpr std::size_t over4KPixels = 10'000'000;

struct PairOptions {
    std::string vectors = "auto"; // auto, none or the name of a convention
    std::size_t maxPixels = ReadOptions{}.maxPixels;
    std::optional<ChannelRoles> roles{}; // of keyframes that are one group's; else found
    bool secondPass = false; // motion that is estimated is so again, on turned pictures, and the picture is
                             // the mean of both
};

struct Pair {
    std::shared_ptr<const Image> key0, key1;
    ChannelRoles roles; // of key0; the two have the same channels
    Box canvas;         // the union of all data windows: where planes lie
    View view;
    RendererVectors vectors0,
        vectors1;         // empty where the files carry none, or hardly any that the pictures do not speak
                          // against; those that they do are NaN
    Plane depth0, depth1; // beside vectors: as in the files, or by what hides what
    bool depthIsEstimated = false;
    std::optional<PairMotion> motion; // estimated; none where the pair is still
    std::optional<PairMotion> second; // the same on turned pictures
    int gap = 2;
    bool cut = false;
    bool still = false; // nothing moves but the light, and no vectors tell of motion

    // Whether gaps beside may tell of the motion.
    bool takesNeighbours() const;
};

// Throws Error(input) where the keyframes do not fit together or carry no colour, or lie so far apart that
// more than `maxPixels` would hold them both. `sharedFlow` is that of others who need the estimated flow,
// too.
Pair makePair(std::shared_ptr<const Image> key0, std::shared_ptr<const Image> key1, int gap,
              const PairOptions& options, SharedPairFlow* sharedFlow = nullptr);

// The gap before or after one that is to be filled: its flow, and the keyframe that the two do not share.
struct NeighbourGap {
    SharedPairFlow* flow = nullptr;   // null: there is no such gap
    int frames = 0;                   // between its keyframes
    std::shared_ptr<const Image> key; // null: nothing is known
};
// Brings in what those gaps know of the motion: see curvePaths in motion.h.
void curvePaths(Pair& pair, const NeighbourGap& before, const NeighbourGap& after, std::size_t maxPixels);

// The vectors' planes as they are in the file, in the order of the roles; none where it carries none.
std::vector<Plane> rawVectors(const Image& image, const ChannelRoles& roles, const Box& canvas);

// The motion to the frame at a time in (0, 1).
MotionPrior motionOf(const Pair& pair, double time);
// What the network makes of it, and of the second motion where there is one.
Field fieldOf(const Pair& pair, const Network& network, MotionPrior prior, double time);
// What risk is to judge; the pair and the field must live as long as the input is used.
RiskInput riskInputOf(const Pair& pair, const Field& field, double time);

// The in-between that a field gives of the pair, all its layers.
Image inBetween(const Pair& pair, const Field& field, double time, SynthesisStats* stats = nullptr);

// How far its colour lies from what was rendered: squares in the display view, means over R, G, B, a pixel
// each.
Plane squaredErrors(const Pair& pair, const Field& field, const Image& rendered, const ChannelRoles& roles);

// The motion of a pair that is still: none, fully trusted.
MotionPrior stillMotion(const Box& canvas);

// The data windows of an in-between: a part's windows in both keyframes together.
std::vector<Box> unitedWindows(const Image& key0, const Image& key1);

} // namespace inbetween
