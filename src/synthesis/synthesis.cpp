#include "inbetween/synthesis.h"

#include "base/parallel.h"
#include "base/rows.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "synthesis/sampler.h"

#include <Imath/half.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <vector>

namespace inbetween {
namespace {

// One of the rendered samples that a pixel is made of: where it lies, in which keyframe, and what it weighs.
struct Tap {
    float x, y;
    bool first; // keyframe 0
    float weight;
};
struct Taps {
    std::array<Tap, 4> taps;
    int count;
};

Taps tapsAt(const Field& field, int x, int y) {
    Taps out;
    const float share = field.otherShare.empty() ? 0.0f : field.otherShare.at(x, y);
    const auto tap = [&](float flowX, float flowY, bool first, float weight) {
        // What stands still keeps its samples, to the bit.
        const bool still = std::abs(flowX) < leastFlowPx && std::abs(flowY) < leastFlowPx;
        return still ? Tap{float(x), float(y), first, weight}
                     : Tap{float(x) + flowX, float(y) + flowY, first, weight};
    };
    const auto add = [&](const Mix& mix, int at, float total) {
        const float weight0 = mix.weight0.at(x, y);
        out.taps[at] = tap(mix.flow0X.at(x, y), mix.flow0Y.at(x, y), true, total * weight0);
        out.taps[at + 1] = tap(mix.flow1X.at(x, y), mix.flow1Y.at(x, y), false, total * (1.0f - weight0));
    };
    add(field, 0, 1.0f - share);
    out.count = 2;
    if (share >= leastWeight) {
        add(field.other, 2, share);
        out.count = 4;
    }
    return out;
}

const Tap& heaviest(const Taps& taps) {
    return *std::max_element(taps.taps.begin(), taps.taps.begin() + taps.count,
                             [](const Tap& a, const Tap& b) { return a.weight < b.weight; });
}

// The weighted mean of the finite samples. `bad` counts when something had to be left out.
template <class Source>
float blend(const Taps& taps, const Source& source0, const Source& source1, std::size_t& bad) {
    const auto sample = [&](const Tap& tap) { return sampleAt(tap.first ? source0 : source1, tap.x, tap.y); };
    float sum = 0.0f, total = 0.0f, low = INFINITY, high = -INFINITY;
    bool clean = true;
    const auto use = [&](const Tap& tap, float weight) {
        const Sample s = sample(tap);
        clean &= s.clean;
        if (!s.finite)
            return;
        sum += weight * s.value;
        total += weight;
        low = std::min(low, s.value);
        high = std::max(high, s.value);
    };
    for (int i = 0; i < taps.count; ++i)
        if (taps.taps[i].weight >= leastWeight)
            use(taps.taps[i], taps.taps[i].weight);
    for (int i = 0; i < taps.count && total <= 0.0f;
         ++i) // what was too light counts when nothing else is finite
        if (!(taps.taps[i].weight >= leastWeight))
            use(taps.taps[i], 1.0f);
    bad += !clean;
    if (total > 0.0f) // equal samples stay as they are, and rounding never leaves their range
        return std::clamp(sum / total, low, high);
    const float value = sample(heaviest(taps)).value;
    return std::isnan(value) ? 0.0f : value;
}

// As blend of each, to the bit. False where one of them has a sample that is not finite.
bool blendFour(const Taps& taps, const FourPlanes& source0, const FourPlanes& source1, Four& out) {
    Four sum{}, low = Four{} + INFINITY, high = Four{} - INFINITY;
    float total = 0.0f;
    for (int i = 0; i < taps.count; ++i) {
        const Tap& tap = taps.taps[i];
        if (!(tap.weight >= leastWeight))
            continue;
        Four value;
        if (!sampleFour(tap.first ? source0 : source1, tap.x, tap.y, value))
            return false;
        sum += tap.weight * value;
        total += tap.weight;
        low = least(low, value);
        high = most(high, value);
    }
    out = clamped(sum / total, low, high);
    return total > 0.0f;
}

// One row, of up to four channels; `bad` counts what had to be left out.
void blendRow(const Field& field, const FourPlanes& source0, const FourPlanes& source1, int count, int y,
              Four* row, std::size_t& bad) {
    for (int x = 0; x < source0.width; ++x) {
        const Taps taps = tapsAt(field, x, y);
        if (!blendFour(taps, source0, source1, row[x]))
            for (int i = 0; i < count; ++i)
                row[x][i] = blend(taps, source0.lane(i), source1.lane(i), bad);
    }
}

bool standsStill(const Mix& mix, int x, int y) {
    for (const Plane Mix::*flow : {&Mix::flow0X, &Mix::flow0Y, &Mix::flow1X, &Mix::flow1Y})
        if (!(std::abs((mix.*flow).at(x, y)) < leastFlowPx))
            return false;
    return true;
}

// The mean of a pixel and its neighbours, of each channel where all of them are finite. `rows`: those above,
// here and below.
Four spreadOver(const Spread& spread, const Four* const (&rows)[3], int x, int width) {
    const Four here = rows[1][x];
    Four sum = here, low = here, high = here;
    for (std::size_t i = 0; i < spread.size(); ++i) {
        if (spread[i] == 0)
            continue;
        const auto [dx, dy] = spreadOffsets[i];
        const Four value = rows[1 + dy][std::clamp(x + dx, 0, width - 1)];
        sum += float(spread[i]) / 256 * (value - here);
        low = least(low, value);
        high = most(high, value);
    }
    return sum - sum == Four{} ? clamped(sum, low, high) : here; // rounding never leaves their range
}

// The sample of a channel at a canvas pixel, as bytes; null outside the data window.
const std::byte* sampleBytes(const Part& part, const Channel& channel, int x, int y) {
    const Box& window = part.dataWindow;
    if (!window.intersects(Imath::V2i(x, y)))
        return nullptr;
    // Samples of a subsampled channel lie at coordinates that its sampling divides.
    const auto index = [](int from, int to, int sampling) {
        return to / sampling - (from + sampling - 1) / sampling;
    };
    const int sx = std::max(0, index(window.min.x, x, channel.xSampling));
    const int sy = std::max(0, index(window.min.y, y, channel.ySampling));
    const int columns = (width(window) + channel.xSampling - 1) / channel.xSampling;
    const std::size_t offset = (std::size_t(sy) * columns + std::min(sx, columns - 1)) *
                               bytesPerSample(channel.type);
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

// The nearest sample of what weighs most; never a mean, which would be an identifier of nothing.
void pick(const Part& part0, const Channel& channel0, const Part& part1, const Channel& channel1,
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

// A channel that is blended.
struct Blended {
    const Part *part0, *part1;
    const Channel *channel0, *channel1;
    const Part* targetPart;
    Channel* target;
    bool isRadiance;
};

// `plane` begins with this row of `planes`.
void putLane(const Plane& plane, int lane, int firstRow, FourPlanes& planes) {
    parallelRows(plane.height, [&](int y) {
        for (int x = 0; x < plane.width; ++x)
            planes.at(x, firstRow + y)[lane] = plane.at(x, y);
    });
}

constexpr int bandRows = 32; // which share the rows around them

// The picture goes through in strips of about so many pixels, a whole number of bands: of the keyframes only
// what a strip is made of is there as floats.
constexpr std::size_t stripPixels = std::size_t(1) << 21;

std::vector<Rows> stripsOf(int width, int height) {
    const int rows = std::max<int>(1, int(stripPixels / std::size_t(width) / bandRows)) * bandRows;
    std::vector<Rows> strips;
    for (int first = 0; first < height; first += rows)
        strips.push_back({first, std::min(height, first + rows)});
    return strips;
}

// The rows of both keyframes that the rows of the field are made of.
class SourceRows {
public:
    explicit SourceRows(const Field& field) : rows_(std::size_t(field.flow0X.height)) {
        for (int y = 0; y < field.flow0X.height; ++y)
            rows_[std::size_t(y)].fill({y, y + 1});
        add(field);
        if (field.second)
            add(*field.second);
    }

    // With the rows beside them, over which a pixel may spread.
    Rows of(Rows strip, int keyframe) const {
        const auto begin = rows_.begin() + std::max(0, strip.first - 1),
                   end = rows_.begin() + std::min(int(rows_.size()), strip.end + 1);
        Rows all = (*begin)[std::size_t(keyframe)];
        for (auto row = begin; row != end; ++row) {
            const Rows& one = (*row)[std::size_t(keyframe)];
            all = {std::min(all.first, one.first), std::max(all.end, one.end)};
        }
        return all;
    }

private:
    void add(const Field& field) {
        const int width = field.flow0X.width, height = field.flow0X.height;
        parallelRows(height, [&](int y) {
            for (int x = 0; x < width; ++x) {
                const Taps taps = tapsAt(field, x, y);
                for (int i = 0; i < taps.count; ++i) {
                    Rows& of = rows_[std::size_t(y)][taps.taps[i].first ? 0 : 1];
                    const int at = int(onAxis(taps.taps[i].y, height));
                    of = {std::min(of.first, std::max(0, at - 1)),
                          std::max(of.end, std::min(height, at + 3))};
                }
            }
        });
    }

    std::vector<std::array<Rows, 2>> rows_; // of each row, in each keyframe
};

// A row of one channel, from canvas pixels, where the channel has one there.
void storeRow(const Four* row, int lane, int y, const Box& canvas, const Part& part, Channel& channel) {
    const Box& window = part.dataWindow;
    if (y < window.min.y || y > window.max.y || (y - window.min.y) % channel.ySampling != 0)
        return;
    const std::size_t bytes = bytesPerSample(channel.type);
    const int columns = (width(window) + channel.xSampling - 1) / channel.xSampling;
    std::byte* to = channel.samples.data() +
                    std::size_t((y - window.min.y) / channel.ySampling) * columns * bytes;
    for (int x = window.min.x - canvas.min.x, column = 0; column < columns;
         ++column, x += channel.xSampling, to += bytes)
        store(row[x][lane], channel.type, to);
}

// What a field makes of up to four channels, those with all bits set in `spreads` being light, row by row
// within a band.
class BandOfField {
public:
    struct Memory {
        LargeVector<FourPlanes::Pixel> blended;
        std::vector<FourPlanes::Pixel> spreadRow;
    };

    BandOfField(const Field& field, const FourPlanes& source0, const FourPlanes& source1, int count,
                Lanes spreads, Rows band, Memory& memory)
        : field_(field),
          source0_(source0),
          source1_(source1),
          memory_(memory),
          spreads_(spreads),
          any_(!field.spread.empty() && (spreads[0] || spreads[1] || spreads[2] || spreads[3])) {
        const int height = source0.height, above = any_ ? 1 : 0;
        held_ = {std::max(0, band.first - above), std::min(height, band.end + above)};
        memory_.blended.resize(std::size_t(held_.count()) * width());
        memory_.spreadRow.resize(std::size_t(width()));
        std::size_t elsewhere = 0;
        for (int y = held_.first; y < held_.end; ++y)
            blendRow(field, source0, source1, count, y, rowAt(y),
                     y >= band.first && y < band.end ? bad_ : elsewhere);
    }

    std::size_t bad() const { return bad_; }

    // Until the next one is asked for.
    const Four* row(int y) {
        if (!any_)
            return rowAt(y);
        const Four* const rows[3] = {rowAt(y - 1), rowAt(y), rowAt(y + 1)};
        const Spread* spread = &field_.spread[std::size_t(y) * width()];
        for (int x = 0; x < width(); ++x) {
            Four& out = memory_.spreadRow[std::size_t(x)].value = rows[1][x];
            if (spread[x] == Spread{})
                continue;
            const Lanes known = standsStill(field_, x, y) ? source0_.at(x, y) == source1_.at(x, y) : Lanes{};
            out = spreads_ & ~known ? spreadOver(spread[x], rows, x, width()) : out;
        }
        return &memory_.spreadRow[0].value;
    }

private:
    int width() const { return source0_.width; }
    Four* rowAt(int y) {
        return &memory_
                    .blended[std::size_t(std::clamp(y, held_.first, held_.end - 1) - held_.first) * width()]
                    .value;
    }

    const Field& field_;
    const FourPlanes &source0_, &source1_;
    Memory& memory_;
    const Lanes spreads_;
    const bool any_;
    Rows held_;
    std::size_t bad_ = 0;
};

// The mean of the lanes that are light, where it is finite.
void addSecond(Four* first, const Four* second, Lanes light, int width) {
    for (int x = 0; x < width; ++x) {
        const Four mean = first[x] + 0.5f * (second[x] - first[x]);
        first[x] = light & (mean - mean == Four{}) ? mean : first[x];
    }
}

// Calls take(y, row) for each of these rows of what up to four channels become; those with all bits set in
// `light` are light.
template <class Take>
void synthesiseRows(const Field& field, const FourPlanes& source0, const FourPlanes& source1, int count,
                    Lanes light, Rows strip, SynthesisStats* stats, const Take& take) {
    const bool two = field.second && (light[0] || light[1] || light[2] || light[3]);
    std::atomic<std::size_t> bad = 0;
    parallelRows((strip.count() + bandRows - 1) / bandRows,
                 [&](int i) {
                     static thread_local BandOfField::Memory memory, memoryOfSecond;
                     static thread_local std::vector<FourPlanes::Pixel> means;
                     const int begin = strip.first + bandRows * i;
                     const Rows band{begin, std::min(strip.end, begin + bandRows)};
                     BandOfField first(field, source0, source1, count, light, band, memory);
                     bad += first.bad();
                     if (!two) {
                         for (int y = band.first; y < band.end; ++y)
                             take(y, first.row(y));
                         return;
                     }
                     BandOfField second(*field.second, source0, source1, count, light, band, memoryOfSecond);
                     means.resize(std::size_t(source0.width));
                     for (int y = band.first; y < band.end; ++y) {
                         std::memcpy(means.data(), first.row(y), means.size() * sizeof means[0]);
                         addSecond(&means[0].value, second.row(y), light, source0.width);
                         take(y, &means[0].value);
                     }
                 },
                 1);
    if (stats)
        stats->badSamples += bad;
}

// Up to four channels.
void synthesiseFour(const Blended* channels, int count, const Box& canvas, const Field& field,
                    const SourceRows& sourceRows, FourPlanes& source0, FourPlanes& source1,
                    SynthesisStats* stats) {
    Lanes light{};
    for (int i = 0; i < count; ++i)
        light[i] = channels[i].isRadiance ? -1 : 0;
    source0.forget();
    source1.forget();
    for (const Rows strip : stripsOf(width(canvas), height(canvas))) {
        for (int keyframe = 0; keyframe < 2; ++keyframe) {
            FourPlanes& source = keyframe == 0 ? source0 : source1;
            for (const Rows missing : source.hold(sourceRows.of(strip, keyframe))) {
                if (missing.count() <= 0)
                    continue;
                const Box box({canvas.min.x, canvas.min.y + missing.first},
                              {canvas.max.x, canvas.min.y + missing.end - 1});
                for (int i = 0; i < count; ++i)
                    putLane(keyframe == 0 ? planeOnCanvas(*channels[i].part0, *channels[i].channel0, box)
                                          : planeOnCanvas(*channels[i].part1, *channels[i].channel1, box),
                            i, missing.first, source);
            }
        }
        synthesiseRows(field, source0, source1, count, light, strip, stats, [&](int y, const Four* row) {
            for (int i = 0; i < count; ++i)
                storeRow(row, i, canvas.min.y + y, canvas, *channels[i].targetPart, *channels[i].target);
        });
    }
}

} // namespace

Plane synthesisePlane(const Plane& source0, const Plane& source1, const Field& field, SynthesisStats* stats) {
    FourPlanes four0(source0.width, source0.height), four1(source0.width, source0.height);
    four0.hold({0, source0.height});
    four1.hold({0, source1.height});
    putLane(source0, 0, 0, four0);
    putLane(source1, 0, 0, four1);
    Plane out(source0.width, source0.height);
    synthesiseRows(field, four0, four1, 1, Lanes{-1, 0, 0, 0}, {0, source0.height}, stats,
                   [&](int y, const Four* row) {
                       for (int x = 0; x < out.width; ++x)
                           out.at(x, y) = row[x][0];
                   });
    return out;
}

void synthesise(const Image& key0, const Image& key1, const ChannelRoles& roles, const Box& canvas,
                const Field& field, Image& target, SynthesisStats* stats) {
    const auto isOneOf = [](const std::vector<ChannelRef>& refs, int part, int channel) {
        return std::any_of(refs.begin(), refs.end(),
                           [&](const ChannelRef& ref) { return ref.part == part && ref.channel == channel; });
    };
    std::vector<Blended> blended;
    for (int p = 0; p < int(target.parts.size()); ++p) {
        Part& part = target.parts[p];
        for (int c = 0; c < int(part.channels.size()); ++c) {
            Channel& channel = part.channels[c];
            const Part &part0 = key0.parts[p], &part1 = key1.parts[p];
            const Channel &channel0 = part0.channels[c], &channel1 = part1.channels[c];
            if (channel.type == SampleType::uint32 || isOneOf(roles.identifiers, p, c))
                pick(part0, channel0, part1, channel1, canvas, field, part, channel);
            else
                blended.push_back(
                    {&part0, &part1, &channel0, &channel1, &part, &channel, isOneOf(roles.radiance, p, c)});
        }
    }
    if (blended.empty())
        return;
    FourPlanes source0(width(canvas), height(canvas)), source1(width(canvas), height(canvas));
    const SourceRows sourceRows(field);
    for (std::size_t i = 0; i < blended.size(); i += 4)
        synthesiseFour(&blended[i], int(std::min<std::size_t>(4, blended.size() - i)), canvas, field,
                       sourceRows, source0, source1, stats);
}

} // namespace inbetween
