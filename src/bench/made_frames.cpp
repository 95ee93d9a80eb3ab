#include "base/parallel.h"
#include "inbetween/bench.h"

#include <Imath/half.h>
#include <cmath>
#include <cstring>
#include <functional>

namespace inbetween {
namespace {

constexpr float pxPerFrame = 6.0f;

// Cheap noise of a pixel, the same in every run.
float noise(int x, int y, int seed) {
    std::uint32_t h = std::uint32_t(x) * 374761393u + std::uint32_t(y) * 668265263u +
                      std::uint32_t(seed) * 2246822519u;
    h = (h ^ (h >> 13)) * 1274126177u;
    return float((h ^ (h >> 16)) & 0xffff) / 65535.0f;
}

Channel halfChannel(const char* name, int w, int h, const std::function<float(int, int)>& value) {
    Channel channel;
    channel.name = name;
    channel.type = SampleType::half;
    channel.samples.resize(std::size_t(w) * h * 2);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const Imath::half sample(value(x, y));
            std::memcpy(channel.samples.data() + (std::size_t(y) * w + x) * 2, &sample, 2);
        }
    });
    return channel;
}

} // namespace

Image madeFrame(int w, int h, int frame) {
    const float shift = pxPerFrame * float(frame);
    const auto colour = [=](float phase) {
        return [=](int x, int y) {
            const float u = (float(x) - shift) * 0.07f, v = float(y) * 0.05f;
            return 0.4f + 0.2f * std::sin(u + phase) * std::cos(v) + 0.1f * std::sin(3.1f * u + v) +
                   0.02f * noise(x, y, frame);
        };
    };
    const auto constant = [](float value) { return [=](int, int) { return value; }; };
    Part part;
    part.dataWindow = Box({0, 0}, {w - 1, h - 1});
    // Channels in the order of a file: by name.
    part.channels = {halfChannel("A", w, h, constant(1.0f)),
                     halfChannel("B", w, h, colour(2.0f)),
                     halfChannel("G", w, h, colour(1.0f)),
                     halfChannel("R", w, h, colour(0.0f)),
                     halfChannel("depth.Z", w, h, [](int, int y) { return 5.0f + 0.01f * float(y); }),
                     halfChannel("normal.X", w, h,
                                 [](int x, int y) { return noise(x / 8, y / 8, 1) - 0.5f; }),
                     halfChannel("normal.Y", w, h,
                                 [](int x, int y) { return noise(x / 8, y / 8, 2) - 0.5f; }),
                     halfChannel("normal.Z", w, h, constant(0.7f)),
                     halfChannel("vector.W", w, h, constant(0.0f)),
                     halfChannel("vector.X", w, h, constant(-pxPerFrame)),
                     halfChannel("vector.Y", w, h, constant(0.0f)),
                     halfChannel("vector.Z", w, h, constant(-pxPerFrame))};
    Image image;
    image.displayWindow = part.dataWindow;
    image.parts.push_back(std::move(part));
    return image;
}

} // namespace inbetween
