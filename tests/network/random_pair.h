// A view and a prior full of noise, for tests that look at numbers and not at pictures.
#pragma once

#include "inbetween/motion.h"
#include "inbetween/view.h"

#include <random>

namespace inbetween::test {

struct Pair {
    View view;
    MotionPrior prior;
};

inline Pair randomPair(int width, int height, unsigned seed = 1) {
    std::mt19937 random(seed);
    const auto plane = [&](float low, float high) {
        std::uniform_real_distribution<float> uniform(low, high);
        Plane p(width, height);
        for (float& value : p.values)
            value = uniform(random);
        return p;
    };
    const auto colours = [&] {
        return ViewPlanes{ViewPlane(plane(0, 1.5f)), ViewPlane(plane(0, 1.5f)), ViewPlane(plane(0, 1.5f))};
    };
    Pair pair;
    pair.view.key0 = colours();
    pair.view.key1 = colours();
    for (MotionGuess* guess : {static_cast<MotionGuess*>(&pair.prior), &pair.prior.other}) {
        for (Plane* flow : {&guess->flow0X, &guess->flow0Y, &guess->flow1X, &guess->flow1Y})
            *flow = plane(-9, 9);
        guess->confidence0 = plane(0, 1);
        guess->confidence1 = plane(0, 1);
    }
    pair.prior.depthOrder = plane(-1, 1);
    pair.prior.source = MotionSource::vectors;
    return pair;
}

} // namespace inbetween::test
