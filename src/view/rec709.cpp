#include "view/rec709.h"

#include "base/parallel.h"

#include <cmath>

namespace inbetween {
namespace {

using Imath::M33d;
using Imath::V2d;
using Imath::V3d;

const Chromaticities rec709{{0.64, 0.33}, {0.30, 0.60}, {0.15, 0.06}, {0.3127, 0.3290}};

// CIE XYZ of luminance 1.
V3d xyzOf(const V2d& xy) {
    return {xy.x / xy.y, 1.0, (1.0 - xy.x - xy.y) / xy.y};
}

M33d diagonal(const V3d& d) {
    return {d.x, 0, 0, 0, d.y, 0, 0, 0, d.z};
}

bool isInvertible(const M33d& matrix) {
    const double determinant = matrix.determinant();
    return std::isfinite(determinant) && std::abs(determinant) > 1e-6;
}

// Rows: XYZ of full red, green and blue, which together are white.
M33d toXyz(const Chromaticities& c) {
    const V3d r = xyzOf(c.red), g = xyzOf(c.green), b = xyzOf(c.blue);
    const M33d primaries(r.x, r.y, r.z, g.x, g.y, g.z, b.x, b.y, b.z);
    return isInvertible(primaries) ? diagonal(xyzOf(c.white) * primaries.inverse()) * primaries : M33d(0.0);
}

// Bradford's cone responses are xyz * this.
const M33d bradford(0.8951, -0.7502, 0.0389, 0.2664, 1.7135, -0.0685, -0.1614, 0.0367, 1.0296);

bool isRec709(const Chromaticities& c) {
    constexpr double rounding = 5e-4; // files hold three or four digits
    for (V2d Chromaticities::*xy :
         {&Chromaticities::red, &Chromaticities::green, &Chromaticities::blue, &Chromaticities::white})
        if (!(c.*xy).equalWithAbsError(rec709.*xy, rounding))
            return false;
    return true;
}

} // namespace

std::optional<M33d> toRec709(const Chromaticities& from) {
    if (isRec709(from))
        return std::nullopt;
    const M33d xyz = toXyz(from);
    if (!isInvertible(xyz))
        return std::nullopt;
    const V3d cones = xyzOf(from.white) * bradford, wanted = xyzOf(rec709.white) * bradford;
    return xyz * bradford * diagonal(wanted / cones) * bradford.inverse() * toXyz(rec709).inverse();
}

void apply(const M33d& matrix, ColourPlanes& linear) {
    parallelRows(linear.r.height, [&](int y) {
        float *r = linear.r.row(y), *g = linear.g.row(y), *b = linear.b.row(y);
        for (int x = 0; x < linear.r.width; ++x) {
            const V3d rgb = V3d(r[x], g[x], b[x]) * matrix;
            if (!std::isfinite(rgb.x + rgb.y + rgb.z))
                continue;
            r[x] = float(rgb.x);
            g[x] = float(rgb.y);
            b[x] = float(rgb.z);
        }
    });
}

} // namespace inbetween
