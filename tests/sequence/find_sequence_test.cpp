#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "support/exr_files.h"

#include <gmock/gmock.h>

namespace inbetween {
namespace {

using namespace test;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = SequenceProblem::Kind;
using Numbers = std::vector<int>;

// Finding a sequence looks at names alone: the files can be empty.
class FindSequence : public ::testing::Test {
protected:
    void touch(std::initializer_list<const char*> names) {
        for (const char* name : names)
            writeBytes(folder / name, "");
    }
    Sequence find(const std::string& name = "", const SequenceOptions& options = {}) {
        return findSequence((folder / name).string(), options);
    }
    std::string error(const std::string& what, const SequenceOptions& options = {}) {
        try {
            findSequence(what, options);
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::input);
            return e.what();
        }
        ADD_FAILURE() << "nothing was thrown";
        return "";
    }
    std::string errorIn(const std::string& name, const SequenceOptions& options = {}) {
        return error((folder / name).string(), options);
    }

    static Numbers numbers(const Sequence& sequence) {
        Numbers list;
        for (const SequenceFrame& frame : sequence.keyframes)
            list.push_back(frame.number);
        return list;
    }

    TemporaryFolder folder;
};

TEST_F(FindSequence, InAFolder) {
    touch({"shot.0001.exr", "shot.0003.exr", "shot.0005.EXR", "shot.0008.exr", "notes.txt", "render.log"});
    touch({".shot.0002.exr.XyZabc.part", ".shot.0009.exr", "shot.0011.exr.part"});
    std::filesystem::create_directory(folder / "shot.0013.exr");
    const Sequence sequence = find();
    EXPECT_EQ(sequence.pattern.text(), "shot.####.exr");
    EXPECT_EQ(numbers(sequence), Numbers({1, 3, 5, 8}));
    ASSERT_EQ(sequence.gaps.size(), 3u);
    EXPECT_EQ(sequence.gaps[0].missing, Numbers({2}));
    EXPECT_EQ(sequence.gaps[2].missing, Numbers({6, 7}));
    EXPECT_TRUE(sequence.problems.empty());
    EXPECT_EQ(sequence.find(3)->path, folder / "shot.0003.exr");
    EXPECT_EQ(sequence.find(2), nullptr);
    EXPECT_EQ(sequence.pattern.path(12), folder / "shot.0012.exr");
}

TEST_F(FindSequence, EveryPattern) {
    touch({"shot.0001.exr", "shot.0003.exr", "other.0001.exr", "other.0002.exr"});
    for (const char* pattern : {"shot.####.exr", "shot.@@@@.exr", "shot.%04d.exr"}) {
        const Sequence sequence = find(pattern);
        EXPECT_EQ(numbers(sequence), Numbers({1, 3})) << pattern;
        EXPECT_EQ(sequence.pattern.text(), "shot.####.exr");
    }
    touch({"a_7.exr", "a_12.exr", "b001.exr", "b002.exr"});
    EXPECT_EQ(numbers(find("a_%d.exr")), Numbers({7, 12}));
    EXPECT_EQ(find("a_%d.exr").pattern.text(), "a_%d.exr");
    EXPECT_EQ(find("b###.exr").pattern.text(), "b%03d.exr");
    EXPECT_EQ(find("b@@@.exr").pattern.path(7), folder / "b007.exr");
}

TEST_F(FindSequence, APatternsPrefixMayEndInDigits) {
    touch({"v20001.exr", "v20002.exr"});
    EXPECT_EQ(numbers(find("v2####.exr")), Numbers({1, 2}));
}

TEST_F(FindSequence, TheLastDigitsBeforeTheExtensionCount) {
    touch({"sh010_v2.0101.exr", "sh010_v2.0103.exr"});
    EXPECT_EQ(numbers(find()), Numbers({101, 103}));
    const TemporaryFolder views;
    for (const char* name : {"a.0001.left.exr", "a.0003.left.exr"})
        writeBytes(views / name, "");
    EXPECT_EQ(findSequence(views.path().string()).pattern.text(), "a.####.left.exr");
}

TEST_F(FindSequence, TheNumberThatDiffersIsTheFrame) {
    const struct {
        const char *first, *second, *pattern;
    } names[] = {{"shot_0001_v02.exr", "shot_0003_v02.exr", "shot_####_v02.exr"},
                 {"render.0001.AO2.exr", "render.0003.AO2.exr", "render.####.AO2.exr"},
                 {"shot.0001.cam01.exr", "shot.0003.cam01.exr", "shot.####.cam01.exr"},
                 {"shot.0001_1920x1080.exr", "shot.0003_1920x1080.EXR", "shot.####_1920x1080.exr"},
                 {"0001.2.exr", "0003.2.exr", "####.2.exr"},
                 {"frame0001_v02.exr", "frame0003_v02.exr", "frame####_v02.exr"},
                 {"-002_b7.exr", "0001_b7.exr", "####_b7.exr"}};
    for (const auto& name : names) {
        const TemporaryFolder of;
        writeBytes(of / name.first, "");
        writeBytes(of / name.second, "");
        EXPECT_EQ(findSequence(of.path().string()).pattern.text(), name.pattern);
    }
}

TEST_F(FindSequence, VersionsOfAStillAreNoShot) {
    touch({"still_0001_v01.exr", "still_0001_v03.exr"});
    EXPECT_THAT(errorIn(""),
                AllOf(HasSubstr("not in a frame number"), HasSubstr("still_0001_v%02d.exr (1-3")));
    EXPECT_EQ(numbers(find("still_0001_v%02d.exr")), Numbers({1, 3})) << "whoever asks for it has it";
}

TEST_F(FindSequence, NeitherAreVersionsWithoutAnyOtherNumber) {
    touch({"lookdev_v1.exr", "lookdev_v2.exr"});
    EXPECT_THAT(errorIn(""), HasSubstr("lookdev_v%d.exr (1-2"));
}

TEST_F(FindSequence, CamerasOfAStillAreNoShot) {
    touch({"shot.0001.cam01.exr", "shot.0001.cam02.exr"});
    EXPECT_THAT(errorIn(""), HasSubstr("shot.0001.cam%02d.exr (1-2"));
}

TEST_F(FindSequence, TwoCamerasOfAShotAreTwoSequences) {
    touch({"shot.0001.cam01.exr", "shot.0001.cam02.exr", "shot.0003.cam01.exr", "shot.0003.cam02.exr"});
    EXPECT_THAT(errorIn(""), AllOf(HasSubstr("shot.####.cam01.exr (1-3, 2 frames)"),
                                   HasSubstr("shot.####.cam02.exr (1-3, 2 frames)")));
}

TEST_F(FindSequence, AFrameThatIsThereInAnotherVersionOnlyIsNotForgotten) {
    touch({"shot_0001_v01.exr", "shot_0003_v02.exr", "shot_0005_v02.exr"});
    EXPECT_THAT(errorIn(""), AllOf(HasSubstr("shot_####_v01.exr (1, 1 frame)"),
                                   HasSubstr("shot_####_v02.exr (3-5, 2 frames)")));
    touch({"shot_0001_v02.exr"});
    EXPECT_EQ(numbers(find()), Numbers({1, 3, 5})) << "an old version of a frame is a stray file";
}

TEST_F(FindSequence, PaddingThatGrows) {
    touch({"a.9998.exr", "a.10000.exr"});
    const Sequence sequence = find();
    EXPECT_EQ(sequence.gaps.at(0).missing, Numbers({9999}));
    EXPECT_EQ(sequence.pattern.path(9999), folder / "a.9999.exr");
    EXPECT_EQ(sequence.pattern.path(10001), folder / "a.10001.exr");
}

TEST_F(FindSequence, WithoutPadding) {
    touch({"a9.exr", "a11.exr"});
    EXPECT_EQ(find().pattern.path(10), folder / "a10.exr");
}

TEST_F(FindSequence, NegativeNumbers) {
    touch({"a.-002.exr", "a.0000.exr", "a.0001.exr"});
    const Sequence sequence = find();
    EXPECT_EQ(numbers(sequence), Numbers({-2, 0, 1}));
    EXPECT_EQ(sequence.gaps.at(0).missing, Numbers({-1}));
    EXPECT_EQ(sequence.pattern.path(-2), folder / "a.-002.exr");
}

TEST_F(FindSequence, ADashBetweenWordsIsNoSign) {
    touch({"sh-01.exr", "sh-03.exr"});
    EXPECT_EQ(numbers(find()), Numbers({1, 3}));
}

TEST_F(FindSequence, NumbersTooLargeAreNoFrames) {
    touch({"a.20261121093000.exr", "a.0001.exr", "a.0002.exr"});
    EXPECT_EQ(numbers(find()), Numbers({1, 2}));
}

TEST_F(FindSequence, DoubledFramesAreReported) {
    touch({"a.0001.exr", "a.1.exr", "a.0003.exr", "a.5.exr"});
    const Sequence sequence = find();
    EXPECT_EQ(numbers(sequence), Numbers({1, 3, 5}));
    EXPECT_EQ(sequence.find(1)->path, folder / "a.0001.exr");
    EXPECT_EQ(sequence.pattern.padding, 4);
    ASSERT_EQ(sequence.problems.size(), 1u);
    EXPECT_EQ(sequence.problems[0].kind, Kind::doubled);
    EXPECT_EQ(sequence.problems[0].frame, 1);
    EXPECT_EQ(sequence.problems[0].path, folder / "a.1.exr");
    EXPECT_THAT(sequence.problems[0].message, AllOf(HasSubstr("a.1.exr"), HasSubstr("a.0001.exr")));
}

TEST_F(FindSequence, GapsOverTheLimitAreReported) {
    touch({"a.0001.exr", "a.0003.exr", "a.0020.exr", "a.0022.exr"});
    const Sequence sequence = find("", {.maxGap = 16, .frames = {}});
    ASSERT_EQ(sequence.gaps.size(), 2u);
    EXPECT_EQ(sequence.gaps[1].key0, 20);
    ASSERT_EQ(sequence.problems.size(), 1u);
    EXPECT_EQ(sequence.problems[0].kind, Kind::gapTooLarge);
    EXPECT_EQ(sequence.problems[0].frame, 4);
    EXPECT_THAT(sequence.problems[0].message, AllOf(HasSubstr("4-19"), HasSubstr("--max-gap")));
    EXPECT_EQ(find("", {.maxGap = 17, .frames = {}}).gaps.size(), 3u);
    EXPECT_EQ(find("", {.maxGap = 1, .frames = {}}).gaps.size(), 0u);
}

TEST_F(FindSequence, GapsAcrossAllOfIntAreNoTrap) {
    touch({"a.-2147483648.exr", "a.2147483647.exr"});
    EXPECT_EQ(find().problems.at(0).kind, Kind::gapTooLarge);
}

TEST_F(FindSequence, OnlyTheKeyframesAskedFor) {
    touch({"a.0001.exr", "a.0002.exr", "a.0003.exr", "a.0004.exr", "a.0005.exr", "a.5.exr"});
    const Sequence sequence = find("", {.maxGap = 16, .frames = "1-3x2"});
    EXPECT_EQ(numbers(sequence), Numbers({1, 3}));
    EXPECT_EQ(sequence.gaps.at(0).missing, Numbers({2}));
    EXPECT_TRUE(sequence.problems.empty()) << "5 is doubled, but not asked for";
    const Sequence more = find("", {.maxGap = 16, .frames = "1,4-7"});
    EXPECT_EQ(numbers(more), Numbers({1, 4, 5}));
    ASSERT_EQ(more.problems.size(), 2u);
    EXPECT_EQ(more.problems[1].kind, Kind::askedForButMissing);
    EXPECT_THAT(more.problems[1].message, HasSubstr("6-7"));
    EXPECT_THAT(errorIn("", {.maxGap = 16, .frames = "1,9"}), HasSubstr("only one"));
    EXPECT_THAT(errorIn("", {.maxGap = 16, .frames = "8-9"}), HasSubstr("none"));
    EXPECT_THROW(find("", {.maxGap = 16, .frames = "x"}), Error);
}

TEST_F(FindSequence, OneSequenceAmongStrayFiles) {
    touch({"a.0001.exr", "a.0002.exr", "poster.exr", "lookdev_v3.exr"});
    EXPECT_EQ(find().pattern.prefix, "a.");
}

TEST_F(FindSequence, SeveralSequencesAreListed) {
    touch({"a.0001.exr", "a.0009.exr", "b.1.exr", "b.2.exr", "c.0001.exr"});
    EXPECT_THAT(errorIn(""),
                AllOf(HasSubstr("a.####.exr (1-9, 2 frames)"), HasSubstr("b.%d.exr (1-2, 2 frames)"),
                      Not(HasSubstr("c.")), HasSubstr("pattern")));
}

TEST_F(FindSequence, WhatCannotBeUsedHasItsWord) {
    EXPECT_THAT(errorIn(""), HasSubstr("no frames"));
    EXPECT_THAT(errorIn("nowhere"), HasSubstr("no such folder"));
    EXPECT_THAT(errorIn("nowhere/a.####.exr"), AllOf(HasSubstr("no folder"), HasSubstr("nowhere")));
    EXPECT_THAT(error(""), HasSubstr("give a folder"));
    EXPECT_THAT(errorIn("a.####.exr"), HasSubstr("no numbered .exr"));
    touch({"a.0007.exr"});
    EXPECT_THAT(errorIn(""), AllOf(HasSubstr("a.0007.exr"), HasSubstr("only frame")));
    EXPECT_THAT(errorIn("a.####.exr"), HasSubstr("only frame"));
    EXPECT_THAT(errorIn("a.0007.exr"), AllOf(HasSubstr("one file"), HasSubstr("a.####.exr")));
    EXPECT_THAT(errorIn("b.####.exr"), HasSubstr("a.####.exr (7, 1 frame)"));
    EXPECT_THAT(errorIn("a.0007.exr/b.####.exr"), HasSubstr("no folder"));
    EXPECT_THAT(errorIn("a.####.##.exr"), HasSubstr("several"));
    EXPECT_THAT(errorIn("a.%00d.exr"), HasSubstr("digits"));
    EXPECT_THAT(errorIn("a.%099999999999d.exr"), HasSubstr("digits"));
    touch({"b.0007.exr"});
    EXPECT_THAT(errorIn(""), HasSubstr("no two frames"));
}

TEST_F(FindSequence, NamesCannotSpoilTheTerminal) {
    touch({"evil\n\x1b[31m.0001.exr"});
    EXPECT_THAT(errorIn(""), AllOf(HasSubstr("\\x0a"), Not(HasSubstr("\x1b"))));
}

} // namespace
} // namespace inbetween
