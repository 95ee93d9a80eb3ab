// What the names of sequences of one shot say of the layers in them.
#pragma once

#include "inbetween/sequence.h"

#include <string>

namespace inbetween {

// The words of a sequence's name, or else of its folder's, that another one's lacks: "depth" for
// "x_####.depth.exr" beside "x_####.beauty.exr". Never empty.
std::string layerName(const FramePattern& pattern, const FramePattern& other);

// Does a layer's name say that it is the beauty?
bool namesBeauty(const std::string& layer);

} // namespace inbetween
