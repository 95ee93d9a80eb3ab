// What the classical flow, which goes from coarse to fine, cannot find: small things that move far. (What
// turns on its way: turning.h.)
#include "inbetween/motion.h"

#include "base/parallel.h"
#include "image/rotation.h"
#include "motion/flow_tap.h"
#include "motion/match/patch_match.h"
#include "motion/match/rotation_and_scale.h"

#include <algorithm>
#include <cmath>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_invoke.h>
#include <utility>
#include <vector>

namespace inbetween {
namespace {

constexpr int coarseIterations = 5, fineIterations = 2;
constexpr int coarseFarthest = 80, fineFarthest = 2; // pixels there
constexpr float mostFlow = 8000.0f;                  // pixels; shifts are of sixteen bits
constexpr float likeClassical = 1.0f;                // pixels; then that is finer
constexpr float unlikeClassical =
    1.0f; // from here on a match at half size, which is as fine as this, tells something else
// A match has to come home this well: pixels, and of its length.
constexpr float leastTolerance = 3.0f, relativeTolerance = 0.1f;
// When a match is taken: its patch may fit a little worse, if those around it that look alike do better with
// theirs.
constexpr float fitScale = 0.02f, fitBonus = 0.5f, leastVote = -0.2f;
constexpr float poorFit = 0.05f, voteOfUnmatched = -0.5f;
// Below this agreement the flow is what the surroundings that look alike say, at half the trust.
constexpr float unsure = 0.5f, trustOfFilled = 0.5f;

int divisorFor(std::size_t pixels) {
    constexpr std::size_t million = 1'000'000;
    return pixels <= million ? 1 : pixels <= 4 * million ? 2 : 4;
}

// One way between the two pictures, everything in pixels of theirs.
struct Way {
    const PatchPicture& from;
    const PatchPicture& to;
    Plane x, y;                  // the flow
    std::vector<Shift> shifts{}; // the matches
    std::vector<char> differs{}; // the match tells something else than the classical flow
    std::vector<char> comesHome{};
};

Shift rounded(float x, float y) {
    return {std::int16_t(std::lround(x)), std::int16_t(std::lround(y))};
}

Way wayOf(const PatchPicture& from, const PatchPicture& to, const Flow& flow, int divisor) {
    Way way{from, to, Plane(from.width, from.height), Plane(from.width, from.height)};
    const float size = float(divisor);
    const auto sane = [size](float v) {
        return std::isfinite(v) ? std::clamp(v / size, -mostFlow, mostFlow) : 0.0f;
    };
    parallelRows(from.height, [&](int y) {
        for (int x = 0; x < from.width; ++x) {
            const BilinearTap tap = tapAt(flow, (float(x) + 0.5f) * size - 0.5f,
                                          (float(y) + 0.5f) * size - 0.5f);
            way.x.at(x, y) = sane(tap(flow.x));
            way.y.at(x, y) = sane(tap(flow.y));
        }
    });
    return way;
}

// Far matches at half the size, made finer where they tell something new.
void findMatches(Way& way, const PatchPicture& halfFrom, const PatchPicture& halfTo) {
    const int w = way.from.width, h = way.from.height;
    std::vector<Shift> coarse(halfFrom.pixels.size());
    parallelRows(halfFrom.height, [&](int y) {
        for (int x = 0; x < halfFrom.width; ++x) {
            const int fx = std::min(2 * x, w - 1), fy = std::min(2 * y, h - 1);
            coarse[std::size_t(y) * halfFrom.width + x] = rounded(0.5f * way.x.at(fx, fy),
                                                                  0.5f * way.y.at(fx, fy));
        }
    });
    patchMatch(halfFrom, halfTo, {coarseIterations, coarseFarthest}, coarse);
    way.shifts.resize(way.from.pixels.size());
    way.differs.resize(way.shifts.size());
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const std::size_t at = std::size_t(y) * w + x;
            const Shift c = coarse[std::size_t(y / 2) * halfFrom.width + x / 2];
            const float fx = way.x.values[at], fy = way.y.values[at];
            way.differs[at] = std::hypot(2.0f * c.x - fx, 2.0f * c.y - fy) > unlikeClassical;
            way.shifts[at] = way.differs[at] ? Shift{std::int16_t(2 * c.x), std::int16_t(2 * c.y)}
                                             : rounded(fx, fy);
        }
    });
    patchMatch(way.from, way.to, {fineIterations, fineFarthest, &way.differs}, way.shifts);
}

