#include "motion/front_order.h"

#include "motion/moving_scene.h"

#include <gtest/gtest.h>

using namespace inbetween;

namespace {

// Share of the disc's pixels that are nearer than all of the ground around it.
double inFront(const MovingScene& scene, const Distances& distances) {
    int pixels = 0, nearer = 0;
    for (int y = 0; y < scene.height; ++y)
        for (int x = 0; x < scene.width; ++x)
            if (scene.isDisc(x, y, 0)) {
                ++pixels;
                nearer += distances.of0.at(x, y) < distances.of0.at(2, 2);
            }
    return double(nearer) / pixels;
}

TEST(DistancesByOcclusion, WhatHidesTheGroundIsNearer) {
    for (const float groundX : {0.0f, 3.0f, -8.0f}) {
        MovingScene scene;
        scene.groundX = groundX;
        const Distances distances = distancesByOcclusion(scene.vectors(0), scene.vectors(2), {}, 2);
        EXPECT_GT(inFront(scene, distances), 0.97) << groundX;
    }
}

TEST(DistancesByOcclusion, WhatIsSeenThroughAHoleIsFarther) {
    // The ground hides the disc where the two move to: as a wall with a hole that does not move with what is
    // behind it. The hole is at rest like the wall.
    MovingScene scene;
    scene.groundX = scene.groundY = 0;
    RendererVectors vectors[2];
    for (const int key : {0, 1}) {
        vectors[key] = scene.vectors(0); // the hole stays where it is
    }
    const Distances distances = distancesByOcclusion(vectors[0], vectors[1], {}, 2);
    EXPECT_LT(inFront(scene, distances), 0.03);
}

TEST(DistancesByOcclusion, WhereNothingIsHiddenAllIsTheSame) {
    MovingScene scene;
    scene.discX = scene.groundX;
    scene.discY = scene.groundY;
    const Distances distances = distancesByOcclusion(scene.vectors(0), scene.vectors(2), {}, 2);
    for (const Plane* plane : {&distances.of0, &distances.of1})
        for (const float v : plane->values)
            ASSERT_EQ(v, distances.of0.values[0]);
}

TEST(MotionPrior, TheOrderWithoutDepthIsThatOfEstimatedDistances) {
    const MovingScene scene;
    const View view = makeView(scene.picture(0), scene.picture(2));
    const RendererVectors vectors0 = scene.vectors(0), vectors1 = scene.vectors(2);
    const Distances distances = distancesByOcclusion(vectors0, vectors1, {}, 2);
    MotionInput input;
    input.view = &view;
    input.vectors0 = &vectors0;
    input.vectors1 = &vectors1;
    input.vectorsChecked = input.depthIsEstimated = true;
    input.depth0 = &distances.of0;
    input.depth1 = &distances.of1;
    const MotionPrior prior = motionPrior(input, 0.5);
    int pixels = 0, right = 0;
    for (int y = 0; y < scene.height; ++y)
        for (int x = 0; x < scene.width; ++x)
            if (scene.isDisc(x, y, 1)) {
                ++pixels;
                right += std::abs(prior.flow0X.at(x, y) + scene.discX) < 0.5f &&
                         std::abs(prior.flow1Y.at(x, y) - scene.discY) < 0.5f;
            }
    EXPECT_GT(right, 0.97 * pixels);
}

} // namespace
