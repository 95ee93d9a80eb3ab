// Motion between two keyframes, brought to the time wanted: the prior that the network starts from.
#pragma once

#include "inbetween/image.h"
#include "inbetween/view.h"

#include <string>
#include <vector>

namespace inbetween {

// Pixels; from a keyframe's pixel to where its surface is one frame later (next) and one frame earlier
// (previous). x to the right, y down.
struct RendererVectors {
    Plane nextX, nextY, previousX, previousY; // previous* may be empty: then -next is used
    bool empty() const { return nextX.empty(); }
};

// Names of the conventions that toRendererVectors knows: blender, nuke, ...
std::vector<std::string> vectorConventions();
// `raw` are the file's planes in the convention's order. Throws Error(usage) for an unknown name.
RendererVectors toRendererVectors(const std::string& convention, std::vector<Plane> raw);

enum class MotionSource { none, vectors, estimated };

// A guess of the motion at the time wanted, on the canvas. Flows are in pixels and point from a pixel at that
// time to the same surface in keyframe 0 and keyframe 1 (backward maps): the sample of keyframe 0 for pixel p
// lies at p + flow0(p).
struct MotionGuess {
    Plane flow0X, flow0Y, flow1X, flow1Y;
    Plane confidence0,
        confidence1; // [0, 1]; 0: no surface of that keyframe lands here, the flow is filled in
    bool empty() const { return flow0X.empty(); }
};

// What the network starts from: the main guess, and another one to choose from at each pixel.
struct MotionPrior : MotionGuess {
    Plane depthOrder; // [-1, 1]; above 0 keyframe 0's surface is nearer the camera; 0 equal or unknown.
                      // Empty: unknown
    MotionSource source = MotionSource::none; // of the main guess
    // Beside renderer vectors the estimated flow, which sees what they do not know: shadows, reflections,
    // what is behind glass. Beside a flow with large displacement the classical one, which is smoother.
    // Empty: the other guess is that nothing moves.
    MotionGuess other{};
};

// Flow from one view to the other, as fine as it was estimated: a sample stands for scaleX x scaleY pixels of
// the canvas.
struct Flow {
    Plane x, y;        // pixels of the canvas
    Plane agreement{}; // [0, 1]: with the flow the other way; its trust. May be empty: full trust
    float scaleX = 1.0f, scaleY = 1.0f; // 1 or more
    // How far the path lies beside the straight line in the middle of the gap, pixels of the canvas: at the
    // share s of the gap a sample is at s (x, y) + 4 s (1 - s) (curveX, curveY). Empty: straight.
    Plane curveX{}, curveY{};
    Plane front{}; // [0, 1]: how surely it was seen to pass in front of something. Empty: not known
};
struct FlowPair {
    Flow forward, backward; // keyframe 0 to 1, 1 to 0
};
// How the pictures are looked at while a flow is estimated. Turned by 180 degrees they are the same to
// anybody but a search that goes from left to right and down: it errs elsewhere. The flow is told of the
// pictures as they are in any case.
enum class Orientation { upright, rotated };
// OpenCV's DIS both ways on the views' luminance, at half of their size. Single-threaded inside, so that its
// result is always the same. `alongsideVectors`: it is no more than another guess beside renderer vectors,
// and coarser from 4K on.
FlowPair estimateFlow(const View& view, bool alongsideVectors = false,
                      Orientation orientation = Orientation::upright);
// That flow with what it cannot find, since it goes from coarse to fine: small things that move far, and what
// turns or grows on its way. Patches are matched over all distances (on pictures of 1 Mpx at most, up to 4
// Mpx), then, where that goes back and forth at odds, larger windows with turns and scales; what still does
// is filled in from around.
FlowPair withLargeDisplacement(const View& view, const FlowPair& flow,
                               Orientation orientation = Orientation::upright);
// The last of that again, for a flow of its making that has learnt more meanwhile.
void fillUnsure(const View& view, FlowPair& flow);
// Forward-backward consistency: exp(-d^2 / 2 s^2) of the distance d by which it misses, s = 1 +
// 0.05 |flow|, pixels.
void setAgreement(FlowPair& flow);
// The flow of the gap that ends at keyframe 0, or of the one that begins at keyframe 1.
struct NeighbourFlow {
    const FlowPair* flow = nullptr; // null: not known
    double length = 1;              // frames of that gap to one of this gap's
    int offsetX = 0, offsetY = 0;   // pixels; to be added to a place of this canvas for the one of its canvas
};
// Brings in what the gaps before and after know. Paths go on through where things are at the keyframes there:
// a parabola through three keyframes, a cubic through four. What is not found one gap on (hidden, out of the
// picture) moves on as it came; and so does what moves as most of the picture before and after, but jumps in
// between: it is hidden, too. None of it where the camera shakes. All flows with their agreement.
void curvePaths(FlowPair& flow, const NeighbourFlow& before, const NeighbourFlow& after);
// Bilinear between its samples, at every pixel of a canvas.
Flow atCanvasSize(const Flow& flow, int width, int height);

struct MotionInput {
    const View* view = nullptr;                                     // always
    const RendererVectors *vectors0 = nullptr, *vectors1 = nullptr; // optional, both or none
    const Plane *depth0 = nullptr, *depth1 = nullptr; // optional, both or none; distance from the camera
    bool depthIsEstimated = false;                    // it tells no more than what is in front of what
    const FlowPair* flow = nullptr;                   // optional; estimated here when absent
    const FlowPair* classicalFlow = nullptr; // optional, with a flow that has large displacement: without it
    int gap = 2;                             // frames between the keyframes
    bool vectorsChecked = false; // the vectors are known to explain the pictures: see vectorsExplain
};

// Do the vectors explain how keyframe 0 becomes keyframe 1 about as well as no motion does, or better? False
// for the empty pass that a renderer writes when motion blur is on, and for a convention of the wrong sign.
bool vectorsExplain(const View& view, const RendererVectors& vectors0, const RendererVectors& vectors1,
                    int gap);

// Time in (0, 1). Vectors make the main guess where they are there and explain the pictures no worse than
// standing still; at pixels where they are not finite, the flow does.
MotionPrior motionPrior(const MotionInput& input, double time);

} // namespace inbetween
