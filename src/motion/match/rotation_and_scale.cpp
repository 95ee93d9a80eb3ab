#include "motion/match/rotation_and_scale.h"

#include "base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tbb/parallel_invoke.h>
#include <vector>

namespace inbetween {
namespace {

constexpr int spacing = 8;              // pixels between the windows that are searched for
constexpr float poorAgreement = 0.85f;  // mean of a window: below, it is searched for
constexpr float mostDifference = 0.15f; // of a window's pixel, of the view
constexpr float outside = 0.7f * mostDifference;
constexpr float perTurn = 0.01f, perGrowth = 0.02f; // what a radian and a doubling cost: they fit noise, too
constexpr float goodFit = 0.004f;                   // then no random motion is tried
constexpr float poorFit = 0.05f;                    // then many are
constexpr float mostTurn = 1.2f, leastGrowth = -0.4f, mostGrowth = 0.5f;
// When a window counts as found again: so far forward-backward consistent (pixels, and of its length; and
// turns back), fits, and does what a shift cannot tell.
constexpr float tolerance = 2.0f, relativeTolerance = 0.03f, turnTolerance = 0.2f, worstFit = 0.08f,
                leastTurn = 0.03f;
// A pixel takes a window's motion if its own patch fits better with it, by `margin`, and by more or less
// where the flow is trusted or not; up to `voteBonus` less where the other windows around it say the same.
constexpr float margin = 0.03f, trusted = 0.7f, trustedBonus = 0.01f, untrustedMalus = 0.02f;
constexpr float voteBonus = 0.05f, alike = 1.5f, votesForAll = 8.0f,
                unlike = 0.75f; // alike and unlike: pixels

// The pixels of a round window, from its middle, those that are looked at first spread all over it.
class Window {
public:
    struct Place {
        int dx, dy;
        float weight;
    };

    enum class Pixels { all, everySecond, everyFourth };

    Window(int reach, Pixels which) {
        const int step = which == Pixels::everyFourth ? 2 : 1;
        constexpr int rounds = 8;
        for (int round = 0; round < rounds; ++round)
            for (int dy = -reach; dy <= reach; dy += step)
                for (int dx = -reach; dx <= reach; dx += step) {
                    const float distance = float(dx * dx + dy * dy) / float(reach * reach);
                    constexpr float edge = 1.05f;
                    if (distance > edge || (which == Pixels::everySecond && ((dx + dy) & 1)) ||
                        ((dx / step * 7 + dy / step * 3) & (rounds - 1)) != round)
                        continue;
                    places_.push_back({dx, dy, std::exp(-distance)});
                    total_ += places_.back().weight;
                }
    }

    // The weighted mean of the colours' differences; more than `most` where it stopped above that.
    float cost(const PatchPicture& from, const PatchPicture& to, int x, int y, const Similarity& motion,
               float most) const {
        PatchColour total{};
        float weight = 0;
        const float enough = 3.0f * most * total_;
        constexpr std::size_t between = 32; // looks at whether it is
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const Place& place = places_[i];
            const int px = x + place.dx, py = y + place.dy;
            if (px < 0 || py < 0 || px >= from.width || py >= from.height)
                continue;
            weight += place.weight;
            const Similarity there = motion.seenFrom(float(place.dx), float(place.dy));
            const float tx = float(px) + there.x, ty = float(py) + there.y;
            if (tx > -1.0f && ty > -1.0f && tx < float(to.width) && ty < float(to.height))
                total += place.weight *
                         limitedDifference(from.at(px, py), sampleAt(to, tx, ty), mostDifference);
            else
                total += place.weight * (PatchColour{} + outside);
            if (i % between == between - 1 && sum(total) > enough)
                return std::numeric_limits<float>::max();
        }
        return weight > 0 ? sum(total) / (3.0f * weight) : 1.0f;
    }

private:
    std::vector<Place> places_;
    float total_ = 0;
};

struct Node {
    Similarity motion;
    float cost = 0;
    bool searched = false, comesHome = false;
};

// Windows of one picture and where they are in the other one.
struct Grid {
    int columns = 0, rows = 0, spacing = 0; // pixels of the picture that it is of now
    std::vector<Node> nodes{};

