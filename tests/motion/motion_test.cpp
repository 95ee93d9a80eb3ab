#include "inbetween/motion.h"

#include "inbetween/error.h"
#include "motion/splat.h"
#include "motion/vectors.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <tbb/task_arena.h>
#include <utility>

using namespace inbetween;

namespace {

// Smooth texture without end, so that a picture can be moved by any amount.
float texture(float x, float y) {
    return 0.4f + 0.15f * std::sin(0.31f * x + 0.2f * y) + 0.15f * std::sin(0.23f * y - 0.11f * x) +
           0.1f * std::sin(0.05f * x * 1.7f + 2.0f);
}

ColourPlanes picture(int w, int h, float shiftX, float shiftY = 0) {
    ColourPlanes out{Plane(w, h), Plane(w, h), Plane(w, h)};
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x)
            out.r.at(x, y) = out.g.at(x, y) = out.b.at(x, y) = texture(float(x) - shiftX, float(y) - shiftY);
    return out;
}

RendererVectors constantVectors(int w, int h, float nextX, float nextY, float previousX, float previousY) {
    return {Plane(w, h, nextX), Plane(w, h, nextY), Plane(w, h, previousX), Plane(w, h, previousY)};
}

double meanOf(const Plane& plane, int border) {
    double sum = 0;
    int count = 0;
    for (int y = border; y < plane.height - border; ++y)
        for (int x = border; x < plane.width - border; ++x, ++count)
            sum += plane.at(x, y);
    return sum / count;
}

TEST(Vectors, BlenderConventionIsTheMeasuredOne) {
    std::vector<Plane> raw;
    for (const float v : {1.0f, 2.0f, 3.0f, 4.0f})
        raw.emplace_back(2, 2, v);
    const RendererVectors vectors = toRendererVectors("blender", raw);
    EXPECT_EQ(vectors.previousX.at(0, 0), 1.0f);
    EXPECT_EQ(vectors.previousY.at(0, 0), -2.0f);
    EXPECT_EQ(vectors.nextX.at(0, 0), -3.0f);
    EXPECT_EQ(vectors.nextY.at(0, 0), 4.0f);
}

TEST(Vectors, AnUnknownConventionIsRefusedWithTheNamesThereAre) {
    try {
        toRendererVectors("maya", {});
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::usage);
        EXPECT_NE(std::string(e.what()).find("blender"), std::string::npos);
    }
}

TEST(Vectors, StoredFromZeroToOneAreReadWithTheirOffset) {
    // Half the picture's width to the right, none upwards.
    const std::vector<Plane> raw{Plane(8, 4, 1.0f), Plane(8, 4, 0.5f)};
    const RendererVectors vectors = toRendererVectors("arnold:offset=0.5:normalised", raw);
    EXPECT_EQ(vectors.nextX.at(0, 0), 4.0f);
    EXPECT_EQ(vectors.nextY.at(0, 0), 0.0f);
    EXPECT_EQ(toRendererVectors("arnold:offset=0.5:scale=6", raw).nextX.at(0, 0), 3.0f);
    for (const char* wrong : {"arnold:offset=", "arnold:offset=x", "arnold:scale=0", "arnold:span=-1"})
        EXPECT_THROW(toRendererVectors(wrong, raw), Error) << wrong;
}

TEST(Vectors, ALayerOfForwardVectorsIsEnough) {
    const RendererVectors vectors = toRendererVectors("nuke", {Plane(2, 2, 3.0f), Plane(2, 2, 1.0f)});
    EXPECT_EQ(vectors.nextX.at(0, 0), 3.0f);
    EXPECT_EQ(vectors.nextY.at(0, 0), -1.0f);
    EXPECT_TRUE(vectors.previousX.empty());
    EXPECT_THROW(toRendererVectors("blender", {Plane(2, 2, 3.0f), Plane(2, 2, 1.0f)}), Error)
        << "the first two lead to the frame before";
}

TEST(Vectors, DisplacementIsExactAtOneFrameAndFollowsAParabolaBeyond) {
    // x(t) = 3 t + t^2: next is +4, previous is -2.
    const RendererVectors v = constantVectors(2, 2, 4, 0, -2, 0);
    EXPECT_FLOAT_EQ(displacementAfter(v, 1, true).x.at(0, 0), 4.0f);
    EXPECT_FLOAT_EQ(displacementAfter(v, 1, false).x.at(0, 0), -2.0f);
    EXPECT_FLOAT_EQ(displacementAfter(v, 2, true).x.at(0, 0), 10.0f);
    EXPECT_FLOAT_EQ(displacementAfter(v, 0.5f, true).x.at(0, 0), 1.75f);
}

