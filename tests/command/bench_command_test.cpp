// `inbetween bench`: what it promises to say, and that it leaves nothing behind. How fast anything is, is not
// tested.
#include "command/command_fixture.h"

#include <csignal>

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class Bench : public CommandTest {
protected:
    void SetUp() override { fs::create_directory(work()); }
    fs::path work() const { return folder_ / "work"; }
    fs::path json() const { return folder_ / "bench.json"; }
    Process process(const Arguments& more) const {
        Process process;
        process.arguments = {"bench", "--work", work().string(), "--json", json().string()};
        process.arguments.insert(process.arguments.end(), more.begin(), more.end());
        return process;
    }
    Outcome bench(const Arguments& more) const { return start(process(more)); }
    void expectNothingLeft() const {
        EXPECT_TRUE(fs::is_empty(work()));
        EXPECT_FALSE(fs::exists(json()));
    }
};

TEST_F(Bench, SaysOfEverySizeHowManyFramesAnHourAndWhereTheTimeGoes) {
    const Outcome outcome = bench(
        {"--size", "64x48", "80x32", "--threads", "2", "--precision", "float32", "--compression", "piz"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    const std::vector<std::string> lines = linesOf(outcome.out);
    ASSERT_EQ(lines.size(), 6u) << outcome.out;
    EXPECT_THAT(lines[0], HasSubstr("2 threads, float32"));
    EXPECT_THAT(lines[1], AllOf(HasSubstr("3 keyframes"), HasSubstr("piz")));
    for (const char* column : {"frames/hour", "CPU s/frame", "memory", "read", "view+pair", "motion",
                               "network", "synthesis", "risk", "write"})
        EXPECT_THAT(lines[3], HasSubstr(column));
    EXPECT_THAT(lines[4], StartsWith("64x48 "));
    EXPECT_THAT(lines[5], StartsWith("80x32 "));

    const Json document = Json::parse(readBytes(json()));
    EXPECT_EQ(document.at("version"), 1);
    EXPECT_EQ(document.at("tool").at("name"), "inbetween");
    EXPECT_TRUE(document.at("processor").is_string());
    EXPECT_EQ(document.at("keyframes"), 3);
    EXPECT_EQ(document.at("channels"), 12);
    ASSERT_EQ(document.at("sizes").size(), 2u);
    const Json& size = document.at("sizes").at(1);
    EXPECT_EQ(size.at("width"), 80);
    EXPECT_EQ(size.at("height"), 32);
    EXPECT_EQ(size.at("framesMade"), 2);
    EXPECT_EQ(size.at("threads"), 2);
    EXPECT_EQ(size.at("precision"), "float32");
    EXPECT_EQ(size.at("compression"), "piz");
    EXPECT_TRUE(size.at("instructionSet").is_string());
    for (const char* figure : {"framesPerHour", "seconds", "cpuSeconds", "peakMemoryBytes"})
        EXPECT_GT(size.at(figure).get<double>(), 0.0) << figure;
    Names stages;
    for (const Json& stage : size.at("stages")) {
        stages.push_back(stage.at("name"));
        EXPECT_GE(stage.at("seconds"), 0.0);
    }
    EXPECT_THAT(stages, testing::UnorderedElementsAre("read", "prepare", "motion", "network", "synthesis",
                                                      "risk", "write"));
    EXPECT_TRUE(fs::is_empty(work()));
}

TEST_F(Bench, MoreKeyframesMakeMoreFrames) {
    ASSERT_EQ(bench({"--size", "32x32", "--frames", "5"}).exitCode, 0);
    EXPECT_EQ(Json::parse(readBytes(json())).at("sizes").at(0).at("framesMade"), 4);
}

TEST_F(Bench, WhatMakesNoSenseIsRefusedInOneLineBeforeAnythingIsMeasured) {
    for (const char* size : {"1920", "1920by1080", "x1080", "1920x", "1920x1080x3", "-64x48", "0x0", "8x8",
                             "64 x 48", "99999x16", "99999999999x16", ""})
        expectOneError(bench({"--size", "64x48", "--size", size}), 2, {"--size", size, "1920x1080"});
    expectOneError(bench({"--frames", "1"}), 2, {"--frames"});
    expectOneError(bench({"--compression", "keep"}), 2, {"--compression", "zip"});
    expectOneError(bench({"--precision", "int4"}), 2, {"int4", "bfloat16"});
    expectOneError(bench({"--memory", "much"}), 2, {"--memory", "much"});
    expectOneError(runCommand({"bench", "--work", (folder_ / "absent").string()}), 2, {"--work", "absent"});
    expectOneError(runCommand({"bench", "--json", (folder_ / "absent" / "bench.json").string()}), 2,
                   {"--json", "absent"});
    expectNothingLeft();
}

TEST_F(Bench, WithoutRoomItSaysSoAndLeavesNothing) {
    expectOneError(bench({"--size", "16384x16384", "--frames", "1000"}), 1, {"16384x16384", "GB", "--work"});
    expectNothingLeft();
    Process full = process({"--size", "64x48"});
    full.maxFileBytes = 10'000;
    expectOneError(start(full), 1, {"shot.0001.exr"});
    expectNothingLeft();
}

TEST_F(Bench, EndedByASignalItLeavesNothingAndSaysBySignalThatItWasEnded) {
    for (const int signal : {SIGINT, SIGTERM}) {
        Process ended = process(
            {"--size", "160x90", "--frames", "1000"}); // longer than the signal takes by far, on any disk
        ended.watched = work();
        ended.killAfterChanges = 1; // its folder is there
        ended.killWith = signal;
        const Outcome outcome = start(ended);
        EXPECT_EQ(outcome.signal, signal);
        EXPECT_EQ(outcome.err, "");
        expectNothingLeft();
    }
}

} // namespace
