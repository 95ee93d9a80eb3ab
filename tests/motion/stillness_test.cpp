#include "motion/stillness.h"

#include "motion/moving_scene.h"

#include <gtest/gtest.h>

using namespace inbetween;

namespace {

MovingScene atRest() {
    MovingScene scene;
    scene.groundX = scene.groundY = scene.discX = scene.discY = 0;
    return scene;
}

TEST(StandsStill, WhateverTheLightDoes) {
    const MovingScene scene = atRest();
    for (const float gain : {1.0f, 0.6f, 0.25f, 3.0f})
        EXPECT_TRUE(standsStill(makeView(scene.picture(0), scene.picture(0, gain)))) << gain;
    ColourPlanes warmer = scene.picture(0);
    for (float& v : warmer.b.values)
        v *= 0.5f;
    EXPECT_TRUE(standsStill(makeView(scene.picture(0), warmer))) << "a lamp that changes its colour";
}

TEST(StandsStill, NotWhereAThingMoves) {
    for (const float move : {0.6f, 2.0f, 20.0f}) {
        MovingScene scene = atRest();
        scene.discX = move;
        scene.radius = 8;
        EXPECT_FALSE(standsStill(makeView(scene.picture(0), scene.picture(1, 0.8f)))) << move;
    }
}

TEST(StandsStill, NotWhereTheCameraMovesByHalfAPixel) {
    MovingScene scene = atRest();
    scene.groundX = scene.discX = 0.5f;
    EXPECT_FALSE(standsStill(makeView(scene.picture(0), scene.picture(1))));
}

TEST(StandsStill, APictureWithoutDetailDoes) {
    const ColourPlanes black{Plane(40, 30), Plane(40, 30), Plane(40, 30)};
    const ColourPlanes white{Plane(40, 30, 1.0f), Plane(40, 30, 1.0f), Plane(40, 30, 1.0f)};
    EXPECT_TRUE(standsStill(makeView(black, white)));
}

} // namespace