TEST(Vectors, AContradictionFallsBackToAStraightLine) {
    const RendererVectors v = constantVectors(2, 2, 4, 0, 4, 0); // there and back again within two frames
    EXPECT_FLOAT_EQ(displacementAfter(v, 3, true).x.at(0, 0), 12.0f);
}

TEST(Vectors, BrokenOnesAreNotTrusted) {
    // Short against the texture's waves, so that the wrong way is also the worse one.
    const View view = makeView(picture(96, 64, 0), picture(96, 64, 4));
    const RendererVectors good = constantVectors(96, 64, 2, 0, -2, 0);
    EXPECT_TRUE(vectorsExplain(view, good, good, 2));
    const RendererVectors wrongSign = constantVectors(96, 64, -2, 0, 2, 0);
    EXPECT_FALSE(vectorsExplain(view, wrongSign, wrongSign, 2));
    const RendererVectors none = constantVectors(96, 64, 0, 0, 0, 0);
    EXPECT_FALSE(vectorsExplain(view, none, none, 2));
    RendererVectors infinite = good;
    infinite.nextX.values[7] = std::numeric_limits<float>::infinity();
    EXPECT_EQ(vectorTrust(infinite).values[7], 0.0f);
    EXPECT_EQ(displacementAfter(infinite, 2, true).x.values[7], 0.0f);
}

TEST(Splat, TheNearerSurfaceWinsAndHolesAreSaid) {
    // Pixel 1 moves onto pixel 3 in front of it.
    Plane dx(5, 1), dy(5, 1), distance(5, 1, 10.0f);
    dx.at(1, 0) = 2.0f;
    distance.at(1, 0) = 2.0f;
    const Splat out = splat({&dx, &dy, &distance, nullptr});
    EXPECT_FLOAT_EQ(out.flowX.at(3, 0), -2.0f);
    EXPECT_FLOAT_EQ(out.distance.at(3, 0), 2.0f);
    EXPECT_FLOAT_EQ(out.confidence.at(1, 0), 0.0f);
    EXPECT_FLOAT_EQ(out.confidence.at(3, 0), 1.0f);
}

TEST(Splat, WildVectorsLandNowhere) {
    Plane dx(4, 4, 1e30f), dy(4, 4, std::numeric_limits<float>::quiet_NaN()), distance(4, 4, 1.0f);
    for (const float c : splat({&dx, &dy, &distance, nullptr}).confidence.values)
        EXPECT_EQ(c, 0.0f);
}

TEST(Splat, WhatMovesOtherwiseIsNoPartOfTheSurface) {
    // Pixel 1 moves onto pixel 3, a little nearer than that.
    Plane dx(5, 1), dy(5, 1), distance(5, 1, 1.04f);
    dx.at(1, 0) = 2.0f;
    distance.at(1, 0) = 1.0f;
    EXPECT_FLOAT_EQ(splat({&dx, &dy, &distance, nullptr}).flowX.at(3, 0), -1.0f)
        << "the mean of both, where that is not said";
    EXPECT_FLOAT_EQ(splat({&dx, &dy, &distance, nullptr, 1.0f}).flowX.at(3, 0), -2.0f);
}

TEST(FillHoles, KeepsWhatIsKnownAndFillsTheRestFromAround) {
    Plane x(33, 7, 3.0f), y(33, 7, -1.0f), weight(33, 7, 1.0f);
    for (int i = 10; i < 20; ++i) {
        weight.at(i, 3) = 0.0f;
        x.at(i, 3) = y.at(i, 3) = 999.0f;
    }
    fillHoles(x, y, weight);
    for (const float v : x.values)
        EXPECT_NEAR(v, 3.0f, 1e-5f);
    for (const float v : y.values)
        EXPECT_NEAR(v, -1.0f, 1e-5f);
}

TEST(EstimateFlow, FindsAShift) {
    const View view = makeView(picture(160, 120, 0), picture(160, 120, 6, -3));
    for (const Orientation orientation : {Orientation::upright, Orientation::rotated}) {
        const FlowPair flow = estimateFlow(view, false, orientation);
        EXPECT_NEAR(meanOf(flow.forward.x, 20), 6.0, 0.5);
        EXPECT_NEAR(meanOf(flow.forward.y, 20), -3.0, 0.5);
        EXPECT_NEAR(meanOf(flow.backward.x, 20), -6.0, 0.5);
        EXPECT_GT(meanOf(flow.forward.agreement, 20), 0.9);
    }
}

