#include "inbetween/error.h"
#include "inbetween/layer_sequences.h"
#include "inbetween/sequence.h"
#include "sequence/frame_files.h"
#include "support/exr_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace inbetween {
namespace {

using namespace test;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

class Companions : public ::testing::Test {
protected:
    void write(const std::string& form, const std::vector<int>& frames, const ExrSpec& spec = {}) const {
        for (const int frame : frames) {
            const fs::path path = folder / fmt::format(fmt::runtime(form), frame);
            fs::create_directories(path.parent_path());
            writeExrFile(path, spec);
        }
    }
    std::string in(const std::string& name) const { return (folder / name).string(); }
    static ExrSpec depth() { return {.parts = {{.channels = {{"Z", Imf::FLOAT}}}}}; }

    TemporaryFolder folder;
};

TEST_F(Companions, BringTheirFilesToTheKeyframes) {
    write("x_{:04}.beauty.exr", {1, 3, 5});
    write("x_{:04}.depth.exr", {1, 2, 3}, depth());
    Sequence sequence = findSequence(in("x_####.beauty.exr"));
    addCompanions(sequence, {in("x_####.depth.exr")});
    ASSERT_EQ(sequence.companions.size(), 1u);
    EXPECT_EQ(sequence.companions[0].layer, "depth");
    EXPECT_EQ(sequence.companions[0].outputPath(2), "x_0002.depth.exr");
    EXPECT_THAT(sequence.find(1)->companions, ElementsAre(folder / "x_0001.depth.exr"));
    EXPECT_THAT(sequence.find(5)->companions, ElementsAre(fs::path()));
    ASSERT_EQ(sequence.problems.size(), 1u);
    EXPECT_THAT(sequence.problems[0].message, AllOf(HasSubstr("x_####.depth.exr"), HasSubstr("5")));
}

TEST_F(Companions, WithTheSameNamesAreWrittenToFoldersOfTheirOwn) {
    for (const char* layer : {"beauty", "depth", "risk"})
        write(std::string(layer) + "/x.{:04}.exr", {1, 3});
    Sequence sequence = findSequence(in("beauty"));
    addCompanions(sequence, {in("depth"), in("risk")});
    EXPECT_EQ(sequence.companions[0].outputPath(2), "depth/x.0002.exr");
    EXPECT_EQ(sequence.companions[1].outputPath(2), "risk_/x.0002.exr") << "OUT/risk has the maps";
}

TEST_F(Companions, ThatAreNoneAreRefused) {
    write("x_{:04}.beauty.exr", {1, 3});
    write("y.{:04}.exr", {10, 11});
    Sequence sequence = findSequence(in("x_####.beauty.exr"));
    EXPECT_THROW(addCompanions(sequence, {in("x_####.beauty.exr")}), Error);
    EXPECT_THROW(addCompanions(sequence, {in("y.####.exr")}), Error);
    EXPECT_THROW(addCompanions(sequence, {in("nowhere")}), Error);
}

TEST_F(Companions, AreOneImageWithTheFirstFileAndGoBackToTheirFiles) {
    write("x_{:04}.beauty.exr", {1, 3});
    write("x_{:04}.depth.exr", {1, 3}, depth());
    ExrSpec parts{.parts = {{.name = "a"}, {.name = "b"}}};
    write("x_{:04}.more.exr", {1, 3}, parts);
    Sequence sequence = findSequence(in("x_####.beauty.exr"));
    addCompanions(sequence, {in("x_####.depth.exr"), in("x_####.more.exr")});
    Image image = readFrameFiles(*sequence.find(1), sequence.companions, {});
    ASSERT_EQ(image.parts.size(), 4u);
    EXPECT_EQ(image.parts[0].file, 0);
    EXPECT_EQ(image.parts[1].name, "depth") << "says what its channels are";
    EXPECT_EQ(image.parts[1].file, 1);
    EXPECT_EQ(image.parts[3].name, "b");
    EXPECT_EQ(image.parts[3].file, 2);
    EXPECT_THAT(image.missingFiles, IsEmpty());
    EXPECT_EQ(readFrameInfo(*sequence.find(1), sequence.companions, {}).parts.size(), 4u);

    const char* files[] = {"x_0001.beauty.exr", "x_0001.depth.exr", "x_0001.more.exr"};
    for (int file = 0; file < 3; ++file)
        EXPECT_EQ(pixelHash(takeFile(image, file)), pixelHash(readExr(folder / files[file]))) << files[file];
    EXPECT_TRUE(image.parts.empty());
}

TEST_F(Companions, ThatCannotBeUsedCostOnlyThemselves) {
    write("x_{:04}.beauty.exr", {1, 3});
    write("x_{:04}.a.exr", {3, 5});
    write("x_{:04}.b.exr", {1, 3}, {.displayWindow = {{0, 0}, {31, 23}}});
    write("x_{:04}.c.exr", {1, 3}, depth());
    writeBytes(folder / "x_0001.c.exr", "no picture");
    Sequence sequence = findSequence(in("x_####.beauty.exr"));
    addCompanions(sequence, {in("x_####.a.exr"), in("x_####.b.exr"), in("x_####.c.exr")});
    const Image image = readFrameFiles(*sequence.find(1), sequence.companions, {});
    EXPECT_EQ(image.parts.size(), 1u);
    ASSERT_EQ(image.missingFiles.size(), 3u);
    EXPECT_THAT(image.missingFiles.at(1), AllOf(HasSubstr("x_0001.a.exr"), HasSubstr("render")));
    EXPECT_THAT(image.missingFiles.at(2), AllOf(HasSubstr("32x24"), HasSubstr("16x12")));
    EXPECT_THAT(image.missingFiles.at(3), HasSubstr("x_0001.c.exr"));
}

TEST_F(Companions, LayersOfAShotAreRecognised) {
    for (const char* layer : {"depth", "beauty", "motionvector", "cryptomatte"})
        write(std::string("x_{:04}.") + layer + ".exr", {1, 3});
    const std::vector<std::string> layers = findLayerSequences(folder.path());
    ASSERT_EQ(layers.size(), 4u);
    EXPECT_EQ(layers[0], in("x_####.beauty.exr"));
    EXPECT_THAT(joinCommand(layers),
                testing::StartsWith("inbetween run '" + in("x_####.beauty.exr") + "' '"));
    try {
        findSequence(folder.path().string());
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(joinCommand(layers)));
    }
}

