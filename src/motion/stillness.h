// Does anything move at all, whatever the light does?
#pragma once

#include "inbetween/view.h"

namespace inbetween {

// True where every detail of keyframe 0 is at its place in keyframe 1, and fits there better than half a
// sample aside; an even change of brightness or of colour does not count. False where noise hides that.
bool standsStill(const View& view);

} // namespace inbetween
