// A channel's samples as OpenEXR reads and writes them.
#pragma once

#include "image/sample_layout.h"

#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfPixelType.h>

namespace inbetween {

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
