#include "risk/evidence.h"
#include "risk/pictures.h"
#include "risk/regions.h"

#include <gtest/gtest.h>

using namespace inbetween;
using namespace pictures;

namespace {

constexpr int w = 70, h = 700;

Plane noisePlane(std::uint32_t seed, float low, float high) {
    Plane plane(w, h);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x)
            plane.at(x, y) = low + (high - low) * noise(x / 3.0, y / 3.0, seed);
    return plane;
}

void fill(Mix& mix, std::uint32_t seed) {
    for (Plane* plane : {&mix.flow0X, &mix.flow0Y, &mix.flow1X, &mix.flow1Y})
        *plane = noisePlane(seed++, -9, 9);
    mix.weight0 = noisePlane(seed, 0, 1);
}

// Everything that evidence may look at, different in every row.
struct Scene {
    View view = makeView(draw(w, h, sceneShade(1)), draw(w, h, sceneShade(1, 3, 5)));
    Field field;
    FlowPair flow;
    RiskInput input;

    Scene() {
        fill(field, 10);
        fill(field.other, 20);
        field.otherShare = noisePlane(30, -0.5f, 1);
        for (float& share : field.otherShare.values)
            share = std::max(0.0f, share);
        field.error = noisePlane(31, 0, 0.2f);
        field.confidence0 = noisePlane(32, 0, 1);
        field.confidence1 = noisePlane(33, 0, 1);
        field.second = std::make_shared<Field>();
        fill(*field.second, 50);
        std::uint32_t seed = 40;
        for (Flow* direction : {&flow.forward, &flow.backward})
            for (Plane* plane : {&direction->x, &direction->y})
                *plane = noisePlane(seed++, -9, 9);
        input.view = &view;
        input.field = &field;
        input.flow = &flow;
        input.canvas = Box({0, 0}, {w - 1, h - 1});
    }
};

} // namespace

TEST(Evidence, IsTheSameToTheBitWhateverTheBands) {
    const Scene scene;
    const Evidence whole = gatherEvidence(scene.input, {0, h});
    for (const Rows band : {Rows{0, 192}, Rows{192, 384}, Rows{384, h}, Rows{576, h}}) {
        const Evidence part = gatherEvidence(scene.input, band);
        for (int y = band.first; y < band.end; ++y)
            for (int x = 0; x < w; ++x) {
                ASSERT_EQ(part.termsSquared(x, y), whole.termsSquared(x, y)) << x << ", " << y;
                for (const Plane Evidence::*plane :
                     {&Evidence::angleStdRad, &Evidence::angleStdFineRad, &Evidence::angleStdCoarseRad,
                      &Evidence::warpDisagreement, &Evidence::occlusion, &Evidence::weight0})
                    ASSERT_EQ((part.*plane).at(x, y - part.top), (whole.*plane).at(x, y - whole.top))
                        << x << ", " << y;
            }
    }
}

TEST(Evidence, TwoFieldsThatDoNotAgreeAreASign) {
    Scene scene;
    const auto sum = [&](RiskTerm term) {
        const Evidence e = gatherEvidence(scene.input, {0, h});
        double total = 0;
        for (int y = 0; y < h; ++y)
            for (int x = 0; x < w; ++x)
                total += e.termsSquared(x, y)[term];
        return total;
    };
    EXPECT_GT(sum(secondTerm), 0);
    EXPECT_GT(sum(secondNearTerm), 0);
    scene.field.second = std::make_shared<Field>(scene.field);
    EXPECT_NEAR(sum(secondTerm), 0, 1e-6);
    scene.field.second = nullptr;
    EXPECT_EQ(sum(secondTerm), 0);
}

TEST(Evidence, BandsAreTheWholeFrameInStripsAndBlocks) {
    for (const auto& [width, height] :
         {std::pair(1, 1), std::pair(1920, 1080), std::pair(5120, 2700), std::pair(16384, 9001)}) {
        int next = 0;
        for (const Rows band : bandsOf(width, height)) {
            EXPECT_EQ(band.first, next);
            EXPECT_EQ(band.first % stripRows, 0);
            EXPECT_EQ(band.first % BlockGrid::side, 0);
            EXPECT_GT(band.count(), 0);
            next = band.end;
        }
        EXPECT_EQ(next, height);
    }
    EXPECT_LT(bandsOf(5120, 2700).front().count(), 2700 / 4);
}
