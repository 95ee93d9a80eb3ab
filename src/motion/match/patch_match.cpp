#include "motion/match/patch_match.h"

#include "base/parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace inbetween {
namespace {

constexpr float likeness = 0.1f; // difference from the middle at which a place counts half
constexpr float mostDifference = 0.2f;
constexpr float handicap = 0.01f; // of a random shift beside what a neighbour has: noise would win too often

// Within +- radius.
int stepOf(std::uint32_t random, int radius) {
    return int(random % std::uint32_t(2 * radius + 1)) - radius;
}

} // namespace

float colourDifference(PatchColour a, PatchColour b) {
    return sum(limitedDifference(a, b, std::numeric_limits<float>::infinity())) * (1.0f / 3);
}

std::uint32_t scrambled(std::uint32_t x) { // "lowbias32", Wellons 2018
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

PatchPicture shrunkView(const ViewPlanes& view, int divisor) {
    const int w = view.r.width, h = view.r.height;
    PatchPicture out{std::max(1, w / divisor), std::max(1, h / divisor), {}};
    out.pixels.resize(std::size_t(out.width) * out.height);
    const float share = 1.0f / float(divisor * divisor);
    parallelRows(out.height, [&](int y) {
        for (int x = 0; x < out.width; ++x) {
            PatchColour total{};
            for (int dy = 0; dy < divisor; ++dy)
                for (int dx = 0; dx < divisor; ++dx) {
                    const int vx = std::min(x * divisor + dx, w - 1), vy = std::min(y * divisor + dy, h - 1);
                    total += PatchColour{view.r.at(vx, vy), view.g.at(vx, vy), view.b.at(vx, vy), 0.0f};
                }
            out.pixels[std::size_t(y) * out.width + x] = total * share;
        }
    });
    return out;
}

PatchPicture halved(const PatchPicture& picture) {
    PatchPicture out{(picture.width + 1) / 2, (picture.height + 1) / 2, {}};
    out.pixels.resize(std::size_t(out.width) * out.height);
    parallelRows(out.height, [&](int y) {
        const int y1 = std::min(2 * y + 1, picture.height - 1);
        for (int x = 0; x < out.width; ++x) {
            const int x1 = std::min(2 * x + 1, picture.width - 1);
            out.pixels[std::size_t(y) * out.width + x] = 0.25f *
                                                         (picture.at(2 * x, 2 * y) + picture.at(x1, 2 * y) +
                                                          picture.at(2 * x, y1) + picture.at(x1, y1));
        }
    });
    return out;
}

Patch::Patch(const PatchPicture& picture, int x, int y) : picture_(picture), x_(x), y_(y) {
    const PatchColour middle = picture.at(x, y);
    float total = 0;
    auto* weight = weights_.data();
    for (int row = -reach; row <= reach; ++row)
        for (int column = -reach; column <= reach; ++column, ++weight) {
            const int px = x + spacing * column, py = y + spacing * row;
            *weight = 0.0f;
            if (px < 0 || py < 0 || px >= picture.width || py >= picture.height)
                continue;
            const float d = colourDifference(picture.at(px, py), middle) * (1.0f / likeness);
            *weight = 1.0f / (1.0f + d * d);
            total += *weight;
        }
    for (float& w : weights_)
        w /= total;
}

float Patch::cost(const PatchPicture& other, Shift shift, float most) const {
    const int tx = x_ + shift.x, ty = y_ + shift.y;
    if (tx < 0 || ty < 0 || tx >= other.width || ty >= other.height)
        return 1.0f;
    PatchColour total{};
    const auto* weight = weights_.data();
    for (int row = -reach; row <= reach; ++row) {
        const int py = y_ + spacing * row;
        if (py < 0 || py >= picture_.height) {
            weight += side;
            continue;
        }
        const PatchColour* here = &picture_.at(0, py);
        const PatchColour* there = &other.at(0, std::clamp(ty + spacing * row, 0, other.height - 1));
        for (int column = -reach; column <= reach; ++column, ++weight) {
            const int px = std::clamp(x_ + spacing * column, 0,
                                      picture_.width - 1); // outside it weighs nothing
            const PatchColour found = there[std::clamp(tx + spacing * column, 0, other.width - 1)];
            total += *weight * limitedDifference(here[px], found, mostDifference);
        }
        if (sum(total) > 3.0f * most)
            break;
    }
    return sum(total) * (1.0f / 3);
}

float Patch::cost(const PatchPicture& other, float shiftX, float shiftY) const {
    // All places lie alike between the pixels.
    const float wholeX = std::floor(shiftX), wholeY = std::floor(shiftY);
    const float fx = shiftX - wholeX, fy = shiftY - wholeY;
    constexpr float farAway = 1e6f;
    if (!(std::abs(shiftX) < farAway && std::abs(shiftY) < farAway))
        return 1.0f;
    PatchColour total{};
    forPlaces([&](int px, int py, float weight) {
        const auto row = [&](int y) { return &other.at(0, std::clamp(y, 0, other.height - 1)); };
        const PatchColour *above = row(py + int(wholeY)), *below = row(py + int(wholeY) + 1);
        const int left = std::clamp(px + int(wholeX), 0, other.width - 1);
        const int right = std::clamp(px + int(wholeX) + 1, 0, other.width - 1);
        const PatchColour found = (above[left] * (1 - fx) + above[right] * fx) * (1 - fy) +
                                  (below[left] * (1 - fx) + below[right] * fx) * fy;
        total += weight * limitedDifference(picture_.at(px, py), found, mostDifference);
    });
    return sum(total) * (1.0f / 3);
}

float Patch::cost(const PatchPicture& other, const Similarity& motion) const {
    const float tx = float(x_) + motion.x, ty = float(y_) + motion.y;
    if (!(tx > -1.0f && ty > -1.0f && tx < float(other.width) && ty < float(other.height)))
        return 1.0f;
    PatchColour total{};
    forPlaces([&](int px, int py, float weight) {
        const float dx = float(px - x_), dy = float(py - y_);
        const Similarity there = motion.seenFrom(dx, dy);
        total += weight * limitedDifference(picture_.at(px, py),
                                            sampleAt(other, float(px) + there.x, float(py) + there.y),
                                            mostDifference);
    });
    return sum(total) * (1.0f / 3);
}

void patchMatch(const PatchPicture& from, const PatchPicture& to, const PatchSearch& search,
                std::vector<Shift>& shifts) {
    const int w = from.width, h = from.height;
    std::vector<float> costs(shifts.size(), -1.0f);
    for (int iteration = 0; iteration < search.iterations; ++iteration) {
        const int step = iteration % 2 ? -1 : 1; // rows and pixels one way, then the other
        const int first = step > 0 ? 0 : w * h - 1;
        for (int i = 0, at = first; i < w * h; ++i, at += step) {
            if (search.where && !(*search.where)[std::size_t(at)])
                continue;
            const int x = at % w, y = at / w;
            const Patch patch(from, x, y);
            Shift& best = shifts[std::size_t(at)];
            float& least = costs[std::size_t(at)];
            if (iteration == 0)
                least = patch.cost(to, best);
            const auto consider = [&](Shift shift, float extra) {
                if (shift == best)
                    return;
                const float cost = patch.cost(to, shift, least) + extra;
                if (cost < least) {
                    least = cost;
                    best = shift;
                }
            };
            if (x - step >= 0 && x - step < w)
                consider(shifts[std::size_t(at - step)], 0.0f);
            if (y - step >= 0 && y - step < h)
                consider(shifts[std::size_t(at - step * w)], 0.0f);
            std::uint32_t random = scrambled(std::uint32_t(at) * 16u + std::uint32_t(iteration));
            for (int radius = search.farthest; radius >= 1 && least > handicap; radius /= 2) {
                random = scrambled(random + 0x9e3779b9u);
                const int dx = stepOf(random & 0xffffu, radius), dy = stepOf(random >> 16, radius);
                consider({std::int16_t(best.x + dx), std::int16_t(best.y + dy)}, handicap);
            }
        }
    }
}

} // namespace inbetween
