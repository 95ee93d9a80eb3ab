// What a run says of itself to programs: log lines, a summary, a trace.
#include "command/command_fixture.h"

#include <sched.h>

namespace fs = std::filesystem;
using testing::HasSubstr;

namespace {

class Observability : public CommandTest {
protected:
    void SetUp() override { writeKeys(keys(), {1, 3, 5}); }
    static std::vector<Json> jsonLines(const std::string& text) {
        std::vector<Json> lines;
        for (const std::string& line : linesOf(text))
            lines.push_back(Json::parse(line)); // throws: no JSON
        return lines;
    }
};

TEST_F(Observability, LogLinesAreJson) {
    const Outcome outcome = run({"--log", "json"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    const std::vector<Json> lines = jsonLines(outcome.err);
    ASSERT_EQ(lines.size(), 4u) << outcome.err;
    EXPECT_EQ(lines[0].at("event"), "started");
    EXPECT_EQ(lines[0].at("total"), 2);
    EXPECT_EQ(lines[1].at("event"), "frameDone");
    EXPECT_EQ(lines[1].at("frame"), 2);
    EXPECT_GE(lines[1].at("seconds"), 0.0);
    EXPECT_EQ(lines[3].at("event"), "finished");
    EXPECT_EQ(run({"--log", "xml"}).exitCode, 2);
    EXPECT_EQ(run({"--log", "json", "-q"}).err, "");
}

TEST_F(Observability, ErrorsAreJsonTooWhateverTheNamesHold) {
    const fs::path bad = framePath(keys(), 3);
    writeBytes(bad, "no picture");
    for (const Json& line : jsonLines(run({"--log", "json"}).err))
        EXPECT_TRUE(line.contains("event"));
    const std::vector<Json> lines = jsonLines(
        runCommand({"run", "absent\"\n\xff", "-o", out().string(), "--log", "json"}).err);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].at("event"), "error");
    EXPECT_THAT(lines[0].at("message").get<std::string>(), HasSubstr("absent"));
}

TEST_F(Observability, JsonBesideWhatOpenJobDescriptionReads) {
    const Outcome outcome = runCommand(
        {"run", keys().string(), "-o", out().string(), "--log", "json", "--progress", "openjd"});
    EXPECT_THAT(outcome.out, HasSubstr("openjd_progress: 100.0"));
    EXPECT_EQ(jsonLines(outcome.err).size(), 4u);
}

// As numactl, taskset and the farm's own schedulers confine a task to some of a node's processors.
TEST_F(Observability, ARunTakesTheProcessorsThatItMayUse) {
    cpu_set_t before, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
        if (CPU_ISSET(cpu, &before))
            CPU_SET(cpu, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0); // what is started inherits it
    const Outcome outcome = run();
    ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(Json::parse(readBytes(out() / "summary.json")).at("threads"), 1);
}

TEST_F(Observability, TheSummarySaysWhatTheRunTook) {
    runWell({"--threads", "2"});
    const Json summary = Json::parse(readBytes(out() / "summary.json"));
    EXPECT_EQ(summary.at("frames"), (Json{{"total", 2}, {"made", 2}, {"kept", 0}, {"failed", 0}}));
    EXPECT_EQ(summary.at("threads"), 2);
    for (const char* key : {"seconds", "framesPerSecond", "cpuSeconds", "threadUse", "peakMemoryBytes"})
        EXPECT_GT(summary.at(key).get<double>(), 0.0) << key;
    if (!summary.at("bytesWritten").is_null()) {
        EXPECT_GE(summary.at("bytesWritten"), fs::file_size(made(2)) + fs::file_size(made(4)));
        EXPECT_GT(summary.at("bytesRead"), 0);
    }
    std::map<std::string, int> counts;
    for (const Json& stage : summary.at("stages")) {
        counts[stage.at("name")] = stage.at("count");
        EXPECT_LE(stage.at("medianSeconds"), stage.at("maxSeconds"));
        EXPECT_LE(stage.at("maxSeconds"), stage.at("sumSeconds"));
    }
    EXPECT_EQ(counts, (std::map<std::string, int>{{"plan", 1},
                                                  {"self-calibration", 1},
                                                  {"read", 2},
                                                  {"prepare", 2},
                                                  {"motion", 2},
                                                  {"network", 2},
                                                  {"synthesis", 2},
                                                  {"risk", 2},
                                                  {"write", 2},
                                                  {"manifest", 1}}));
    runWell();
    EXPECT_EQ(Json::parse(readBytes(out() / "summary.json")).at("frames").at("kept"), 2);
}

TEST_F(Observability, APartHasItsOwnSummary) {
    runWell({"--shard", "1/2"});
    EXPECT_FALSE(fs::exists(out() / "summary.json"));
    EXPECT_EQ(Json::parse(readBytes(out() / "shards" / "001-of-002.summary.json")).at("frames").at("made"),
              1);
}

TEST_F(Observability, TheTraceIsOfChromesFormatAndChangesNoManifest) {
    runWell();
    const std::string before = readBytes(out() / "manifest.json");
    fs::remove_all(out());
    const fs::path trace = folder_ / "trace.json";
    runWell({"--trace", trace.string(), "--threads", "2"});
    EXPECT_EQ(readBytes(out() / "manifest.json"), before);
    const Json json = Json::parse(readBytes(trace));
    int network = 0;
    for (const Json& event : json.at("traceEvents")) {
        if (event.at("ph") != "X")
            continue;
        EXPECT_GE(event.at("ts"), 0.0);
        EXPECT_GE(event.at("dur"), 0.0);
        EXPECT_TRUE(event.at("tid").is_number_integer() && event.at("pid").is_number_integer());
        if (event.at("name") == "network") {
            ++network;
            EXPECT_TRUE(event.at("args").at("frame") == 2 || event.at("args").at("frame") == 4);
        }
    }
    EXPECT_EQ(network, 2);
}

TEST_F(Observability, ATraceNeverOverwritesAKeyframe) {
    const Untouched before = stateOf(keys());
    expectOneError(run({"--trace", framePath(keys(), 1).string()}), 2, {"trace", "keyframes' folder"});
    EXPECT_EQ(stateOf(keys()), before);
    EXPECT_EQ(run({"--trace", (folder_ / "absent" / "t.json").string()}).exitCode, 1);
    EXPECT_TRUE(fs::exists(out() / "manifest.json")) << "the frames are made all the same";
}

} // namespace
