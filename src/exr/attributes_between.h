// The attributes of a frame that was made between two others.
#pragma once

#include <OpenEXR/ImfHeader.h>

namespace inbetween {

// Those of key0. Numbers, vectors and matrices that differ in key1 are interpolated at `time` in (0, 1); so
// are time codes, and frame numbers that are written as text. What was true of key0's render alone (preview,
// date, render time, memory) is left out.
Imf::Header headerBetween(const Imf::Header& key0, const Imf::Header& key1, double time);

} // namespace inbetween
