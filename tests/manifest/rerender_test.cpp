#include "inbetween/rerender.h"

#include "inbetween/error.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

using namespace inbetween;
using testing::HasSubstr;

namespace {

const Box window({0, 0}, {479, 269});

ManifestFrame flagged(int number, std::vector<RiskRegion> regions) {
    ManifestFrame frame;
    frame.frame = number;
    frame.verdict = Verdict::partial;
    frame.regions = std::move(regions);
    return frame;
}

} // namespace

TEST(RerenderTasks, RegionsWhereTheyAreFewAndFramesOtherwise) {
    Manifest manifest;
    manifest.frames = {flagged(2, {{Box({0, 0}, {71, 71}), 0.2, 0.04},
                                   {Box({200, 100}, {271, 171}), 0.1, 0.04}}),
                       flagged(4, {{Box({0, 0}, {479, 199}), 0.2, 0.74}}), flagged(6, {}),
                       flagged(8, {{Box({0, 0}, {9, 9}), 0.2, 0.01}})};
    manifest.frames[3].verdict = Verdict::keep;
    manifest.frames.push_back(flagged(10, {{Box({0, 0}, {9, 9}), 0.2, 0.01}}));
    manifest.frames.back().status = FrameStatus::notMade;
    const std::vector<RerenderTask> tasks = rerenderTasks(manifest, 0.6);
    ASSERT_EQ(tasks.size(), 5u);
    EXPECT_EQ(tasks[0].frame, 2);
    EXPECT_EQ(tasks[0].region, 1);
    EXPECT_EQ(tasks[0].box, Box({0, 0}, {71, 71}));
    EXPECT_EQ(tasks[1].region, 2);
    for (std::size_t i : {2, 3, 4})
        EXPECT_FALSE(tasks[i].box);
    EXPECT_EQ(tasks[4].frame, 10);
    manifest.frames[0].decision = Decision{Verdict::rerender, "Ada", "2026-11-21T10:15:00Z", ""};
    EXPECT_FALSE(rerenderTasks(manifest)[0].box) << "somebody wants all of it";
}

TEST(RegionFiles, HaveTheBoxesForFarms) {
    Manifest manifest;
    manifest.frames = {flagged(2,
                               {{Box({96, 27}, {239, 80}), 0.2, 0.06}, {Box({0, 0}, {39, 39}), 0.1, 0.01}}),
                       flagged(4, {})};
    manifest.frames[1].verdict = Verdict::rerender;
    const auto folder = std::filesystem::temp_directory_path() /
                        ("inbetween-regions-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto textOf = [&](const char* name) {
        std::ifstream stream(folder / name);
        return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    };
    writeShotFiles(folder, manifest);
    EXPECT_EQ(textOf("regions.txt"), "2 1 96 27 144 54\n2 2 0 0 40 40\n");
    EXPECT_EQ(textOf("rerender.txt"), "4\n");
    EXPECT_THAT(textOf("regions.json"), HasSubstr("\"width\": 144"));
    EXPECT_THAT(textOf("regions.json"), HasSubstr("\"frame\": 4"));
    std::filesystem::remove_all(folder);
}

TEST(FillTemplate, PixelsDownAndUpAndShares) {
    const RerenderTask task{12, 3, Box({96, 27}, {239, 80})};
    EXPECT_EQ(
        fillTemplate(
            "-f {frame} {frame4} r{region} {x},{y} {width}x{height} {right},{bottom} up {lower}-{upper}",
            task, window),
        "-f 12 0012 r3 96,27 144x54 239,80 up 189-242");
    EXPECT_EQ(fillTemplate("{{x}} {x}", task, window), "{x} 96");
    EXPECT_THROW(fillTemplate("{left}", task, window), Error);
    EXPECT_THROW(fillTemplate("{x", task, window), Error);
    EXPECT_EQ(fillTemplate("{minX} {maxX} {minY} {maxY} {width} {height}", {12, 0, std::nullopt}, window),
              "0 1 0 1 480 270");
}

TEST(FillTemplate, SharesAreThePixelsWhetherCutOffOrRounded) {
    for (const Box& box : {Box({96, 27}, {239, 80}), Box({0, 0}, {63, 63}), Box({416, 206}, {479, 269}),
                           Box({1, 2}, {3, 4})}) {
        const RerenderTask task{1, 1, box};
        const auto pixels = [&](const char* name, int size) {
            const float at = std::stof(fillTemplate(name, task, window)) * float(size);
            EXPECT_EQ(int(at), std::lround(at)) << name;
            return int(at);
        };
        EXPECT_EQ(pixels("{minX}", 480), box.min.x);
        EXPECT_EQ(pixels("{maxX}", 480), box.max.x + 1);
        EXPECT_EQ(pixels("{minY}", 270), 269 - box.max.y);
        EXPECT_EQ(pixels("{maxY}", 270), 270 - box.min.y);
    }
}

TEST(FillTemplate, BoxesBeyondTheDisplayAreCutOff) {
    const RerenderTask task{1, 1, Box({-20, -20}, {63, 63})};
    EXPECT_EQ(fillTemplate("{x} {y} {width} {height}", task, window), "0 0 64 64");
    EXPECT_EQ(fillTemplate("{x} {minX}", {1, 1, Box({110, 10}, {119, 19})}, Box({100, 0}, {199, 99})),
              "110 0.1025000");
}

TEST(FillTemplate, ATextThatIsTheSameForEveryFrameIsRefused) {
    EXPECT_THROW(fillTemplate("render.sh", {12, 0, std::nullopt}, window), Error);
    EXPECT_THROW(fillTemplate("{{frame}}", {12, 0, std::nullopt}, window), Error);
}

