// What the parts of a sum share, so that they add up: samples that are sharpened alike, and whether a pixel
// is the same in both keyframes.
#pragma once

#include "base/parallel.h"
#include "base/rows.h"
#include "synthesis/sampler.h"
#include "synthesis/taps.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace inbetween {

using TapSharpness = std::array<std::uint8_t, 4>; // of each tap, as sampleSharpened takes it

class CommonSharpness {
public:
    CommonSharpness(int width, int height, int fields)
        : width_(width), height_(height), fields_(std::size_t(fields)) {}

    // Only these rows and those beside them are there from now on; no part has been added.
    void start(Rows strip) {
        rows_ = {std::max(0, strip.first - 1), std::min(height_, strip.end + 1)};
        const std::size_t size = std::size_t(width_) * rows_.count();
        for (LargeVector<TapSharpness>& field : fields_)
            field.assign(size, {255, 255, 255, 255});
        same_.assign(size, 1);
    }

    // Up to four more parts: those with all bits set in `lanes`.
    void add(const Field& field, int which, const FourPlanes& source0, const FourPlanes& source1,
             Lanes lanes) {
        LargeVector<TapSharpness>& known = fields_[std::size_t(which)];
        parallelRows(rows_.count(), [&](int row) {
            const int y = rows_.first + row;
            for (int x = 0; x < width_; ++x) {
                const Taps taps = tapsAt(field, x, y);
                TapSharpness& sharpness = known[index(x, y)];
                for (std::size_t i = 0; i < std::size_t(taps.count); ++i) {
                    const Tap& tap = taps.taps[i];
                    if (tap.weight >= leastWeight && sharpness[i] > 0)
                        sharpness[i] = std::min(sharpness[i], mostSharpness(tap.first ? source0 : source1,
                                                                            tap.x, tap.y, lanes));
                }
                const Lanes differs = lanes & ~(source0.at(x, y) == source1.at(x, y));
                if (differs[0] || differs[1] || differs[2] || differs[3])
                    same_[index(x, y)] = 0;
            }
        });
    }

    const TapSharpness& at(int which, int x, int y) const { return fields_[std::size_t(which)][index(x, y)]; }
    bool isSame(int x, int y) const { return same_[index(x, y)] != 0; }

private:
    std::size_t index(int x, int y) const { return std::size_t(y - rows_.first) * width_ + x; }

    int width_, height_;
    Rows rows_;
    std::vector<LargeVector<TapSharpness>> fields_;
    LargeVector<std::uint8_t> same_;
};

} // namespace inbetween
