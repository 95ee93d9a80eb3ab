#include "inbetween/synthesis.h"

#include "base/parallel.h"
#include "inbetween/exr.h"
#include "synthesis/sampler.h"

#include <Imath/half.h>
#include <atomic>
#include <cstring>
#include <vector>

namespace inbetween {
namespace {

// The weighted mean of what is finite. `bad` counts when something had to be left out.
float blend(const Sample& s0, const Sample& s1, float weight0, std::size_t& bad) {
    const float weight1 = 1.0f - weight0;
    if (s0.finite && s1.finite) {
        bad += !(s0.clean && s1.clean);
        // Equal samples stay as they are, and rounding never leaves their range.
        const float mean = weight0 * s0.value + weight1 * s1.value;
        return std::clamp(mean, std::min(s0.value, s1.value), std::max(s0.value, s1.value));
    }
    ++bad;
    if (s0.finite)
        return s0.value;
    if (s1.finite)
        return s1.value;
    const float heavier = weight0 >= weight1 ? s0.value : s1.value;
    return std::isnan(heavier) ? 0.0f : heavier;
}


// The sample of a channel at a canvas pixel, as bytes; null outside the data window.
const std::byte* sampleBytes(const Part& part, const Channel& channel, int x, int y) {
    const Box& window = part.dataWindow;
    if (!window.intersects(Imath::V2i(x, y)))
        return nullptr;
    // Samples of a subsampled channel lie at coordinates that its sampling divides.
    const auto index = [](int from, int to, int sampling) { return to / sampling - (from + sampling - 1) / sampling; };
    const int sx = std::max(0, index(window.min.x, x, channel.xSampling));
    const int sy = std::max(0, index(window.min.y, y, channel.ySampling));
    const int columns = (width(window) + channel.xSampling - 1) / channel.xSampling;
    const std::size_t offset = (std::size_t(sy) * columns + std::min(sx, columns - 1)) * bytesPerSample(channel.type);
    return offset < channel.samples.size() ? channel.samples.data() + offset : nullptr;
}

void store(float value, SampleType type, std::byte* out) {
    if (type == SampleType::half) {
        // Finite stays finite: a float keyframe blended into a half channel must not turn into infinity.
        const float limited = std::isfinite(value) ? std::clamp(value, -65504.0f, 65504.0f) : value;
        const Imath::half h(limited);
        std::memcpy(out, &h, sizeof h);
    } else {
        std::memcpy(out, &value, sizeof value);
    }
}

// Calls visit(column, row, canvas x, canvas y) for the samples of one row of `channel` in `part`.
template <class Visit> void forSamples(const Part& part, const Channel& channel, const Visit& visit) {
    const Box& window = part.dataWindow;
    const int columns = (width(window) + channel.xSampling - 1) / channel.xSampling;
    const int rows = (height(window) + channel.ySampling - 1) / channel.ySampling;
    parallelRows(rows, [&](int row) {
        const int y = std::min(window.min.y + row * channel.ySampling, window.max.y);
        for (int column = 0; column < columns; ++column)
            visit(column, row, std::min(window.min.x + column * channel.xSampling, window.max.x), y);
    });
}

// The nearest sample of the heavier keyframe; never a mean, which would be an identifier of nothing.
void pick(const Part& part0, const Channel& channel0, const Part& part1, const Channel& channel1, const Box& canvas,
          const Field& field, const Part& targetPart, Channel& target) {
    const int columns = (width(targetPart.dataWindow) + target.xSampling - 1) / target.xSampling;
    const std::size_t bytes = bytesPerSample(target.type);
    forSamples(targetPart, target, [&](int column, int row, int x, int y) {
        const int cx = x - canvas.min.x, cy = y - canvas.min.y;
        const bool first = field.weight0.at(cx, cy) >= 0.5f;
        const float fx = first ? field.flow0X.at(cx, cy) : field.flow1X.at(cx, cy);
        const float fy = first ? field.flow0Y.at(cx, cy) : field.flow1Y.at(cx, cy);
        const int sx = canvas.min.x + int(onAxis(float(cx) + fx, width(canvas)) + 0.5f);
        const int sy = canvas.min.y + int(onAxis(float(cy) + fy, height(canvas)) + 0.5f);
        const std::byte* from = first ? sampleBytes(part0, channel0, sx, sy) : sampleBytes(part1, channel1, sx, sy);
        std::byte* to = target.samples.data() + (std::size_t(row) * columns + column) * bytes;
        if (from)
            std::memcpy(to, from, bytes);
        else
            std::memset(to, 0, bytes);
    });
}

} // namespace

Plane synthesisePlane(const Plane& source0, const Plane& source1, const Field& field, SynthesisStats* stats) {
    Plane out(source0.width, source0.height);
    std::atomic<std::size_t> bad = 0;
    parallelRows(out.height, [&](int y) {
        std::size_t badHere = 0;
        for (int x = 0; x < out.width; ++x) {
            const float weight0 = field.weight0.at(x, y);
            const Sample s0 = sampleAt(source0, float(x) + field.flow0X.at(x, y), float(y) + field.flow0Y.at(x, y));
            const Sample s1 = sampleAt(source1, float(x) + field.flow1X.at(x, y), float(y) + field.flow1Y.at(x, y));
            out.at(x, y) = blend(s0, s1, weight0, badHere);
        }
        bad += badHere;
    });
    if (stats)
        stats->badSamples += bad;
    return out;
}

void synthesise(const Image& key0, const Image& key1, const ChannelRoles& roles, const Box& canvas, const Field& field,
                Image& target, SynthesisStats* stats) {
    const auto isIdentifier = [&](int part, int channel) {
        return std::any_of(roles.identifiers.begin(), roles.identifiers.end(),
                           [&](const ChannelRef& ref) { return ref.part == part && ref.channel == channel; });
    };
    for (int p = 0; p < int(target.parts.size()); ++p) {
        Part& part = target.parts[p];
        for (int c = 0; c < int(part.channels.size()); ++c) {
            Channel& channel = part.channels[c];
            const Part& part0 = key0.parts[p];
            const Part& part1 = key1.parts[p];
            const Channel& channel0 = part0.channels[c];
            const Channel& channel1 = part1.channels[c];
            if (channel.type == SampleType::uint32 || isIdentifier(p, c)) {
                pick(part0, channel0, part1, channel1, canvas, field, part, channel);
                continue;
            }
            const Plane plane = synthesisePlane(planeOnCanvas(part0, channel0, canvas),
                                                planeOnCanvas(part1, channel1, canvas), field, stats);
            const std::size_t bytes = bytesPerSample(channel.type);
            const int columns = (width(part.dataWindow) + channel.xSampling - 1) / channel.xSampling;
            forSamples(part, channel, [&](int column, int row, int x, int y) {
                store(plane.at(x - canvas.min.x, y - canvas.min.y), channel.type,
                      channel.samples.data() + (std::size_t(row) * columns + column) * bytes);
            });
        }
    }
}

} // namespace inbetween
