#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/sequence.h"
#include "support/exr_files.h"

#include <OpenEXR/ImfStringAttribute.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace inbetween {
namespace {

using namespace test;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Kind = SequenceProblem::Kind;
using Numbers = std::vector<int>;

class CheckKeyframes : public ::testing::Test {
protected:
    CheckKeyframes() {
        for (int frame : {1, 3, 5, 7})
            writeExrFile(path(frame));
    }
    std::filesystem::path path(int frame) const { return folder / fmt::format("a.{:04}.exr", frame); }
    Sequence check(const ReadOptions& options = {}, int maxGap = 16) const {
        return checkKeyframes(findSequence(folder.path().string(), {.maxGap = maxGap, .frames = {}}),
                              options);
    }
    static Numbers gapsOf(const Sequence& sequence) {
        Numbers keys;
        for (const Gap& gap : sequence.gaps)
            keys.push_back(gap.key0);
        return keys;
    }
    void expectOnlyProblem(const Sequence& sequence, Kind kind, int frame) const {
        ASSERT_EQ(sequence.problems.size(), 1u);
        EXPECT_EQ(sequence.problems[0].kind, kind);
        EXPECT_EQ(sequence.problems[0].frame, frame);
        EXPECT_EQ(sequence.problems[0].path, path(frame));
        EXPECT_THAT(sequence.problems[0].message, HasSubstr(path(frame).string()));
        EXPECT_EQ(sequence.find(frame), nullptr);
    }