View rotated(View view) {
    for (ViewPlanes* key : {&view.key0, &view.key1})
        for (ViewPlane* plane : {&key->r, &key->g, &key->b})
            std::reverse(plane->values.begin(), plane->values.end());
    return view;
}

// Of a flow that was found on rotated pictures: the sample of a pixel is that of the one opposite, and points
// the other way. But for rounding, which decides once in a while.
void expectRotated(const Flow& rotated, const Flow& upright) {
    for (const Plane Flow::*plane : {&Flow::x, &Flow::y, &Flow::agreement}) {
        const auto &is = (rotated.*plane).values, &opposite = (upright.*plane).values;
        const float sign = plane == &Flow::agreement ? 1.0f : -1.0f;
        std::size_t apart = 0;
        for (std::size_t i = 0; i < is.size(); ++i)
            apart += std::abs(is[i] - sign * opposite[is.size() - 1 - i]) > 0.01f;
        EXPECT_LT(apart, is.size() / 100);
    }
}

// A thing of 14x14 pixels that moves by 44 to the right and 12 down over a background at rest.
View smallThingMovesFar() {
    const auto with = [](int x0, int y0) {
        ColourPlanes planes = picture(240, 160, 0);
        std::mt19937 random(5);
        for (int y = 0; y < 14; ++y)
            for (int x = 0; x < 14; ++x) {
                const float shade = float(random() % 1000) / 1000;
                planes.r.at(x0 + x, y0 + y) = 0.3f + 2.0f * shade;
                planes.g.at(x0 + x, y0 + y) = 0.2f * shade;
                planes.b.at(x0 + x, y0 + y) = 0.02f;
            }
        return planes;
    };
    return makeView(with(60, 60), with(104, 72));
}

TEST(WithLargeDisplacement, FindsASmallThingThatMovesFar) {
    const View view = smallThingMovesFar();
    const FlowPair classical = estimateFlow(view), flow = withLargeDisplacement(view, classical);
    const FlowPair rotated = withLargeDisplacement(view, estimateFlow(view, false, Orientation::rotated),
                                                   Orientation::rotated);
    const auto hits = [](const FlowPair& pair) {
        const Flow forward = atCanvasSize(pair.forward, 240, 160),
                   backward = atCanvasSize(pair.backward, 240, 160);
        int found = 0;
        for (int y = 2; y < 12; ++y)
            for (int x = 2; x < 12; ++x)
                found += std::hypot(forward.x.at(60 + x, 60 + y) - 44, forward.y.at(60 + x, 60 + y) - 12) <
                             1 &&
                         std::hypot(backward.x.at(104 + x, 72 + y) + 44,
                                    backward.y.at(104 + x, 72 + y) + 12) < 1;
        return found;
    };
    EXPECT_LT(hits(classical), 20) << "the picture must be one that the classical flow fails at";
    EXPECT_GT(hits(flow), 95);
    EXPECT_GT(hits(rotated), 95);
    // What the thing uncovers, and hides, is at rest.
    const Flow forward = atCanvasSize(flow.forward, 240, 160);
    for (const auto& [x, y] : {std::pair{110, 78}, {20, 20}, {200, 140}})
        EXPECT_LT(std::hypot(forward.x.at(x, y), forward.y.at(x, y)), 0.5f) << x << " " << y;
}

// A disc of a radius of 24 pixels with stripes, on its way from (70, 100) to (104, 80), while it turns by
// 0.45 radians.
constexpr float discRadius = 24, discTurn = 0.45f;
View discTurns() {
    const auto with = [](float cx, float cy, float turn) {
        ColourPlanes planes = picture(200, 160, 0);
        for (int y = 0; y < 160; ++y)
            for (int x = 0; x < 200; ++x) {
                const float dx = float(x) - cx, dy = float(y) - cy;
                if (std::hypot(dx, dy) > discRadius)
                    continue;
                const float across = std::cos(turn) * dx + std::sin(turn) * dy,
                            along = std::cos(turn) * dy - std::sin(turn) * dx;
                planes.r.at(x, y) = 0.5f + 0.4f * std::sin(0.8f * across);
                planes.g.at(x, y) = 0.3f + 0.2f * std::sin(0.8f * across) + 0.1f * std::sin(0.25f * along);
                planes.b.at(x, y) = 0.1f;
            }
        return planes;
    };
    return makeView(with(70, 100, 0), with(104, 80, discTurn));
}

