// What renderer vectors say about a keyframe's pixels.
#pragma once

#include "inbetween/motion.h"

#include <array>
#include <string>
#include <vector>

namespace inbetween {

// Displacement of every pixel after `frames` (> 0), forwards in time or backwards: a parabola through the
// previous, the present and the next position, so that turning and bouncing things follow their arcs over
// wider gaps; a straight line where the two ends contradict each other. Exact at one frame. Values that are
// not finite become 0.
Flow displacementAfter(const RendererVectors& vectors, float frames, bool forwards);

// 1 where a vector is finite, else 0.
Plane vectorTrust(const RendererVectors& vectors);

// Whether any pixel moves by a hundredth of a pixel. A renderer writes a pass of zeros when motion blur is
// on.
bool tellOfMotion(const RendererVectors& vectors);

// A convention and how a file departs from it; see VectorReading in include/inbetween/vector_check.h.
struct VectorFormat {
    std::string preset;
    bool flipX = false, flipY = false, normalised = false;
    float span = 1.0f;   // frames
    float offset = 0.0f; // the value that means no motion
    float scale = 1.0f;  // after the offset is taken off
};
// Throws Error(usage) that names what is not known.
VectorFormat parseVectorFormat(const std::string& text);
std::string formatText(const VectorFormat& format);

// Every format that `planes` raw planes could have over a gap of `gap` frames, the simplest first. Units:
// pixels or the picture's size. Spans: one frame, the whole gap, half a frame (a shutter of 180 degrees), two
// frames (normalised to -1..1 instead of 0..1).
std::vector<VectorFormat> vectorFormats(int planes, int gap);

// The raw planes of a picture of that size, which may hold only some of its pixels.
RendererVectors toRendererVectors(const VectorFormat& format, const std::vector<Plane>& raw,
                                  std::array<int, 2> pictureSize);

// How much the two keyframes differ in the view when pixels follow the vectors, both ways, and when they stay
// where they are. Differences over 0.25 count as 0.25.
struct Mismatch {
    double moved = 0, still = 0;
    // What remains of the difference; 1 where there was none and none is made.
    double remaining() const { return moved == still ? 1.0 : moved / still; }
    Mismatch& operator+=(const Mismatch& other) {
        moved += other.moved;
        still += other.still;
        return *this;
    }
};
// The vectors may be those of every `step`-th pixel of every `step`-th row, from the first one on.
Mismatch mismatch(const View& view, const RendererVectors& vectors0, const RendererVectors& vectors1, int gap,
                  int step = 1);
// Every `step`-th pixel of every `step`-th row.
Plane everyNth(const Plane& plane, int step);

} // namespace inbetween
