#include "exr/depth.h"

#include <Imath/half.h>
#include <algorithm>
#include <cmath>
#include <cstring>

namespace inbetween {
namespace {

SampleType storedType(SampleType type, DepthPolicy depth) {
    if (type == SampleType::uint32 || depth == DepthPolicy::keep)
        return type;
    return depth == DepthPolicy::half ? SampleType::half : SampleType::float32;
}

void convert(float from, half& to) {
    constexpr float greatest = 65504.0f;
    to = std::isfinite(from) ? std::clamp(from, -greatest, greatest) : from;
}
void convert(half from, float& to) {
    to = from;
}

template <class From, class To> LargeVector<std::byte> convertSamples(const LargeVector<std::byte>& in) {
    LargeVector<std::byte> out(in.size() / sizeof(From) * sizeof(To));
    for (std::size_t i = 0; i < in.size() / sizeof(From); ++i) {
        From from;
        To to;
        std::memcpy(&from, in.data() + i * sizeof from, sizeof from);
        convert(from, to);
        std::memcpy(out.data() + i * sizeof to, &to, sizeof to);
    }
    return out;
}

} // namespace

bool needsConversion(const Image& image, DepthPolicy depth) {
    return std::any_of(image.parts.begin(), image.parts.end(), [&](const Part& part) {
        return std::any_of(part.channels.begin(), part.channels.end(),
                           [&](const Channel& c) { return storedType(c.type, depth) != c.type; });
    });
}

Image convertDepth(const Image& image, DepthPolicy depth) {
    Image out = image;
    for (Part& part : out.parts)
        for (Channel& channel : part.channels) {
            const SampleType type = storedType(channel.type, depth);
            if (type == channel.type)
                continue;
            channel.samples = type == SampleType::half ? convertSamples<float, half>(channel.samples)
                                                       : convertSamples<half, float>(channel.samples);
            channel.type = type;
        }
    return out;
}

} // namespace inbetween