    int x(int node) const { return spacing / 2 + node % columns * spacing; }
    int y(int node) const { return spacing / 2 + node / columns * spacing; }
    // Null outside.
    const Node* at(int column, int row) const {
        return column < 0 || row < 0 || column >= columns || row >= rows
                   ? nullptr
                   : &nodes[std::size_t(row) * columns + column];
    }
};

// How far random motion goes, and by what it must be better than what neighbours have if that is far.
struct Reach {
    float farthest, nearest, turn, growth, handicap;
    int triesOfPoor; // in an iteration, where the fit is poor
};
constexpr Reach coarseReach{48, 0.25f, 0.7f, 0.2f, 0.015f, 12}, fineReach{2, 0.15f, 0.06f, 0.04f, 0, 1};
constexpr int coarseIterations = 6, fineIterations = 2;

class Random {
public:
    explicit Random(std::uint32_t seed) : state_(seed) {}
    float operator()() { // [-1, 1)
        state_ += 0x9e3779b9u;
        return float(scrambled(state_) >> 8) * (2.0f / 16777216.0f) - 1.0f;
    }

private:
    std::uint32_t state_;
};

float priceOf(const Similarity& motion) {
    return perTurn * std::abs(motion.turn) + perGrowth * std::abs(motion.grow);
}

void search(const PatchPicture& from, const PatchPicture& to, const Window& window, int iterations,
            const Reach& reach, Grid& grid) {
    const int count = int(grid.nodes.size());
    for (int i = 0; i < count; ++i) {
        Node& node = grid.nodes[std::size_t(i)];
        node.cost = window.cost(from, to, grid.x(i), grid.y(i), node.motion, 1.0f) + priceOf(node.motion);
    }
    for (int iteration = 0; iteration < iterations; ++iteration) {
        const int step = iteration % 2 ? -1 : 1; // one way, then the other
        for (int k = 0, i = step > 0 ? 0 : count - 1; k < count; ++k, i += step) {
            Node& node = grid.nodes[std::size_t(i)];
            if (!node.searched)
                continue;
            const int column = i % grid.columns, row = i / grid.columns;
            const auto consider = [&](const Similarity& motion, float extra) {
                extra += priceOf(motion);
                const float cost = window.cost(from, to, grid.x(i), grid.y(i), motion, node.cost - extra) +
                                   extra;
                if (cost < node.cost) {
                    node.cost = cost;
                    node.motion = motion;
                }
            };
            constexpr std::array<std::array<int, 2>, 6> before{
                {{-1, 0}, {0, -1}, {-1, -1}, {1, -1}, {-3, 0}, {0, -3}}};
            for (const auto& [dx, dy] : before)
                if (const Node* other = grid.at(column + step * dx, row + step * dy)) {
                    const float away = float(-step * grid.spacing);
                    consider(other->motion.seenFrom(away * float(dx), away * float(dy)), 0);
                }
            Random random(std::uint32_t(i * 64 + iteration) * 2654435761u);
            const int tries = node.cost > poorFit ? reach.triesOfPoor : 1;
            for (int t = 0; t < tries; ++t) {
                float turn = reach.turn, growth = reach.growth;
                for (float radius = reach.farthest; node.cost > goodFit && radius >= reach.nearest;
                     radius *= 0.6f, turn *= 0.7f, growth *= 0.7f) {
                    Similarity motion = node.motion;
                    motion.x += radius * random();
                    motion.y += radius * random();
                    motion.turn = std::clamp(motion.turn + turn * random(), -mostTurn, mostTurn);
                    motion.grow = std::clamp(motion.grow + growth * random(), leastGrowth, mostGrowth);
                    constexpr float isFar = 4;
                    consider(motion, radius > isFar ? reach.handicap : 0);
                }
            }
        }
    }
}

// Where the flow's agreement is poor in the mean, in a window's middle part.
bool isWorthSearching(const Flow& flow, int x, int y) {
    constexpr int reach = 12, step = 4;
    float total = 0, count = 0;
    for (int py = std::max(y - reach, y % step); py <= std::min(y + reach, flow.x.height - 1); py += step)
        for (int px = std::max(x - reach, x % step); px <= std::min(x + reach, flow.x.width - 1);
             px += step) {
            total += flow.agreement.at(px, py);
            ++count;
        }
    return total < poorAgreement * count;
}

struct WindowSize {
    int halfReach;
    Window::Pixels halfPixels;
    int reach;
    Window::Pixels pixels;
};

// At half the size first, then made finer.
Grid searched(const PatchPicture& from, const PatchPicture& to, const PatchPicture& halfFrom,
              const PatchPicture& halfTo, const Flow& flow, const WindowSize& size) {
    Grid grid{(from.width + spacing - 1) / spacing, (from.height + spacing - 1) / spacing, spacing / 2};
    grid.nodes.resize(std::size_t(grid.columns) * grid.rows);
    for (int i = 0; i < int(grid.nodes.size()); ++i) {
        const int x = std::min(2 * grid.x(i), from.width - 1), y = std::min(2 * grid.y(i), from.height - 1);
        Node& node = grid.nodes[std::size_t(i)];
        node.motion = {0.5f * flow.x.at(x, y) / flow.scaleX, 0.5f * flow.y.at(x, y) / flow.scaleY, 0, 0};
        node.searched = isWorthSearching(flow, x, y);
    }
    search(halfFrom, halfTo, {size.halfReach, size.halfPixels}, coarseIterations, coarseReach, grid);
    grid.spacing = spacing;
    for (Node& node : grid.nodes) {
        node.motion.x *= 2;
        node.motion.y *= 2;
    }
    search(from, to, {size.reach, size.pixels}, fineIterations, fineReach, grid);
    return grid;
}

void checkThatWindowsComeHome(Grid& grid, const Grid& back) {
    for (int i = 0; i < int(grid.nodes.size()); ++i) {
        Node& node = grid.nodes[std::size_t(i)];
        const Similarity& there = node.motion;
        if (!node.searched || node.cost >= worstFit ||
            std::max(std::abs(there.turn), std::abs(there.grow)) < leastTurn)
            continue;
        const float x = float(grid.x(i)) + there.x, y = float(grid.y(i)) + there.y;
        const int column = int(std::floor(x / float(back.spacing))),
                  row = int(std::floor(y / float(back.spacing)));
        const Node* other = back.at(column, row);
        if (!other)
            continue;
        const int at = row * back.columns + column;
        const Similarity home = other->motion.seenFrom(x - float(back.x(at)), y - float(back.y(at)));
        node.comesHome = std::hypot(there.x + home.x, there.y + home.y) <=
                             tolerance + relativeTolerance * std::hypot(there.x, there.y) &&
                         std::abs(there.turn + home.turn) < turnTolerance;
    }
}

void takeMotions(const PatchPicture& from, const PatchPicture& to, const Grid& grid, Flow& flow) {
    constexpr int near = 1, around = 2; // windows, of whose motions one is taken, and which have a vote
    parallelRows(from.height, [&](int y) {
        struct Candidate {
            Similarity motion;
            bool isNear;
        };
        static thread_local std::vector<Candidate> candidates;
        for (int x = 0; x < from.width; ++x) {
            Similarity best{flow.x.at(x, y) / flow.scaleX, flow.y.at(x, y) / flow.scaleY, 0, 0};
            const auto apart = [](const Similarity& a, const Similarity& b) {
                return std::hypot(a.x - b.x, a.y - b.y);
            };
            candidates.clear();
            bool tellsMore = false;
            for (int dy = -around; dy <= around; ++dy)
                for (int dx = -around; dx <= around; ++dx) {
                    const int column = x / spacing + dx, row = y / spacing + dy;
                    const Node* node = grid.at(column, row);
                    if (!node || !node->comesHome)
                        continue;
                    const int at = row * grid.columns + column;
                    const bool isNear = std::max(std::abs(dx), std::abs(dy)) <= near;
                    candidates.push_back(
                        {node->motion.seenFrom(float(x - grid.x(at)), float(y - grid.y(at))), isNear});
                    tellsMore = tellsMore || (isNear && apart(candidates.back().motion, best) > unlike);
                }
            if (!tellsMore)
                continue;
            const Patch patch(from, x, y);
            float least = patch.cost(to, best.x, best.y) - margin +
                          (flow.agreement.at(x, y) > trusted ? -trustedBonus : untrustedMalus);
            for (const Candidate& candidate : candidates) {
                if (!candidate.isNear)
                    continue;
                float votes = -1; // its own
                for (const Candidate& other : candidates)
                    votes += apart(candidate.motion, other.motion) < alike;
                const float cost = patch.cost(to, candidate.motion) -
                                   voteBonus * std::min(1.0f, votes / votesForAll);
                if (cost < least) {
                    least = cost;
                    best = candidate.motion;
                }
            }
            flow.x.at(x, y) = best.x * flow.scaleX;
            flow.y.at(x, y) = best.y * flow.scaleY;
        }
    });
}

} // namespace

void matchRotationAndScale(const PatchPictures& pictures, FlowPair& flow) {
    using Pixels = Window::Pixels;
    constexpr WindowSize sizes[] = {{9, Pixels::everySecond, 13, Pixels::everyFourth},
                                    {5, Pixels::all, 7, Pixels::all}};
    // References, not structured bindings: those may not be captured by Clang 14's lambdas.
    const PatchPicture &picture0 = pictures.picture0, &picture1 = pictures.picture1;
    const PatchPicture &half0 = pictures.half0, &half1 = pictures.half1;
    for (const WindowSize& size : sizes) {
        Grid forward, backward;
        tbb::parallel_invoke(
            [&] { forward = searched(picture0, picture1, half0, half1, flow.forward, size); },
            [&] { backward = searched(picture1, picture0, half1, half0, flow.backward, size); });
        checkThatWindowsComeHome(forward, backward);
        checkThatWindowsComeHome(backward, forward);
        takeMotions(picture0, picture1, forward, flow.forward);
        takeMotions(picture1, picture0, backward, flow.backward);
        setAgreement(flow);
    }
}

} // namespace inbetween
