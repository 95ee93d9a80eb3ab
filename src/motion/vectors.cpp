#include "motion/vectors.h"

#include "base/parallel.h"
#include "inbetween/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>

namespace inbetween {
namespace {

struct Convention {
    const char* name;
    int planes;
    // Index of the raw plane and its sign, for next x, next y, previous x, previous y; index -1: not there.
    std::array<std::pair<int, float>, 4> map;

    // Where the first two planes lead to the next frame, they are enough.
    int leastPlanes() const { return map[0].first == 0 ? 2 : planes; }
};

// Renderers count y upwards; here it grows downwards.
const Convention conventions[] = {
    // Cycles' Vector pass: X, Y towards the previous frame, Z, W away from the next (measured with
    // Blender 3.4).
    {"blender", 4, {{{2, -1.0f}, {3, 1.0f}, {0, 1.0f}, {1, -1.0f}}}},
    // Nuke's motion layers: forward.u, forward.v, backward.u, backward.v, in pixels.
    {"nuke", 4, {{{0, 1.0f}, {1, -1.0f}, {2, 1.0f}, {3, -1.0f}}}},
    // Arnold's motionvector: towards the next frame, in pixels (an instant shutter of one frame).
    {"arnold", 2, {{{0, 1.0f}, {1, -1.0f}, {-1, 0.0f}, {-1, 0.0f}}}},
    // RenderMan's motionFore and motionBack, in raster pixels, whose y already grows downwards.
    {"renderman", 4, {{{0, 1.0f}, {1, 1.0f}, {2, 1.0f}, {3, 1.0f}}}},
};

Plane scaled(const Plane& plane, float factor, float offset) {
    Plane out = plane;
    for (float& v : out.values)
        v = (v - offset) * factor;
    return out;
}

template <class T> T lookup(const BasicPlane<T>& plane, float x, float y) {
    const int ix = std::clamp(int(std::lround(std::clamp(x, -1e6f, 1e6f))), 0, plane.width - 1);
    const int iy = std::clamp(int(std::lround(std::clamp(y, -1e6f, 1e6f))), 0, plane.height - 1);
    return plane.at(ix, iy);
}

// Difference of `from` and `to` when each pixel follows the displacement, and when it stays where it is.
Mismatch mismatch(const ViewPlanes& from, const ViewPlanes& to, const Flow& displacement, int step) {
    constexpr float most = 0.25f;
    Mismatch sum;
    const Plane &dx = displacement.x, &dy = displacement.y;
    for (int row = 0; row < dx.height; ++row)
        for (int column = 0; column < dx.width; ++column) {
            const int x = column * step, y = row * step;
            const float tx = float(x) + dx.at(column, row), ty = float(y) + dy.at(column, row);
            for (const auto plane : {&ViewPlanes::r, &ViewPlanes::g, &ViewPlanes::b}) {
                const float here = (from.*plane).at(x, y);
                sum.moved += std::min(std::abs(lookup(to.*plane, tx, ty) - here), most);
                sum.still += std::min(std::abs((to.*plane).at(x, y) - here), most);
            }
        }
    return sum;
}

} // namespace

std::vector<std::string> vectorConventions() {
    std::vector<std::string> names;
    for (const Convention& c : conventions)
        names.emplace_back(c.name);
    return names;
}

namespace {

[[noreturn]] void failNumber(const std::string& part, const char* needed) {
    throw Error(ErrorKind::usage, fmt::format("motion vectors: '{}': {} is needed", part, needed));
}

// The number behind "=".
float numberOf(const std::string& part, const char* needed) {
    char* end = nullptr;
    const char* begin = part.c_str() + part.find('=') + 1;
    const float value = std::strtof(begin, &end);
    if (end == begin || *end != '\0' || !std::isfinite(value))
        failNumber(part, needed);
    return value;
}

} // namespace

VectorFormat parseVectorFormat(const std::string& text) {
    VectorFormat format;
    std::istringstream parts(text);
    std::getline(parts, format.preset, ':');
    if (std::ranges::none_of(conventions, [&](const Convention& c) { return format.preset == c.name; }))
        throw Error(ErrorKind::usage,
                    fmt::format("motion vectors: no convention is called '{}'; there are {}", format.preset,
                                fmt::join(vectorConventions(), ", ")));
    for (std::string part; std::getline(parts, part, ':');) {
        if (part == "flip-x") {
            format.flipX = true;
        } else if (part == "flip-y") {
            format.flipY = true;
        } else if (part == "normalised") {
            format.normalised = true;
        } else if (part.starts_with("span=")) {
            format.span = numberOf(part, "a number of frames over 0");
            if (!(format.span > 0.0f))
                failNumber(part, "a number of frames over 0");
        } else if (part.starts_with("offset=")) {
            format.offset = numberOf(part, "the value that means no motion");
        } else if (part.starts_with("scale=")) {
            format.scale = numberOf(part, "a factor other than 0");
            if (format.scale == 0.0f)
                failNumber(part, "a factor other than 0");
        } else {
            throw Error(
                ErrorKind::usage,
                fmt::format(
                    "motion vectors: '{}' is not known; there are flip-x, flip-y, normalised, span=FRAMES, "
                    "offset=VALUE and scale=FACTOR",
                    part));
        }
    }
    return format;
}

std::string formatText(const VectorFormat& format) {
    return format.preset + (format.flipX ? ":flip-x" : "") + (format.flipY ? ":flip-y" : "") +
           (format.normalised ? ":normalised" : "") +
           (format.span == 1.0f ? "" : fmt::format(":span={:g}", format.span)) +
           (format.offset == 0.0f ? "" : fmt::format(":offset={:g}", format.offset)) +
           (format.scale == 1.0f ? "" : fmt::format(":scale={:g}", format.scale));
}

std::vector<VectorFormat> vectorFormats(int planes, int gap) {
    std::vector<float> spans{1.0f, float(gap), 0.5f};
    if (gap != 2)
        spans.push_back(2.0f);
    std::vector<VectorFormat> formats;
    for (const bool normalised : {false, true})
        for (const float span : spans)
            for (int flips = 0; flips < 4; ++flips)
                for (const Convention& c : conventions)
                    if (c.leastPlanes() <= planes)
                        formats.push_back({c.name, (flips & 2) != 0, (flips & 1) != 0, normalised, span});
    const auto departures = [](const VectorFormat& f) {
        return f.flipX + f.flipY + f.normalised + (f.span != 1.0f);
    };
    std::ranges::stable_sort(formats, {}, departures);
    return formats;
}

RendererVectors toRendererVectors(const std::string& text, std::vector<Plane> raw) {
    const std::array<int, 2> size{raw.empty() ? 0 : raw[0].width, raw.empty() ? 0 : raw[0].height};
    return toRendererVectors(parseVectorFormat(text), raw, size);
}

RendererVectors toRendererVectors(const VectorFormat& format, const std::vector<Plane>& raw,
                                  std::array<int, 2> pictureSize) {
    const Convention& c = *std::ranges::find(conventions, format.preset,
                                             [](const Convention& k) { return k.name; });
    if (int(raw.size()) < c.leastPlanes())
        throw Error(ErrorKind::usage,
                    fmt::format("motion vectors: the convention '{}' needs {} channels, {} are there",
                                format.preset, c.leastPlanes(), raw.size()));
    const auto unit = [&](bool flipped, int axis) {
        return format.scale * (flipped ? -1.0f : 1.0f) *
               (format.normalised ? float(pictureSize[std::size_t(axis)]) : 1.0f) / format.span;
    };
    const float units[2] = {unit(format.flipX, 0), unit(format.flipY, 1)};
    const auto plane = [&](int i) {
        const auto [index, sign] = c.map[i];
        return index < 0 || index >= int(raw.size()) ? Plane()
                                                     : scaled(raw[index], sign * units[i % 2], format.offset);
    };
    return {plane(0), plane(1), plane(2), plane(3)};
}

Flow displacementAfter(const RendererVectors& vectors, float frames, bool forwards) {
    const Plane& aheadX = forwards || vectors.previousX.empty() ? vectors.nextX : vectors.previousX;
    const Plane& aheadY = forwards || vectors.previousX.empty() ? vectors.nextY : vectors.previousY;
    const bool both = !vectors.previousX.empty();
    const float sign = !forwards && !both ? -1.0f : 1.0f;
    const Plane& behindX = forwards && both ? vectors.previousX : vectors.nextX;
    const Plane& behindY = forwards && both ? vectors.previousY : vectors.nextY;

    Flow out{Plane(aheadX.width, aheadX.height), Plane(aheadX.width, aheadX.height)};
    parallelRows(aheadX.height, [&](int y) {
        for (int x = 0; x < aheadX.width; ++x) {
            const float ax = sign * aheadX.at(x, y), ay = sign * aheadY.at(x, y);
            if (!std::isfinite(ax) || !std::isfinite(ay))
                continue;
            float px = ax * frames, py = ay * frames;
            if (both && frames != 1.0f) {
                const float bx = behindX.at(x, y), by = behindY.at(x, y);
                const float accelX = ax + bx, accelY = ay + by;
                const float longest = std::max(std::hypot(ax, ay), std::hypot(bx, by));
                if (std::isfinite(bx) && std::isfinite(by) && std::hypot(accelX, accelY) <= 0.5f * longest) {
                    px = 0.5f * frames * ((ax - bx) + accelX * frames);
                    py = 0.5f * frames * ((ay - by) + accelY * frames);
                }
            }
            out.x.at(x, y) = px;
            out.y.at(x, y) = py;
        }
    });
    return out;
}

Plane vectorTrust(const RendererVectors& vectors) {
    Plane trust(vectors.nextX.width, vectors.nextX.height, 1.0f);
    for (std::size_t i = 0; i < trust.values.size(); ++i)
        if (!std::isfinite(vectors.nextX.values[i]) || !std::isfinite(vectors.nextY.values[i]))
            trust.values[i] = 0.0f;
    return trust;
}

Mismatch mismatch(const View& view, const RendererVectors& vectors0, const RendererVectors& vectors1, int gap,
                  int step) {
    Mismatch sum = mismatch(view.key0, view.key1, displacementAfter(vectors0, float(gap), true), step);
    return sum += mismatch(view.key1, view.key0, displacementAfter(vectors1, float(gap), false), step);
}

Plane everyNth(const Plane& plane, int step) {
    Plane out((plane.width + step - 1) / step, (plane.height + step - 1) / step);
    for (int y = 0; y < out.height; ++y)
        for (int x = 0; x < out.width; ++x)
            out.at(x, y) = plane.at(x * step, y * step);
    return out;
}

bool tellOfMotion(const RendererVectors& vectors) {
    constexpr float leastPx = 0.01f;
    const auto moves = [](const Plane& plane) {
        return std::ranges::any_of(plane.values, [](float v) { return std::abs(v) > leastPx; });
    };
    return moves(vectors.nextX) || moves(vectors.nextY) || moves(vectors.previousX) ||
           moves(vectors.previousY);
}

bool vectorsExplain(const View& view, const RendererVectors& vectors0, const RendererVectors& vectors1,
                    int gap) {
    constexpr double tolerance = 1.05;
    return (tellOfMotion(vectors0) || tellOfMotion(vectors1)) &&
           mismatch(view, vectors0, vectors1, gap).remaining() <= tolerance;
}

} // namespace inbetween
