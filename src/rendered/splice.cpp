#include "rendered/splice.h"

#include "base/parallel.h"
#include "image/sample_layout.h"
#include "inbetween/view.h"

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

// What was made against what was rendered, in the display view, where the rendered sample replaces it.
class Measured {
public:
    void add(const Image& made, const Image& rendered, const ChannelRoles& roles, const Box& box,
             const Plane& generated, const ErrorMap& errors) {
        const Box within = intersection(box, errors.canvas);
        if (within.isEmpty())
            return;
        const ColourPlanes a = linearBeauty(made, roles, within), b = linearBeauty(rendered, roles, within);
        for (int y = 0; y < a.r.height; ++y)
            for (int x = 0; x < a.r.width; ++x) {
                const Imath::V2i at = within.min - errors.canvas.min + Imath::V2i(x, y);
                if (generated.at(at.x, at.y) < 1)
                    continue; // another region has it
                for (Plane ColourPlanes::*channel : {&ColourPlanes::r, &ColourPlanes::g, &ColourPlanes::b}) {
                    const double d = displayCurve((a.*channel).at(x, y)) -
                                     displayCurve((b.*channel).at(x, y));
                    measured_ += d * d / 3;
                }
                const double error = errorOfLevel(errors.at(at.x / ErrorMap::side, at.y / ErrorMap::side));
                predicted_ += error * error;
                ++pixels_;
            }
    }
    double measured() const { return pixels_ > 0 ? std::sqrt(measured_ / pixels_) : 0; }
    double predicted() const { return pixels_ > 0 ? std::sqrt(predicted_ / pixels_) : 0; }

private:
    double measured_ = 0, predicted_ = 0; // sums of squares
    double pixels_ = 0;
};

// Takes what was rendered out of a frame's predicted error. The map tells what share of it that is.
void lessen(ManifestFrame& record, const Plane& generated) {
    ErrorMap& errors = record.errors;
    const MapFigures before = figuresOf(errors, record.factor);
    for (int row = 0; row < errors.rows(); ++row)
        for (int column = 0; column < errors.columns(); ++column) {
            const Box box = errors.pixels(column, row);
            double left = 0; // mean square of the generated share
            for (int y = box.min.y - errors.canvas.min.y; y <= box.max.y - errors.canvas.min.y; ++y)
                for (int x = box.min.x - errors.canvas.min.x; x <= box.max.x - errors.canvas.min.x; ++x)
                    left += double(generated.at(x, y)) * generated.at(x, y);
            left /= pixelCount(box);
            if (left < 1)
                errors.at(column, row) = errorLevel(errorOfLevel(errors.at(column, row)) * std::sqrt(left));
        }
    const MapFigures after = figuresOf(errors, record.factor);
    if (before.score > 0)
        record.score *= after.score / before.score;
    if (before.worstBlocks > 0)
        record.worstBlocks *= after.worstBlocks / before.worstBlocks;
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
    // The first file's parts come first; what came back has those alone.
    for (std::size_t p = 0; p < std::min(image.parts.size(), rendered.parts.size()); ++p) {
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
                  const ReadOptions& options, RiskMaps& maps, ManifestFrame& record) {
    const Box canvas = record.errors.canvas, picture = pictureOf(image, image.parts.front());
    Plane generated(width(canvas), height(canvas), 1.0f); // share of each pixel that is
    Measured measured;
    for (const RenderedRegion& region : regions) {
        const Image rendered = readExr(region.path, options);
        measured.add(image, rendered, roles, region.box, generated, record.errors);
        splice(image, rendered, region.box, roles);
        record.spliced.push_back(region.box);
        const Box inside = intersection(canvas, region.box);
        for (int y = inside.min.y; y <= inside.max.y; ++y)
            for (int x = inside.min.x; x <= inside.max.x; ++x)
                generated.at(x - canvas.min.x, y - canvas.min.y) *= 1 -
                                                                    spliceWeight(region.box, picture, x, y);
    }
    record.splicedShare = double(std::count_if(generated.values.begin(), generated.values.end(),
                                               [](float share) { return share < 1; })) /
                          double(generated.values.size());
    record.splicedPredicted = measured.predicted();
    record.splicedMeasured = measured.measured();
    lessen(record, generated);
    if (!maps.predictedError.empty())
        for (std::size_t i = 0; i < generated.values.size(); ++i)
            maps.predictedError.values[i] *= generated.values[i];
    record.reasons.insert(record.reasons.begin(),
                          fmt::format("rendered and set in: {}",
                                      regions.size() == 1 ? std::string("one region")
                                                          : fmt::format("{} regions", regions.size())));
}

} // namespace inbetween
