// From the primaries of a file to those of the display view.
#pragma once

#include "inbetween/exr.h"
#include "inbetween/view.h"

#include <Imath/ImathMatrix.h>
#include <optional>

namespace inbetween {

// rgb * matrix is the same colour with Rec. 709 primaries and white. Nothing where they are Rec. 709's
// already, or span no colours.
std::optional<Imath::M33d> toRec709(const Chromaticities& from);

void apply(const Imath::M33d& matrix, ColourPlanes& linear);

} // namespace inbetween
