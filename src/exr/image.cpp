#include "inbetween/image.h"

#include "base/parallel.h"
#include "exr/sample_layout.h"

#include <Imath/half.h>
#include <algorithm>
#include <cstring>

namespace inbetween {
namespace {

float toFloat(half value) {
    return value;
}
float toFloat(float value) {
    return value;
}
float toFloat(std::uint32_t value) {
    return static_cast<float>(value);
}

template <class Sample>
void copySamples(const Part& part, const Channel& channel, const Box& canvas, Plane& plane) {
    const Box& window = part.dataWindow;
    const int x0 = std::max(canvas.min.x, window.min.x), x1 = std::min(canvas.max.x, window.max.x);
    const int y0 = std::max(canvas.min.y, window.min.y), y1 = std::min(canvas.max.y, window.max.y);
    if (x1 < x0 || y1 < y0)
        return;
    const std::size_t columns = std::size_t(sampledLength(width(window), channel.xSampling));
    parallelRows(y1 - y0 + 1, [&](int row) {
        const int y = y0 + row;
        const std::byte* in = channel.samples.data() +
                              std::size_t((y - window.min.y) / channel.ySampling) * columns * sizeof(Sample);
        float* out = plane.row(y - canvas.min.y) - canvas.min.x;
        for (int x = x0; x <= x1; ++x) {
            Sample sample;
            std::memcpy(&sample, in + std::size_t((x - window.min.x) / channel.xSampling) * sizeof(Sample),
                        sizeof(Sample));
            out[x] = toFloat(sample);
        }
    });
}

} // namespace

const Channel* Part::find(const std::string& channelName) const {
    const auto it = std::find_if(channels.begin(), channels.end(),
                                 [&](const Channel& c) { return c.name == channelName; });
    return it == channels.end() ? nullptr : &*it;
}

Plane planeOnCanvas(const Part& part, const Channel& channel, const Box& canvas, float outside) {
    Plane plane(width(canvas), height(canvas), outside);
    switch (channel.type) {
    case SampleType::half:
        copySamples<half>(part, channel, canvas, plane);
        break;
    case SampleType::float32:
        copySamples<float>(part, channel, canvas, plane);
        break;
    case SampleType::uint32:
        copySamples<std::uint32_t>(part, channel, canvas, plane);
        break;
    }
    return plane;
}

} // namespace inbetween
