// Paths through four keyframes instead of two: what a gap's flow learns from the gaps before and after it.
#include "inbetween/motion.h"

#include "base/parallel.h"
#include "motion/flow_tap.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace inbetween {
namespace {

constexpr float sure = 0.7f, half = 0.5f; // of what is found both one gap on and one gap back
// A sample is not found below the first; then it moves on as it came, and is trusted that much of how well it
// was found there.
constexpr float unfound = 0.6f, trustOfContinued = 0.7f;
// Samples of a flow by which a typical one departs from what most of the picture does: motion of things, up
// to there; from there on a camera that shakes, which tells nothing of where it will be.
constexpr float steady = 0.5f, shaky = 0.9f;
constexpr float unlikeBends = 0.5f; // pixels; smaller ones need not be alike
// By how much motion may depart from the mean of that before and after: pixels, and of what those two are
// apart.
constexpr float leastJump = 6.0f, relativeJump = 1.0f;

// What is known of a keyframe's samples from the other gap that it ends.
class OneGapBack {
public:
    OneGapBack(const Flow& flow, const Flow& back, const NeighbourFlow& neighbour)
        : flow_(flow),
          back_(back),
          offsetX_(float(neighbour.offsetX)),
          offsetY_(float(neighbour.offsetY)),
          length_(float(neighbour.length)) {}

    struct Sample {
        float x, y;  // the motion to the keyframe, pixels a gap of the length of this one
        float trust; // [0, 1]
    };
    Sample operator()(float x, float y) const {
        const float cx = (x + 0.5f) * flow_.scaleX - 0.5f + offsetX_,
                    cy = (y + 0.5f) * flow_.scaleY - 0.5f + offsetY_;
        const float width = float(back_.x.width) * back_.scaleX,
                    height = float(back_.x.height) * back_.scaleY;
        if (!(cx >= -0.5f && cy >= -0.5f && cx <= width - 0.5f && cy <= height - 0.5f))
            return {};
        const BilinearTap tap = tapAt(back_, cx, cy);
        return {-tap(back_.x) / length_, -tap(back_.y) / length_, tap(back_.agreement)};
    }

private:
    const Flow &flow_, &back_;
    float offsetX_, offsetY_, length_;
};

// Then nothing is found, even if its flow happens to agree with that at the edge.
bool leavesPicture(const Flow& flow, int x, int y) {
    const float tx = float(x) + flow.x.at(x, y) / flow.scaleX, ty = float(y) + flow.y.at(x, y) / flow.scaleY;
    return !(tx >= 0 && ty >= 0 && tx <= float(flow.x.width - 1) && ty <= float(flow.x.height - 1));
}

// A function of the place, linear in it.
struct Linear {
    cv::Vec3d x{}, y{}; // constant, of the column, of the row

