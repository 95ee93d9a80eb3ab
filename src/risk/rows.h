// A frame is judged a band at a time, since what can be seen of a pixel takes the memory of 30 planes.
#pragma once

#include "base/parallel.h"
#include "base/rows.h"

#include <algorithm>

namespace inbetween {

// Running sums down a plane begin anew at each multiple of this: the bits depend neither on the threads nor
// on the bands.
inline constexpr int stripRows = 96;

// Calls visit(rows) for the part of `wanted` in each strip, in parallel.
template <class Visit> void forStrips(Rows wanted, const Visit& visit) {
    const int firstStrip = wanted.first / stripRows, endStrip = (wanted.end + stripRows - 1) / stripRows;
    parallelRows(
        std::max(0, endStrip - firstStrip),
        [&](int i) {
            const int first = (firstStrip + i) * stripRows;
            visit(Rows{std::max(first, wanted.first), std::min(first + stripRows, wanted.end)});
        },
        1);
}

} // namespace inbetween
