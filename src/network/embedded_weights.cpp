#include "network/embedded_weights.h"

#if !__has_include("network/weights/ibnet2.safetensors")
#error "src/network/weights/ibnet2.safetensors is missing: tools/train/export.py writes it"
#endif
#if !__has_include("network/weights/ibmatch.safetensors")
#error "src/network/weights/ibmatch.safetensors is missing: tools/train/export_match.py writes it"
#endif

// The assembler looks where the compiler looks for headers, and so finds them under src/.
#define INBETWEEN_EMBED(name, path)                                             \
    asm(".section .rodata\n"                                                    \
        ".balign 64\n"                                                          \
        ".local " name "Begin\n"                                                \
        ".local " name "End\n" name "Begin:\n"                                  \
        ".incbin \"" path "\"\n" name "End:\n"                                  \
        ".byte 0\n"                                                             \
        ".previous\n")

INBETWEEN_EMBED("inbetweenWeights", "network/weights/ibnet2.safetensors");
INBETWEEN_EMBED("inbetweenMatchWeights", "network/weights/ibmatch.safetensors");

extern "C" {
[[gnu::visibility("hidden")]] extern const std::byte inbetweenWeightsBegin[];
[[gnu::visibility("hidden")]] extern const std::byte inbetweenWeightsEnd[];
[[gnu::visibility("hidden")]] extern const std::byte inbetweenMatchWeightsBegin[];
[[gnu::visibility("hidden")]] extern const std::byte inbetweenMatchWeightsEnd[];
}

namespace inbetween {

std::span<const std::byte> embeddedWeights() {
    return {inbetweenWeightsBegin, inbetweenWeightsEnd};
}

std::span<const std::byte> embeddedMatchWeights() {
    return {inbetweenMatchWeightsBegin, inbetweenMatchWeightsEnd};
}

} // namespace inbetween
