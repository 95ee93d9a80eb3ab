// A second run keeps what is complete and still matches; a killed one leaves nothing that a person could take
// for done.
#include "command/command_fixture.h"

#include <csignal>

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

namespace {

class Resume : public CommandTest {
protected:
    // When a frame's file was written. A frame that is made again is renamed into place and gets a new time.
    fs::file_time_type timeOf(int number) const { return fs::last_write_time(made(number)); }

    // So long ago that a frame made again cannot have the same time.
    void age(int number) const {
        fs::last_write_time(made(number), fs::file_time_type::clock::now() - std::chrono::hours(48));
    }
};

TEST_F(Resume, ASecondRunKeepsEverything) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const auto first = contentsOf(out());
    for (const int number : {2, 4})
        age(number);
    const auto time = timeOf(2);
    const Outcome second = run();
    EXPECT_EQ(second.exitCode, 0);
    EXPECT_THAT(second.out, HasSubstr("0 frames made, 2 kept"));
    EXPECT_EQ(changesOf(first, contentsOf(out())), Names{});
    EXPECT_EQ(timeOf(2), time);
}

TEST_F(Resume, NoResumeMakesEveryFrameAgain) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const Outcome second = run({"--no-resume"});
    EXPECT_THAT(second.out, HasSubstr("2 frames made"));
    EXPECT_THAT(second.out, Not(HasSubstr("kept")));
}

struct Damage {
    const char* name;
    void (*apply)(const fs::path& frame);
};

void PrintTo(const Damage& damage, std::ostream* stream) {
    *stream << damage.name;
}

class DamagedFrame : public Resume, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedFrame, IsMadeAgainWithTheSameBits) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const auto first = contentsOf(out());
    GetParam().apply(made(2));
    const Outcome second = run();
    EXPECT_EQ(second.exitCode, 0) << second.err;
    EXPECT_THAT(second.out, HasSubstr("1 frames made, 1 kept"));
    EXPECT_EQ(changesOf(first, contentsOf(out())), Names{});
}

void truncateTo(const fs::path& frame, double share) {
    fs::resize_file(frame, std::uintmax_t(double(fs::file_size(frame)) * share));
}

