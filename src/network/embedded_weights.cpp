#include "network/embedded_weights.h"

#if !__has_include("network/weights/ibnet2.safetensors")
#error "src/network/weights/ibnet2.safetensors is missing: tools/train/export.py writes it"
#endif

// The assembler looks where the compiler looks for headers, and so finds it under src/.
asm(".section .rodata\n"
    ".balign 64\n"
    ".local inbetweenWeightsBegin\n"
    ".local inbetweenWeightsEnd\n"
    "inbetweenWeightsBegin:\n"
    ".incbin \"network/weights/ibnet2.safetensors\"\n"
    "inbetweenWeightsEnd:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
[[gnu::visibility("hidden")]] extern const std::byte inbetweenWeightsBegin[];
[[gnu::visibility("hidden")]] extern const std::byte inbetweenWeightsEnd[];
}

namespace inbetween {

std::span<const std::byte> embeddedWeights() {
    return {inbetweenWeightsBegin, inbetweenWeightsEnd};
}

} // namespace inbetween
