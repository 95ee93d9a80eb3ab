#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/sequence.h"
#include "support/exr_files.h"

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

TEST_F(CheckKeyframes, AtAnEndThereIsNothingToMakeItFrom) {
    writeExrFile(path(7), {.parts = {{.compression = Imf::NO_COMPRESSION}}, .complete = false});
    const Sequence sequence = check();
    expectOnlyProblem(sequence, Kind::unreadable, 7);
    EXPECT_EQ(sequence.gaps.size(), 2u);
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

TEST_F(CheckKeyframes, AnotherSize) {
    writeExrFile(path(1), {.displayWindow = {{0, 0}, {31, 23}}});
    const Sequence sequence = check();
    expectOnlyProblem(sequence, Kind::otherSize, 1);
    EXPECT_THAT(sequence.problems[0].message, AllOf(HasSubstr("32x24"), HasSubstr("16x12")));
}

TEST_F(CheckKeyframes, AnotherDataWindowIsNoProblem) {
    writeExrFile(path(3), {.parts = {{.dataWindow = {{3, 3}, {40, 5}}}}});
    EXPECT_TRUE(check().problems.empty());
}

TEST_F(CheckKeyframes, OtherChannels) {
    writeExrFile(path(5), {.parts = {{.channels = {{"R"}, {"G"}, {"luminance.B"}}}}});
    const Sequence sequence = check();
    expectOnlyProblem(sequence, Kind::otherChannels, 5);
    EXPECT_THAT(sequence.problems[0].message, AllOf(HasSubstr("lacks B"), HasSubstr("luminance.B")));
    EXPECT_TRUE(check({.channels = {"R", "G"}}).problems.empty()) << "those read are the same";
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
