// What can be seen of a frame, a pixel each, before anybody knows the truth.
#pragma once

#include "inbetween/risk.h"
#include "risk/calibration.h"
#include "risk/rows.h"

namespace inbetween {

struct Evidence {
    int top = 0; // the frame's row that the planes begin with
    Rows rows;   // of the frame, that are there: what lies around them in the planes means nothing

    // In the display view, means over R, G, B of squares: the warped keyframes apart; four times the variance
    // within the weighted mean that the pixel is (two samples used alike: the same as the former); the two
    // mixes apart, where the other one has a share; the pictures of the two fields apart, where there are
    // two; the network's own estimate.
    Plane disagreementSquare, ghostSquare, choiceSquare, secondSquare, networkSquare;
    Plane viewErrorSquare; // the network's own estimate, in the view
    Plane bothSeen;        // [0, 1]: how sure the prior is of the surface in both keyframes
    // Means in windows: of the disagreement where both are seen, of the two fields', of the estimate.
    Plane unexplainedNear, secondNear, networkNear;
    Plane warpDisagreement, structureDisagreement; // as in RiskMaps
    Plane angleStdRad, angleStdFineRad, angleStdCoarseRad;
    Plane forwardBackwardPx, flowDifferencePx, occlusion, uncovered, motionPx, weight0;
    Plane gradient, contrast; // of the blended picture in the display view: per px, deviation
    Plane sound;              // 0 where the network put out no numbers

    RiskTerms termsSquared(int x, int y) const; // y in the frame
};

// Bands of a frame of this size: one or two million pixels, and whole strips and blocks but for the last one.
std::vector<Rows> bandsOf(int width, int height);

// The evidence of a band, the same to the bit whatever the bands are. Throws std::invalid_argument where a
// plane has not the canvas' size.
Evidence gatherEvidence(const RiskInput& input, Rows band);

} // namespace inbetween