TEST(WithLargeDisplacement, FindsWhatTurnsWhileItMoves) {
    const View view = discTurns();
    const Flow flow = atCanvasSize(withLargeDisplacement(view, estimateFlow(view)).forward, 200, 160);
    int pixels = 0, found = 0;
    for (int y = 0; y < 160; ++y)
        for (int x = 0; x < 200; ++x) {
            const float dx = float(x) - 70, dy = float(y) - 100;
            if (std::hypot(dx, dy) > discRadius - 3)
                continue;
            const float toX = 104 + std::cos(discTurn) * dx - std::sin(discTurn) * dy;
            const float toY = 80 + std::sin(discTurn) * dx + std::cos(discTurn) * dy;
            ++pixels;
            found += std::hypot(float(x) + flow.x.at(x, y) - toX, float(y) + flow.y.at(x, y) - toY) < 1;
        }
    EXPECT_GT(found, 0.9 * pixels);
}

// So that its errors are others.
TEST(WithLargeDisplacement, ARotatedFlowIsThatOfRotatedPicturesRotatedBack) {
    for (const View& view : {discTurns(), smallThingMovesFar()}) {
        const FlowPair classical = estimateFlow(view, false, Orientation::rotated),
                       flow = withLargeDisplacement(view, classical, Orientation::rotated);
        const View opposite = rotated(view);
        const FlowPair expected = estimateFlow(opposite),
                       expectedFar = withLargeDisplacement(opposite, expected);
        for (const auto& [a, b] : {std::pair{&classical, &expected}, {&flow, &expectedFar}}) {
            expectRotated(a->forward, b->forward);
            expectRotated(a->backward, b->backward);
        }
        EXPECT_NE(flow.forward.x.values, withLargeDisplacement(view, estimateFlow(view)).forward.x.values);
    }
}

TEST(WithLargeDisplacement, KeepsAFlowThatIsRight) {
    const View view = makeView(picture(160, 120, 0), picture(160, 120, 6, -3));
    const FlowPair flow = withLargeDisplacement(view, estimateFlow(view));
    EXPECT_NEAR(meanOf(flow.forward.x, 20), 6.0, 0.3);
    EXPECT_NEAR(meanOf(flow.forward.y, 20), -3.0, 0.3);
    EXPECT_NEAR(meanOf(flow.backward.x, 20), -6.0, 0.3);
    EXPECT_GT(meanOf(flow.forward.agreement, 20), 0.9);
}

TEST(WithLargeDisplacement, IsTheSameForAnyNumberOfThreads) {
    const View view = discTurns();
    const FlowPair classical = estimateFlow(view);
    const auto on = [&](int threads) {
        return tbb::task_arena(threads).execute([&] { return withLargeDisplacement(view, classical); });
    };
    const FlowPair one = on(1), four = on(4);
    EXPECT_EQ(one.forward.x.values, four.forward.x.values);
    EXPECT_EQ(one.backward.y.values, four.backward.y.values);
    EXPECT_EQ(one.backward.agreement.values, four.backward.agreement.values);
}

TEST(WithLargeDisplacement, TakesAnySize) {
    for (const auto& [w, h] : {std::pair{1, 1}, {3, 70}, {131, 2}, {65, 67}, {1003, 1001}}) {
        const View view = makeView(picture(w, h, 0), picture(w, h, 1));
        for (const Orientation orientation : {Orientation::upright, Orientation::rotated}) {
            const FlowPair classical = estimateFlow(view, false, orientation);
            const Flow flow = atCanvasSize(withLargeDisplacement(view, classical, orientation).forward, w, h);
            EXPECT_TRUE(std::ranges::all_of(flow.x.values, [](float v) { return std::isfinite(v); }))
                << w << "x" << h;
            EXPECT_TRUE(std::ranges::all_of(flow.agreement.values, [](float v) { return v >= 0 && v <= 1; }))
                << w << "x" << h;
        }
    }
}

TEST(WithLargeDisplacement, AFlowOfAnythingIsTaken) {
    const View view = makeView(picture(90, 70, 0), picture(90, 70, 2));
    FlowPair wild = estimateFlow(view);
    wild.forward.x.values[100] = std::numeric_limits<float>::quiet_NaN();
    wild.forward.y.values[200] = std::numeric_limits<float>::infinity();
    wild.backward.x.values[300] = -1e30f;
    for (const float v : withLargeDisplacement(view, wild).forward.x.values)
        ASSERT_TRUE(std::isfinite(v));
}

// The flows of a gap, all samples alike and sure of themselves.
FlowPair evenFlow(float forwardX, float forwardY, float backwardX, float backwardY, int w = 60, int h = 40) {
    const Plane full(w, h, 1.0f);
    return {{Plane(w, h, forwardX), Plane(w, h, forwardY), full},
            {Plane(w, h, backwardX), Plane(w, h, backwardY), full}};
}