void checkThatMatchesComeHome(Way& way, const Way& back) {
    const int w = way.from.width, h = way.from.height;
    way.comesHome.resize(way.shifts.size());
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const std::size_t at = std::size_t(y) * w + x;
            const Shift s = way.shifts[at];
            const int tx = x + s.x, ty = y + s.y;
            if (tx < 0 || ty < 0 || tx >= w || ty >= h)
                continue;
            const Shift r = back.shifts[std::size_t(ty) * w + tx];
            way.comesHome[at] = float(std::abs(s.x + r.x) + std::abs(s.y + r.y)) <=
                                leastTolerance + relativeTolerance * float(std::abs(s.x) + std::abs(s.y));
        }
    });
}

// The match of the pixel, or of one around it that looks alike, and between the pixels by a parabola through
// the costs.
void takeMatch(Way& way, int x, int y, const Patch& patch) {
    const std::size_t at = std::size_t(y) * way.from.width + x;
    constexpr float hardlyAlike = 0.01f;
    float least = 1.0f;
    Shift best;
    if (way.comesHome[at]) {
        best = way.shifts[at];
        least = patch.cost(way.to, best);
    } else {
        patch.forPlaces([&](int px, int py, float weight) {
            const std::size_t there = std::size_t(py) * way.from.width + px;
            if (!way.comesHome[there] || weight < hardlyAlike)
                return;
            if (const float cost = patch.cost(way.to, way.shifts[there], least); cost < least) {
                least = cost;
                best = way.shifts[there];
            }
        });
    }
    if (least >= 1.0f)
        return;
    const auto beside = [&](int dx, int dy) {
        return patch.cost(way.to, Shift{std::int16_t(best.x + dx), std::int16_t(best.y + dy)});
    };
    const auto between = [least](float before, float after) {
        const float bend = before + after - 2.0f * least;
        return bend > 1e-6f ? std::clamp(0.5f * (before - after) / bend, -0.5f, 0.5f) : 0.0f;
    };
    way.x.values[at] = float(best.x) + between(beside(-1, 0), beside(1, 0));
    way.y.values[at] = float(best.y) + between(beside(0, -1), beside(0, 1));
}

// Takes the matches where they fit better than the flow, and so for what is around and looks alike.
void takeMatches(Way& way) {
    const int w = way.from.width, h = way.from.height;
    Plane votes(w, h, -1.0f);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const std::size_t at = std::size_t(y) * w + x;
            const float fx = way.x.values[at], fy = way.y.values[at];
            const Shift s = way.shifts[at];
            if (!way.differs[at] ||
                (way.comesHome[at] && std::hypot(float(s.x) - fx, float(s.y) - fy) < likeClassical))
                continue;
            const Patch patch(way.from, x, y);
            const float now = patch.cost(way.to, fx, fy);
            votes.values[at] = way.comesHome[at]
                                   ? std::clamp((now - patch.cost(way.to, s)) / fitScale + fitBonus, -1.0f,
                                                1.0f)
                               : now > poorFit ? 0.0f
                                               : voteOfUnmatched;
        }
    });
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            if (!way.differs[std::size_t(y) * w + x])
                continue;
            const Patch patch(way.from, x, y);
            float vote = 0;
            patch.forPlaces([&](int px, int py, float weight) { vote += weight * votes.at(px, py); });
            if (vote >= leastVote)
                takeMatch(way, x, y, patch);
        }
    });
}

