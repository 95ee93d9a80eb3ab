#include "inbetween/error.h"
#include "inbetween/groups.h"

#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace inbetween {
namespace {

struct PartNames {
    std::string name, view;
    std::vector<std::string> channels;
};

Image makeImage(const std::vector<PartNames>& parts) {
    Image image;
    for (const PartNames& names : parts) {
        Part part;
        part.name = names.name;
        part.view = names.view;
        for (const std::string& name : names.channels) {
            Channel channel;
            channel.name = name;
            part.channels.push_back(channel);
        }
        image.parts.push_back(part);
    }
    return image;
}

// "Env.Combined" stands for its R, G and B, "Env.Combined.Z" for itself.
Image layers(const std::vector<std::string>& names) {
    std::vector<std::string> channels;
    for (const std::string& name : names) {
        const std::string last = name.substr(name.rfind('.') + 1);
        if (last.size() == 1 && name != "C")
            channels.push_back(name);
        else
            for (const char* c : {".B", ".G", ".R"})
                channels.push_back(name + c);
    }
    return makeImage({{"", "", channels}});
}

std::string nameIn(const Image& image, ChannelRef ref) {
    if (!ref)
        return "-";
    const Part& part = image.parts.at(std::size_t(ref.part));
    return (part.name.empty() ? "" : part.name + ":") + part.channels.at(std::size_t(ref.channel)).name;
}

// A group a line: its name, its beauty's red, depth and first vector, and how many channels it has.
std::string groupsOf(const Image& image, const RoleOptions& options = {}) {
    const std::vector<ChannelGroup> groups = findGroups(image, options);
    const std::vector<Image> images = splitIntoGroups(image, groups);
    std::string text;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const ChannelRoles& roles = groups[i].roles;
        text += fmt::format("{}: {} {} {} {}\n", groups[i].name, nameIn(images[i], roles.red),
                            nameIn(images[i], roles.depth), nameIn(images[i], roles.vector[0]),
                            groups[i].channels.size());
    }
    return text;
}

using Parts = std::vector<PartNames>;

TEST(FindGroups, WhatBelongsToTheBeautyGoesWithIt) {
    EXPECT_EQ(groupsOf(makeImage(Parts{{"", "", {"A", "B", "G", "R", "Z"}}})), "beauty: R Z - 5\n");
    EXPECT_EQ(groupsOf(layers({"R", "G", "B", "diffuse", "specular_direct", "AO", "N.X", "N.Y", "N.Z",
                               "albedo", "crypto_object00", "motionvector"})),
              "beauty: R - motionvector.R 24\n");
    EXPECT_EQ(groupsOf(layers({"L.Combined", "L.DiffDir", "L.GlossCol", "L.Env", "L.Denoising Albedo",
                               "L.Combined_key", "L.Shadow Catcher", "L.Depth.Z"})),
              "L: L.Combined.R L.Depth.Z - 22\n")
        << "whatever a pass of a view layer is called";
    EXPECT_EQ(groupsOf(layers({"RGBA", "RGBA_key", "RGBA_rim_left", "sss_albedo", "coat"})),
              "beauty: RGBA.R - - 15\n");
    EXPECT_EQ(groupsOf(layers(
                  {"beauty", "VRayGlobalIllumination", "VRayBackground", "VRayMtlID", "VRayVelocity"})),
              "beauty: beauty.R - VRayVelocity.R 15\n");
    EXPECT_EQ(groupsOf(
                  layers({"FinalImage", "FinalImageMovieRenderQueue_MotionVectors", "ActorHitProxyMask00"})),
              "beauty: FinalImage.R - FinalImageMovieRenderQueue_MotionVectors.R 9\n");
    EXPECT_EQ(groupsOf(layers({"Ci", "directDiffuse", "indirectSpecular", "subsurface", "emissive"})),
              "beauty: Ci.R - - 15\n");
}

