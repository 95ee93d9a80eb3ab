// What Network and Matcher have in common: which arithmetic they take, what they say of their weights, what they refuse.
#pragma once

#include "inbetween/error.h"
#include "inbetween/network.h"
#include "network/safetensors.h"
#include "network/tensor.h"

#include <fmt/format.h>
#include <initializer_list>
#include <span>
#include <string>

namespace inbetween {

// Throws Error(usage) where the processor has no such arithmetic.
ElementType elementType(Precision wanted);
Precision precisionOf(ElementType type);

// `bytes`: the whole file. Throws Error(model) where it is of another architecture.
ModelInfo modelInfo(const Safetensors& file, std::span<const std::byte> bytes, const std::string& architecture);

// Throws where the planes differ in size, which would be read beyond their ends.
template <class Canvas, class T> void checkSizes(const Canvas& canvas, std::initializer_list<const BasicPlane<T>*> planes) {
    if (canvas.width < 1 || canvas.height < 1)
        throw Error(ErrorKind::usage, "network: the canvas is empty");
    for (const BasicPlane<T>* plane : planes)
        if (plane->width != canvas.width || plane->height != canvas.height ||
            plane->values.size() != std::size_t(canvas.width) * canvas.height)
            throw Error(ErrorKind::usage, fmt::format("network: expected planes of {}x{}, found {}x{}", canvas.width,
                                                      canvas.height, plane->width, plane->height));
}
void checkSizes(const View& view);

} // namespace inbetween
