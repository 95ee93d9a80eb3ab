#include "network/common.h"

#include "base/hash.h"
#include "network/convolution.h"

namespace inbetween {
namespace {

std::string metadataOf(const Safetensors& file, const char* key) {
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end())
        throw Error(ErrorKind::model,
                    fmt::format("{}: not a usable model: its metadata has no \"{}\"", file.source(), key));
    return found->second;
}

} // namespace

ElementType elementType(Precision wanted) {
    if (wanted == Precision::bfloat16 && !hasBfloat16Arithmetic())
        throw Error(ErrorKind::usage,
                    fmt::format("precision bfloat16 needs a processor with AVX512_BF16 or AMX, this one runs {}; use "
                                "float32 or auto",
                                effectiveInstructionSet()));
    if (wanted == Precision::int8 && !hasInt8Arithmetic())
        throw Error(ErrorKind::usage, fmt::format("precision int8 needs a processor with VNNI, this one runs {}; use float32 or auto",
                                                  effectiveInstructionSet()));
    if (wanted == Precision::bfloat16 || (wanted == Precision::automatic && hasBfloat16Arithmetic()))
        return ElementType::bfloat16;
    if (wanted == Precision::int8 || (wanted == Precision::automatic && hasInt8Arithmetic()))
        return ElementType::int8;
    return ElementType::float32;
}

Precision precisionOf(ElementType type) {
    return type == ElementType::bfloat16 ? Precision::bfloat16
           : type == ElementType::int8   ? Precision::int8
                                         : Precision::float32;
}

ModelInfo modelInfo(const Safetensors& file, std::span<const std::byte> bytes, const std::string& architecture) {
    const ModelInfo info{.name = metadataOf(file, "architecture"),
                         .version = metadataOf(file, "version"),
                         .hash = hashOf({reinterpret_cast<const char*>(bytes.data()), bytes.size()}),
                         .source = file.source()};
    if (info.name != architecture)
        throw Error(ErrorKind::model, fmt::format("{}: not a usable model: expected the architecture \"{}\", found \"{}\"",
                                                  file.source(), architecture, info.name));
    return info;
}

void checkSizes(const View& view) {
    const ViewPlane& canvas = view.key0.r;
    checkSizes(canvas, {&canvas, &view.key0.g, &view.key0.b, &view.key1.r, &view.key1.g, &view.key1.b});
}

} // namespace inbetween
