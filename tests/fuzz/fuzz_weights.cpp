// A weights file: its layout, and layers that are asked of it.
#include "memory_file.h"

#include "inbetween/error.h"
#include "network/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    try {
        const std::vector<std::byte> file = inbetween::readModelFile(memoryFile(bytes, count));
        const inbetween::Safetensors weights("weights", file);
        for (const auto& [name, tensor] : weights.tensors())
            try {
                weights.floats(name, tensor.shape);
            } catch (const inbetween::Error&) { // of another type
            }
    } catch (const inbetween::Error&) {
    }
    return 0;
}