TEST(CurvePaths, APathGoesOnThroughFourKeyframes) {
    // Where a thing is at the keyframes -1, 0, 1, 2: t^3 / 2 + t^2 + 3 t across, and 2 t^2 down.
    const auto x = [](double t) { return float(t * t * t / 2 + t * t + 3 * t); };
    const auto y = [](double t) { return float(2 * t * t); };
    const auto between = [&](double a, double b) {
        return evenFlow(x(b) - x(a), y(b) - y(a), x(a) - x(b), y(a) - y(b));
    };
    const FlowPair before = between(-1, 0), after = between(1, 2);
    FlowPair flow = between(0, 1);
    curvePaths(flow, {&before}, {&after});
    const View view = makeView(picture(60, 40, 0), picture(60, 40, 0));
    // A straight line would be off by 0.44 across and 0.5 down.
    const MotionPrior prior = motionPrior({.view = &view, .flow = &flow}, 0.5);
    EXPECT_NEAR(prior.flow0X.at(30, 20), -x(0.5), 0.08f);
    EXPECT_NEAR(prior.flow1X.at(30, 20), x(1) - x(0.5), 0.08f);
    EXPECT_NEAR(prior.flow0Y.at(30, 20), -y(0.5), 0.08f);
    EXPECT_NEAR(prior.flow1Y.at(30, 20), y(1) - y(0.5), 0.08f);
}

TEST(CurvePaths, AParabolaGoesThroughThreeKeyframesOfUnevenGaps) {
    const auto x = [](double t) { return float(3 * t * t + t); };
    const FlowPair after = evenFlow(x(3) - x(1), 0, x(1) - x(3), 0); // twice as long
    FlowPair flow = evenFlow(x(1), 0, -x(1), 0);
    curvePaths(flow, {}, {.flow = &after, .length = 2});
    for (const float share : {0.25f, 0.5f})
        EXPECT_NEAR(share * flow.forward.x.at(30, 20) +
                        4 * share * (1 - share) * flow.forward.curveX.at(30, 20),
                    x(share), 1e-4f);
}

TEST(CurvePaths, NothingBesideLeavesAFlowAsItIs) {
    FlowPair flow = evenFlow(4, 1, -4, -1);
    curvePaths(flow, {}, {});
    EXPECT_TRUE(flow.forward.curveX.empty());
    EXPECT_EQ(flow.forward.x.at(7, 7), 4.0f);
}

TEST(CurvePaths, WhatBouncesKeepsToTheStraightLine) {
    const FlowPair before = evenFlow(0, -9, 0, 9), after = evenFlow(0, 9, 0, -9);
    FlowPair flow = evenFlow(0, 9, 0, -9); // up, and down ever since
    curvePaths(flow, {&before}, {&after});
    // Keyframe 0 alone would say 2.25, the mean of both 1.12.
    EXPECT_LT(std::abs(flow.forward.curveY.at(30, 20)), 0.1f);
}

TEST(CurvePaths, WhatIsHiddenMovesOnAsItCame) {
    const FlowPair before = evenFlow(6, 2, -6, -2);
    FlowPair flow = evenFlow(6, 2, -6, -2);
    for (int y = 10; y < 20; ++y)
        for (int x = 10; x < 20; ++x) {
            flow.forward.x.at(x, y) = -30.0f; // a wrong match
            flow.forward.agreement.at(x, y) = 0.0f;
        }
    curvePaths(flow, {&before}, {});
    EXPECT_NEAR(flow.forward.x.at(15, 15), 6.0f, 0.01f);
    EXPECT_NEAR(flow.forward.y.at(15, 15), 2.0f, 0.01f);
    EXPECT_GT(flow.forward.agreement.at(15, 15), 0.5f);
    EXPECT_LT(flow.forward.agreement.at(15, 15), 1.0f);
}

// 10x10 samples of the flow both ways, and of what they become; all else is at rest.
void moveSquare(FlowPair& flow, int x0, int y0, float moveX, float moveY) {
    for (int y = 0; y < 10; ++y)
        for (int x = 0; x < 10; ++x) {
            flow.forward.x.at(x0 + x, y0 + y) = moveX;
            flow.forward.y.at(x0 + x, y0 + y) = moveY;
            flow.backward.x.at(x0 + int(moveX) + x, y0 + int(moveY) + y) = -moveX;
            flow.backward.y.at(x0 + int(moveX) + x, y0 + int(moveY) + y) = -moveY;
        }
}