TEST(FindGroups, ViewLayersAreOneEach) {
    EXPECT_EQ(groupsOf(layers({"Char.Combined", "Char.Depth.Z", "Char.DiffDir", "Env.Combined", "Env.Depth.Z",
                               "Env.Vector.X", "Env.Vector.Y", "Env.Vector.Z", "Env.Vector.W"})),
              "Char: Char.Combined.R Char.Depth.Z - 7\n"
              "Env: Env.Combined.R Env.Depth.Z Env.Vector.X 8\n");
    EXPECT_EQ(groupsOf(layers({"A.DiffDir", "A.GlossDir", "B.Combined"})),
              "B: B.Combined.R - - 3\nA: A.DiffDir.R - - 6\n");
}

TEST(FindGroups, ForegroundAndBackgroundAreOneEach) {
    EXPECT_EQ(groupsOf(layers({"fg", "fg.A", "fg.Z", "bg", "bg.A", "bg_depth.Z"})),
              "fg: fg.R fg.Z - 5\nbg: bg.R bg_depth.Z - 5\n");
    EXPECT_EQ(groupsOf(layers({"R", "G", "B", "Z", "hud", "hud.A"})), "beauty: R Z - 4\nhud: hud.R - - 4\n");
    EXPECT_EQ(groupsOf(layers({"Image", "Image.001", "Depth.Z"})),
              "beauty: Image.R Depth.Z - 4\nImage.001: Image.001.R - - 3\n");
}

TEST(FindGroups, EyesAreOneEach) {
    EXPECT_EQ(groupsOf(makeImage({{"rgba.left", "left", {"B", "G", "R", "Z"}},
                                  {"rgba.right", "right", {"B", "G", "R", "Z"}},
                                  {"motionvector.right", "right", {"X", "Y"}}})),
              "left: rgba.left:R rgba.left:Z - 4\n"
              "right: rgba.right:R rgba.right:Z motionvector.right:X 6\n");
    EXPECT_EQ(groupsOf(layers({"left", "left.Z", "right", "right.Z", "right.diffuse"})),
              "left: left.R left.Z - 4\nright: right.R right.Z - 7\n")
        << "by names alone";
}

TEST(FindGroups, PartsWithColourOfTheirOwnAreOneEach) {
    EXPECT_EQ(groupsOf(makeImage({{"Env", "", {"B", "G", "R", "Z", "diffuse.B", "diffuse.G", "diffuse.R"}},
                                  {"Char", "", {"A", "B", "G", "R", "Z"}},
                                  {"crypto_object00", "", {"B", "G", "R"}}})),
              "Env: Env:R Env:Z - 10\nChar: Char:R Char:Z - 5\n");
    EXPECT_EQ(groupsOf(makeImage(
                  {{"rgba", "", {"B", "G", "R"}}, {"depth", "", {"Z"}}, {"specular", "", {"B", "G", "R"}}})),
              "beauty: rgba:R depth:Z - 7\n");
}

TEST(FindGroups, AKnownNameIsTheBeautyWhateverComesFirst) {
    EXPECT_EQ(groupsOf(layers({"AO", "Image", "DiffCol"})), "beauty: Image.R - - 9\n");
    EXPECT_EQ(groupsOf(layers({"another", "Ci"})), "beauty: Ci.R - - 3\nanother: another.R - - 3\n");
}

TEST(FindGroups, SeveralThatMayBeTheBeautyAreListed) {
    try {
        groupsOf(layers({"one", "two", "diffuse"}));
        FAIL() << "no layer was refused";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(),
                    testing::AllOf(testing::HasSubstr("one, two"), testing::HasSubstr("--beauty")));
    }
    EXPECT_EQ(groupsOf(layers({"one", "two", "diffuse"}), {.beauty = "two"}),
              "beauty: two.R - - 6\none: one.R - - 3\n");
    EXPECT_EQ(groupsOf(layers({"one", "two"}), {.beauty = "two", .passes = {"one"}}),
              "beauty: two.R - - 6\n");
}

