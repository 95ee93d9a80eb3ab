// Loops over rows on the caller's TBB arena. Each row is computed alone, so the bits do not depend on the
// threads.
#pragma once

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

namespace inbetween {

template <class Body> void parallelRows(int rows, const Body& body, int grain = 16) {
    tbb::parallel_for(tbb::blocked_range<int>(0, rows, grain), [&](const tbb::blocked_range<int>& range) {
        for (int y = range.begin(); y != range.end(); ++y)
            body(y);
    });
}

} // namespace inbetween
