// `inbetween verify`: what is on the disk is what the manifest says; and --verify-writes.
#include "command/command_fixture.h"

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

namespace {

class Verify : public CommandTest {
protected:
    Outcome verify() const { return runCommand({"verify", out().string()}); }
    void flip(const fs::path& file, std::size_t at) const {
        std::string bytes = readBytes(file);
        bytes[at] = char(bytes[at] ^ 0x10);
        writeBytes(file, bytes);
    }
};

TEST_F(Verify, WhatWasJustMadeIsWhatTheManifestSays) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const auto before = contentsOf(out());
    const Outcome outcome = verify();
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "2 frames are what the manifest says, 0 are not\n");
    EXPECT_EQ(changesOf(before, contentsOf(out())), Names{});
}

TEST_F(Verify, OneFlippedByteAnywhereIsFoundAndNamed) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const std::string good = readBytes(made(4));
    const std::size_t step = std::max<std::size_t>(1,
                                                   good.size() / 40); // the header, the table and the pixels
    for (std::size_t at = 8; at < good.size(); at += step) {
        flip(made(4), at);
        expectOneError(verify(), 1, {"frame 4", made(4).string()});
        writeBytes(made(4), good);
    }
    EXPECT_EQ(verify().exitCode, 0);
}

TEST_F(Verify, EveryFileThatIsGoneOrAnotherHasItsLine) {
    writeKeys(keys(), {1, 3, 5, 7});
    runWell();
    fs::remove(made(2));
    fs::copy_file(made(4), made(6), fs::copy_options::overwrite_existing);
    const Outcome outcome = verify();
    EXPECT_EQ(outcome.exitCode, 1);
    EXPECT_THAT(linesOf(outcome.err),
                testing::ElementsAre(AllOf(HasSubstr("frame 2"), HasSubstr("no such file")),
                                     AllOf(HasSubstr("frame 6"), HasSubstr("pixel hash"))));
    EXPECT_THAT(outcome.out, HasSubstr("1 frames are what the manifest says, 2 are not"));
    EXPECT_EQ(run().exitCode, 0); // makes both again
    EXPECT_EQ(verify().exitCode, 0);
}

TEST_F(Verify, FramesThatWereNotKeptAreNotMissed) {
    writeKeys(keys(), {1, 3});
    runWell({"--store", "none"});
    const Outcome outcome = verify();
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("1 were not kept"));
}

TEST_F(Verify, APartOfAShotIsVerifiedBeforeItIsMerged) {
    writeKeys(keys(), {1, 3, 5});
    runWell({"--shard", "1/2"});
    runWell({"--shard", "2/2"});
    EXPECT_THAT(verify().out, HasSubstr("2 frames"));
    flip(made(2), readBytes(made(2)).size() - 1);
    expectOneError(verify(), 1, {"frame 2"});
}

TEST_F(Verify, RenderedFramesThatCameBackAreVerified) {
    writeKeys(keys(), {1, 3, 5});
    runWell({"--channels", "R,G,B,A"});
    writeKeys(folder_ / "again", {2});
    ASSERT_EQ(runCommand({"update", out().string(), "--rendered", (folder_ / "again").string()}).exitCode, 0);
    EXPECT_EQ(verify().exitCode, 0);
    flip(made(2), readBytes(made(2)).size() - 1);
    expectOneError(verify(), 1, {"frame 2", "bytes"});
}

TEST_F(Verify, WithoutAManifestThereIsNothingToVerify) {
    expectOneError(verify(), 2, {"manifest.json"});
}

} // namespace
