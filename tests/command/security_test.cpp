// What others wrote, names and attributes, reaches terminals and tables as text only; links in the output
// folder lead nowhere.
#include "command/command_fixture.h"

#include <algorithm>

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

namespace {

// Clears the screen, forges a line, and does it again as C1 control characters.
const std::string nasty = "\x1b[2J\nopenjd_fail: forged\r\xc2\x9b"
                          "2J";

bool isHarmless(const std::string& text) {
    if (text.find("\xc2\x9b") != std::string::npos || text.find("\nopenjd_fail: forged") != std::string::npos)
        return false;
    return std::none_of(text.begin(), text.end(),
                        [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7f; });
}

class Security : public CommandTest {
protected:
    void expectHarmless(const Arguments& arguments) const {
        const Outcome outcome = runCommand(arguments);
        EXPECT_TRUE(isHarmless(outcome.out)) << arguments.front() << ": " << outcome.out;
        EXPECT_TRUE(isHarmless(outcome.err)) << arguments.front() << ": " << outcome.err;
        EXPECT_FALSE((outcome.out + outcome.err).empty());
    }
};

TEST_F(Security, NamesOfChannelsDoNotReachTheTerminal) {
    fs::create_directories(keys());
    for (const int number : {1, 3}) {
        Picture picture = movingSquare(number);
        picture.channels["layer" + nasty + ".R"] = picture.channels["R"];
        picture.channels["Z" + nasty] = picture.channels["R"];
        writePicture(key(number), picture);
    }
    expectHarmless({"info", key(1).string()});
    expectHarmless({"info", keys().string()});
    expectHarmless({"run", keys().string(), "-o", out().string(), "--channels", "none"});
    expectHarmless({"run", keys().string(), "-o", out().string(), "--progress", "openjd"});
    expectHarmless({"verify", out().string()});
}

TEST_F(Security, NamesOfFilesDoNotReachTheTerminal) {
    writeKeys(keys(), {1, 3, 5});
    const fs::path odd = folder_ / ("k" + nasty);
    fs::create_directories(odd);
    for (const int number : {1, 3, 5})
        fs::rename(key(number), odd / ("s" + nasty + ".000" + std::to_string(number) + ".exr"));
    writeBytes(odd / ("s" + nasty + ".0003.exr"), "no picture");
    for (const char* mode : {"lines", "openjd", "none"})
        expectHarmless({"run", odd.string(), "-o", out().string(), "--progress", mode});
    expectHarmless({"info", odd.string()});
    expectHarmless({"evaluate", out().string(), "--reference", odd.string()});
    expectHarmless({"update", out().string(), "--rendered", odd.string()});
    expectHarmless({"report", out().string()});
    EXPECT_TRUE(isHarmless(readBytes(out() / "rerender.txt")));
    EXPECT_NO_THROW(manifest());
}

TEST_F(Security, WhatAManifestSaysDoesNotReachTheTerminal) {
    writeKeys(keys(), {1, 3, 5});
    runWell({"--threshold", "0"});
    Json document = manifest();
    for (Json& frame : document["frames"]) {
        frame["pixelHash"] = nasty;
        frame["reasons"] = {nasty};
    }
    document["problems"] = {nasty};
    writeBytes(out() / "manifest.json", document.dump());
    expectHarmless({"verify", out().string()});
    expectHarmless({"run", keys().string(), "-o", out().string(), "--verify", "--threshold", "0"});
}

TEST_F(Security, TextThatASpreadsheetWouldComputeIsText) {
    writeKeys(keys(), {1, 3, 5});
    fs::create_directories(folder_ / "=cmd|' /c calc'!A1");
    for (const int number : {1, 3, 5})
        fs::rename(key(number),
                   folder_ / "=cmd|' /c calc'!A1" / ("=1+1;@SUM(1).000" + std::to_string(number) + ".exr"));
    runCommand({"run", (folder_ / "=cmd|' /c calc'!A1").string(), "-o", out().string(), "-q"});
    const std::string csv = readBytes(out() / "manifest.csv");
    EXPECT_THAT(csv, HasSubstr(",\"'=1+1;@SUM(1).0002.exr\","));
    runCommand({"index", folder_.path().string(), "-o", (folder_ / "index.html").string()});
    EXPECT_THAT(readBytes(folder_ / "index.csv"), Not(testing::ContainsRegex("(^|[,;\n\"])[=+@]")));
}

TEST_F(Security, LinksInTheOutputFolderAreReplacedAndNotWrittenThrough) {
    writeKeys(keys(), {1, 3});
    fs::create_directories(out());
    const std::string precious = "precious";
    const Names names{"shot.0002.exr", "manifest.json", "manifest.csv", "rerender.txt",
                      "regions.json",  "regions.txt",   "summary.json", "report.html"};
    for (const std::string& name : names) {
        writeBytes(folder_ / name, precious);
        fs::create_symlink(folder_ / name, out() / name);
    }
    runWell();
    for (const std::string& name : names) {
        EXPECT_EQ(readBytes(folder_ / name), precious) << name;
        EXPECT_FALSE(fs::is_symlink(out() / name)) << name;
    }
}

TEST_F(Security, TheJournalIsNotWrittenThroughALink) {
    writeKeys(keys(), {1, 3});
    fs::create_directories(out());
    writeBytes(folder_ / "precious", "precious");
    fs::create_symlink(folder_ / "precious", out() / ".inbetween-journal");
    expectOneError(runCommand({"run", keys().string(), "-o", out().string(), "-q"}), 1,
                   {".inbetween-journal"});
    EXPECT_EQ(readBytes(folder_ / "precious"), "precious");
}

TEST_F(Security, FoldersThatAreLinksOutOfTheOutputAreRefused) {
    writeKeys(keys(), {1, 3});
    runWell();
    const fs::path elsewhere = folder_ / "elsewhere";
    fs::create_directories(elsewhere);
    for (const char* name : {"risk", "shards", "rendered"})
        fs::create_directory_symlink(elsewhere, out() / name);
    expectOneError(runCommand({"run", keys().string(), "-o", out().string(), "-q", "--risk-maps"}), 1,
                   {"risk", "symbolic link"});
    expectOneError(runCommand({"run", keys().string(), "-o", out().string(), "-q", "--shard", "1/1"}), 1,
                   {"shards", "symbolic link"});
    writeKeys(folder_ / "again", {2});
    const Outcome update = runCommand(
        {"update", out().string(), "--rendered", (folder_ / "again").string(), "-q"});
    EXPECT_EQ(update.exitCode, 1);
    EXPECT_THAT(update.err, HasSubstr("symbolic link"));
    EXPECT_TRUE(fs::is_empty(elsewhere));
}

TEST_F(Security, AnOutputFolderThatIsALinkItselfIsWhatWasAskedFor) {
    writeKeys(keys(), {1, 3});
    fs::create_directories(folder_ / "big_disk");
    fs::create_directory_symlink(folder_ / "big_disk", out());
    runWell({"--risk-maps"});
    EXPECT_TRUE(fs::exists(folder_ / "big_disk" / "shot.0002.exr"));
}

} // namespace
