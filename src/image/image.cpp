#include "inbetween/image.h"

#include "base/parallel.h"
#include "image/sample_layout.h"

#include <Imath/half.h>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

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

// The samples that a pixel lies between on one axis.
struct Between {
    std::size_t first, second;
    float share; // of the second
};

// OpenEXR has the samples of a subsampled channel at the pixels whose coordinate the sampling divides, the
// window's first one among them. An identifier has no value in between.
Between between(int pixelsFromFirst, int sampling, std::size_t samples, bool nearest) {
    const std::size_t first = std::size_t(pixelsFromFirst / sampling);
    const float share = nearest ? 0.0f : float(pixelsFromFirst % sampling) / float(sampling);
    return {first, std::min(first + 1, samples - 1), share};
}

// Exact at the samples; a value that is not finite spreads no further than half way.
float mix(float a, float b, float share) {
    const float mixed = a + share * (b - a);
    return share == 0 ? a : std::isfinite(mixed) ? mixed : share < 0.5f ? a : b;
}

template <class Sample>
void copySamples(const Part& part, const Channel& channel, const Box& canvas, Plane& plane) {
    const Box& window = part.dataWindow;
    const int x0 = std::max(canvas.min.x, window.min.x), x1 = std::min(canvas.max.x, window.max.x);
    const int y0 = std::max(canvas.min.y, window.min.y), y1 = std::min(canvas.max.y, window.max.y);
    if (x1 < x0 || y1 < y0)
        return;
    constexpr bool isId = std::is_same_v<Sample, std::uint32_t>;
    const std::size_t columns = std::size_t(sampledLength(width(window), channel.xSampling));
    const std::size_t rows = std::size_t(sampledLength(height(window), channel.ySampling));
    const auto at = [&](std::size_t row, std::size_t column) {
        Sample sample;
        std::memcpy(&sample, channel.samples.data() + (row * columns + column) * sizeof sample,
                    sizeof sample);
        return toFloat(sample);
    };
    parallelRows(y1 - y0 + 1, [&](int row) {
        const int y = y0 + row;
        const Between v = between(y - window.min.y, channel.ySampling, rows, isId);
        float* out = plane.row(y - canvas.min.y) - canvas.min.x;
        if (channel.xSampling == 1 && channel.ySampling == 1) {
            for (int x = x0; x <= x1; ++x)
                out[x] = at(v.first, std::size_t(x - window.min.x));
            return;
        }
        for (int x = x0; x <= x1; ++x) {
            const Between h = between(x - window.min.x, channel.xSampling, columns, isId);
            const auto onRow = [&](std::size_t r) { return mix(at(r, h.first), at(r, h.second), h.share); };
            out[x] = v.share == 0 ? onRow(v.first) : mix(onRow(v.first), onRow(v.second), v.share);
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
