#include "update/splice.h"

#include "base/parallel.h"
#include "exr/sample_layout.h"
#include "risk/regions.h"

#include <Imath/half.h>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace inbetween {
namespace {

template <class Sample> Sample mixed(Sample made, Sample rendered, float weight, bool pick) {
    if (weight >= 1)
        return rendered;
    const float a = float(made), b = float(rendered);
    if (pick || !std::isfinite(a) || !std::isfinite(b))
        return weight >= 0.5f ? rendered : made;
    // Rounding must not lead out of the range of the two.
    return Sample(std::clamp((1 - weight) * a + weight * b, std::min(a, b), std::max(a, b)));
}

template <class Sample>
void spliceChannel(const Part& target, Channel& made, const Part& source, const Channel& rendered,
                   const Box& box, const Box& frame, bool pick) {
    const auto inside = [&](int low, int high, int a, int b, int c) {
        return std::pair(std::max({low, a, b}), std::min({high, c}));
    };
    const auto [x0, maxX] = inside(box.min.x, box.max.x, target.dataWindow.min.x, source.dataWindow.min.x,
                                   std::min(target.dataWindow.max.x, source.dataWindow.max.x));
    const auto [y0, maxY] = inside(box.min.y, box.max.y, target.dataWindow.min.y, source.dataWindow.min.y,
                                   std::min(target.dataWindow.max.y, source.dataWindow.max.y));
    if (maxX < x0 || maxY < y0)
        return;
    const auto sampleAt = [](const Part& part, const Channel& channel, int x, int y) {
        const std::size_t columns = std::size_t(sampledLength(width(part.dataWindow), channel.xSampling));
        return (std::size_t((y - part.dataWindow.min.y) / channel.ySampling) * columns +
                std::size_t((x - part.dataWindow.min.x) / channel.xSampling)) *
               sizeof(Sample);
    };
    parallelRows(maxY - y0 + 1, [&, x0 = x0, y0 = y0, maxX = maxX](int row) {
        const int y = y0 + row;
        if (y % made.ySampling != 0)
            return;
        for (int x = x0; x <= maxX; ++x) {
            const float weight = x % made.xSampling == 0 ? spliceWeight(box, frame, x, y) : 0.0f;
            if (weight <= 0)
                continue;
            Sample a, b;
            std::byte* at = made.samples.data() + sampleAt(target, made, x, y);
            std::memcpy(&a, at, sizeof(Sample));
            std::memcpy(&b, rendered.samples.data() + sampleAt(source, rendered, x, y), sizeof(Sample));
            a = mixed(a, b, weight, pick);
            std::memcpy(at, &a, sizeof(Sample));
        }
    });
}

// Beyond it there is nothing to blend with, so no feather along its border either.
Box pictureOf(const Image& image, const Part& part) {
    const Box &a = image.displayWindow, &b = part.dataWindow;
    return Box({std::max(a.min.x, b.min.x), std::max(a.min.y, b.min.y)},
               {std::min(a.max.x, b.max.x), std::min(a.max.y, b.max.y)});
}

} // namespace

float spliceWeight(const Box& box, const Box& frame, int x, int y) {
    if (!box.intersects(Imath::V2i(x, y)))
        return 0;
    int distance = featherPx;
    const auto side = [&](int from, bool onBorder) {
        distance = onBorder ? distance : std::min(distance, from);
    };
    side(x - box.min.x, box.min.x <= frame.min.x);
    side(y - box.min.y, box.min.y <= frame.min.y);
    side(box.max.x - x, box.max.x >= frame.max.x);
    side(box.max.y - y, box.max.y >= frame.max.y);
    const float t = std::min(1.0f, float(distance + 1) / float(featherPx + 1));
    return t * t * (3 - 2 * t);
}

void splice(Image& image, const Image& rendered, const Box& box, const ChannelRoles& roles) {
    for (std::size_t p = 0; p < image.parts.size(); ++p) {
        Part& target = image.parts[p];
        const Part& source = rendered.parts[p];
        const Box frame = pictureOf(image, target);
        for (std::size_t c = 0; c < target.channels.size(); ++c) {
            Channel& made = target.channels[c];
            const bool pick = std::any_of(roles.identifiers.begin(), roles.identifiers.end(),
                                          [&](const ChannelRef& ref) {
                                              return ref.part == int(p) && ref.channel == int(c);
                                          });
            switch (made.type) {
            case SampleType::half:
                spliceChannel<half>(target, made, source, source.channels[c], box, frame, pick);
                break;
            case SampleType::float32:
                spliceChannel<float>(target, made, source, source.channels[c], box, frame, pick);
                break;
            case SampleType::uint32:
                spliceChannel<std::uint32_t>(target, made, source, source.channels[c], box, frame, true);
                break;
            }
        }
    }
}

void setInRegions(Image& image, const std::vector<RenderedRegion>& regions, const ChannelRoles& roles,
                  const Box& canvas, const ReadOptions& options, RiskMaps& maps, ManifestFrame& record) {
    const Box picture = pictureOf(image, image.parts.front());
    Plane generated(width(canvas), height(canvas), 1.0f); // share of each pixel that is
    for (const RenderedRegion& region : regions) {
        splice(image, readExr(region.path, options), region.box, roles);
        record.spliced.push_back(region.box);
        for (int y = canvas.min.y; y <= canvas.max.y; ++y)
            for (int x = canvas.min.x; x <= canvas.max.x; ++x)
                generated.at(x - canvas.min.x, y - canvas.min.y) *= 1 -
                                                                    spliceWeight(region.box, picture, x, y);
    }

    double before = 0, after = 0, rendered = 0;
    for (std::size_t i = 0; i < generated.values.size(); ++i) {
        float& error = maps.predictedError.values[i];
        before += double(error) * error;
        error *= generated.values[i];
        after += double(error) * error;
        rendered += generated.values[i] < 1;
    }
    record.splicedShare = rendered / double(generated.values.size());
    if (before > 0)
        record.score *= std::sqrt(after / before);
    record.worstBlocks = std::sqrt(worstBlocksMean(blockRms(maps.predictedError), width(canvas),
                                                   height(canvas), [](double v) { return v * v; }));

    // A region that was rendered in part only stays.
    const std::size_t asked = record.regions.size();
    std::erase_if(record.regions, [&](const RiskRegion& region) {
        for (int y = std::max(region.box.min.y, canvas.min.y); y <= std::min(region.box.max.y, canvas.max.y);
             ++y)
            for (int x = std::max(region.box.min.x, canvas.min.x);
                 x <= std::min(region.box.max.x, canvas.max.x); ++x)
                if (generated.at(x - canvas.min.x, y - canvas.min.y) >= 1)
                    return false;
        return true;
    });
    if (record.regions.empty())
        record.reasons = {
            fmt::format("rendered and set in: {}", regions.size() == 1 ? "one region" : "its regions")};
    else
        record.reasons.insert(record.reasons.begin(),
                              fmt::format("{} of its {} regions are still to be rendered",
                                          record.regions.size(), asked));
}

} // namespace inbetween
