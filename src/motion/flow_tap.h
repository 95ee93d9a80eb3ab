// Where a place of the canvas lies among a flow's samples.
#pragma once

#include "image/bilinear.h"
#include "inbetween/motion.h"

namespace inbetween {

inline BilinearTap tapAt(const Flow& flow, float x, float y) {
    return {flow.x.width, flow.x.height, (x + 0.5f) / flow.scaleX - 0.5f, (y + 0.5f) / flow.scaleY - 0.5f};
}

} // namespace inbetween
