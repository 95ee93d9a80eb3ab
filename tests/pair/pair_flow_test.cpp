#include "pair/pair_flow.h"

#include <atomic>
#include <gtest/gtest.h>
#include <stdexcept>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace inbetween {
namespace {

View shifted(int by) {
    const auto picture = [](int shift) {
        ColourPlanes planes{Plane(96, 64), Plane(96, 64), Plane(96, 64)};
        for (int y = 0; y < 64; ++y)
            for (int x = 0; x < 96; ++x)
                planes.r.at(x, y) = planes.g.at(x, y) = planes.b.at(x, y) =
                    0.3f + 0.1f * float((x - shift + 200) * 7919 % 23) / 23 +
                    0.1f * float(y * 104729 % 19) / 19;
        return planes;
    };
    return makeView(picture(0), picture(by));
}

TEST(SharedPairFlow, IsComputedOnceForAllWhoAskAtOnce) {
    const View view = shifted(2);
    std::atomic<int> asked = 0;
    tbb::task_arena(4).execute([&] {
        for (int round = 0; round < 20; ++round) {
            SharedPairFlow shared;
            asked = 0;
            std::atomic<const PairFlow*> first = nullptr;
            std::atomic<int> others = 0;
            tbb::parallel_for(0, 8, [&](int) {
                const PairFlow* flow = shared.get(FlowDepth::classical, [&] {
                    ++asked;
                    return SharedPairFlow::Source{&view, Box({0, 0}, {95, 63})};
                });
                const PairFlow* expected = nullptr;
                others += !first.compare_exchange_strong(expected, flow) && expected != flow;
            });
            ASSERT_EQ(asked, 1);
            ASSERT_EQ(others, 0);
            ASSERT_NE(first, nullptr);
        }
    });
}

TEST(SharedPairFlow, LargeDisplacementIsAddedWhenItIsAskedFor) {
    const View view = shifted(2);
    const auto source = [&] { return SharedPairFlow::Source{&view, Box({0, 0}, {95, 63})}; };
    SharedPairFlow shared;
    EXPECT_FALSE(shared.get(FlowDepth::classical, source)->upright.largeDisplacement.has_value());
    const PairFlow* flow = shared.get(FlowDepth::largeDisplacement, source);
    ASSERT_TRUE(flow->upright.largeDisplacement.has_value());
    EXPECT_EQ(flow->upright.largeDisplacement->forward.x.values,
              withLargeDisplacement(view, estimateFlow(view)).forward.x.values);
    EXPECT_EQ(flow->upright.classical.forward.x.values, estimateFlow(view).forward.x.values);
    EXPECT_FALSE(flow->rotated.has_value());
}

TEST(SharedPairFlow, ThatOfTheRotatedPicturesIsAddedWhenItIsAskedFor) {
    const View view = shifted(2);
    SharedPairFlow shared;
    const PairFlow* flow = shared.get(FlowDepth::secondPass, [&] {
        return SharedPairFlow::Source{&view, Box({0, 0}, {95, 63})};
    });
    ASSERT_TRUE(flow->upright.largeDisplacement.has_value());
    ASSERT_TRUE(flow->rotated.has_value() && flow->rotated->largeDisplacement.has_value());
    const FlowPair classical = estimateFlow(view, false, Orientation::rotated);
    EXPECT_EQ(flow->rotated->classical.forward.x.values, classical.forward.x.values);
    EXPECT_EQ(flow->rotated->largeDisplacement->forward.x.values,
              withLargeDisplacement(view, classical, Orientation::rotated).forward.x.values);
}

TEST(SharedPairFlow, WhatIsThrownGoesToTheCallerAndTheNextOneTriesAgain) {
    const View view = shifted(2);
    SharedPairFlow shared;
    EXPECT_THROW(shared.get(FlowDepth::classical,
                            []() -> SharedPairFlow::Source { throw std::runtime_error("no memory"); }),
                 std::runtime_error);
    EXPECT_NE(shared.get(FlowDepth::classical,
                         [&] {
                             return SharedPairFlow::Source{&view, Box({0, 0}, {95, 63})};
                         }),
              nullptr);
}

TEST(SharedPairFlow, WhatCannotBeKnownIsNone) {
    SharedPairFlow still;
    EXPECT_EQ(still.get(FlowDepth::largeDisplacement, [] { return SharedPairFlow::Source{}; }), nullptr);
}

} // namespace
} // namespace inbetween
