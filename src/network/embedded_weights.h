// The released weights, built into the library.
#pragma once

#include <cstddef>
#include <span>

namespace inbetween {

// The whole safetensors files: of the interpolation network, and of the matching network.
std::span<const std::byte> embeddedWeights();
std::span<const std::byte> embeddedMatchWeights();

} // namespace inbetween