    TemporaryFolder folder;
};

TEST_F(CheckKeyframes, GoodOnesStay) {
    const Sequence sequence = check();
    EXPECT_EQ(sequence.keyframes.size(), 4u);
    EXPECT_EQ(sequence.gaps.size(), 3u);
    EXPECT_TRUE(sequence.problems.empty());
}

TEST_F(CheckKeyframes, AnUnreadableOneIsMadeFromItsNeighbours) {
    writeBytes(path(3), "");
    const Sequence sequence = check();
    expectOnlyProblem(sequence, Kind::unreadable, 3);
    EXPECT_THAT(sequence.problems[0].message, HasSubstr("empty"));
    ASSERT_EQ(sequence.gaps.size(), 2u);
    EXPECT_EQ(sequence.gaps[0].missing, Numbers({2, 3, 4}));
}

TEST_F(CheckKeyframes, AtAnEndThereIsNothingToMakeItFromAndTheFramesBeforeItAreNotForgotten) {
    writeExrFile(path(7), {.parts = {{.compression = Imf::NO_COMPRESSION}}, .complete = false});
    const Sequence sequence = check();
    expectOnlyProblem(sequence, Kind::unreadable, 7);
    EXPECT_EQ(sequence.gaps.size(), 2u);
    EXPECT_EQ(sequence.unusable, Numbers({7}));
    EXPECT_EQ(sequence.bounds(), Numbers({1, 3, 5, 7}));
    ASSERT_EQ(sequence.unfilled.size(), 1u);
    EXPECT_EQ(sequence.unfilled[0].kind, UnfilledGap::Kind::keyframeUnusable);
    EXPECT_EQ(sequence.unfilled[0].key0, 5);
    EXPECT_EQ(sequence.unfilled[0].key1, 7);
    EXPECT_THAT(sequence.unfilled[0].why, HasSubstr(path(7).string()));
}

TEST_F(CheckKeyframes, TheGapAcrossItMayBeTooLarge) {
    writeDeepExrFile(path(3));
    const Sequence sequence = check({}, 3);
    ASSERT_EQ(sequence.problems.size(), 2u);
    EXPECT_EQ(sequence.problems[0].kind, Kind::gapTooLarge);
    EXPECT_EQ(sequence.problems[1].kind, Kind::unreadable);
    ASSERT_EQ(sequence.gaps.size(), 1u);
    EXPECT_EQ(sequence.gaps[0].key0, 5);
}

TEST_F(CheckKeyframes, OneOfAnotherSizeThatStandsAloneIsMadeFromItsNeighbours) {
    writeExrFile(path(3), {.displayWindow = {{0, 0}, {31, 23}}});
    const Sequence sequence = check();
    expectOnlyProblem(sequence, Kind::otherSize, 3);
    EXPECT_THAT(sequence.problems[0].message, AllOf(HasSubstr("32x24"), HasSubstr("16x12")));
    EXPECT_EQ(sequence.gaps.at(0).missing, Numbers({2, 3, 4}));
}

TEST_F(CheckKeyframes, AtAnEndAnotherSizeCostsItsOwnGapAlone) {
    writeExrFile(path(1), {.displayWindow = {{0, 0}, {31, 23}}});
    const Sequence sequence = check();
    EXPECT_TRUE(sequence.problems.empty());
    EXPECT_NE(sequence.find(1), nullptr);
    EXPECT_EQ(gapsOf(sequence), Numbers({3, 5}));
    ASSERT_EQ(sequence.unfilled.size(), 1u);
    EXPECT_EQ(sequence.unfilled[0].kind, UnfilledGap::Kind::keyframesDiffer);
    EXPECT_EQ(sequence.unfilled[0].key0, 1);
    EXPECT_THAT(sequence.unfilled[0].why,
                AllOf(HasSubstr("16x12"), HasSubstr("32x24"), HasSubstr("frame 2")));
}

TEST_F(CheckKeyframes, AnotherDataWindowIsNoProblem) {
    writeExrFile(path(3), {.parts = {{.dataWindow = {{3, 3}, {40, 5}}}}});
    EXPECT_TRUE(check().problems.empty());
}

TEST_F(CheckKeyframes, OneOfOtherChannelsThatStandsAloneIsMadeFromItsNeighbours) {
    writeExrFile(path(5), {.parts = {{.channels = {{"R"}, {"G"}, {"luminance.B"}}}}});
    const Sequence sequence = check();
    expectOnlyProblem(sequence, Kind::otherChannels, 5);
    EXPECT_THAT(sequence.problems[0].message, AllOf(HasSubstr("lacks B"), HasSubstr("luminance.B")));
    EXPECT_TRUE(check({.channels = {"R", "G"}}).problems.empty()) << "those read are the same";
}

TEST_F(CheckKeyframes, ALayerThatSomeKeyframesHaveCostsOnlyTheGapWhereItEnds) {
    for (int frame : {9, 11, 13, 15})
        writeExrFile(path(frame), {.parts = {{.channels = {{"R"}, {"G"}, {"B"}, {"lamp.R"}}}}});
    const Sequence sequence = check();
    EXPECT_TRUE(sequence.problems.empty());
    EXPECT_TRUE(sequence.unusable.empty());
    EXPECT_EQ(sequence.keyframes.size(), 8u);
    EXPECT_EQ(gapsOf(sequence), Numbers({1, 3, 5, 9, 11, 13}));
    ASSERT_EQ(sequence.unfilled.size(), 1u);
    EXPECT_EQ(sequence.unfilled[0].key0, 7);
    EXPECT_THAT(sequence.unfilled[0].why, AllOf(HasSubstr("lamp.R"), HasSubstr("frame 8")));
}

TEST_F(CheckKeyframes, ALayerInEveryOtherKeyframeMakesNoneOfThemUnusable) {
    for (int frame : {3, 7})
        writeExrFile(path(frame), {.parts = {{.channels = {{"R"}, {"G"}, {"B"}, {"lamp.R"}}}}});
    const Sequence sequence = check();
    EXPECT_EQ(sequence.keyframes.size(), 4u);
    EXPECT_TRUE(sequence.gaps.empty());
    EXPECT_EQ(sequence.unfilled.size(), 3u);
}

TEST_F(CheckKeyframes, GeneratedFramesAreNoKeyframes) {
    const auto generated = [](Imf::Header& header) {
        header.insert("inbetween:version", Imf::StringAttribute("9.8.7"));
    };
    for (int frame : {2, 6, 8})
        writeExrFile(path(frame), {.parts = {{.editHeader = generated}}});
    const Sequence sequence = check();
    EXPECT_EQ(sequence.keyframes.size(), 4u);
    EXPECT_EQ(sequence.gaps.at(0).missing, Numbers({2}));
    EXPECT_TRUE(sequence.unusable.empty()) << "nobody has to render them";
    ASSERT_EQ(sequence.problems.size(), 1u);
    EXPECT_EQ(sequence.problems[0].kind, Kind::generated);
    EXPECT_THAT(sequence.problems[0].message,
                AllOf(HasSubstr("2,6,8"), HasSubstr("9.8.7"), HasSubstr("--use-generated")));

    const SequenceOptions taken{.maxGap = 16, .frames = {}, .useGenerated = true};
    EXPECT_EQ(checkKeyframes(findSequence(folder.path().string(), taken), {}).keyframes.size(), 7u);
}

TEST_F(CheckKeyframes, FewerThanTwoLeftIsAnError) {
    for (int frame : {1, 3, 5})
        writeBytes(path(frame), "no picture");
    try {
        check();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("fewer than two"), HasSubstr(path(1).string())));
    }
    EXPECT_THROW(check({.channels = {"Q"}}), Error);
}

} // namespace
} // namespace inbetween
