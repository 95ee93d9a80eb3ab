#include "network/canvas.h"

#include "base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

namespace inbetween {
namespace {

constexpr int alignment = 32;
constexpr float longestFlowPx = 32768.0f;
constexpr float priorShareLogit = -3.0f;

int padded(int extent) {
    return (extent + alignment - 1) / alignment * alignment;
}

// NaN becomes 0.
float limited(float value, float low, float high) {
    return std::isnan(value) ? 0.0f : std::clamp(value, low, high);
}

// Means of 2x2 vectors of floats, of two rows.
template <class Values> void halve(const Values* above, const Values* below, int width, Values* out) {
    using Floats = std::array<float, sizeof(Values) / sizeof(float)>;
    for (int x = 0; x < width; ++x) {
        Floats blocks[4], mean;
        std::memcpy(blocks, above + 2 * x, 2 * sizeof(Values));
        std::memcpy(blocks + 2, below + 2 * x, 2 * sizeof(Values));
        for (std::size_t i = 0; i < mean.size(); ++i)
            mean[i] = 0.25f * (blocks[0][i] + blocks[1][i] + blocks[2][i] + blocks[3][i]);
        std::memcpy(out + x, &mean, sizeof mean);
    }
}

template <class T> void convert(const float* from, int count, T* to, const float* scales) {
    for (int i = 0; i < count; ++i)
        if constexpr (std::is_same_v<T, Int8>)
            to[i] = T(from[i] * scales[i]);
        else
            to[i] = T(from[i]);
}

} // namespace

float timeLogit(float time) {
    return std::log((1.0f - time) / time);
}

float priorLogit(float confidence0, float confidence1, float depthOrder, float timeLogit) {
    const float preference = confidence0 == confidence1
                                 ? 0.0f
                                 : std::log((confidence0 + 0.02f) / (confidence1 + 0.02f));
    return timeLogit + preference + 4.0f * depthOrder;
}

float sigmoid(float logit) {
    return 1.0f / (1.0f + std::exp(-logit));
}

void Canvas::load(const View& view, const MotionPrior& prior, float time, bool inStrips) {
    view_ = &view;
    inStrips_ = inStrips;
    guideRows_ = 0;
    uncorrected_ = !inStrips;
    prior_ = &prior;
    sourceWidth_ = view.key0.r.width;
    sourceHeight_ = view.key0.r.height;
    const auto reserve = [&](CanvasLevel& level, AlignedBuffer(&keys)[2], AlignedBuffer& guides, int scale) {
        level = {.scale = scale,
                 .width = padded(sourceWidth_) / scale,
                 .height = padded(sourceHeight_) / scale,
                 .time = time};
        if (inStrips && scale == 1)
            return;
        const std::size_t pixels = std::size_t(level.width) * level.height;
        for (int k = 0; k < 2; ++k)
            level.keys[k] = reinterpret_cast<Texel*>(keys[k].reserve(pixels * sizeof(Texel)));
        level.guides = reinterpret_cast<Guide*>(guides.reserve(pixels * sizeof(Guide)));
    };
    reserve(full_, keys_[0], guides_[0], 1);
    reserve(half_, keys_[1], guides_[1], 2);
    parallelRows(half_.height, [&](int y) {
        static thread_local std::vector<Texel> twoRows;
        for (int k = 0; k < 2; ++k) {
            if (inStrips)
                twoRows.resize(2 * std::size_t(full_.width));
            Texel* above = inStrips ? twoRows.data() : full_.keys[k] + std::size_t(2 * y) * full_.width;
            loadKey(k, 2 * y, above);
            loadKey(k, 2 * y + 1, above + full_.width);
            halve(above, above + full_.width, half_.width, half_.keys[k] + std::size_t(y) * half_.width);
        }
        static thread_local std::vector<Guide> twoGuideRows;
        if (inStrips)
            twoGuideRows.resize(2 * std::size_t(full_.width));
        Guide* above = inStrips ? twoGuideRows.data() : full_.guideRow(2 * y);
        loadGuides(2 * y, above);
        loadGuides(2 * y + 1, above + full_.width);
        halve(above, above + full_.width, half_.width, half_.guideRow(y));
    });
}

void Canvas::loadStrip(int firstRow, int rows, const Tensor& correction, int firstCorrectionRow,
                       float stepPx) {
    half_.guides = nullptr;
    if (std::exchange(uncorrected_, false) && rows == full_.height) {
        guideRows_ = rows;
        parallelRows(rows, [&](int y) { refine(y, correction, firstCorrectionRow, stepPx); });
        return;
    }
    const int knownRows = firstRow < full_.firstGuideRow
                              ? 0
                              : std::clamp(full_.firstGuideRow + guideRows_ - firstRow, 0, rows);
    LargeVector<Guide> known(std::size_t(full_.width) * knownRows);
    if (knownRows > 0)
        std::copy_n(full_.guideRow(firstRow), known.size(), known.begin());
    full_.guides = reinterpret_cast<Guide*>(
        guides_[0].reserve(std::size_t(full_.width) * rows * sizeof(Guide)));
    full_.firstGuideRow = firstRow;
    guideRows_ = rows;
    std::ranges::copy(known, full_.guides);
    parallelRows(rows - knownRows, [&](int row) {
        const int y = firstRow + knownRows + row;
        loadGuides(y, full_.guideRow(y));
        refine(y, correction, firstCorrectionRow, stepPx);
    });
    if (inStrips_)
        loadKeysThatGuidesPointTo(firstRow, rows);
}

void Canvas::dropHalf() {
    half_.guides = nullptr;
    guides_[1] = {};
    for (int k = 0; k < 2; ++k) {
        half_.keys[k] = nullptr;
        keys_[1][k] = {};
    }
}

void Canvas::loadKeysThatGuidesPointTo(int firstRow, int rows) {
    struct Range {
        float low = INFINITY, high = -INFINITY;
    };
    std::vector<std::array<Range, 2>> ranges(rows); // of y, in each keyframe
    parallelRows(rows, [&](int row) {
        const Guide* guides = full_.guideRow(firstRow + row);
        for (int x = 0; x < full_.width; ++x)
            for (int g = 0; g < 2; ++g)
                for (int k = 0; k < 2; ++k) {
                    float y = float(firstRow + row) + guides[x].flow[g][2 * k + 1];
                    y = y > 0.0f ? y : 0.0f; // NaN, too, as when it is sampled
                    Range& range = ranges[row][k];
                    range.low = std::min(range.low, y);
                    range.high = std::max(range.high, y);
                }
    });
    for (int k = 0; k < 2; ++k) {
        Range range;
        for (const auto& of : ranges) {
            range.low = std::min(range.low, of[k].low);
            range.high = std::max(range.high, of[k].high);
        }
        // A sample reads two rows, the last two at the end.
        const int first = std::min(int(std::clamp(range.low, 0.0f, float(full_.height - 1))),
                                   full_.height - 2);
        const int last = std::min(int(std::clamp(range.high, 0.0f, float(full_.height - 1))) + 1,
                                  full_.height - 1);
        const int count = last - first + 1;
        full_.firstKeyRow[k] = first;
        full_.keys[k] = reinterpret_cast<Texel*>(
            keys_[0][k].reserve(std::size_t(full_.width) * count * sizeof(Texel)));
        parallelRows(count, [&](int row) {
            loadKey(k, first + row, full_.keys[k] + std::size_t(row) * full_.width);
        });
    }
}

void Canvas::loadKey(int k, int y, Texel* row) const {
    const int sourceY = std::min(y, sourceHeight_ - 1), width = full_.width;
    const ViewPlanes& key = k == 0 ? view_->key0 : view_->key1;
    const ViewSample *r = key.r.row(sourceY), *g = key.g.row(sourceY), *b = key.b.row(sourceY);
    for (int x = 0; x < sourceWidth_; ++x)
        row[x] = Texel{r[x], g[x], b[x], 0.0f};
    std::fill(row + sourceWidth_, row + width, row[sourceWidth_ - 1]);
}

void Canvas::loadGuides(int y, Guide* row) const {
    const int sourceY = std::min(y, sourceHeight_ - 1), width = full_.width;
    const MotionPrior& prior = *prior_;
    const float nearness = timeLogit(full_.time), noMotion = priorLogit(1.0f, 1.0f, 0.0f, nearness);
    const auto flowAt = [&](const Plane& plane, int x) {
        return limited(plane.at(x, sourceY), -longestFlowPx, longestFlowPx);
    };
    for (int x = 0; x < sourceWidth_; ++x) {
        Guide& guide = row[x];
        guide.depthOrder = prior.depthOrder.empty() ? 0.0f
                                                    : limited(prior.depthOrder.at(x, sourceY), -1.0f, 1.0f);
        guide.shareLogit = priorShareLogit;
        const auto take = [&](const MotionGuess& guess, int g, float depthOrder) {
            guide.flow[g][0] = flowAt(guess.flow0X, x);
            guide.flow[g][1] = flowAt(guess.flow0Y, x);
            guide.flow[g][2] = flowAt(guess.flow1X, x);
            guide.flow[g][3] = flowAt(guess.flow1Y, x);
            const float c0 = guide.confidence[g][0] = limited(guess.confidence0.at(x, sourceY), 0.0f, 1.0f);
            const float c1 = guide.confidence[g][1] = limited(guess.confidence1.at(x, sourceY), 0.0f, 1.0f);
            guide.logit[g] = priorLogit(c0, c1, depthOrder, nearness);
        };
        take(prior, 0, guide.depthOrder);
        if (!prior.other.empty()) {
            take(prior.other, 1, 0.0f);
        } else {
            std::ranges::fill(guide.flow[1], 0.0f);
            std::ranges::fill(guide.confidence[1], 1.0f);
            guide.logit[1] = noMotion;
        }
    }
    std::fill(row + sourceWidth_, row + width, row[sourceWidth_ - 1]);
}

// A pixel's centre lies a quarter of a coarse pixel from the nearer coarse centre: 3/4 of it, 1/4 of the
// next.
void Canvas::refine(int y, const Tensor& correction, int firstCorrectionRow, float stepPx) {
    constexpr int channels = correctionChannels;
    const int halfHeight = half_.height, halfWidth = half_.width;
    const auto otherNeighbour = [](int at, int extent) {
        return std::clamp(at % 2 == 0 ? at / 2 - 1 : at / 2 + 1, 0, extent - 1);
    };
    static thread_local std::vector<float> between;
    between.resize(std::size_t(halfWidth) * channels);
    const auto* nearer = static_cast<const float*>(correction.row(y / 2 - firstCorrectionRow));
    const auto* other = static_cast<const float*>(
        correction.row(otherNeighbour(y, halfHeight) - firstCorrectionRow));
    for (std::size_t i = 0; i < between.size(); ++i)
        between[i] = 0.75f * nearer[i] + 0.25f * other[i];
    Guide* row = full_.guideRow(y);
    for (int x = 0; x < full_.width; ++x) {
        const float* a = &between[std::size_t(x / 2) * channels];
        const float* b = &between[std::size_t(otherNeighbour(x, halfWidth)) * channels];
        const auto at = [&](int c) { return 0.75f * a[c] + 0.25f * b[c]; };
        for (int g = 0; g < 2; ++g) {
            for (int c = 0; c < 4; ++c)
                row[x].flow[g][c] += stepPx * at(5 * g + c);
            row[x].logit[g] += at(5 * g + 4);
        }
        row[x].shareLogit += at(10);
    }
}

// Flattened: the calls a pixel would cost as much as the work.
template <class T>
[[gnu::flatten]] void describedRows(const CanvasLevel& level, int firstRow, int rows, T* target, int channels,
                                    [[maybe_unused]] const float* scales) {
    for (int y = firstRow; y < firstRow + rows; ++y)
        for (int x = 0; x < level.width / 2; ++x, target += channels)
            for (int position = 0; position < 4; ++position) {
                float described[describedChannels];
                level.describe(2 * x + position % 2, 2 * y + position / 2, described);
                convert(described, describedChannels, target + describedChannels * position, scales);
            }
}

template <class T>
void viewRows(const CanvasLevel& level, int which, int firstRow, int rows, T* target,
              [[maybe_unused]] const float* scales) {
    constexpr int channels = sizeof(Texel) / sizeof(float);
    for (int y = firstRow; y < firstRow + rows; ++y)
        for (int x = 0; x < level.width / 2; ++x)
            for (int position = 0; position < 4; ++position, target += channels) {
                const Texel& texel =
                    level.keys[which][std::size_t(2 * y + position / 2) * level.width + 2 * x + position % 2];
                const float values[channels] = {texel[0], texel[1], texel[2], 0.0f};
                convert(values, channels, target, scales);
            }
}

template void describedRows(const CanvasLevel&, int, int, float*, int, const float*);
template void describedRows(const CanvasLevel&, int, int, Bfloat16*, int, const float*);
template void describedRows(const CanvasLevel&, int, int, Int8*, int, const float*);
template void viewRows(const CanvasLevel&, int, int, int, float*, const float*);
template void viewRows(const CanvasLevel&, int, int, int, Bfloat16*, const float*);
template void viewRows(const CanvasLevel&, int, int, int, Int8*, const float*);

} // namespace inbetween
