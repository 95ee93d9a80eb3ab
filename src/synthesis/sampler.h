// One sample of a plane between its pixels, or of four planes at once. A source has width, height and at(x,
// y).
#pragma once

#include "base/rows.h"
#include "inbetween/image.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace inbetween {

// Where a flow leads, kept on the plane: NaN goes to 0.
inline float onAxis(float position, int size) {
    return position > 0.0f ? std::min(position, float(size - 1)) : 0.0f;
}

struct Sample {
    float value = 0.0f;
    bool finite = true;
    bool clean = true; // no sample that contributed had to be left out
};

// Catmull-Rom weights of the four samples around fraction f in [0, 1).
inline std::array<float, 4> catmullRom(float f) {
    const float f2 = f * f, f3 = f2 * f;
    return {-0.5f * f3 + f2 - 0.5f * f, 1.5f * f3 - 2.5f * f2 + 1.0f, -1.5f * f3 + 2.0f * f2 + 0.5f * f,
            0.5f * f3 - 0.5f * f2};
}

// Bilinear over the finite ones of the four nearest samples; where none is finite, the nearest as it is.
template <class Source> Sample sampleDamaged(const Source& plane, int x0, int y0, float fx, float fy) {
    const int x1 = std::min(x0 + 1, plane.width - 1), y1 = std::min(y0 + 1, plane.height - 1);
    const float values[4] = {plane.at(x0, y0), plane.at(x1, y0), plane.at(x0, y1), plane.at(x1, y1)};
    const float weights[4] = {(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy};
    float sum = 0.0f, total = 0.0f;
    for (int i = 0; i < 4; ++i)
        if (std::isfinite(values[i]) && weights[i] > 0.0f) {
            sum += weights[i] * values[i];
            total += weights[i];
        }
    if (total > 0.0f)
        return {sum / total, true, false};
    return {values[(fx > 0.5f ? 1 : 0) + (fy > 0.5f ? 2 : 0)], false, false};
}

// Catmull-Rom, clamped to the range of the four nearest samples: sharp, and never out of their range. On a
// pixel (fraction 0) it is that pixel, bit for bit.
template <class Source> Sample sampleAt(const Source& plane, float x, float y) {
    x = onAxis(x, plane.width);
    y = onAxis(y, plane.height);
    const int x0 = int(x), y0 = int(y);
    const float fx = x - float(x0), fy = y - float(y0);
    if (fx == 0.0f && fy == 0.0f) {
        const float v = plane.at(x0, y0);
        const bool finite = std::isfinite(v);
        return {v, finite, finite};
    }
    const std::array<float, 4> wx = catmullRom(fx), wy = catmullRom(fy);
    int columns[4];
    for (int i = 0; i < 4; ++i)
        columns[i] = std::clamp(x0 - 1 + i, 0, plane.width - 1);
    float sum = 0.0f, low = 0.0f, high = 0.0f;
    for (int j = 0; j < 4; ++j) {
        const int row = std::clamp(y0 - 1 + j, 0, plane.height - 1);
        const float a = plane.at(columns[1], row), b = plane.at(columns[2], row);
        sum += wy[j] * (wx[0] * plane.at(columns[0], row) + wx[1] * a + wx[2] * b +
                        wx[3] * plane.at(columns[3], row));
        if (j == 1) {
            low = std::min(a, b);
            high = std::max(a, b);
        } else if (j == 2) {
            low = std::min({low, a, b});
            high = std::max({high, a, b});
        }
    }
    if (!std::isfinite(sum))
        return sampleDamaged(plane, x0, y0, fx, fy);
    return {std::clamp(sum, low, high), true, true};
}

// Four planes that are sampled at the same places: what is computed of a place is computed once, and a pixel
// is a vector.
using Four = float __attribute__((vector_size(16)));
using Lanes = std::int32_t __attribute__((vector_size(16))); // -1 or 0 each, as comparisons of Four give

inline Four least(Four a, Four b) { // as std::min, down to the sign of zero
    return b < a ? b : a;
}
inline Four most(Four a, Four b) {
    return a < b ? b : a;
}
inline Four clamped(Four value, Four low, Four high) {
    return value < low ? low : high < value ? high : value;
}
inline bool allFinite(Four value) {
    const Four zero = value - value;
    return zero[0] + zero[1] + zero[2] + zero[3] == 0.0f;
}

class FourPlanes {
public:
    struct Pixel {
        Four value;
    };

    FourPlanes(int w, int h) : width(w), height(h) {}

    const int width, height;

    // Only these rows are there from now on. Those that were there before stay as they are; returns the
    // others, at either end, which are yet to be filled.
    std::array<Rows, 2> hold(Rows rows) {
        Rows kept{std::max(rows.first, rows_.first), std::min(rows.end, rows_.end)};
        if (kept.count() <= 0)
            kept = {rows.first, rows.first};
        const std::size_t size = std::size_t(width) * rows.count(),
                          keptBytes = std::size_t(width) * kept.count() * sizeof(Pixel);
        LargeVector<Pixel> larger(size > values_.size() ? size : 0);
        LargeVector<Pixel>& target = larger.empty() ? values_ : larger;
        if (keptBytes > 0)
            std::memmove(&target[offset(kept.first, rows)], &values_[offset(kept.first, rows_)], keptBytes);
        if (!larger.empty())
            values_ = std::move(larger);
        rows_ = rows;
        return {Rows{rows.first, kept.first}, Rows{kept.end, rows.end}};
    }
    void forget() { rows_ = {}; }

    Four at(int x, int y) const { return values_[index(x, y)].value; }
    Four& at(int x, int y) { return values_[index(x, y)].value; }

    // One of them, as a source.
    struct Lane {
        const FourPlanes& planes;
        int lane, width, height;
        float at(int x, int y) const { return planes.at(x, y)[lane]; }
    };
    Lane lane(int i) const { return {*this, i, width, height}; }

private:
    std::size_t offset(int y, Rows from) const { return std::size_t(y - from.first) * width; }
    std::size_t index(int x, int y) const { return offset(y, rows_) + x; }
    Rows rows_;
    LargeVector<Pixel> values_; // may be more than the rows
};

// As sampleAt of each, to the bit. False where one of them is not finite there.
inline bool sampleFour(const FourPlanes& planes, float x, float y, Four& value) {
    x = onAxis(x, planes.width);
    y = onAxis(y, planes.height);
    const int x0 = int(x), y0 = int(y);
    const float fx = x - float(x0), fy = y - float(y0);
    if (fx == 0.0f && fy == 0.0f) {
        value = planes.at(x0, y0);
        return allFinite(value);
    }
    const std::array<float, 4> wx = catmullRom(fx), wy = catmullRom(fy);
    int columns[4];
    for (int i = 0; i < 4; ++i)
        columns[i] = std::clamp(x0 - 1 + i, 0, planes.width - 1);
    Four sum{}, low{}, high{};
    for (int j = 0; j < 4; ++j) {
        const int row = std::clamp(y0 - 1 + j, 0, planes.height - 1);
        const Four a = planes.at(columns[1], row), b = planes.at(columns[2], row);
        sum += wy[j] * (wx[0] * planes.at(columns[0], row) + wx[1] * a + wx[2] * b +
                        wx[3] * planes.at(columns[3], row));
        if (j == 1) {
            low = least(a, b);
            high = most(a, b);
        } else if (j == 2) {
            low = least(least(low, a), b);
            high = most(most(high, a), b);
        }
    }
    value = clamped(sum, low, high);
    return allFinite(sum);
}

// The four samples around a place, with those around them, at the edges repeated.
struct Stencil {
    int columns[4], rows[4];
    float fx, fy; // [0, 1), from the second column and row
    Stencil(int width, int height, float x, float y) {
        x = onAxis(x, width);
        y = onAxis(y, height);
        const int x0 = int(x), y0 = int(y);
        fx = x - float(x0);
        fy = y - float(y0);
        for (int i = 0; i < 4; ++i) {
            columns[i] = std::clamp(x0 - 1 + i, 0, width - 1);
            rows[i] = std::clamp(y0 - 1 + i, 0, height - 1);
        }
    }
    bool onPixel() const { return fx == 0.0f && fy == 0.0f; }
};

// Between bilinear and Catmull-Rom: `sharpness` of 255 is Catmull-Rom as it is, 0 is bilinear. Linear in the
// samples, so what adds up in them adds up. False where one of the planes is not finite there.
inline bool sampleSharpened(const FourPlanes& planes, float x, float y, std::uint8_t sharpness, Four& value) {
    const Stencil at(planes.width, planes.height, x, y);
    if (at.onPixel()) {
        value = planes.at(at.columns[1], at.rows[1]);
        return allFinite(value);
    }
    const float share = float(sharpness) / 255;
    const std::array<float, 4> wx = catmullRom(at.fx), wy = catmullRom(at.fy);
    const float bx[4] = {0, 1 - at.fx, at.fx, 0}, by[4] = {0, 1 - at.fy, at.fy, 0};
    value = Four{};
    for (int j = 0; j < 4; ++j)
        for (int i = 0; i < 4; ++i)
            value += (share * wx[i] * wy[j] + (1 - share) * bx[i] * by[j]) *
                     planes.at(at.columns[i], at.rows[j]);
    return allFinite(value);
}

// The most sharpness with which all of `lanes` stay in the range of their four nearest samples.
inline std::uint8_t mostSharpness(const FourPlanes& planes, float x, float y, Lanes lanes) {
    const Stencil at(planes.width, planes.height, x, y);
    if (at.onPixel())
        return 255;
    const std::array<float, 4> wx = catmullRom(at.fx), wy = catmullRom(at.fy);
    Four sharp{};
    for (int j = 0; j < 4; ++j)
        for (int i = 0; i < 4; ++i)
            sharp += wx[i] * wy[j] * planes.at(at.columns[i], at.rows[j]);
    const Four a = planes.at(at.columns[1], at.rows[1]), b = planes.at(at.columns[2], at.rows[1]),
               c = planes.at(at.columns[1], at.rows[2]), d = planes.at(at.columns[2], at.rows[2]);
    const Four smooth = (1 - at.fy) * ((1 - at.fx) * a + at.fx * b) + at.fy * ((1 - at.fx) * c + at.fx * d);
    const Four low = least(least(a, b), least(c, d)), high = most(most(a, b), most(c, d));
    float share = 1.0f;
    for (int i = 0; i < 4; ++i)
        if (lanes[i] && sharp[i] > high[i])
            share = std::min(share, (high[i] - smooth[i]) / (sharp[i] - smooth[i]));
        else if (lanes[i] && sharp[i] < low[i])
            share = std::min(share, (smooth[i] - low[i]) / (smooth[i] - sharp[i]));
    return static_cast<std::uint8_t>(255 * std::clamp(share, 0.0f, 1.0f));
}

} // namespace inbetween
