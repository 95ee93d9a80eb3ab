// Which convention do the motion vectors of a shot follow? Found by trying them on a few pairs of keyframes.
#pragma once

#include "inbetween/exr.h"
#include "inbetween/run.h"
#include "inbetween/sequence.h"

#include <string>
#include <vector>

namespace inbetween {

// One way to read the vectors of a file: a convention (see vectorConventions), with modifiers behind colons
// where the file departs from it:
//   flip-x, flip-y   the axis points the other way
//   normalised       in units of the picture's width and height, not in pixels
//   span=N           over N frames, not over one (N may be a fraction: the shutter's)
//   offset=V         V means no motion (0.5 where vectors are stored in 0..1)
//   scale=F          what is left is to be multiplied by F
// e.g. "arnold", "blender:flip-y", "nuke:normalised:span=2", "arnold:offset=0.5:normalised".
struct VectorReading {
    std::string convention;
    // Mean difference of the two keyframes in the view once each pixel is followed along its vector, as a
    // share of the difference when nothing is moved. Below 1 the vectors explain the motion; occlusion and
    // noise keep it above 0.
    double remaining = 1;
};

struct VectorCheck {
    std::string
        named; // the convention that the channels' names stand for; empty where the files carry no vectors
    int key0 = 0, key1 = 0; // the first two keyframes that were compared
    int pairs = 0;          // how many such pairs were
    bool moving = true; // false: every vector is (nearly) 0, as in the pass that is written with motion blur
    double remaining = 1;                // of `named`
    std::vector<VectorReading> readings; // all that were tried, best first
    // The simplest reading that explains the motion about as well as the best one does; empty where none
    // does.
    std::string best;
};

// Reads up to three pairs of keyframes, evenly spread over the sequence's gaps (of the first one's length),
// so that all parts of a shot find the same. Throws Error(input) where none of them can be read.
VectorCheck checkVectors(const Sequence& sequence, const ReadOptions& options = {},
                         const RoleOptions& roles = {});

// In one line for people: what fits, or what is wrong and what to do.
std::string describe(const VectorCheck& check);

// The reading that a run uses, for RunOptions::vectors: with "auto" what was found, where that is not what
// the channels' names stand for. A problem of the sequence says so. Anything else that was asked for stays.
std::string chooseVectors(const RunOptions& options, Sequence& sequence);

} // namespace inbetween
