// `inbetween preview`. What the movies show is tested in tests/preview.
#include "command/command_fixture.h"

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

namespace {

class PreviewCommand : public CommandTest {
protected:
    Process process(const Arguments& more = {}) const {
        Process process;
        process.arguments = {"preview", out().string()};
        process.arguments.insert(process.arguments.end(), more.begin(), more.end());
        return process;
    }
    Outcome preview(const Arguments& more = {}) const { return start(process(more)); }
};

TEST_F(PreviewCommand, WritesAMovieAndSaysSo) {
    writeKeys(keys(), {1, 3});
    runWell();
    const Untouched before = stateOf(keys());
    const Outcome outcome = preview({"--burn-in"});
    EXPECT_EQ(outcome.exitCode, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("preview.mp4: 3 frames, 64x48, 25 per second, H.264")));
    EXPECT_THAT(readBytes(out() / "preview.mp4"), AllOf(HasSubstr("ftyp"), HasSubstr("avc1")));
    expectNoPartialFiles();
    EXPECT_TRUE(stateOf(keys()) == before);
}

TEST_F(PreviewCommand, AFrameThatIsGoneIsToldAndTheRestIsShown) {
    writeKeys(keys(), {1, 3});
    runWell();
    fs::remove(made(2));
    const Outcome outcome = preview();
    EXPECT_EQ(outcome.exitCode, 1);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("1 of them is not there"), HasSubstr("problem: frame 2: ")));
}

TEST_F(PreviewCommand, WithoutAnEncoderOneLineSaysWhatToDo) {
    writeKeys(keys(), {1, 3});
    runWell();
    Process withoutFfmpeg = process();
    withoutFfmpeg.environment = {{"OPENCV_VIDEOIO_PRIORITY_FFMPEG", "0"}};
    expectOneError(start(withoutFfmpeg), 2, {"preview.mp4", "install", "--codec mjpg"});
    EXPECT_FALSE(fs::exists(out() / "preview.mp4"));
    expectNoPartialFiles();
    // What the line proposes works.
    withoutFfmpeg.arguments.insert(withoutFfmpeg.arguments.end(),
                                   {"--codec", "mjpg", "-o", (out() / "a.avi").string()});
    EXPECT_EQ(start(withoutFfmpeg).exitCode, 0);
}

TEST_F(PreviewCommand, WhatCannotBeDoneIsOneLine) {
    expectOneError(preview(), 2, {"manifest.json"});
    writeKeys(keys(), {1, 3});
    runWell();
    expectOneError(preview({"--codec", "vp9"}), 2, {"vp9", "mjpg"});
    expectOneError(preview({"--compare", "blink"}), 2, {"blink", "wipe"});
    expectOneError(preview({"--compare", "wipe"}), 2, {"--reference"});
    expectOneError(preview({"-o", key(1).string()}), 2, {"shot.0001.exr", ".mp4"});
    Process full = process();
    full.maxFileBytes = 200;
    expectOneError(start(full), 1, {"preview.mp4"});
    expectNoPartialFiles();
    fs::permissions(out(), fs::perms::owner_read | fs::perms::owner_exec);
    Process refused = process();
    refused.obeyPermissions = true;
    expectOneError(start(refused), 1, {"preview.mp4", "ermission"});
    fs::permissions(out(), fs::perms::owner_all);
    EXPECT_FALSE(fs::exists(out() / "preview.mp4"));
}

} // namespace
