// `inbetween evaluate`, and what the sample frames must show.
#include "command/command_fixture.h"

#include <algorithm>
#include <cmath>

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

namespace {

class Evaluate : public CommandTest {
protected:
    fs::path truth() const { return folder_ / "truth"; }
    Outcome evaluate(const Arguments& more = {}) const {
        Arguments arguments{"evaluate", out().string(), "--reference", truth().string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return runCommand(arguments);
    }
    Json evaluation() const { return Json::parse(readBytes(out() / "evaluate.json")); }
    void writeShot(const std::vector<int>& numbers, const std::vector<int>& withheld) const {
        writeKeys(keys(), numbers);
        writeKeys(truth(), withheld);
        runWell();
    }
};

TEST_F(Evaluate, WritesTheFiguresOfEveryFrame) {
    writeShot({1, 3, 5}, {2, 4});
    const Outcome outcome = evaluate();
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("PSNR"), HasSubstr("gain over the mean of the keyframes"),
                                   HasSubstr("risk: 2 frames"), HasSubstr("evaluate.json")));
    const Json json = evaluation();
    ASSERT_EQ(json.at("frames").size(), 2u);
    for (const Json& frame : json.at("frames"))
        for (const char* method : {"inbetween", "meanOfKeyframes", "disWarp"})
            for (const char* figure :
                 {"mseLinear", "mseDisplay", "psnrDisplay", "ssimDisplay", "worstBlocksPsnr", "detailRatio"})
                EXPECT_TRUE(frame.at(method).at(figure).is_number()) << method << " " << figure;
    EXPECT_TRUE(json.at("mean").at("inbetween").at("psnrDisplay").is_number());
    std::vector<std::string> features;
    for (const Json& figure : json.at("risk").at("figures"))
        features.push_back(figure.at("feature"));
    EXPECT_THAT(features, testing::IsSupersetOf(
                              {"verdict", "score", "angleStdRad", "warpDisagreement", "networkError"}));
    const Picture difference = readPicture(out() / "evaluate" / "0002.exr");
    const Picture made = readPicture(framePath(out(), 2)), rendered = readPicture(framePath(truth(), 2));
    EXPECT_NEAR(difference.at("R", 30, 20), std::abs(made.at("R", 30, 20) - rendered.at("R", 30, 20)), 2e-3);
}

