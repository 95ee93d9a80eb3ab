#include "inbetween/rerender.h"

#include "inbetween/error.h"

#include <cmath>
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
    EXPECT_EQ(fillTemplate("{{x}}", task, window), "{x}");
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

TEST(BlenderTemplate, QuotesWhatAShellWouldTake) {
    const RerenderTask task{12, 2, Box({0, 0}, {63, 63})};
    const std::string command = fillTemplate(blenderTemplate(task, "it's {my}.blend", "again",
                                                             "sh010.####.exr"),
                                             task, window);
    EXPECT_THAT(command, testing::StartsWith("blender -b 'it'\\''s {my}.blend' --python-expr 'import bpy"));
    EXPECT_THAT(command, HasSubstr("r.border_max_x = 0.1338542"));
    EXPECT_THAT(command, testing::EndsWith("-o 'again/2/sh010.####' -f 12"));
    const RerenderTask whole{12, 0, std::nullopt};
    const std::string all = fillTemplate(blenderTemplate(whole, "s.blend", "again", "sh010.####.exr"), whole,
                                         window);
    EXPECT_THAT(all, HasSubstr("use_border = False"));
    EXPECT_THAT(all, testing::EndsWith("-o 'again/sh010.####' -f 12"));
}
