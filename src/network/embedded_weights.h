// The released weights, built into the library.
#pragma once

#include <cstddef>
#include <span>

namespace inbetween {

// The whole safetensors file.
std::span<const std::byte> embeddedWeights();

} // namespace inbetween