// Columns 96 to 239 and rows 27 to 80 of 480 by 270, so rows 189 to 242 from below.
class RenderCommands : public testing::Test {
protected:
    static std::string command(const char* renderer, const std::string& scene, const Box& frame = window,
                               const std::optional<Box>& box = Box({96, 27}, {239, 80})) {
        const auto lines = renderCommands(renderer, {{12, box ? 3 : 0, box}},
                                          {scene, "/again", "sh010.####.exr"}, frame);
        EXPECT_EQ(lines.size(), 1u);
        return lines.at(0);
    }
};

TEST_F(RenderCommands, ArnoldCountsFromAboveAndNamesTheLastPixel) {
    EXPECT_EQ(command("arnold", "sh010.####.ass"),
              "mkdir -p '/again/3' && kick -dw -i 'sh010.0012.ass' -o '/again/3/sh010.0012.exr' "
              "-rg 96 27 239 80");
    EXPECT_THAT(command("arnold", "a.ass", window, std::nullopt),
                testing::EndsWith("-o '/again/sh010.0012.exr' -rg 0 0 479 269"));
}

TEST_F(RenderCommands, VRayCountsFromAboveAndNamesTheFirstPixelBeyond) {
    EXPECT_EQ(command("vray", "sh010.vrscene"),
              "mkdir -p '/again/3' && vray -display=0 -noFrameNumbers=1 -sceneFile='sh010.vrscene' "
              "-frames=12 -imgFile='/again/3/sh010.0012.exr' -region='96;27;240;81'");
}

TEST_F(RenderCommands, MayaCountsFromBelowAndNamesTheLastPixel) {
    EXPECT_EQ(command("maya", "sh010.ma"),
              "mkdir -p '/again/3' && Render -s 12 -e 12 -rd '/again/3' -reg 96 239 189 242 'sh010.ma'");
}

TEST_F(RenderCommands, RenderManTakesSharesFromAbove) {
    // 95.75 / 480, 239.75 / 480, 26.75 / 270, 80.75 / 270.
    EXPECT_EQ(command("renderman", "/show/sh010.####.rib"),
              "mkdir -p '/again/3' && prman -cwd '/again/3' -crop 0.1994792 0.4994792 0.0990741 0.2990741 "
              "'/show/sh010.0012.rib'");
    EXPECT_THAT(command("renderman", "/a.rib", window, std::nullopt),
                HasSubstr("-crop 0.0000000 1.0000000 0.0000000 1.0000000"));
}

// As the specification's CropWindow: ceil(size * min) to ceil(size * max - 1).
TEST_F(RenderCommands, RenderManGetsExactlyThePixelsOfTheBox) {
    for (const Box& box : {Box({96, 27}, {239, 80}), Box({0, 0}, {63, 63}), Box({416, 206}, {479, 269})}) {
        float crop[4];
        const std::string line = command("renderman", "/a.rib", window, box);
        ASSERT_EQ(std::sscanf(line.c_str() + line.find("-crop"), "-crop %f %f %f %f", &crop[0], &crop[1],
                              &crop[2], &crop[3]),
                  4);
        EXPECT_EQ(std::ceil(480 * crop[0]), box.min.x);
        EXPECT_EQ(std::ceil(480 * crop[1] - 1), box.max.x);
        EXPECT_EQ(std::ceil(270 * crop[2]), box.min.y);
        EXPECT_EQ(std::ceil(270 * crop[3] - 1), box.max.y);
    }
}

TEST_F(RenderCommands, BoxesAreCountedFromTheCornerOfTheFrameAndCutOffAtItsEdge) {
    const Box frame({100, 50}, {199, 149});
    EXPECT_THAT(command("arnold", "a.ass", frame, Box({110, 40}, {250, 79})),
                testing::EndsWith("-rg 10 0 99 29"));
    EXPECT_THAT(command("maya", "a.ma", frame, Box({110, 40}, {250, 79})), HasSubstr("-reg 10 99 70 99 "));
}

TEST_F(RenderCommands, BlenderStartsOnceForAllBoxesAndFrames) {
    const auto lines = renderCommands("blender",
                                      {{12, 1, Box({96, 27}, {239, 80})},
                                       {12, 2, Box({0, 0}, {63, 63})},
                                       {14, 0, std::nullopt}},
                                      {"it's {my}.blend", "/again", "sh010.####.exr"}, window);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], testing::StartsWith("blender -b 'it'\\''s {my}.blend' --python-exit-code 1 "
                                              "--python-expr 'import bpy\n"));
    // 96.25 / 480, 189.25 / 270 from below, 240.25 / 480, 243.25 / 270.
    EXPECT_THAT(lines[0], HasSubstr("(12, \"/again/1/sh010.####\", (0.2005208, 0.7009259, 0.5005208, "
                                    "0.9009259)),\n"));
    EXPECT_THAT(lines[0], HasSubstr("(12, \"/again/2/sh010.####\", (0.0005208, 0.7638889, 0.1338542, "
                                    "1.0000000)),\n"));
    EXPECT_THAT(lines[0], HasSubstr("(14, \"/again/sh010.####\", None),\n"));
    EXPECT_THAT(lines[0], HasSubstr("r.use_crop_to_border = False\n"));
}

TEST_F(RenderCommands, NothingToRenderIsNoCommandAndAnUnknownRendererIsRefused) {
    EXPECT_TRUE(renderCommands("blender", {}, {"s.blend", "again", "a.####.exr"}, window).empty());
    EXPECT_THROW(renderCommands("crayon", {}, {"s", "again", "a.####.exr"}, window), Error);
}
