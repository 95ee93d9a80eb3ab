#include "inbetween/error.h"
#include "inbetween/groups.h"

#include <cstring>
#include <functional>
#include <gmock/gmock.h>

namespace inbetween {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int side = 64;

struct LayerSpec {
    std::string name;
    std::function<float(int x, int y, int channel)> value;
};

Image makeImage(const std::vector<LayerSpec>& layers) {
    Image image;
    image.displayWindow = {{0, 0}, {side - 1, side - 1}};
    Part part;
    part.dataWindow = image.displayWindow;
    for (const LayerSpec& layer : layers)
        for (int c = 0; c < 3; ++c) {
            Channel channel;
            channel.name = layer.name + "." + "RGB"[c];
            channel.type = SampleType::float32;
            channel.samples.resize(side * side * sizeof(float));
            for (int i = 0; i < side * side; ++i) {
                const float v = layer.value(i % side, i / side, c);
                std::memcpy(channel.samples.data() + i * sizeof(float), &v, sizeof v);
            }
            part.channels.push_back(std::move(channel));
        }
    image.parts.push_back(std::move(part));
    return image;
}

float sun(int x, int y, int c) {
    return 0.2f + 0.1f * float((x * 7 + y * 3 + c) % 11);
}
float lamp(int x, int y, int c) {
    return x > 20 && y > 10 ? 0.05f * float((x * 5 + y * y + 2 * c) % 13) : 0.0f;
}
float moving(int x, int y, int c) {
    return 0.1f * float((x * x + 3 * y + c) % 7);
}
float lit(int x, int y, int c) {
    return sun(x, y, c) + lamp(x, y, c);
}

TEST(RolesFromPixels, LayersThatAddUpToTheBeautyAreItsPasses) {
    const Image image = makeImage({{"beauty", lit}, {"one", sun}, {"two", lamp}, {"three", moving}});
    ASSERT_TRUE(needsPixels(image, {}));
    const RoleOptions options = withRolesFromPixels(image, {});
    EXPECT_EQ(options.beauty, "");
    EXPECT_THAT(options.passes, ElementsAre("one", "two"));
    EXPECT_EQ(findGroups(image, options).size(), 2u) << "the beauty with its passes, and three";
}

TEST(RolesFromPixels, KnownPassesHelpToAddUp) {
    const Image image = makeImage({{"beauty", lit}, {"diffuse", sun}, {"mine", lamp}});
    EXPECT_THAT(withRolesFromPixels(image, {}).passes, ElementsAre("mine"));
}

TEST(RolesFromPixels, TheOneThatOthersAddUpToIsTheBeauty) {
    const Image image = makeImage({{"a", sun}, {"b", lamp}, {"whole", lit}});
    const RoleOptions options = withRolesFromPixels(image, {});
    EXPECT_EQ(options.beauty, "whole");
    EXPECT_THAT(options.passes, ElementsAre("a", "b"));
    EXPECT_EQ(findGroups(image, options).size(), 1u);
}

TEST(RolesFromPixels, WhatDoesNotAddUpIsLeftAsItIs) {
    const Image pictures = makeImage({{"beauty", lit}, {"other", moving}});
    EXPECT_EQ(withRolesFromPixels(pictures, {}), RoleOptions());
    const Image undecided = makeImage({{"one", sun}, {"two", lamp}, {"three", moving}});
    EXPECT_EQ(withRolesFromPixels(undecided, {}), RoleOptions());
    EXPECT_THROW(findGroups(undecided, withRolesFromPixels(undecided, {})), Error);
    const Image black = makeImage({{"beauty", [](int, int, int) { return 0.0f; }}, {"other", moving}});
    EXPECT_THAT(withRolesFromPixels(black, {}).passes, IsEmpty());
}

TEST(RolesFromPixels, NamesThatAreKnownNeedNone) {
    EXPECT_FALSE(needsPixels(makeImage({{"beauty", lit}, {"diffuse", sun}, {"hud", moving}}), {}));
    EXPECT_FALSE(needsPixels(makeImage({{"one", lit}}), {}));
}

} // namespace
} // namespace inbetween
