// e^x of eight numbers at once, the same bits on every processor.
#pragma once

#include <cstdint>
#include <cstring>

namespace inbetween {

using Eight = float __attribute__((vector_size(32)));

// To e^x, to some 1e-6 of it, x limited to +-20.
inline void exponential(Eight& x) {
    using Integers = std::int32_t __attribute__((vector_size(32)));
    const Eight most = Eight{} + 20.0f;
    x = x < most ? x : most; // NaN is 20, too
    x = x > -most ? x : -most;
    const Eight exponent = x * 1.44269504f; // e^x = 2^exponent
    const Integers whole = __builtin_convertvector(exponent + 64.5f, Integers) - 64;
    const Eight f = (exponent - __builtin_convertvector(whole, Eight)) * 0.693147181f; // of ln 2, within +-0.35
    const Eight power =
        1.0f + f * (1.0f + f * (0.5f + f * (1.0f / 6 + f * (1.0f / 24 + f * (1.0f / 120 + f * (1.0f / 720))))));
    const Integers scale = (whole + 127) << 23;
    Eight two;
    std::memcpy(&two, &scale, sizeof two);
    x = power * two;
}

} // namespace inbetween