TEST(CurvePaths, WhatJumpsFromRestToRestIsHidden) {
    // A window of a wall, taken for another one that looks alike.
    const FlowPair still = evenFlow(0, 0, 0, 0);
    FlowPair flow = still;
    moveSquare(flow, 10, 20, 30, 0);
    curvePaths(flow, {&still}, {&still});
    EXPECT_NEAR(flow.forward.x.at(15, 25), 0.0f, 1e-4f);
    EXPECT_LT(flow.forward.agreement.at(15, 25), 1.0f);
    EXPECT_NEAR(flow.backward.x.at(45, 25), 0.0f, 1e-4f);
}

TEST(CurvePaths, AThingThatMovesAnywayMayJump) {
    FlowPair before = evenFlow(0, 0, 0, 0), flow = before, after = before;
    moveSquare(before, 10, 2, 0, 4);
    moveSquare(flow, 10, 6, 0, 20);  // it falls
    moveSquare(after, 10, 26, 0, 4); // and bounces
    curvePaths(flow, {&before}, {&after});
    EXPECT_FLOAT_EQ(flow.forward.y.at(15, 10), 20.0f);
    EXPECT_FLOAT_EQ(flow.forward.agreement.at(15, 10), 1.0f);
}

TEST(CurvePaths, WhatLeavesThePictureIsTrustedAsMuchAsItWas) {
    const FlowPair before = evenFlow(-20, 0, 20, 0);
    FlowPair flow = evenFlow(-20, 0, 20, 0);
    for (int y = 0; y < 40; ++y)
        for (int x = 0; x < 15; ++x) {
            flow.forward.agreement.at(x, y) = 0.0f;
            flow.forward.x.at(x, y) = 0.0f;
        }
    curvePaths(flow, {&before}, {});
    EXPECT_NEAR(flow.forward.x.at(10, 20), -20.0f, 0.01f);
    EXPECT_EQ(flow.forward.agreement.at(10, 20), 1.0f);
}

TEST(CurvePaths, WhatAgreesWithTheEdgeAndLeavesThePictureMovesOnAsItCame) {
    const FlowPair before = evenFlow(-20, 0, 20, 0);
    FlowPair flow = evenFlow(-20, 0, 20, 0);
    for (int y = 0; y < 40; ++y)
        for (int x = 0; x < 15; ++x)
            flow.forward.x.at(x, y) = -35.0f; // surely, as far as is known
    curvePaths(flow, {&before}, {});
    EXPECT_NEAR(flow.forward.x.at(10, 20), -20.0f, 0.01f);
    EXPECT_EQ(flow.forward.curveX.at(10, 20), 0.0f);
}

TEST(CurvePaths, WhatWasSeenToHideSomethingIsInFront) {
    // A post, columns 20 to 25, that came from 30 to 35 and hid what is there now: that is not found going
    // back.
    FlowPair before = evenFlow(0, 0, 0, 0);
    for (int y = 0; y < 40; ++y)
        for (int x = 20; x < 35; ++x) {
            before.backward.x.at(x, y) = x < 25 ? 10.0f : 0.0f;
            before.backward.agreement.at(x, y) = x < 25 ? 1.0f : 0.0f;
        }
    FlowPair flow = evenFlow(0, 0, 0, 0);
    for (int y = 0; y < 40; ++y)
        for (int x = 20; x < 25; ++x)
            flow.forward.x.at(x, y) = -10.0f; // on, over what is at rest
    curvePaths(flow, {&before}, {});
    const View view = makeView(picture(60, 40, 0), picture(60, 40, 0));
    const MotionPrior prior = motionPrior({.view = &view, .flow = &flow}, 0.5);
    EXPECT_NEAR(prior.flow0X.at(17, 20), 5.0f, 0.3f) << "halfway the post is here";
}

TEST(CurvePaths, WhatIsHiddenFollowsTheCamera) {
    const FlowPair before = evenFlow(0, 0, 0, 0); // at rest until the camera pans
    FlowPair flow = evenFlow(8, 0, -8, 0);
    flow.forward.agreement.at(30, 20) = 0.0f;
    flow.forward.x.at(30, 20) = 0.0f;
    curvePaths(flow, {&before}, {});
    EXPECT_NEAR(flow.forward.x.at(30, 20), 8.0f, 0.01f);
}

TEST(CurvePaths, AShakyCameraTellsNothing) {
    std::mt19937 random(3);
    std::normal_distribution<float> shake(0, 4);
    FlowPair before = evenFlow(0, 0, 0, 0), flow = evenFlow(0, 0, 0, 0);
    for (Plane* plane : {&before.backward.x, &before.backward.y, &flow.forward.x, &flow.forward.y})
        for (float& v : plane->values)
            v = shake(random);
    const Plane was = flow.forward.x;
    flow.forward.agreement.at(30, 20) = 0.0f;
    curvePaths(flow, {&before}, {});
    EXPECT_EQ(flow.forward.x.values, was.values);
    EXPECT_TRUE(std::ranges::all_of(flow.forward.curveX.values, [](float v) { return v == 0; }));
}

