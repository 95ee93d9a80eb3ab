#include "inbetween/synthesis.h"

#include "base/parallel.h"
#include "base/rows.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "synthesis/blended.h"
#include "synthesis/common_sharpness.h"
#include "synthesis/identifiers.h"
#include "synthesis/light.h"
#include "synthesis/sampler.h"
#include "synthesis/sums.h"
#include "synthesis/surface.h"
#include "synthesis/taps.h"

#include <Imath/half.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <vector>

namespace inbetween {
namespace {

// How up to four channels are made of their samples.
struct Recipe {
    int count = 0;
    bool isLight = true;
    const CommonSharpness* common = nullptr; // of light that is part of a sum
    LayerLanes layers{};                     // of what is no light
};

// One row, of the first or second field; `bad` counts what had to be left out.
void blendRow(const Recipe& recipe, const Field& field, int which, const FourPlanes& source0,
              const FourPlanes& source1, int y, Four* row, std::size_t& bad) {
    for (int x = 0; x < source0.width; ++x) {
        const Taps taps = tapsAt(field, x, y);
        const TapSharpness* common = recipe.common ? &recipe.common->at(which, x, y) : nullptr;
        if (recipe.isLight ? blendFour(taps, source0, source1, common, row[x])
                           : surfaceFour(taps, source0, source1, recipe.layers, row[x]))
            continue;
        for (int i = 0; i < recipe.count; ++i)
            row[x][i] = recipe.isLight ? blend(taps, source0.lane(i), source1.lane(i), bad)
                                       : surfaceOfDamaged(taps, source0.lane(i), source1.lane(i), bad);
    }
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

// What a field makes of up to four channels, row by row within a band.
class BandOfField {
public:
    struct Memory {
        LargeVector<FourPlanes::Pixel> blended;
        LargeVector<StillPixel> still;
        std::vector<FourPlanes::Pixel> spreadRow;
    };

    // `which`: 0 for the first field, 1 for the second.
    BandOfField(const Recipe& recipe, const Field& field, int which, const FourPlanes& source0,
                const FourPlanes& source1, Rows band, Memory& memory)
        : recipe_(recipe),
          field_(field),
          source0_(source0),
          source1_(source1),
          memory_(memory),
          spreads_(recipe.isLight && !field.spread.empty()) {
        const int height = source0.height, above = spreads_ ? 1 : 0;
        held_ = {std::max(0, band.first - above), std::min(height, band.end + above)};
        memory_.blended.resize(std::size_t(held_.count()) * width());
        memory_.spreadRow.resize(std::size_t(width()));
        std::size_t elsewhere = 0;
        for (int y = held_.first; y < held_.end; ++y)
            blendRow(recipe, field, which, source0, source1, y, rowAt(y),
                     y >= band.first && y < band.end ? bad_ : elsewhere);
        if (recipe.isLight)
            keepStill();
    }

    std::size_t bad() const { return bad_; }

    // Until the next one is asked for.
    const Four* row(int y) {
        if (!spreads_)
            return rowAt(y);
        const Four* const rows[3] = {rowAt(y - 1), rowAt(y), rowAt(y + 1)};
        const StillPixel* const still[3] = {stillAt(y - 1), stillAt(y), stillAt(y + 1)};
        const Spread* spread = &field_.spread[std::size_t(y) * width()];
        for (int x = 0; x < width(); ++x)
            memory_.spreadRow[std::size_t(x)].value = spread[x] == Spread{}
                                                          ? rows[1][x]
                                                          : spreadOver(spread[x], rows, still, x, width());
        return &memory_.spreadRow[0].value;
    }

private:
    int width() const { return source0_.width; }
    std::size_t offset(int y) const {
        return std::size_t(std::clamp(y, held_.first, held_.end - 1) - held_.first) * width();
    }
    Four* rowAt(int y) { return &memory_.blended[offset(y)].value; }
    const StillPixel* stillAt(int y) const { return &memory_.still[offset(y)]; }

    // Samples that are the same in both keyframes stay where they are, whatever noise is in the motion.
    void keepStill() {
        memory_.still.resize(memory_.blended.size());
        for (int y = held_.first; y < held_.end; ++y)
            for (int x = 0; x < width(); ++x) {
                StillPixel& still = memory_.still[offset(y) + std::size_t(x)];
                still = stillPixel(field_, source0_, source1_, recipe_.common, x, y);
                if (still.isAlone)
                    rowAt(y)[x] = still.same ? source0_.at(x, y) : rowAt(y)[x];
            }
    }

    const Recipe& recipe_;
    const Field& field_;
    const FourPlanes &source0_, &source1_;
    Memory& memory_;
    const bool spreads_;
    Rows held_;
    std::size_t bad_ = 0;
};

// The mean, where it is finite.
void addSecond(Four* first, const Four* second, int width) {
    for (int x = 0; x < width; ++x) {
        const Four mean = first[x] + 0.5f * (second[x] - first[x]);
        first[x] = mean - mean == Four{} ? mean : first[x];
    }
}

// Calls take(y, row) for each of these rows of what up to four channels become.
template <class Take>
void synthesiseRows(const Recipe& recipe, const Field& field, const FourPlanes& source0,
                    const FourPlanes& source1, Rows strip, SynthesisStats* stats, const Take& take) {
    std::atomic<std::size_t> bad = 0;
    parallelRows((strip.count() + bandRows - 1) / bandRows,
                 [&](int i) {
                     static thread_local BandOfField::Memory memory, memoryOfSecond;
                     static thread_local std::vector<FourPlanes::Pixel> means;
                     const int begin = strip.first + bandRows * i;
                     const Rows band{begin, std::min(strip.end, begin + bandRows)};
                     BandOfField first(recipe, field, 0, source0, source1, band, memory);
                     bad += first.bad();
                     if (!field.second || !recipe.isLight) {
                         for (int y = band.first; y < band.end; ++y)
                             take(y, first.row(y));
                         return;
                     }
                     BandOfField second(recipe, *field.second, 1, source0, source1, band, memoryOfSecond);
                     means.resize(std::size_t(source0.width));
                     for (int y = band.first; y < band.end; ++y) {
                         std::memcpy(means.data(), first.row(y), means.size() * sizeof means[0]);
                         addSecond(&means[0].value, second.row(y), source0.width);
                         take(y, &means[0].value);
                     }
                 },
                 1);
    if (stats)
        stats->badSamples += bad;
}

// Up to four channels that are made by one recipe.
struct Pack {
    std::vector<Blended> channels;
    Recipe recipe;
};

// What comes before the component, in its part; where nothing does, the part.
std::pair<const Part*, std::string> layerOf(const Blended& channel) {
    const std::string& name = channel.channel0->name;
    const std::size_t dot = name.rfind('.');
    return {channel.part0, dot == std::string::npos ? channel.part0->name : name.substr(0, dot)};
}

// Fours of light, as they come.
std::vector<Pack> packsOfLight(const std::vector<Blended>& channels) {
    std::vector<Pack> packs;
    for (const Blended& channel : channels) {
        if (packs.empty() || packs.back().recipe.count == 4)
            packs.emplace_back();
        packs.back().channels.push_back(channel);
        ++packs.back().recipe.count;
    }
    return packs;
}

// A layer stays in one pack. Channels without a layer are one each: they may be anything.
std::vector<Pack> packsOfSurfaces(const std::vector<Blended>& channels) {
    std::vector<std::vector<Blended>> layers;
    for (const Blended& channel : channels) {
        const auto layer = layerOf(channel);
        const auto found = std::find_if(layers.begin(), layers.end(), [&](const std::vector<Blended>& other) {
            return !layer.second.empty() && layerOf(other.front()) == layer && other.size() < 4;
        });
        if (found == layers.end())
            layers.push_back({channel});
        else
            found->push_back(channel);
    }
    std::vector<Pack> packs;
    for (const std::vector<Blended>& layer : layers) {
        auto pack = std::find_if(packs.begin(), packs.end(), [&](const Pack& other) {
            return other.channels.size() + layer.size() <= 4;
        });
        if (pack == packs.end())
            pack = packs.insert(pack, Pack{});
        Lanes lanes{};
        for (std::size_t i = 0; i < layer.size(); ++i)
            lanes[pack->recipe.count + int(i)] = -1;
        for (const Blended& channel : layer) {
            pack->recipe.layers[std::size_t(pack->recipe.count++)] = lanes;
            pack->channels.push_back(channel);
        }
        pack->recipe.isLight = false;
    }
    return packs;
}

// The keyframes' samples that one strip of up to four channels is made of.
class Sources {
public:
    Sources(const Field& field, const Box& canvas)
        : canvas_(canvas),
          rows_(field),
          sources_{FourPlanes(width(canvas), height(canvas)), FourPlanes(width(canvas), height(canvas))} {}

    void forget() {
        for (FourPlanes& source : sources_)
            source.forget();
    }

    void hold(const Pack& pack, Rows strip) {
        for (int keyframe = 0; keyframe < 2; ++keyframe)
            for (const Rows missing : sources_[keyframe].hold(rows_.of(strip, keyframe))) {
                if (missing.count() <= 0)
                    continue;
                const Box box({canvas_.min.x, canvas_.min.y + missing.first},
                              {canvas_.max.x, canvas_.min.y + missing.end - 1});
                for (int i = 0; i < pack.recipe.count; ++i) {
                    const Blended& channel = pack.channels[std::size_t(i)];
                    putLane(keyframe == 0 ? planeOnCanvas(*channel.part0, *channel.channel0, box)
                                          : planeOnCanvas(*channel.part1, *channel.channel1, box),
                            i, missing.first, sources_[keyframe]);
                }
            }
    }

    const FourPlanes& of(int keyframe) const { return sources_[keyframe]; }

private:
    Box canvas_;
    SourceRows rows_;
    FourPlanes sources_[2];
};

void synthesiseStrip(const Pack& pack, const Box& canvas, const Field& field, Rows strip, Sources& sources,
                     SynthesisStats* stats) {
    sources.hold(pack, strip);
    synthesiseRows(pack.recipe, field, sources.of(0), sources.of(1), strip, stats,
                   [&](int y, const Four* row) {
                       for (int i = 0; i < pack.recipe.count; ++i) {
                           const Blended& channel = pack.channels[std::size_t(i)];
                           storeRow(row, i, canvas.min.y + y, canvas, *channel.targetPart, *channel.target);
                       }
                   });
}

void synthesisePack(const Pack& pack, const Box& canvas, const Field& field, Sources& sources,
                    SynthesisStats* stats) {
    sources.forget();
    for (const Rows strip : stripsOf(width(canvas), height(canvas)))
        synthesiseStrip(pack, canvas, field, strip, sources, stats);
}

// All parts of the sums go through a strip twice: to find out how sharp all of them may be, and to be made.
void synthesiseSums(std::vector<Pack> packs, const Box& canvas, const Field& field, Sources& sources,
                    SynthesisStats* stats) {
    CommonSharpness common(width(canvas), height(canvas), field.second ? 2 : 1);
    for (const Rows strip : stripsOf(width(canvas), height(canvas))) {
        common.start(strip);
        for (const Pack& pack : packs) {
            sources.forget();
            sources.hold(pack, strip);
            Lanes lanes{};
            for (int i = 0; i < pack.recipe.count; ++i)
                lanes[i] = -1;
            common.add(field, 0, sources.of(0), sources.of(1), lanes);
            if (field.second)
                common.add(*field.second, 1, sources.of(0), sources.of(1), lanes);
        }
        for (Pack& pack : packs) {
            pack.recipe.common = &common;
            sources.forget();
            synthesiseStrip(pack, canvas, field, strip, sources, stats);
        }
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
    synthesiseRows({.count = 1}, field, four0, four1, {0, source0.height}, stats,
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
                pickIdentifiers(part0, channel0, part1, channel1, canvas, field, part, channel);
            else
                blended.push_back(
                    {&part0, &part1, &channel0, &channel1, &part, &channel, isOneOf(roles.radiance, p, c)});
        }
    }
    if (blended.empty())
        return;
    const std::vector<bool> isPartOfSum = partsOfSums(blended, canvas);
    std::vector<Blended> sums, light, surfaces;
    for (std::size_t i = 0; i < blended.size(); ++i)
        (isPartOfSum[i] ? sums : blended[i].isRadiance ? light : surfaces).push_back(blended[i]);
    Sources sources(field, canvas);
    if (!sums.empty())
        synthesiseSums(packsOfLight(sums), canvas, field, sources, stats);
    for (const std::vector<Pack>& packs : {packsOfLight(light), packsOfSurfaces(surfaces)})
        for (const Pack& pack : packs)
            synthesisePack(pack, canvas, field, sources, stats);
}

} // namespace inbetween
