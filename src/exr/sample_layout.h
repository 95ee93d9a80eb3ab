// Where a channel's samples lie in memory, and what OpenEXR calls their type.
#pragma once

#include "inbetween/image.h"

#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfPixelType.h>
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

inline Imf::PixelType toImf(SampleType type) {
    return type == SampleType::half ? Imf::HALF : type == SampleType::float32 ? Imf::FLOAT : Imf::UINT;
}

inline SampleType fromImf(Imf::PixelType type) {
    return type == Imf::HALF    ? SampleType::half
           : type == Imf::FLOAT ? SampleType::float32
                                : SampleType::uint32;
}

// OpenEXR reads into the slice, or writes from it and leaves it as it is.
inline Imf::Slice sliceOf(const Channel& channel, const Box& dataWindow) {
    const std::size_t size = bytesPerSample(channel.type);
    return Imf::Slice::Make(toImf(channel.type), channel.samples.data(), dataWindow, size,
                            size * std::size_t(sampledLength(width(dataWindow), channel.xSampling)),
                            channel.xSampling, channel.ySampling);
}

inline Imf::FrameBuffer frameBufferOf(const Part& part) {
    Imf::FrameBuffer buffer;
    for (const Channel& channel : part.channels)
        buffer.insert(channel.name, sliceOf(channel, part.dataWindow));
    return buffer;
}

} // namespace inbetween