TEST(FindGroups, RolesCanBeSet) {
    const Image image = layers({"Image", "depth.Z", "front.Z", "shove.X", "shove.Y", "marks"});
    EXPECT_EQ(groupsOf(image, {.depth = "front", .vectors = {"shove"}, .identifiers = {"marks"}}),
              "beauty: Image.R front.Z shove.X 10\n");
    for (const RoleOptions& options :
         {RoleOptions{.beauty = "x"}, RoleOptions{.depth = "x"}, RoleOptions{.vectors = {"x"}},
          RoleOptions{.identifiers = {"x"}}, RoleOptions{.passes = {"x"}}})
        EXPECT_THROW(findGroups(image, options), Error) << "an option that finds nothing is not passed over";
}

TEST(FindGroups, AnImageWithoutColourIsOneGroup) {
    EXPECT_EQ(groupsOf(layers({"R", "Z"})), "beauty: R Z - 2\n");
    EXPECT_EQ(groupsOf(makeImage({{"", "", {}}})), "beauty: - - - 0\n");
}

TEST(RolesByGroup, SayWhatEachLayerIsFor) {
    const Image image = layers({"Image", "Image.A", "AO", "N.X", "N.Y", "N.Z", "Z", "velocity.X",
                                "velocity.Y", "velocity.Z", "crypto00", "hud"});
    std::string text;
    for (const GroupRoles& group : rolesByGroup(image, findGroups(image)))
        for (const LayerRoles& layer : group.layers)
            text += fmt::format("{} {} {}: {}\n", group.name, layer.layer, fmt::join(layer.channels, ""),
                                fmt::join(layer.roles, ", "));
    EXPECT_EQ(text, "beauty Image BGRA: beauty\n"
                    "beauty AO BGR: pass\n"
                    "beauty N XYZ: data\n"
                    "beauty  Z: depth\n"
                    "beauty velocity XYZ: vectors (arnold), vectors, not used\n"
                    "beauty crypto00 BGR: ids\n"
                    "hud hud BGR: beauty\n");
}

Image numbered() {
    Image image = makeImage({{"Env", "", {"B", "G", "R"}}, {"mixed", "", {"Z", "hud.B", "hud.G", "hud.R"}}});
    int number = 0;
    for (Part& part : image.parts) {
        part.dataWindow = {{0, 0}, {1, 0}};
        for (Channel& channel : part.channels)
            channel.samples.resize(4, std::byte(++number));
    }
    return image;
}

TEST(SplitIntoGroups, JoinedAgainTheImageIsWhatItWas) {
    const Image image = numbered();
    const std::vector<ChannelGroup> groups = findGroups(image);
    ASSERT_EQ(groups.size(), 2u);
    std::vector<Image> images = splitIntoGroups(image, groups);
    ASSERT_EQ(images.size(), 2u);
    ASSERT_EQ(images[1].parts.size(), 1u);
    EXPECT_EQ(images[1].parts[0].name, "mixed");
    EXPECT_EQ(images[1].parts[0].channels.size(), 3u);
    const Image joined = joinGroups(std::move(images), groups);
    ASSERT_EQ(joined.parts.size(), image.parts.size());
    for (std::size_t p = 0; p < image.parts.size(); ++p) {
        EXPECT_EQ(joined.parts[p].name, image.parts[p].name);
        EXPECT_EQ(joined.parts[p].dataWindow, image.parts[p].dataWindow);
        ASSERT_EQ(joined.parts[p].channels.size(), image.parts[p].channels.size());
        for (std::size_t c = 0; c < image.parts[p].channels.size(); ++c) {
            EXPECT_EQ(joined.parts[p].channels[c].name, image.parts[p].channels[c].name);
            EXPECT_EQ(joined.parts[p].channels[c].samples, image.parts[p].channels[c].samples);
        }
    }
}

TEST(SplitIntoGroups, OtherChannelsOrImagesAreRefused) {
    const std::vector<ChannelGroup> groups = findGroups(numbered());
    EXPECT_THROW(splitIntoGroups(layers({"R"}), groups), Error);
    EXPECT_THROW(joinGroups({}, groups), Error);
    EXPECT_THROW(joinGroups(std::vector<Image>(2), groups), Error);
    std::vector<Image> images = splitIntoGroups(numbered(), groups);
    images[1].parts[0].dataWindow.max.x = 7;
    EXPECT_THROW(joinGroups(std::move(images), groups), Error);
}

} // namespace
} // namespace inbetween
