// What a header says of how its picture is to be shown.
#include "exr/exr_header.h"
#include "inbetween/exr.h"

#include <OpenEXR/ImfStandardAttributes.h>
#include <cmath>

namespace inbetween {
namespace {

// A colour of CIE xy whose XYZ can be computed.
bool isColour(const Imath::V2f& xy) {
    return std::isfinite(xy.x) && std::isfinite(xy.y) && std::abs(xy.y) > 1e-4f && std::abs(xy.x) < 10 &&
           std::abs(xy.y) < 10;
}

} // namespace

std::optional<Chromaticities> chromaticitiesOf(const Part& part) {
    if (!part.header || !Imf::hasChromaticities(part.header->imf))
        return std::nullopt;
    const Imf::Chromaticities& c = Imf::chromaticities(part.header->imf);
    for (const Imath::V2f& xy : {c.red, c.green, c.blue, c.white})
        if (!isColour(xy))
            return std::nullopt;
    return Chromaticities{Imath::V2d(c.red), Imath::V2d(c.green), Imath::V2d(c.blue), Imath::V2d(c.white)};
}

float pixelAspectOf(const Image& image) {
    const auto& header = image.parts.front().header;
    return header ? pixelAspectOf(header->imf) : 1.0f;
}

} // namespace inbetween
