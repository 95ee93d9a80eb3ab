// Parts of a shot, made apart and joined, are to the byte what one run makes; what is missing or different is
// said.
#include "command/command_fixture.h"

#include <csignal>
#include <future>

namespace fs = std::filesystem;
using testing::HasSubstr;

namespace {

class Shards : public CommandTest {
protected:
    void SetUp() override { writeKeys(keys(), {1, 3, 5, 8, 10, 12, 14, 17, 19}); } // 10 frames to make
    static std::string shard(int index, int count) {
        return std::to_string(index) + "/" + std::to_string(count);
    }
    static Outcome merge(const Arguments& more) {
        Arguments arguments{"merge"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return runCommand(arguments);
    }
    Outcome merge() const { return merge(Arguments{out().string()}); }
    fs::path shardManifest(const std::string& name) const {
        return out() / "shards" / (name + ".manifest.json");
    }
    void runShards(int count) const {
        for (int index = 1; index <= count; ++index)
            runWell({"--shard", shard(index, count)});
    }
    // What one run leaves, by name; the folder is empty again.
    std::map<std::string, std::string> whole(const Arguments& more = {}) const {
        runWell(more);
        auto contents = contentsOf(out());
        fs::remove_all(out());
        return contents;
    }
    // The files of the whole shot, without those of the parts.
    std::map<std::string, std::string> joined() const {
        auto contents = contentsOf(out());
        std::erase_if(contents, [](const auto& file) { return file.first.starts_with("shards"); });
        return contents;
    }
    void edit(const fs::path& manifest, const std::function<void(Json&)>& change) const {
        Json json = Json::parse(readBytes(manifest));
        change(json);
        writeBytes(manifest, json.dump());
    }
};

TEST_F(Shards, SixteenInAnyOrderOneKilledOneTwiceAtOnceAreToTheByteOneRun) {
    const auto expected = whole({"--threads", "2"});
    for (int i = 0; i < 16; ++i) {
        const int index = 1 + (i * 7) % 16;
        const Arguments part{"--shard", shard(index, 16), "--threads", i % 2 ? "1" : "2"};
        if (index % 3 == 0) { // once to the first line, and again
            Process process = runProcess(part);
            process.killAfterLines = index % 2;
            const Outcome killed = start(process);
            EXPECT_TRUE(killed.signal == SIGKILL || killed.exitCode == 0) << killed.err;
        }
        if (index == 5) {
            auto other = std::async(std::launch::async, [&] { return run(part); });
            runWell(part);
            EXPECT_EQ(other.get().exitCode, 0);
        }
        runWell(part);
    }
    const Outcome outcome = merge();
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(changesOf(expected, joined()), Names{});
    expectNoPartialFiles();
}

TEST_F(Shards, TwoProcessesOnTheSameShardDoNotHarmEachOther) {
    const auto expected = whole();
    std::vector<std::future<Outcome>> running;
    for (const char* threads : {"1", "2", "1"})
        running.push_back(std::async(std::launch::async, [this, threads] {
            return run({"--shard", "1/1", "--threads", threads});
        }));
    for (auto& process : running) {
        const Outcome outcome = process.get();
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    }
    ASSERT_EQ(merge().exitCode, 0);
    EXPECT_EQ(changesOf(expected, joined()), Names{});
    expectNoPartialFiles();
}

TEST_F(Shards, GapsThatOverlapAreJoined) {
    const auto expected = whole();
    runWell({"--gaps", "1-6"}); // 2, 4, 6, 7
    runWell({"--gaps", "7-15"});
    runWell({"--gaps", "16-100"});
    ASSERT_EQ(merge().exitCode, 0) << merge().err;
    EXPECT_EQ(changesOf(expected, joined()), Names{});
}

TEST_F(Shards, TheShareToRenderIsOfTheWholeShot) {
    const auto expected = whole({"--max-rerender", "20%"});
    for (int index = 1; index <= 3; ++index)
        runWell({"--shard", shard(index, 3), "--max-rerender", "20%"});
    ASSERT_EQ(merge().exitCode, 0);
    EXPECT_EQ(changesOf(expected, joined()), Names{});
    // Another share at the merge is that of a run with it.
    ASSERT_EQ(merge({out().string(), "--max-rerender", "50%"}).exitCode, 0);
    EXPECT_EQ(manifest().at("totals").at("flagged"), 5);
}

TEST_F(Shards, SeparateFoldersAreJoinedInAnother) {
    const fs::path one = folder_ / "node1", two = folder_ / "node2";
    for (const auto& [where, part] : {std::pair{one, "1/2"}, std::pair{two, "2/2"}}) {
        const Outcome outcome = runCommand({"run", keys().string(), "-o", where.string(), "--shard", part});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    }
    EXPECT_EQ(merge({one.string(), two.string()}).exitCode, 2) << "-o is needed";
    const Outcome outcome = merge({one.string(), two.string(), "-o", out().string()});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(framesInManifest().size(), 10u);
    EXPECT_EQ(frameRecord(2).at("path"), "../node1/shot.0002.exr");
    for (const int frame : framesInManifest())
        EXPECT_TRUE(fs::exists(out() / frameRecord(frame).at("path").get<std::string>())) << frame;
}

TEST_F(Shards, ARunOverAllAfterwardsMakesNothingAnew) {
    runShards(3);
    EXPECT_THAT(run().out, HasSubstr("0 frames made, 10 kept"));
    EXPECT_THAT(run({"--shard", "2/4"}).out, HasSubstr("0 frames made"));
}

TEST_F(Shards, ALostShardIsNamed) {
    runShards(4);
    fs::remove(shardManifest("003-of-004"));
    expectOneError(merge(), 2, {"shards", "no part of the shot", "there is no manifest of shard 3/4"});
    EXPECT_FALSE(fs::exists(out() / "manifest.json"));
    runWell({"--shard", "3/4"});
    EXPECT_EQ(merge().exitCode, 0);
}

TEST_F(Shards, AFrameThatIsGoneIsNamed) {
    runShards(2);
    fs::remove(made(4));
    expectOneError(merge(), 2, {"shot.0004.exr", "frame 4", "run this part again"});
}

TEST_F(Shards, ADamagedManifestOfAShardIsNamed) {
    runShards(2);
    const std::string text = readBytes(shardManifest("002-of-002"));
    for (const std::size_t length : {std::size_t(0), text.size() / 2, text.size() - 3}) {
        writeBytes(shardManifest("002-of-002"), text.substr(0, length));
        expectOneError(merge(), 2, {"002-of-002.manifest.json", "run this part again"});
    }
    EXPECT_FALSE(fs::exists(out() / "manifest.json"));
    runWell({"--shard", "2/2"}); // keeps its frames: nothing is lost
    EXPECT_EQ(merge().exitCode, 0);
}

TEST_F(Shards, WhatIsNotAlikeIsRefused) {
    runShards(2);
    const fs::path second = shardManifest("002-of-002");
    const std::string text = readBytes(second);
    const std::vector<std::pair<std::string, std::function<void(Json&)>>> changes{
        {"another shot", [](Json& m) { m["sourcePattern"] = "/elsewhere/shot.####.exr"; }},
        {"another version of inbetween", [](Json& m) { m["tool"]["version"] = "9.9"; }},
        {"another model", [](Json& m) { m["model"]["hash"] = "0"; }},
        {"another keyframes", [](Json& m) { m["keyframes"].push_back(1001); }},
        {"another threshold", [](Json& m) { m["verdictOptions"]["threshold"] = 0.5; }},
        {"another instruction set", [](Json& m) { m["instructionSet"] = "OTHER"; }},
    };
    for (const auto& [words, change] : changes) {
        edit(second, change);
        expectOneError(merge(), 2, {"002-of-002.manifest.json", words});
        EXPECT_FALSE(fs::exists(out() / "manifest.json")) << words;
        writeBytes(second, text);
    }
}

TEST_F(Shards, MixedNodesAreJoinedOnRequestAlone) {
    runShards(2);
    edit(shardManifest("002-of-002"), [](Json& m) { m["instructionSet"] = "OTHER"; });
    expectOneError(merge(), 2, {"another instruction set", "--allow-mixed"});
    ASSERT_EQ(merge({out().string(), "--allow-mixed"}).exitCode, 0);
    EXPECT_THAT(manifest().at("instructionSet").get<std::string>(), HasSubstr("OTHER"));
}

TEST_F(Shards, TheSameFrameWithOtherPixelsIsRefused) {
    runShards(1);
    runWell({"--gaps", "4"});
    edit(shardManifest("gaps-4"), [](Json& m) { m["frames"][0]["pixelHash"] = "0"; });
    expectOneError(merge(), 2,
                   {"frame 4", "001-of-001.manifest.json", "gaps-4.manifest.json", "different pixels"});
}

TEST_F(Shards, AShardThatIsNoneIsRefused) {
    for (const char* part : {"0/4", "5/4", "-1/4", "1/0"})
        expectOneError(run({"--shard=" + std::string(part)}), 2,
                       {"--shard", "there is no shard", "the first is 1/"});
    for (const char* part : {"a/b", "1", "1/2/3"})
        expectOneError(run({"--shard", part}), 2, {"--shard", part, "3/16"});
    expectOneError(run({"--gaps", "5:9"}), 2, {"--gaps"});
    expectOneError(run({"--shard", "1/2", "--gaps", "1-5"}), 2, {"--shard", "--gaps"});
    expectOneError(merge({(folder_ / "absent").string()}), 2, {"absent"});
    EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Shards, AFullDiskLosesNothing) {
    const auto expected = whole();
    runWell({"--shard", "1/2"});
    Process process = runProcess({"--shard", "2/2"});
    process.maxFileBytes = 700; // less than a frame
    const Outcome full = start(process);
    EXPECT_EQ(full.exitCode, 1) << full.err;
    EXPECT_EQ(merge().exitCode, 2);
    runWell({"--shard", "2/2"});
    Process merging;
    merging.arguments = {"merge", out().string()};
    merging.maxFileBytes = 700;
    expectOneError(start(merging), 1, {"manifest.json"});
    EXPECT_FALSE(fs::exists(out() / "manifest.json"));
    ASSERT_EQ(merge().exitCode, 0);
    EXPECT_EQ(changesOf(expected, joined()), Names{});
}

TEST_F(Shards, AFailedFrameIsThatOfTheShot) {
    runShards(2);
    edit(shardManifest("002-of-002"), [](Json& m) { m["frames"].back()["status"] = "failed"; });
    EXPECT_EQ(merge().exitCode, 1);
    EXPECT_EQ(manifest().at("totals").at("failed"), 1);
}

TEST_F(Shards, AKeyframeThatCannotBeUsedIsSaidAtTheMergeToo) {
    writeBytes(key(10), "no picture at all"); // 9 to 11 are made between 8 and 12
    for (const char* part : {"1/2", "2/2"})
        EXPECT_EQ(run({"--shard", part}).exitCode, 1);
    const Outcome outcome = merge();
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("shot.0010.exr"));
    EXPECT_EQ(frameRecord(10).at("verdict"), "rerender");
}

class Index : public CommandTest {};

TEST_F(Index, IsAPageOverShotsWorstFirst) {
    const fs::path film = folder_ / "film";
    for (const char* shot : {"a", "<b>&'\"", "c"}) {
        writeKeys(keys(), {1, 3, 5});
        const Outcome outcome = runCommand({"run", keys().string(), "-o", (film / "seq" / shot).string(),
                                            "--threshold", std::string(shot) == "c" ? "0" : "1"});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    }
    const fs::path page = film / "index.html";
    const Outcome outcome = runCommand({"index", film.string(), "-o", page.string()});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    const std::string text = readBytes(page);
    EXPECT_LT(text.find(">seq/c<"), text.find(">seq/a<"));
    EXPECT_THAT(text, HasSubstr("seq/&lt;b&gt;&amp;&#39;&quot;"));
    EXPECT_EQ(text.find("<b>"), std::string::npos);
    EXPECT_EQ(text.find("http"), text.find("http-equiv")) << "nothing from elsewhere";
    EXPECT_THAT(readBytes(film / "index.csv"), HasSubstr("seq/c,5,3,2,0,2,0,"));

    writeBytes(film / "seq" / "a" / "manifest.json", "{");
    const Outcome damaged = runCommand({"index", film.string(), "-o", page.string()});
    EXPECT_EQ(damaged.exitCode, 1);
    EXPECT_THAT(readBytes(page), HasSubstr("seq/c")) << "the others are there";
    expectOneError(runCommand({"index", keys().string(), "-o", page.string()}), 2, {"manifest.json"});
    expectOneError(runCommand({"index", film.string(), "-o", "index.exr"}), 2, {".html"});
}

} // namespace
