// Single samples of a channel, by the pixel.
#pragma once

#include "inbetween/image.h"

#include <Imath/half.h>
#include <algorithm>
#include <cstddef>
#include <cstring>

namespace inbetween {

// The sample of a channel at a canvas pixel, as bytes; null outside the data window.
inline const std::byte* sampleBytes(const Part& part, const Channel& channel, int x, int y) {
    const Box& window = part.dataWindow;
    if (!window.intersects(Imath::V2i(x, y)))
        return nullptr;
    // Samples of a subsampled channel lie at coordinates that its sampling divides.
    const auto index = [](int from, int to, int sampling) {
        return to / sampling - (from + sampling - 1) / sampling;
    };
    const int sx = std::max(0, index(window.min.x, x, channel.xSampling));
    const int sy = std::max(0, index(window.min.y, y, channel.ySampling));
    const int columns = (width(window) + channel.xSampling - 1) / channel.xSampling;
    const std::size_t offset = (std::size_t(sy) * columns + std::min(sx, columns - 1)) *
                               bytesPerSample(channel.type);
    return offset < channel.samples.size() ? channel.samples.data() + offset : nullptr;
}

// Of a half or float channel; 0 outside the data window.
inline float sampleOf(const Part& part, const Channel& channel, int x, int y) {
    const std::byte* bytes = sampleBytes(part, channel, x, y);
    if (!bytes)
        return 0.0f;
    if (channel.type == SampleType::half) {
        Imath::half value;
        std::memcpy(&value, bytes, sizeof value);
        return value;
    }
    float value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

} // namespace inbetween