TEST(CurvePaths, ThePlaceOnAnotherCanvasIsFound) {
    FlowPair before = evenFlow(0, 0, 0, 0, 80, 60), flow = evenFlow(0, 0, 0, 0);
    for (int y = 18; y < 32; ++y) // of this canvas 8 to 22 by 8 to 22
        for (int x = 28; x < 42; ++x)
            before.backward.x.at(x, y) = -5.0f;
    flow.forward.agreement.at(15, 15) = 0.0f;
    curvePaths(flow, {.flow = &before, .offsetX = 20, .offsetY = 10}, {});
    EXPECT_NEAR(flow.forward.x.at(15, 15), 5.0f, 0.01f);
}

TEST(CurvePaths, IsTheSameForAnyNumberOfThreads) {
    const View view = smallThingMovesFar();
    const FlowPair classical = estimateFlow(view), far = withLargeDisplacement(view, classical);
    const auto on = [&](int threads) {
        return tbb::task_arena(threads).execute([&] {
            FlowPair flow = far;
            curvePaths(flow, {&classical}, {&classical});
            return flow;
        });
    };
    const FlowPair one = on(1), four = on(4);
    EXPECT_EQ(one.forward.curveX.values, four.forward.curveX.values);
    EXPECT_EQ(one.backward.x.values, four.backward.x.values);
}

TEST(CurvePaths, TakesAnySize) {
    for (const auto& [w, h] : {std::pair{1, 1}, {3, 70}, {131, 2}}) {
        const FlowPair before = evenFlow(1, 1, -1, -1, w, h);
        FlowPair flow = evenFlow(2, 2, -2, -2, w, h);
        flow.forward.agreement.at(0, 0) = 0.0f;
        curvePaths(flow, {&before}, {&before});
        for (const Plane* plane : {&flow.forward.x, &flow.forward.curveX, &flow.backward.curveY})
            EXPECT_TRUE(std::ranges::all_of(plane->values, [](float v) { return std::isfinite(v); }))
                << w << "x" << h;
    }
}

TEST(AtCanvasSize, ASampleLiesInTheMiddleOfThePixelsThatItStandsFor) {
    Flow flow{Plane(20, 10), Plane(20, 10, 3.0f), {}, 4.0f, 2.0f};
    for (int y = 0; y < 10; ++y)
        for (int x = 0; x < 20; ++x)
            flow.x.at(x, y) = 0.5f * (4 * float(x) + 1.5f) -
                              2 * (2 * float(y) + 0.5f); // of its middle on the canvas
    const Flow large = atCanvasSize(flow, 80, 20);
    for (int y = 1; y < 19; ++y)
        for (int x = 2; x < 78; ++x) {
            EXPECT_NEAR(large.x.at(x, y), 0.5f * float(x) - 2 * float(y), 1e-4);
            EXPECT_EQ(large.y.at(x, y), 3.0f);
            EXPECT_EQ(large.agreement.at(x, y), 1.0f);
        }
}

TEST(EstimateFlow, TakesPicturesOfOnePixel) {
    const FlowPair flow = estimateFlow(makeView(picture(1, 1, 0), picture(1, 1, 0)));
    EXPECT_NEAR(atCanvasSize(flow.forward, 1, 1).x.at(0, 0), 0.0f, 0.01f);
}

TEST(MotionPrior, VectorsAreBroughtToTheTimeWanted) {
    const View view = makeView(picture(96, 64, 0), picture(96, 64, 8));
    const RendererVectors vectors = constantVectors(96, 64, 4, 0, -4, 0);
    MotionInput input;
    input.view = &view;
    input.vectors0 = input.vectors1 = &vectors;
    input.gap = 2;
    const MotionPrior prior = motionPrior(input, 0.25);
    EXPECT_EQ(prior.source, MotionSource::vectors);
    EXPECT_NEAR(prior.flow0X.at(48, 32), -2.0f, 1e-4f);
    EXPECT_NEAR(prior.flow1X.at(48, 32), 6.0f, 1e-4f);
    EXPECT_NEAR(prior.confidence0.at(48, 32), 1.0f, 1e-4f);
    // The left edge was not in view in keyframe 0; the surface of keyframe 1 is followed there.
    EXPECT_EQ(prior.confidence0.at(0, 32), 0.0f);
    EXPECT_NEAR(prior.flow0X.at(0, 32), -2.0f, 1e-3f);
}