TEST_F(Evaluate, SeveralShotsAreAssessedTogether) {
    writeShot({1, 3, 5}, {2, 4});
    const std::string other = (folder_ / "other").string(), file = (folder_ / "risk.json").string();
    ASSERT_EQ(runCommand({"run", keys().string(), "-o", other, "-q", "--risk-maps", "--no-report"}).exitCode,
              0);
    const Outcome outcome = runCommand({"evaluate", out().string(), other, "--reference", truth().string(),
                                        "--reference", truth().string(), "-o", file, "--no-pictures"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    const Json json = Json::parse(readBytes(file));
    EXPECT_EQ(json.at("all").at("frames"), 4);
    EXPECT_EQ(json.at("shots").size(), 2u);
    EXPECT_TRUE(fs::exists(folder_ / "risk.svg"));
    EXPECT_EQ(json.at("shots")[1].at("pixels").size(), 9u) << "maps were written there";
    const Outcome again = runCommand({"evaluate", out().string(), other, "-o", file});
    ASSERT_EQ(again.exitCode, 0) << again.err;
    EXPECT_EQ(Json::parse(readBytes(file)), json) << "from what was measured before";
}

TEST_F(Evaluate, AFrameThatEqualsItsReferenceIsPerfect) {
    fs::create_directories(keys());
    fs::create_directories(truth());
    for (const int number : {1, 3})
        writePicture(key(number), movingSquare(1));
    writePicture(framePath(truth(), 2), movingSquare(1));
    runWell();
    ASSERT_EQ(evaluate({"--no-pictures"}).exitCode, 0);
    EXPECT_EQ(evaluation().at("mean").at("inbetween").at("psnrDisplay"), 100);
    EXPECT_FALSE(fs::exists(out() / "evaluate"));
}

TEST_F(Evaluate, AFrameWithoutReferenceIsNamedAndTheOthersAreMeasured) {
    writeShot({1, 3, 5}, {2});
    const Outcome outcome = evaluate();
    EXPECT_EQ(outcome.exitCode, 0);
    EXPECT_EQ(evaluation().at("frames").size(), 1u);
    EXPECT_THAT(outcome.out, HasSubstr("problem: frame 4"));
}

TEST_F(Evaluate, WhatCannotBeComparedIsRefusedInOneLine) {
    expectOneError(evaluate(), 2, {"manifest.json"});
    writeShot({1, 3}, {});
    fs::remove_all(truth());
    expectOneError(evaluate(), 2, {truth().string()});
    fs::create_directories(truth());
    expectOneError(evaluate(), 2, {truth().string()});
    writeKeys(truth(), {12});
    expectOneError(evaluate(), 2, {truth().string()});
    fs::remove_all(truth());
    fs::create_directories(truth());
    writeBytes(framePath(truth(), 2), "hello");
    expectOneError(evaluate(), 2, {"shot.0002.exr", "not an OpenEXR file"});
    writeBytes(out() / "manifest.json", "{}");
    expectOneError(evaluate(), 2, {"manifest.json"});
    EXPECT_FALSE(fs::exists(out() / "evaluate.json"));
}

// ---- The sample frames of the repository ----

std::vector<fs::path> sampleShots() {
    std::vector<fs::path> shots;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(fs::path(INBETWEEN_SOURCE_DIR) / "sample_frames", none))
        if (fs::is_directory(entry.path() / "keys") && fs::is_directory(entry.path() / "truth"))
            shots.push_back(entry.path());
    std::sort(shots.begin(), shots.end());
    return shots;
}

class SampleShots : public Evaluate {
protected:
    void SetUp() override {
        if (sampleShots().empty())
            GTEST_SKIP() << "sample_frames/ holds no shot with keys/ and truth/";
    }
    void runShot(const fs::path& shot, const Arguments& more = {}) const {
        Arguments arguments{"run", (shot / "keys").string(), "-o", (out() / shot.filename()).string(), "-q"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Outcome outcome = runCommand(arguments);
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    }
};

TEST_F(SampleShots, TheInBetweensBeatTheMeanOfTheKeyframesAndTheDisWarp) {
    for (const fs::path& shot : sampleShots()) {
        const Untouched before = stateOf(shot);
        runShot(shot);
        const fs::path result = out() / shot.filename();
        const Outcome outcome = runCommand(
            {"evaluate", result.string(), "--reference", (shot / "truth").string(), "--no-pictures"});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        const Json mean = Json::parse(readBytes(result / "evaluate.json")).at("mean");
        const double ours = mean.at("inbetween").at("psnrDisplay");
        EXPECT_GT(ours, mean.at("meanOfKeyframes").at("psnrDisplay").get<double>()) << shot;
        EXPECT_GT(ours, mean.at("disWarp").at("psnrDisplay").get<double>()) << shot;
        EXPECT_TRUE(stateOf(shot) == before) << shot;
    }
}

TEST_F(SampleShots, EveryLayerOfTheKeyframesIsInTheInBetweens) {
    for (const fs::path& shot : sampleShots()) {
        runShot(shot, {"--frames", "1,3"});
        std::vector<fs::path> made;
        for (const auto& entry : fs::directory_iterator(out() / shot.filename()))
            if (entry.path().extension() == ".exr")
                made.push_back(entry.path());
        ASSERT_EQ(made.size(), 1u) << shot;
        const Picture frame = readPicture(made.front());
        fs::path keyframe;
        for (const auto& entry : fs::directory_iterator(shot / "keys"))
            keyframe = entry.path();
        const Picture rendered = readPicture(keyframe);
        ASSERT_EQ(frame.channels.size(), rendered.channels.size());
        for (const auto& [name, samples] : rendered.channels) {
            ASSERT_TRUE(frame.channels.contains(name)) << name;
            EXPECT_EQ(frame.channels.at(name).type, samples.type) << name;
        }
        EXPECT_EQ(frame.displayWindow, rendered.displayWindow);
    }
}

TEST_F(SampleShots, ThreadsDoNotChangeABitOfARealShot) {
    const fs::path shot = sampleShots().front();
    std::map<std::string, std::string> first;
    for (const char* threads : {"1", "2"}) {
        runShot(shot, {"--frames", "1,3,5", "--threads", threads, "--no-resume"});
        const auto contents = contentsOf(out() / shot.filename());
        if (!first.empty()) {
            EXPECT_EQ(changesOf(first, contents), Names{});
        }
        first = contents;
    }
}

} // namespace
