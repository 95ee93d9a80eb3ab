#include "motion/vector_trust.h"

#include "base/parallel.h"
#include "motion/flow_tap.h"
#include "motion/structure.h"
#include "motion/vectors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace inbetween {
namespace {

// Of a mismatch (see mismatchAlong): up to there a motion explains a place; from there on it does not.
constexpr float explains = 0.3f, doesNot = 0.5f;
constexpr float clearlyBetter = 0.5f;  // the flow's mismatch as a share of the vector's
constexpr float recognisable = 0.3f;   // strength of the structure
constexpr float sureFlow = 0.5f;       // agreement
constexpr float apart = 0.75f;         // pixels by which flow and vector differ at least
constexpr float relativeApart = 0.05f; // and of the vector's length
constexpr float manyDoubtful = 0.1f;   // of what can be recognised
constexpr double hardlyAny = 0.995;
constexpr float none = std::numeric_limits<float>::quiet_NaN();

struct Tally {
    std::size_t against = 0, inFavour = 0, doubtful = 0, recognised = 0;
};

bool isZero(const RendererVectors& v, std::size_t i) {
    return v.nextX.values[i] == 0.0f && v.nextY.values[i] == 0.0f &&
           (v.previousX.empty() || (v.previousX.values[i] == 0.0f && v.previousY.values[i] == 0.0f));
}

void drop(RendererVectors& v, std::size_t i) {
    v.nextX.values[i] = v.nextY.values[i] = none;
    if (!v.previousX.empty())
        v.previousX.values[i] = v.previousY.values[i] = none;
}

// One keyframe's vectors beside the flow to the other one.
class Judge {
public:
    Judge(const Structure& here, const Structure& there, RendererVectors& vectors, const Flow& flow, int gap,
          bool forwards)
        : vectors_(vectors), displacement_(displacementAfter(vectors, float(gap), forwards)) {
        const auto alongVector = [this](int x, int y) {
            return std::pair(std::isfinite(vectors_.nextX.at(x, y)) ? displacement_.x.at(x, y) : none,
                             displacement_.y.at(x, y));
        };
        const auto alongFlow = [&flow](int x, int y) {
            const BilinearTap tap = tapAt(flow, float(x), float(y));
            return std::pair(tap(flow.x), tap(flow.y));
        };
        const Plane byVector = mismatchAlong(here, there, alongVector);
        const Plane byFlow = mismatchAlong(here, there, alongFlow);
        for (int y = 0; y < byVector.height; ++y)
            for (int x = 0; x < byVector.width; ++x) {
                const std::size_t i = std::size_t(y) * byVector.width + x;
                const int cx = x * here.divisor, cy = y * here.divisor;
                if (byVector.values[i] < 0.0f || here.strength.values[i] < recognisable)
                    continue;
                const BilinearTap tap = tapAt(flow, float(cx), float(cy));
                const float vx = displacement_.x.at(cx, cy), vy = displacement_.y.at(cx, cy);
                const float difference = std::hypot(tap(flow.x) - vx, tap(flow.y) - vy);
                const bool differs = difference > apart + relativeApart * std::hypot(vx, vy);
                const bool flowExplains = byFlow.values[i] >= 0.0f && tap(flow.agreement) >= sureFlow &&
                                          byFlow.values[i] <= clearlyBetter * byVector.values[i];
                Tally& tally = tally_[isZero(vectors_, std::size_t(cy) * vectors_.nextX.width + cx)];
                ++tally.recognised;
                if (differs && flowExplains && byVector.values[i] > explains)
                    ++tally.against;
                else if (byVector.values[i] <= explains)
                    ++tally.inFavour;
                else if (byVector.values[i] > doesNot &&
                         !(byFlow.values[i] >= 0.0f && byFlow.values[i] < explains))
                    ++tally.doubtful;
            }
    }

    // Of vectors that are not 0, and of those that are.
    const std::array<Tally, 2>& tally() const { return tally_; }

    // Drops all zeros, or all others. Returns how many are left.
    std::size_t apply(std::array<bool, 2> dropAll) {
        std::size_t left = 0;
        for (std::size_t i = 0; i < vectors_.nextX.values.size(); ++i)
            if (std::isfinite(vectors_.nextX.values[i])) {
                if (dropAll[isZero(vectors_, i)])
                    drop(vectors_, i);
                else
                    ++left;
            }
        return left;
    }

private:
    RendererVectors& vectors_;
    const Flow displacement_;
    std::array<Tally, 2> tally_;
};

} // namespace

void dropImpossibleVectors(RendererVectors& v) {
    const auto isPossible = [&](const Plane& plane, std::size_t i) {
        const float most = float(std::max(plane.width, plane.height));
        return plane.empty() || std::abs(plane.values[i]) <= most; // false for NaN
    };
    for (std::size_t i = 0; i < v.nextX.values.size(); ++i)
        if (!isPossible(v.nextX, i) || !isPossible(v.nextY, i) || !isPossible(v.previousX, i) ||
            !isPossible(v.previousY, i))
            drop(v, i);
}

VectorVerdict dropWrongVectors(const View& view, const FlowPair& flow, int gap, RendererVectors& vectors0,
                               RendererVectors& vectors1, bool finally) {
    dropImpossibleVectors(vectors0);
    dropImpossibleVectors(vectors1);
    const std::array<Structure, 2> structures = structuresOf(view);
    Judge first(structures[0], structures[1], vectors0, flow.forward, gap, true);
    Judge second(structures[1], structures[0], vectors1, flow.backward, gap, false);
    std::array<bool, 2> dropAll;
    std::size_t doubtful = 0, recognised = 0;
    for (std::size_t kind = 0; kind < 2; ++kind) {
        const Tally &a = first.tally()[kind], &b = second.tally()[kind];
        dropAll[kind] = a.against + b.against > a.inFavour + b.inFavour;
        doubtful += a.doubtful + b.doubtful;
        recognised += a.recognised + b.recognised;
    }
    VectorVerdict verdict;
    verdict.doubtful = double(doubtful) > manyDoubtful * double(recognised);
    if (verdict.doubtful && !finally)
        return verdict;
    const std::size_t left = first.apply(dropAll) + second.apply(dropAll);
    verdict.missing = 1.0 -
                      double(left) / double(vectors0.nextX.values.size() + vectors1.nextX.values.size());
    if (verdict.missing > hardlyAny)
        verdict.missing = 1.0;
    return verdict;
}

} // namespace inbetween
