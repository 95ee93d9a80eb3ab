// Rows of a frame, for what goes over it a part at a time.
#pragma once

namespace inbetween {

struct Rows {
    int first = 0, end = 0;
    int count() const { return end - first; }
};

} // namespace inbetween