TEST(MotionPrior, BesideLargeDisplacementTheOtherGuessIsTheClassicalFlow) {
    const View view = smallThingMovesFar();
    const MotionPrior prior = motionPrior({.view = &view}, 0.5);
    const int x = 60 + 22 + 7, y = 60 + 6 + 7; // where the thing is halfway
    EXPECT_NEAR(prior.flow0X.at(x, y), -22.0f, 1.0f);
    EXPECT_NEAR(prior.flow1Y.at(x, y), 6.0f, 1.0f);
    ASSERT_FALSE(prior.other.empty());
    EXPECT_LT(std::abs(prior.other.flow0X.at(x, y)), 15.0f);

    const FlowPair flow = estimateFlow(view);
    EXPECT_TRUE(motionPrior({.view = &view, .flow = &flow}, 0.5).other.empty())
        << "where there is no other flow";
}

// One pixel between a fast thing and what lies behind it, whose vector is a mean of the two.
TEST(MotionPrior, AMixedVectorHidesNothing) {
    const View view = makeView(picture(64, 48, 0), picture(64, 48, 0));
    RendererVectors vectors0 = constantVectors(64, 48, 0, 0, 0, 0);
    vectors0.nextX.at(20, 20) = 10.0f;
    vectors0.previousX.at(20, 20) = -10.0f;
    const RendererVectors vectors1 = constantVectors(64, 48, 0, 0, 0, 0);
    Plane depth0(64, 48, 20.0f), depth1(64, 48, 20.0f);
    depth0.at(20, 20) = 8.0f;
    MotionInput input;
    input.view = &view;
    input.vectors0 = &vectors0;
    input.vectors1 = &vectors1;
    input.depth0 = &depth0;
    input.depth1 = &depth1;
    input.vectorsChecked = true;
    const MotionPrior prior = motionPrior(input, 0.5);
    EXPECT_EQ(prior.flow0X.at(30, 20), 0.0f);
    EXPECT_EQ(prior.depthOrder.at(30, 20), 0.0f);
    EXPECT_EQ(prior.confidence0.at(30, 20), 1.0f);
}

// A texture that slides over a surface that stands still, as a shadow or a reflection does.
TEST(MotionPrior, TheEstimatedFlowIsTheOtherGuessBesideVectors) {
    const View view = makeView(picture(128, 96, 0), picture(128, 96, 6));
    const RendererVectors vectors = constantVectors(128, 96, 0.1f, 0, -0.1f, 0);
    MotionInput input;
    input.view = &view;
    input.vectors0 = input.vectors1 = &vectors;
    input.vectorsChecked = true;
    const MotionPrior prior = motionPrior(input, 0.5);
    EXPECT_EQ(prior.source, MotionSource::vectors);
    EXPECT_NEAR(meanOf(prior.flow0X, 16), -0.1, 1e-3);
    EXPECT_NEAR(meanOf(prior.other.flow0X, 16), -3.0, 0.4);
    EXPECT_NEAR(meanOf(prior.other.flow1X, 16), 3.0, 0.4);
    EXPECT_GT(meanOf(prior.other.confidence0, 16), 0.9);
}

TEST(MotionPrior, WithoutVectorsTheFlowIsEstimated) {
    const View view = makeView(picture(128, 96, 0), picture(128, 96, 6));
    MotionInput input;
    input.view = &view;
    const MotionPrior prior = motionPrior(input, 0.5);
    EXPECT_EQ(prior.source, MotionSource::estimated);
    EXPECT_NEAR(meanOf(prior.other.flow0X, 16), -3.0, 0.4) << "the classical flow alone";
    EXPECT_NEAR(meanOf(prior.flow0X, 16), -3.0, 0.4);
    EXPECT_NEAR(meanOf(prior.flow1X, 16), 3.0, 0.4);
}

TEST(MotionPrior, DepthOrderSaysWhichSurfaceIsInFront) {
    const View view = makeView(picture(96, 64, 0), picture(96, 64, 1));
    const RendererVectors vectors = constantVectors(96, 64, 0.5f, 0, -0.5f, 0);
    const Plane close(96, 64, 2.0f), distant(96, 64, 20.0f);
    MotionInput input;
    input.view = &view;
    input.vectors0 = input.vectors1 = &vectors;
    input.depth0 = &close;
    input.depth1 = &distant;
    EXPECT_FLOAT_EQ(motionPrior(input, 0.5).depthOrder.at(40, 30), 1.0f);
    input.depth1 = &close;
    EXPECT_FLOAT_EQ(motionPrior(input, 0.5).depthOrder.at(40, 30), 0.0f);
}

} // namespace