TEST_F(Companions, LayersByASuffixAndInFoldersAreRecognisedToo) {
    write("a/sh010.{:04}.exr", {1, 3});
    write("a/sh010_crypto.{:04}.exr", {1, 3});
    EXPECT_THAT(findLayerSequences(folder / "a"),
                ElementsAre(in("a/sh010.####.exr"), in("a/sh010_crypto.####.exr")));
    write("b/rgba/x.{:04}.exr", {1, 3});
    write("b/depth/x.{:04}.exr", {1, 3});
    write("b/other/x.{:04}.exr", {11, 13});
    EXPECT_THAT(findLayerSequences(folder / "b"),
                ElementsAre(in("b/rgba/x.####.exr"), in("b/depth/x.####.exr")));
}

TEST_F(Companions, ShotsBesideEachOtherAreNoLayers) {
    write("sh010/x.{:04}.exr", {1, 3});
    write("sh020/x.{:04}.exr", {1, 3});
    EXPECT_THAT(findLayerSequences(folder.path()), IsEmpty());
    write("c/sh010.{:04}.exr", {1, 3});
    write("c/sh020.{:04}.exr", {1, 3});
    EXPECT_THAT(findLayerSequences(folder / "c"), IsEmpty());
}

} // namespace
} // namespace inbetween
