#include "synthesis/identifiers.h"

#include "base/parallel.h"
#include "synthesis/sample_bytes.h"
#include "synthesis/sampler.h"
#include "synthesis/taps.h"

#include <algorithm>
#include <cstring>

namespace inbetween {
namespace {

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

} // namespace

void pickIdentifiers(const Part& part0, const Channel& channel0, const Part& part1, const Channel& channel1,
                     const Box& canvas, const Field& field, const Part& targetPart, Channel& target) {
    const int columns = (width(targetPart.dataWindow) + target.xSampling - 1) / target.xSampling;
    const std::size_t bytes = bytesPerSample(target.type);
    forSamples(targetPart, target, [&](int column, int row, int x, int y) {
        const int cx = x - canvas.min.x, cy = y - canvas.min.y;
        const Tap tap = heaviest(tapsAt(field, cx, cy));
        const int sx = canvas.min.x + int(onAxis(tap.x, width(canvas)) + 0.5f);
        const int sy = canvas.min.y + int(onAxis(tap.y, height(canvas)) + 0.5f);
        const std::byte* from = sampleBytes(tap.first ? part0 : part1, tap.first ? channel0 : channel1, sx,
                                            sy);
        std::byte* to = target.samples.data() + (std::size_t(row) * columns + column) * bytes;
        if (from)
            std::memcpy(to, from, bytes);
        else
            std::memset(to, 0, bytes);
    });
}

} // namespace inbetween
