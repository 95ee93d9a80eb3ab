// Did a library store what it was given? Compressions that lose a little must not lose everything.
#pragma once

#include "inbetween/image.h"

#include <string>

namespace inbetween {

// Why what was read back is another picture than what was meant, in words; empty where it is the same but for
// what a lossy compression loses. A fault are finite samples that became infinite or NaN, and samples that
// are off by more than twice the largest one of their channel, or were over 65504 and are so no more.
// Identifiers must be the same.
std::string storageFault(const Part& meant, const Part& stored);

} // namespace inbetween
