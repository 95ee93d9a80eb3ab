// Every number that risk's heuristic rests on, in one place.
#pragma once

namespace inbetween {

// What is predicted at each pixel, in units of the display view (displayCurve, [0, 1]):
//
//   content   = max(network * N, D * (blended * m + alone * (1 - m)))
//   placement = gradient * min(mostMisplacedPx, hypot(perFlowPx * F, perAngle * A * L, uncoveredPx * U))
//   error     = min(1, hypot(content, placement))
//
//   N  the network's own estimate of |error|, brought from the view to the display view
//   D  disagreement of the two warped keyframes in the display view, mean over R, G, B
//   m  how evenly both are used, 1 - |2 weight0 - 1|
//   F  RiskMaps::forwardBackwardPx;  A  RiskMaps::angleStdRad;  L  length of motion, px
//   U  1 - the greater of the prior's two confidences: no surface of either keyframe lands here
//   gradient  of the blended picture in the display view, per px
//
// content asks whether the right surfaces were found, by two estimates of the same error, so the greater counts.
// placement asks how much it matters if they lie beside their place; it is independent of content, so the two add up
// as independent errors do.
//
// The first values were derived; network, alone, perFlowPx and uncoveredPx were then set by hand on 318 in-betweens of 80
// random renders (weights 1.0.0, half of them without vectors): rank correlation with the measured error 0.92 (0.89
// before), the score 1.08 times the measured error (median). Not a fit yet; one replaces them here and nowhere else.
struct RiskCalibration {
    double network = 1.35;         // sqrt(pi / 2) makes root mean square of mean |error|; a little more to be safe
    double blended = 0.75;         // a ghost of two different surfaces is off by 0.5 D; noise alone by 0.87 D
    double alone = 0.2;            // the keyframe that was chosen is the wrong one about one time in five
    double perFlowPx = 0.3;        // the true path may lie beside the straight one
    double perAngle = 0.02;        // a published warning, and a weak one
    double uncoveredPx = 1.5;      // filled-in flow is off by a few pixels
    double mostMisplacedPx = 4.0;  // a gradient tells nothing beyond this distance
};

inline constexpr RiskCalibration riskCalibration{};

} // namespace inbetween
