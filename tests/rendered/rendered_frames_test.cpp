#include "rendered/rendered_frames.h"

#include "inbetween/error.h"
#include "rendered/splice.h"
#include "support/exr_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace inbetween;
using namespace inbetween::test;
namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

const FramePattern pattern{".", "shot.", ".exr", 4};
const Box display({0, 0}, {63, 47});

ExrSpec frame(const Box& dataWindow, float value = 1) {
    ExrSpec spec;
    spec.displayWindow = display;
    spec.parts[0].dataWindow = dataWindow;
    spec.parts[0].value = [value](int, int, int) { return value; };
    return spec;
}

std::vector<int> numbersOf(const std::vector<RenderedFile>& files) {
    std::vector<int> numbers;
    for (const RenderedFile& file : files)
        numbers.push_back(file.frame);
    return numbers;
}

class RenderedFrames : public testing::Test {
protected:
    TemporaryFolder folder;

    Image read(const ExrSpec& spec) {
        writeExrFile(folder / "read.0001.exr", spec);
        return readExr(folder / "read.0001.exr");
    }
};

TEST_F(RenderedFrames, AreFoundInAFolderAndInThoseInIt) {
    fs::create_directories(folder / "1");
    for (const char* name :
         {"shot.0004.exr", "shot.0012.EXR", "other.0003.exr", "1/shot.0004.exr", "notes.txt"})
        writeBytes(folder / name, "");
    std::vector<std::string> problems;
    EXPECT_THAT(numbersOf(findRenderedFiles(folder.path(), pattern, problems)), ElementsAre(4, 4, 12));
    EXPECT_THAT(numbersOf(findRenderedFiles(folder / "other.####.exr", pattern, problems)), ElementsAre(3));
    EXPECT_THAT(numbersOf(findRenderedFiles(folder / "other.0003.exr", pattern, problems)), ElementsAre(3));
    EXPECT_TRUE(problems.empty());
    EXPECT_THROW(findRenderedFiles(folder / "nowhere", pattern, problems), Error);
}

TEST_F(RenderedFrames, OfAnotherNameAreTakenWhereThatIsClear) {
    writeBytes(folder / "again.0004.exr", "");
    std::vector<std::string> problems;
    EXPECT_THAT(numbersOf(findRenderedFiles(folder.path(), pattern, problems)), ElementsAre(4));
    writeBytes(folder / "once_more.0004.exr", "");
    findRenderedFiles(folder.path(), pattern, problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_THAT(problems[0], HasSubstr("frame 4 is there twice"));
}

TEST_F(RenderedFrames, AreKeptWholeAndInRegions) {
    writeExrFile(folder / "shot.0004.exr", frame(display));
    const RenderedFile file{4, folder / "shot.0004.exr"};
    const Box region({-3, 5}, {12, 20});
    EXPECT_TRUE(storeRegion(folder / "out", pattern, file, region));
    EXPECT_FALSE(storeRegion(folder / "out", pattern, file, region));
    RenderedStore store = openRenderedStore(folder / "out", pattern);
    ASSERT_EQ(store.regions.at(4).size(), 1u);
    EXPECT_EQ(store.regions.at(4)[0].box, region);
    EXPECT_TRUE(storeFrame(folder / "out", pattern, file));
    store = openRenderedStore(folder / "out", pattern);
    EXPECT_EQ(store.frames.count(4), 1u);
    EXPECT_TRUE(store.regions.empty()) << "the whole frame is there";
    EXPECT_TRUE(openRenderedStore(folder / "nowhere", pattern).frames.empty());
}

TEST_F(RenderedFrames, ASmallerDataWindowIsARegionAndALittleSmallerOneIsNot) {
    const Image key = read(frame(display));
    const std::vector<Box> expected{display};
    EXPECT_EQ(renderedBox(read(frame(display)), expected, key), std::nullopt);
    EXPECT_EQ(renderedBox(read(frame(Box({2, 1}, {61, 45}))), expected, key), std::nullopt);
    const Box part({10, 10}, {40, 30});
    EXPECT_EQ(renderedBox(read(frame(part)), expected, key), part);
    // Renderers crop to what is to be seen: that is what the keyframes around lead to expect.
    EXPECT_EQ(renderedBox(read(frame(part)), {part}, key), std::nullopt);
}

// As Blender leaves a border render: no colour outside, 1e10 in the depth, 1e4 in the vectors.
TEST_F(RenderedFrames, ABorderIsSeenWhereDepthAndVectorsAreFilledOutside) {
    const Box part({8, 8}, {39, 31});
    const float fills[] = {0, 1e4f, 1e10f}; // the channels in the order of their names
    ExrSpec border = frame(display), whole = frame(display);
    for (ExrSpec* spec : {&border, &whole})
        spec->parts[0].channels = {{"R"}, {"Vector.X", Imf::FLOAT}, {"Z", Imf::FLOAT}};
    border.parts[0].value = [&](int x, int y, int c) {
        return part.intersects(Imath::V2i(x, y)) ? 2.0f : fills[c];
    };
    EXPECT_EQ(renderedBox(read(border), {display}, read(whole)), part);
    EXPECT_EQ(renderedBox(read(whole), {display}, read(whole)), std::nullopt);
}

TEST_F(RenderedFrames, ZeroAroundABoxIsABorderRenderAndAroundAThingItIsNot) {
    const Image key = read(frame(display));
    const Box part({10, 10}, {40, 30});
    ExrSpec border = frame(display), thing = frame(display);
    border.parts[0].value = [&](int x, int y, int) {
        return part.intersects(Imath::V2i(x, y)) ? 1.0f : 0.0f;
    };
    thing.parts[0].value = [](int x, int y, int) {
        return (x - 30) * (x - 30) + (y - 20) * (y - 20) < 150 ? 1.0f : 0.0f;
    };
    EXPECT_EQ(renderedBox(read(border), {display}, key), part);
    EXPECT_EQ(renderedBox(read(thing), {display}, key), std::nullopt);
    // Where the keyframes are empty there, too, nothing is missing.
    EXPECT_EQ(renderedBox(read(border), {display}, read(border)), std::nullopt);
    const auto nothing = renderedBox(read(frame(display, 0)), {display}, key);
    ASSERT_TRUE(nothing);
    EXPECT_TRUE(nothing->isEmpty());
}

TEST(SpliceWeight, RisesInsideTheBoxButNotAlongTheBorderOfTheFrame) {
    const Box box({10, 0}, {50, 40});
    EXPECT_EQ(spliceWeight(box, display, 9, 20), 0);
    EXPECT_GT(spliceWeight(box, display, 10, 20), 0);
    for (int x = 10; x < 10 + featherPx; ++x)
        EXPECT_LT(spliceWeight(box, display, x, 20), spliceWeight(box, display, x + 1, 20));
    EXPECT_EQ(spliceWeight(box, display, 10 + featherPx, 20), 1);
    EXPECT_EQ(spliceWeight(box, display, 30, 0), 1) << "along the upper border of the frame";
    EXPECT_LT(spliceWeight(box, display, 30, 40), 1);
}

} // namespace