// Means along rows and columns that stop at edges of the picture: the recursive filter of the domain
// transform (Gastal and Oliveira 2011), of the flow weighted by its agreement.
void fillUnsure(const PatchPicture& picture, Flow& flow) {
    const int w = picture.width, h = picture.height;
    using Vector = float __attribute__((vector_size(16)));
    std::vector<Vector> means(picture.pixels.size()); // flow x, y times weight, weight
    for (std::size_t i = 0; i < means.size(); ++i) {
        const float weight = flow.agreement.values[i] * flow.agreement.values[i];
        means[i] = Vector{flow.x.values[i] * weight, flow.y.values[i] * weight, weight, 0.0f};
    }
    constexpr float edge = 0.1f; // of the view
    for (const float reach : {60.0f, 30.0f, 15.0f}) {
        const auto pass = [&](std::size_t at, std::size_t before) {
            const float far = 1.0f +
                              reach / edge * colourDifference(picture.pixels[at], picture.pixels[before]);
            means[at] += std::exp(-1.41421356f / reach * far) * (means[before] - means[at]);
        };
        parallelRows(h, [&](int y) {
            const std::size_t row = std::size_t(y) * w;
            for (int x = 1; x < w; ++x)
                pass(row + x, row + x - 1);
            for (int x = w - 2; x >= 0; --x)
                pass(row + x, row + x + 1);
        });
        tbb::parallel_for(tbb::blocked_range<int>(0, w, 64), [&](const tbb::blocked_range<int>& columns) {
            for (int y = 1; y < h; ++y)
                for (int x = columns.begin(); x != columns.end(); ++x)
                    pass(std::size_t(y) * w + x, std::size_t(y - 1) * w + x);
            for (int y = h - 2; y >= 0; --y)
                for (int x = columns.begin(); x != columns.end(); ++x)
                    pass(std::size_t(y) * w + x, std::size_t(y + 1) * w + x);
        });
    }
    for (std::size_t i = 0; i < means.size(); ++i) {
        float& agreement = flow.agreement.values[i];
        constexpr float nothing = 1e-4f, enough = 0.25f; // of the weight
        if (agreement > unsure || means[i][2] < nothing)
            continue;
        flow.x.values[i] = means[i][0] / means[i][2];
        flow.y.values[i] = means[i][1] / means[i][2];
        agreement = std::max(agreement, trustOfFilled * std::min(1.0f, means[i][2] / enough));
    }
}

Flow flowOf(Way& way, int divisor) {
    Flow out{std::move(way.x), std::move(way.y), {}, float(divisor), float(divisor)};
    for (Plane* plane : {&out.x, &out.y})
        for (float& v : plane->values)
            v *= float(divisor);
    return out;
}

} // namespace

void fillUnsure(const View& view, FlowPair& flow) {
    const int divisor = divisorFor(view.key0.r.values.size());
    fillUnsure(shrunkView(view.key0, divisor), flow.forward);
    fillUnsure(shrunkView(view.key1, divisor), flow.backward);
}

FlowPair withLargeDisplacement(const View& view, const FlowPair& flow, Orientation orientation) {
    const int divisor = divisorFor(view.key0.r.values.size());
    PatchPicture pictures[2] = {shrunkView(view.key0, divisor), shrunkView(view.key1, divisor)};
    Way forward = wayOf(pictures[0], pictures[1], flow.forward, divisor);
    Way backward = wayOf(pictures[1], pictures[0], flow.backward, divisor);
    if (orientation == Orientation::rotated) {
        for (PatchPicture& picture : pictures)
            std::reverse(picture.pixels.begin(), picture.pixels.end());
        for (Way* way : {&forward, &backward})
            rotateVectors(way->x, way->y);
    }
    const PatchPicture halves[2] = {halved(pictures[0]), halved(pictures[1])};
    tbb::parallel_invoke([&] { findMatches(forward, halves[0], halves[1]); },
                         [&] { findMatches(backward, halves[1], halves[0]); });
    checkThatMatchesComeHome(forward, backward);
    checkThatMatchesComeHome(backward, forward);
    takeMatches(forward);
    takeMatches(backward);
    FlowPair out{flowOf(forward, divisor), flowOf(backward, divisor)};
    setAgreement(out);
    matchRotationAndScale({pictures[0], pictures[1], halves[0], halves[1]}, out);
    fillUnsure(pictures[0], out.forward);
    fillUnsure(pictures[1], out.backward);
    if (orientation == Orientation::rotated)
        for (Flow* way : {&out.forward, &out.backward}) {
            rotateVectors(way->x, way->y);
            rotate180(way->agreement);
        }
    return out;
}

} // namespace inbetween
