// Which of the renderer's vectors the pictures speak against.
#pragma once

#include "inbetween/motion.h"

namespace inbetween {

struct VectorVerdict {
    double missing =
        0; // [0, 1]: share of the pixels of both keyframes without a vector; 1: none is worth using
    bool doubtful = false; // neither the vectors nor the flow explain much of the pictures: ask a better flow
};

// Makes vectors NaN that are not finite or longer than the picture.
void dropImpossibleVectors(RendererVectors& vectors);

// Makes vectors NaN, too, where most of their kind are no motion: what can be recognised around is found
// clearly better by following the flow between the keyframes. The kinds: zeros, which then stand for "no
// vector", and all others. What is hidden in the other keyframe is not judged. Not `finally`: leaves all as
// it is where the verdict is doubtful.
VectorVerdict dropWrongVectors(const View& view, const FlowPair& flow, int gap, RendererVectors& vectors0,
                               RendererVectors& vectors1, bool finally = true);

} // namespace inbetween
