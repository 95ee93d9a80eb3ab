// Where a channel's samples lie in memory.
#pragma once

#include "inbetween/image.h"

#include <cstddef>

namespace inbetween {

inline int sampledLength(int pixels, int sampling) {
    return (pixels + sampling - 1) / sampling;
}

inline std::size_t sampleCount(const Box& dataWindow, int xSampling, int ySampling) {
    return std::size_t(sampledLength(width(dataWindow), xSampling)) *
           std::size_t(sampledLength(height(dataWindow), ySampling));
}

inline std::size_t byteCount(const Box& dataWindow, const Channel& channel) {
    return sampleCount(dataWindow, channel.xSampling, channel.ySampling) * bytesPerSample(channel.type);
}

} // namespace inbetween