    std::pair<float, float> at(int column, int row) const {
        return {float(x[0] + x[1] * column + x[2] * row), float(y[0] + y[1] * column + y[2] * row)};
    }
};

// How the motion changes at a keyframe, from the gap before to the one after, pixels a gap.
struct Change {
    Plane x, y, weight; // weight: [0, 1], 0 where it is not known
    Linear ofMost;
    float steadiness = 0; // [0, 1]
    float perBend = 0;    // by which a change is multiplied to give the bend of a parabola
};

// What most of the picture does: least squares, reweighted (Geman and McClure) with less and less tolerance.
Linear ofMost(const Plane& planeX, const Plane& planeY, const Plane& weights) {
    constexpr int rounds = 12, step = 4;
    constexpr double first = 8.0, last = 0.5, shrink = 0.6; // pixels
    Linear model;
    double scale = first;
    for (int round = 0; round < rounds; ++round, scale = std::max(last, scale * shrink)) {
        cv::Matx33d normal = cv::Matx33d::zeros();
        cv::Vec3d sumX{}, sumY{};
        for (int y = 0; y < planeX.height; y += step)
            for (int x = 0; x < planeX.width; x += step) {
                const float weight = weights.at(x, y);
                if (weight < sure)
                    continue;
                const auto [mx, my] = model.at(x, y);
                const double cx = planeX.at(x, y), cy = planeY.at(x, y);
                const double off = 1 + ((cx - mx) * (cx - mx) + (cy - my) * (cy - my)) / (scale * scale);
                const cv::Vec3d place(1, x, y);
                const cv::Vec3d weighted = place * (double(weight) / (off * off));
                normal += weighted * place.t();
                sumX += weighted * cx;
                sumY += weighted * cy;
            }
        constexpr double leastDeterminant = 1.0;
        if (!(cv::determinant(normal) > leastDeterminant))
            return model;
        const cv::Matx33d inverse = normal.inv(cv::DECOMP_LU);
        model = {inverse * sumX, inverse * sumY};
    }
    return model;
}

float steadinessOf(const Change& change, float pixelsPerSample) {
    std::vector<float> departures;
    for (int y = 0; y < change.x.height; y += 2)
        for (int x = 0; x < change.x.width; x += 2)
            if (change.weight.at(x, y) >= sure) {
                const auto [mx, my] = change.ofMost.at(x, y);
                departures.push_back(std::hypot(change.x.at(x, y) - mx, change.y.at(x, y) - my));
            }
    if (departures.empty())
        return 0;
    const auto middle = departures.begin() + std::ptrdiff_t(departures.size() / 2);
    std::nth_element(departures.begin(), middle, departures.end());
    return std::clamp((shaky - *middle / pixelsPerSample) / (shaky - steady), 0.0f, 1.0f);
}

Change changeOf(const Flow& flow, const Flow& back, const NeighbourFlow& neighbour) {
    const int w = flow.x.width, h = flow.x.height;
    Change change{Plane(w, h), Plane(w, h), Plane(w, h), {}, 0, -0.25f / (float(neighbour.length) + 1.0f)};
    const OneGapBack before(flow, back, neighbour);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const auto came = before(float(x), float(y));
            const float weight = flow.agreement.at(x, y) * came.trust;
            change.weight.at(x, y) = weight < half || leavesPicture(flow, x, y) ? 0.0f : weight;
            change.x.at(x, y) = flow.x.at(x, y) - came.x;
            change.y.at(x, y) = flow.y.at(x, y) - came.y;
        }
    });
    change.ofMost = ofMost(change.x, change.y, change.weight);
    change.steadiness = steadinessOf(change, flow.scaleX);
    return change;
}

// What moves as most of the picture does before, and so after, and jumps in between, did not: it is hidden,
// and was taken for something that looks alike. It then counts as not found.
void dropJumps(Flow& flow, const Flow& back, const NeighbourFlow& before, const Flow& onwards,
               const NeighbourFlow& after, const Change& change) {
    const OneGapBack cameFrom(flow, back, before),
        goesTo(flow, onwards, after); // the latter the other way round
    Plane cameX = flow.x, cameY = flow.y;
    for (std::size_t i = 0; i < cameX.values.size(); ++i) {
        cameX.values[i] -= change.x.values[i];
        cameY.values[i] -= change.y.values[i];
    }
    const Linear most = ofMost(cameX, cameY, change.weight);
    constexpr float asMost = 2.0f; // pixels
    parallelRows(flow.x.height, [&](int y) {
        for (int x = 0; x < flow.x.width; ++x) {
            const float fx = flow.x.at(x, y), fy = flow.y.at(x, y);
            const auto came = cameFrom(float(x), float(y));
            const auto [mx, my] = most.at(x, y);
            if (came.trust < sure || leavesPicture(flow, x, y) ||
                std::hypot(came.x - mx, came.y - my) > asMost)
                continue;
            const auto goes = goesTo(float(x) + fx / flow.scaleX, float(y) + fy / flow.scaleY);
            if (goes.trust < sure)
                continue;
            const float jump = std::hypot(fx - 0.5f * (came.x - goes.x), fy - 0.5f * (came.y - goes.y));
            if (jump > leastJump + relativeJump * std::hypot(came.x + goes.x, came.y + goes.y))
                flow.agreement.at(x, y) = 0;
        }
    });
}

// What is hidden one gap on, or leaves the picture, moves on as it came, and changes its pace as most of the
// picture does.
void continueUnfound(Flow& flow, const Flow& back, const NeighbourFlow& neighbour, const Change& change) {
    const OneGapBack before(flow, back, neighbour);
    parallelRows(flow.x.height, [&](int y) {
        for (int x = 0; x < flow.x.width; ++x) {
            float& trust = flow.agreement.at(x, y);
            if (trust >= unfound && !leavesPicture(flow, x, y))
                continue;
            const auto came = before(float(x), float(y));
            const float known = came.trust * change.steadiness;
            if (known < sure)
                continue;
            const auto [cx, cy] = change.ofMost.at(x, y);
            flow.x.at(x, y) = came.x + cx;
            flow.y.at(x, y) = came.y + cy;
            // Out of the picture it need not be behind anything.
            trust = (leavesPicture(flow, x, y) ? 1.0f : trustOfContinued) * known;
        }
    });
}