INSTANTIATE_TEST_SUITE_P(
    Resume, DamagedFrame,
    testing::Values(Damage{"Deleted", [](const fs::path& frame) { fs::remove(frame); }},
                    Damage{"CutInHalf", [](const fs::path& frame) { truncateTo(frame, 0.5); }},
                    Damage{"CutAtTheEnd",
                           [](const fs::path& frame) { fs::resize_file(frame, fs::file_size(frame) - 1); }},
                    Damage{"Emptied", [](const fs::path& frame) { truncateTo(frame, 0); }},
                    Damage{"Overwritten",
                           [](const fs::path& frame) {
                               Picture other = readPicture(frame); // with the header of the true one
                               other.channels["R"].values.assign(other.channels["R"].values.size(), 0.25);
                               writePicture(frame, other);
                           }},
                    Damage{"NotAPicture", [](const fs::path& frame) { writeBytes(frame, "hello"); }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Resume, ANewKeyframeRemakesItsGapAndTheOneBesideAlone) {
    writeKeys(keys(), {1, 3, 5, 7});
    runWell();
    const auto before = pixelHashes();
    writePicture(key(7), movingSquare(8));
    const Outcome second = run();
    EXPECT_THAT(second.out, HasSubstr("2 frames made, 1 kept"));
    const auto after = pixelHashes();
    EXPECT_EQ(after.at(2), before.at(2));
    EXPECT_NE(after.at(4), before.at(4)) << "its paths go on to keyframe 7";
    EXPECT_NE(after.at(6), before.at(6));
}

TEST_F(Resume, AFrameThatWasRenderedMakesItsNeighboursAnew) {
    writeKeys(keys(), {1, 5});
    runWell();
    writeKeys(keys(), {3});
    const Outcome second = run();
    EXPECT_THAT(second.out, HasSubstr("2 frames made"));
    EXPECT_EQ(frameRecord(2).at("key1"), 3);
    EXPECT_EQ(framesInManifest(), (std::vector<int>{2, 4}));
    EXPECT_FALSE(fs::exists(made(3))) << "a generated frame lies where a rendered one now belongs";
}

TEST_F(Resume, WhatChangesTheFramesRemakesThem) {
    writeKeys(keys(), {1, 3});
    runWell();
    for (const Arguments& changed : {Arguments{"--channels", "R,G,B,A"}, Arguments{"--depth", "float"},
                                     Arguments{"--compression", "piz"}, Arguments{"--quality", "fast"},
                                     Arguments{"--precision", "float32", "--depth", "half"},
                                     Arguments{"--precision", "bfloat16", "--depth", "half"}}) {
        const Outcome outcome = run(changed);
        if (outcome.exitCode == 2 && changed[1] == "bfloat16")
            continue; // a processor that cannot
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_THAT(outcome.out, HasSubstr("1 frames made")) << changed[0] << " " << changed[1];
        EXPECT_THAT(outcome.out, Not(HasSubstr("kept")));
        EXPECT_THAT(run(changed).out, HasSubstr("0 frames made, 1 kept")) << changed[0] << " " << changed[1];
    }
}

TEST_F(Resume, AnotherThresholdChangesVerdictsAlone) {
    writeKeys(keys(), {1, 3, 5});
    runWell({"--threshold", "1"});
    EXPECT_EQ(manifest().at("totals").at("flagged"), 0);
    const Outcome second = run({"--threshold", "0"});
    EXPECT_THAT(second.out, HasSubstr("0 frames made, 2 kept"));
    EXPECT_EQ(manifest().at("totals").at("flagged"), 2);
    EXPECT_EQ(rerenderList(), "2,4\n");
}

TEST_F(Resume, RiskMapsThatAreAskedForLaterAreMade) {
    writeKeys(keys(), {1, 3});
    runWell();
    const auto before = pixelHashes();
    runWell({"--risk-maps"});
    EXPECT_TRUE(fs::exists(framePath(out() / "risk", 2)));
    EXPECT_EQ(pixelHashes(), before);
}

TEST_F(Resume, ADamagedManifestCostsNoMoreThanTheWork) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const auto first = contentsOf(out());
    const std::string text = first.at("manifest.json");
    for (const std::size_t length : {std::size_t(0), text.size() / 2, text.size() - 3}) {
        writeBytes(out() / "manifest.json", text.substr(0, length));
        runWell();
        EXPECT_EQ(changesOf(first, contentsOf(out())), Names{}) << length;
    }
}

TEST_F(Resume, ACutNeedsNoSecondLook) {
    fs::create_directories(keys());
    writePicture(key(1), landscape(1, 1));
    writePicture(key(3), landscape(2, 3));
    runWell();
    const auto first = contentsOf(out());
    const Outcome second = run();
    EXPECT_THAT(second.err, HasSubstr("0 frames to make"));
    EXPECT_EQ(changesOf(first, contentsOf(out())), Names{});
}

TEST_F(Resume, AFrameThatCanNoLongerBeMadeLeavesNoOldOneBehind) {
    fs::create_directories(keys());
    for (const int number : {1, 3, 5})
        writePicture(key(number), landscape(1, number));
    runWell();
    ASSERT_TRUE(fs::exists(made(4)));
    writePicture(key(5), landscape(2, 5));
    runWell();
    EXPECT_EQ(frameRecord(4).at("status"), "notMade");
    EXPECT_FALSE(fs::exists(made(4)));
    EXPECT_TRUE(fs::exists(made(2)));
}

TEST_F(Resume, FilesOfOthersInTheOutputFolderStay) {
    writeKeys(keys(), {1, 3, 5});
    fs::create_directories(out());
    writeBytes(out() / "notes.txt", "mine");
    writePicture(made(3), movingSquare(3)); // not generated: nobody's to remove
    runWell();
    runWell();
    EXPECT_EQ(readBytes(out() / "notes.txt"), "mine");
    EXPECT_TRUE(fs::exists(made(3)));
}

class Killed : public Resume {
protected:
    void writeManyKeys() const { writeKeys(keys(), {1, 3, 5, 9, 11}); } // 6 frames to make

    std::map<std::string, std::string> uninterrupted() const {
        runWell();
        auto contents = contentsOf(out());
        fs::remove_all(out());
        return contents;
    }
};

TEST_F(Killed, AfterAnyFrameAndRunAgainTheFilesAreThoseOfOneRun) {
    writeManyKeys();
    const auto expected = uninterrupted();
    for (const int lines : {0, 1, 2, 3, 4, 6, 7}) {
        Process process = runProcess({"--threads", lines % 2 ? "1" : "2"});
        process.killAfterLines = lines;
        const Outcome killed = start(process);
        EXPECT_TRUE(killed.signal == SIGKILL || killed.exitCode == 0) << killed.err;
        expectWholeFrames();
        const Outcome again = run();
        ASSERT_EQ(again.exitCode, 0) << again.err;
        EXPECT_EQ(changesOf(expected, contentsOf(out())), Names{}) << "killed after " << lines << " lines";
        expectNoPartialFiles();
        fs::remove_all(out());
    }
}

TEST_F(Killed, AtAnyChangeInTheFolderAndRunAgainTheFilesAreThoseOfOneRun) {
    writeKeys(keys(), {1, 3, 5});
    const auto expected = uninterrupted();
    bool finished = false;
    int changes = 0;
    // Temporaries made and renamed, the journal made and removed: 16 for this shot, and no harm if they
    // become more.
    for (; changes < 40 && !finished; ++changes) {
        fs::create_directories(out());
        Process process = runProcess({"--threads", "2"});
        process.killAfterChanges = changes;
        process.watched = out();
        finished = start(process).exitCode == 0;
        expectWholeFrames();
        const Outcome again = run();
        ASSERT_EQ(again.exitCode, 0) << again.err;
        EXPECT_EQ(changesOf(expected, contentsOf(out())), Names{})
            << "killed after " << changes << " changes";
        fs::remove_all(out());
    }
    EXPECT_TRUE(finished);
    EXPECT_GT(changes, 6);
}

TEST_F(Killed, WhatWasFinishedIsKept) {
    writeManyKeys();
    Process process = runProcess({"--threads", "1"});
    process.killAfterLines = 4; // "6 frames to make" and three frames
    const Outcome killed = start(process);
    ASSERT_EQ(killed.signal, SIGKILL) << killed.err;
    const Outcome again = run();
    int made = 0, kept = 0;
    ASSERT_EQ(std::sscanf(again.out.c_str(), "%d frames made, %d kept", &made, &kept), 2) << again.out;
    EXPECT_GE(kept, 3);
    EXPECT_EQ(made + kept, 6);
}

TEST_F(Killed, OverAndOverItStillEnds) {
    writeManyKeys();
    const auto expected = uninterrupted();
    bool finished = false;
    for (int attempt = 0; attempt < 10 && !finished; ++attempt) {
        Process process = runProcess({"--threads", "1"});
        process.killAfterLines = 3; // two frames further each time
        finished = start(process).exitCode == 0;
    }
    EXPECT_TRUE(finished);
    EXPECT_EQ(changesOf(expected, contentsOf(out())), Names{});
}

TEST_F(Killed, InTheMiddleOfAWriteNothingPartialGetsAFinalName) {
    writeManyKeys();
    const auto expected = uninterrupted();
    for (const long bytes : {0L, 700L, 5000L, long(expected.at("shot.0002.exr").size()) - 1}) {
        Process process = runProcess();
        process.maxFileBytes = bytes;
        process.dieOnLargeFile = true; // the kernel ends the process in the write that goes too far
        const Outcome killed = start(process);
        EXPECT_EQ(killed.signal, SIGXFSZ) << killed.err;
        expectWholeFrames();
        EXPECT_FALSE(fs::exists(made(2)));
        const Outcome again = run();
        ASSERT_EQ(again.exitCode, 0) << again.err;
        EXPECT_EQ(changesOf(expected, contentsOf(out())), Names{}) << bytes;
        fs::remove_all(out());
    }
}

} // namespace