// What came from where, going back, something disappears, hid that, and is in front.
void setFront(Flow& flow, const Flow& back, const NeighbourFlow& neighbour, const Change& change) {
    const OneGapBack before(flow, back, neighbour);
    const float samplesX = float(neighbour.length) / flow.scaleX,
                samplesY = float(neighbour.length) / flow.scaleY;
    flow.front = Plane(flow.x.width, flow.x.height);
    parallelRows(flow.x.height, [&](int y) {
        for (int x = 0; x < flow.x.width; ++x) {
            const auto came = before(float(x), float(y));
            const auto there = before(float(x) - samplesX * came.x, float(y) - samplesY * came.y);
            flow.front.at(x, y) = change.steadiness * came.trust * (1.0f - there.trust);
        }
    });
}

// How alike two bends are: 1 the same, 0 at right angles or opposite.
float likeness(float ax, float ay, float bx, float by) {
    constexpr float small = unlikeBends * unlikeBends;
    return std::clamp((2 * (ax * bx + ay * by) + small) / (ax * ax + ay * ay + bx * bx + by * by + small),
                      0.0f, 1.0f);
}

// The parabolas through three keyframes of a sample's own keyframe and of where it goes: their mean is the
// cubic through four. Where they contradict each other, something bounced or shakes, and the path stays
// straight.
void setBend(Flow& flow, const Change* own, const Change* other, const Flow& otherFlow) {
    const int w = flow.x.width, h = flow.x.height;
    flow.curveX = Plane(w, h);
    flow.curveY = Plane(w, h);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            float weight[2] = {}, curveX[2] = {}, curveY[2] = {};
            if (own) {
                weight[0] = own->weight.at(x, y) * own->steadiness;
                curveX[0] = own->perBend * own->x.at(x, y);
                curveY[0] = own->perBend * own->y.at(x, y);
            }
            if (other) {
                const BilinearTap there = tapAt(otherFlow,
                                                (float(x) + 0.5f) * flow.scaleX - 0.5f + flow.x.at(x, y),
                                                (float(y) + 0.5f) * flow.scaleY - 0.5f + flow.y.at(x, y));
                weight[1] = flow.agreement.at(x, y) * there(other->weight) * other->steadiness;
                curveX[1] = other->perBend * there(other->x);
                curveY[1] = other->perBend * there(other->y);
            }
            const float sum = weight[0] + weight[1], most = std::max(weight[0], weight[1]);
            constexpr float nothing = 1e-6f;
            if (!(sum > nothing))
                continue;
            const float both = std::min(weight[0], weight[1]) / most;
            const float strength =
                most * (1.0f - both * (1.0f - likeness(curveX[0], curveY[0], curveX[1], curveY[1]))) / sum;
            flow.curveX.at(x, y) = strength * (weight[0] * curveX[0] + weight[1] * curveX[1]);
            flow.curveY.at(x, y) = strength * (weight[0] * curveY[0] + weight[1] * curveY[1]);
        }
    });
}

} // namespace

void curvePaths(FlowPair& flow, const NeighbourFlow& before, const NeighbourFlow& after) {
    std::optional<Change> change0, change1;
    if (before.flow)
        change0 = changeOf(flow.forward, before.flow->backward, before);
    if (after.flow)
        change1 = changeOf(flow.backward, after.flow->forward, after);
    if (change0 && change1 && std::min(change0->steadiness, change1->steadiness) >= sure) {
        dropJumps(flow.forward, before.flow->backward, before, after.flow->forward, after, *change0);
        dropJumps(flow.backward, after.flow->forward, after, before.flow->backward, before, *change1);
    }
    if (change0)
        continueUnfound(flow.forward, before.flow->backward, before, *change0);
    if (change1)
        continueUnfound(flow.backward, after.flow->forward, after, *change1);
    if (change0)
        setFront(flow.forward, before.flow->backward, before, *change0);
    if (change1)
        setFront(flow.backward, after.flow->forward, after, *change1);
    const Change *at0 = change0 ? &*change0 : nullptr, *at1 = change1 ? &*change1 : nullptr;
    if (at0 || at1) {
        setBend(flow.forward, at0, at1, flow.backward);
        setBend(flow.backward, at1, at0, flow.forward);
    }
}

} // namespace inbetween
