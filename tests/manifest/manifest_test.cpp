#include "inbetween/manifest.h"

#include "inbetween/error.h"
#include "manifest/json.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <unistd.h>

using namespace inbetween;
namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class ManifestTest : public testing::Test {
protected:
    fs::path folder = fs::temp_directory_path() /
                      ("inbetween-manifest-" + std::to_string(::getpid()) + "-" +
                       testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::path file = folder / "manifest.json";

    void SetUp() override { fs::create_directories(folder); }
    void TearDown() override { fs::remove_all(folder); }
};

std::string readAll(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void writeAll(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

Manifest example() {
    Manifest manifest;
    manifest.toolVersion = "0.1.0";
    manifest.modelName = "ibnet2";
    manifest.modelVersion = "1";
    manifest.modelHash = "0123456789abcdef0123456789abcdef";
    manifest.instructionSet = "AVX512_CORE_BF16";
    manifest.precision = "bfloat16";
    manifest.sourcePattern = "/renders/sh010.####.exr";
    manifest.outputPattern = "sh010.####.exr";
    manifest.companions = {{"/renders/sh010_depth.####.exr", "sh010_depth.####.exr"},
                           {"/renders/ids/sh010.####.exr", "ids/sh010.####.exr"}};
    manifest.framesPerSecond = 23.976;
    manifest.keyframes = {-1, 1, 3, 5, 9};
    manifest.problems = {"keyframe 7: sh010.0007.exr: truncated"};
    manifest.verdictOptions.threshold = 0.02;

    ManifestFrame good;
    good.frame = 0;
    good.key0 = -1;
    good.key1 = 1;
    good.path = "sh010.0000.exr";
    good.pixelHash = "aa";
    good.inputHash = "bb";
    good.motionSource = "vectors";
    good.score = 0.0123456789012345;
    good.features = {0.5, 1.25, 0.03, 0.1, 12.5, 0.02, 0.25, 0.75, 0.125, 2.5, 0.01, 0.0625, 0.3, 0.2};
    good.worstBlocks = 0.0321;
    good.factor = 1.25;
    good.rerenderProbability = 0.875;
    good.errors = {Box({-8, 0}, {55, 33}), Box({0, 0}, {55, 33}), {0, 120, 254, ErrorMap::noError}};

    good.notes = {"written as zip, not dwaa"};
    good.companions = {{"sh010_depth.0000.exr", "cc", "dd", ""}};

    ManifestFrame flagged = good;
    flagged.frame = 2;
    flagged.key0 = 1;
    flagged.key1 = 3;
    flagged.path = "sh010.0002.exr";
    flagged.score = 0.08;
    flagged.errors = {};
    flagged.regions = {{Box({64, 0}, {191, 63}), 0.2, 0.25}, {Box({-64, -10}, {-1, 5}), 0.1, 0.125}};
    flagged.verdict = Verdict::rerender;
    flagged.reasons = {"the two keyframes disagree by 0.21 around (812, 400)",
                       "one keyframe alone, \"mostly\""};
    flagged.badSamples = 17;
    flagged.spliced = {Box({0, 0}, {63, 31})};
    flagged.splicedShare = 0.25;
    flagged.splicedPredicted = 0.03;
    flagged.splicedMeasured = 0.04;

    ManifestFrame failed;
    failed.frame = 4;
    failed.key0 = 3;
    failed.key1 = 5;
    failed.status = FrameStatus::failed;
    failed.verdict = Verdict::rerender;
    failed.error = "sh010.0005.exr: truncated";
    failed.companions = {{"", "", "", "no such file"}};
    failed.score = std::numeric_limits<double>::quiet_NaN();

    ManifestFrame cut;
    cut.frame = 7;
    cut.key0 = 5;
    cut.key1 = 9;
    cut.time = 0.5;
    cut.status = FrameStatus::notMade;
    cut.cut = true;
    cut.verdict = Verdict::rerender;
    cut.reasons = {cutReason};

    ManifestFrame next = cut;
    next.frame = 8;
    next.time = 0.75;

    manifest.settings.channels = {"R", "diffuse.*"};
    manifest.settings.roles = {"Image", "Z", {"forward", "backward"}, {"marks"}, {"light_*"}};
    manifest.groups = {{"beauty", {{"", "Image", {"R", "G", "B"}, {"beauty"}}, {"", "", {"Z"}, {"depth"}}}},
                       {"hud", {{"parts", "hud", {"R", "G", "B", "A"}, {"beauty"}}}}};
    manifest.settings.frames = "-1-9x2";
    manifest.settings.useGenerated = true;
    manifest.settings.riskMaps = true;
    manifest.settings.selfCalibrate = false;
    manifest.settings.quality = "fast";
    manifest.settings.riskModel = "/show/risk.json";
    manifest.settings.renderTimes = "/show/times.csv";
    manifest.renderTimes = {{1, 62.5}, {5, 100}};
    manifest.verdictOptions.maxMiss = 0.02;
    manifest.verdictOptions.by = RiskMeasure::model;
    manifest.selfCalibration = SelfCalibration{{{1, 0.02, 0.03}, {3, 0.01, 0.01}}, 1.25, "cc"};
    manifest.frames = {good, flagged, failed, cut, next};
    return manifest;
}

void expectEqual(const ManifestFrame& a, const ManifestFrame& b) {
    EXPECT_EQ(a.frame, b.frame);
    EXPECT_EQ(a.key0, b.key0);
    EXPECT_EQ(a.key1, b.key1);
    EXPECT_EQ(a.time, b.time);
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.path, b.path);
    EXPECT_EQ(a.pixelHash, b.pixelHash);
    EXPECT_EQ(a.inputHash, b.inputHash);
    EXPECT_EQ(a.motionSource, b.motionSource);
    EXPECT_TRUE(a.score == b.score || (std::isnan(a.score) && std::isnan(b.score)));
    EXPECT_EQ(a.features.angleStdRad, b.features.angleStdRad);
    EXPECT_EQ(a.features.forwardBackwardPx, b.features.forwardBackwardPx);
    EXPECT_EQ(a.features.warpDisagreement, b.features.warpDisagreement);
    EXPECT_EQ(a.features.occlusionShare, b.features.occlusionShare);
    EXPECT_EQ(a.features.motionPx, b.features.motionPx);
    EXPECT_EQ(a.features.networkError, b.features.networkError);
    EXPECT_EQ(a.features.angleStdFineRad, b.features.angleStdFineRad);
    EXPECT_EQ(a.features.angleStdCoarseRad, b.features.angleStdCoarseRad);
    EXPECT_EQ(a.features.structureDisagreement, b.features.structureDisagreement);
    EXPECT_EQ(a.features.flowDifferencePx, b.features.flowDifferencePx);
    EXPECT_EQ(a.features.uncoveredShare, b.features.uncoveredShare);
    EXPECT_EQ(a.features.detail, b.features.detail);
    EXPECT_EQ(a.features.worstWarpDisagreement, b.features.worstWarpDisagreement);
    EXPECT_EQ(a.features.worstNetworkError, b.features.worstNetworkError);
    EXPECT_EQ(a.worstBlocks, b.worstBlocks);
    EXPECT_EQ(a.factor, b.factor);
    EXPECT_EQ(a.rerenderProbability, b.rerenderProbability);
    ASSERT_EQ(a.regions.size(), b.regions.size());
    for (std::size_t i = 0; i < a.regions.size(); ++i) {
        EXPECT_EQ(a.regions[i].box, b.regions[i].box);
        EXPECT_EQ(a.regions[i].score, b.regions[i].score);
        EXPECT_EQ(a.regions[i].share, b.regions[i].share);
    }
    EXPECT_EQ(a.cut, b.cut);
    EXPECT_EQ(a.verdict, b.verdict);
    EXPECT_EQ(a.reasons, b.reasons);
    EXPECT_EQ(a.error, b.error);
    EXPECT_EQ(a.badSamples, b.badSamples);
    EXPECT_EQ(a.notes, b.notes);
    EXPECT_EQ(a.companions, b.companions);
    EXPECT_EQ(a.spliced, b.spliced);
    EXPECT_EQ(a.splicedShare, b.splicedShare);
    EXPECT_EQ(a.splicedPredicted, b.splicedPredicted);
    EXPECT_EQ(a.splicedMeasured, b.splicedMeasured);
    EXPECT_EQ(a.errors, b.errors);
    EXPECT_EQ(a.boxCost, b.boxCost);
    EXPECT_EQ(a.overBudget, b.overBudget);
}

std::string messageOf(const fs::path& file) {
    try {
        readManifest(file);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
        EXPECT_THAT(error.what(), HasSubstr(file.string()));
        return error.what();
    }
    return "no error";
}

const std::string schema = INBETWEEN_SOURCE_DIR "/src/manifest/manifest.schema.json";

// Empty where there is a validator; Debian's python3-jsonschema is asked for, other interpreters may lack it.
std::string validator() {
    for (const char* python : {"/usr/bin/python3", "python3"})
        if (std::system((std::string(python) + " -c 'import jsonschema' 2>/dev/null").c_str()) == 0)
            return std::string(python) + " -W ignore -m jsonschema";
    return {};
}

bool isValid(const std::string& command, const fs::path& file) {
    return std::system((command + " -i '" + file.string() + "' '" + schema + "' >/dev/null 2>&1").c_str()) ==
           0;
}

} // namespace

TEST_F(ManifestTest, ComesBackAsItWas) {
    const Manifest manifest = example();
    writeManifest(file, manifest);
    const Manifest back = readManifest(file);
    EXPECT_EQ(back.tool, manifest.tool);
    EXPECT_EQ(back.toolVersion, manifest.toolVersion);
    EXPECT_EQ(back.modelName, manifest.modelName);
    EXPECT_EQ(back.modelVersion, manifest.modelVersion);
    EXPECT_EQ(back.modelHash, manifest.modelHash);
    EXPECT_EQ(back.instructionSet, manifest.instructionSet);
    EXPECT_EQ(back.precision, manifest.precision);
    EXPECT_EQ(back.sourcePattern, manifest.sourcePattern);
    EXPECT_EQ(back.outputPattern, manifest.outputPattern);
    EXPECT_EQ(back.companions, manifest.companions);
    EXPECT_EQ(back.framesPerSecond, manifest.framesPerSecond);
    EXPECT_EQ(back.keyframes, manifest.keyframes);
    EXPECT_EQ(back.problems, manifest.problems);
    EXPECT_EQ(back.verdictOptions, manifest.verdictOptions);
    EXPECT_EQ(back.selfCalibration, manifest.selfCalibration);
    EXPECT_EQ(back.settings, manifest.settings);
    EXPECT_EQ(back.renderTimes, manifest.renderTimes);
    EXPECT_EQ(back.groups, manifest.groups);
    ASSERT_EQ(back.frames.size(), manifest.frames.size());
    for (std::size_t i = 0; i < back.frames.size(); ++i)
        expectEqual(back.frames[i], manifest.frames[i]);

    // And its second writing is the same to the byte.
    writeManifest(folder / "again.json", back);
    EXPECT_EQ(readAll(folder / "again.json"), readAll(file));
}

TEST_F(ManifestTest, FitsItsSchema) {
    const std::string command = validator();
    if (command.empty())
        GTEST_SKIP() << "python3-jsonschema is not installed";
    writeManifest(file, example());
    EXPECT_TRUE(isValid(command, file));
    writeManifest(file, Manifest());
    EXPECT_TRUE(isValid(command, file));

    Manifest odd = example();
    odd.framesPerSecond = std::numeric_limits<double>::quiet_NaN();
    odd.verdictOptions = {.threshold = std::numeric_limits<double>::infinity(),
                          .maxRerenderShare = 0.1,
                          .maxRerenderFrames = 12};
    odd.frames[0].worstBlocks = std::numeric_limits<double>::quiet_NaN();
    odd.frames[0].rerenderProbability.reset();
    odd.selfCalibration.reset();
    odd.frames[0].path = "sh\xff\xfe.0001.exr"; // not UTF-8
    odd.frames[0].decision = Decision{Verdict::keep, "Ada", "2026-11-21T10:15:00Z", ""};
    odd.frames[0].features.motionPx = std::numeric_limits<double>::infinity();
    writeManifest(file, odd);
    EXPECT_TRUE(isValid(command, file));
    EXPECT_THAT(readAll(file), testing::Not(HasSubstr("nan")));
    EXPECT_TRUE(std::isnan(readManifest(file).frames[0].features.motionPx));

    // The schema is strict enough to be worth having.
    auto json = nlohmann::json::parse(readAll(file));
    json["frames"][0]["surprise"] = 1;
    writeAll(file, json.dump());
    EXPECT_FALSE(isValid(command, file));
}

TEST_F(ManifestTest, AnOlderManifestIsRead) {
    writeManifest(file, example());
    auto json = nlohmann::json::parse(readAll(file));
    json.erase("selfCalibration");
    for (const char* key : {"maxRerenderFrames", "maxMiss", "partialOverhead", "by"})
        json["verdictOptions"].erase(key);
    json.erase("groups");
    for (const char* key : {"selfCalibrate", "riskModel", "quality", "roles"})
        json["settings"].erase(key);
    for (auto& frame : json["frames"]) {
        for (const char* key : {"worstBlocks", "factor", "rerenderProbability", "errorMap"})
            frame["risk"].erase(key);
        if (frame.contains("spliced"))
            for (const char* key : {"predicted", "measured"})
                frame["spliced"].erase(key);
        for (const char* key :
             {"angleStdFineRad", "angleStdCoarseRad", "structureDisagreement", "flowDifferencePx",
              "uncoveredShare", "detail", "worstWarpDisagreement", "worstNetworkError"})
            frame["risk"]["features"].erase(key);
        for (auto& region : frame["risk"]["regions"])
            region.erase("share");
    }
    writeAll(file, json.dump());
    const Manifest manifest = readManifest(file);
    EXPECT_EQ(manifest.verdictOptions, (VerdictOptions{.threshold = 0.02, .maxMiss = -1}));
    EXPECT_FALSE(manifest.selfCalibration);
    EXPECT_FALSE(manifest.settings.selfCalibrate) << "an update goes on as the run was";
    EXPECT_EQ(manifest.settings.quality, "fast");
    EXPECT_EQ(manifest.frames[0].features.motionPx, 12.5);
    EXPECT_TRUE(std::isnan(manifest.frames[0].features.detail));
    EXPECT_TRUE(std::isnan(manifest.frames[0].worstBlocks));
    EXPECT_EQ(manifest.frames[0].factor, 1);
    if (const std::string command = validator(); !command.empty()) {
        EXPECT_TRUE(isValid(command, file));
    }
}

TEST_F(ManifestTest, TotalsCountWhatIsSaved) {
    const Manifest manifest = example();
    const Manifest::Totals totals = manifest.totals();
    EXPECT_EQ(totals.rendered, 5);
    EXPECT_EQ(totals.generated, 2);
    EXPECT_EQ(totals.failed, 1);
    EXPECT_EQ(totals.flagged, 4);
    EXPECT_DOUBLE_EQ(totals.cost, 9.25) << "of the flagged frame, a quarter was rendered before";
    EXPECT_DOUBLE_EQ(totals.rendersSavedShare, 0.075);
    EXPECT_THAT(manifest.rerenderFrames(), ElementsAre(2, 4, 7, 8));
    EXPECT_EQ(Manifest().totals().rendersSavedShare, 0);

    Manifest lenient = example();
    for (ManifestFrame& frame : lenient.frames)
        frame.verdict = Verdict::keep;
    EXPECT_THAT(lenient.rerenderFrames(), ElementsAre(4, 7, 8))
        << "a frame that is not there has to be rendered";
}

TEST_F(ManifestTest, WhatCameBackIsRenderedAndNotSaved) {
    Manifest manifest = example();
    manifest.frames[4].status = FrameStatus::rendered;
    EXPECT_EQ(manifest.totals().rendered, 6);
    EXPECT_EQ(manifest.totals().flagged, 3);
    EXPECT_THAT(manifest.rerenderFrames(), ElementsAre(2, 4, 7));
    EXPECT_DOUBLE_EQ(manifest.totals().rendersSavedShare, 0.075);
    manifest.frames[1].verdict = Verdict::keep; // a quarter of it is rendered
    EXPECT_DOUBLE_EQ(manifest.totals().rendersSavedShare, 0.175);
}

TEST_F(ManifestTest, BoxesCostTheirAreaAndAnOverhead) {
    Manifest manifest = example();
    ManifestFrame& frame = manifest.frames[0];
    frame.verdict = Verdict::partial;
    frame.boxCost = 0.3;
    EXPECT_EQ(manifest.totals().partial, 1);
    EXPECT_EQ(manifest.totals().flagged, 5);
    EXPECT_THAT(manifest.partialFrames(), ElementsAre(0));
    EXPECT_THAT(manifest.rerenderFrames(), ElementsAre(2, 4, 7, 8)) << "whole frames alone";
    EXPECT_DOUBLE_EQ(manifest.totals().cost, 9.55);

    frame.spliced = {Box({0, 0}, {15, 33}),
                     Box({8, 0}, {23, 33})}; // each a quarter of 64x34, and they overlap
    frame.verdict = Verdict::keep;
    EXPECT_DOUBLE_EQ(renderedCost(frame, 0.05), 2 * (0.25 + 0.05));
    frame.verdict = Verdict::rerender;
    EXPECT_DOUBLE_EQ(renderedCost(frame, 0.05), 1.6) << "the boxes were paid for, too";

    frame.verdict = Verdict::partial;
    manifest.frames[1].overBudget = true;
    manifest.frames[1].verdict = Verdict::keep;
    EXPECT_EQ(manifest.totals().overBudget, 1);
    writeManifest(file, manifest);
    const Manifest back = readManifest(file);
    expectEqual(back.frames[0], frame);
    expectEqual(back.frames[1], manifest.frames[1]);
    if (const std::string command = validator(); !command.empty()) {
        EXPECT_TRUE(isValid(command, file));
    }
}

TEST_F(ManifestTest, RenderTimesTellWhatIsSavedInSeconds) {
    Manifest manifest;
    manifest.keyframes = {1, 5};
    for (int number = 2; number <= 4; ++number) {
        manifest.frames.emplace_back();
        manifest.frames.back().frame = number;
    }
    EXPECT_FALSE(manifest.totals().secondsOfAll);
    manifest.renderTimes = {{1, 10}, {5, 50}};
    manifest.frames[1].verdict = Verdict::rerender;
    EXPECT_DOUBLE_EQ(*manifest.totals().secondsOfAll, 10 + 20 + 30 + 40 + 50);
    EXPECT_DOUBLE_EQ(*manifest.totals().secondsOfCost, 10 + 30 + 50);
}

TEST_F(ManifestTest, RenderTimesAreReadAndWhatDoesNotFitIsNamed) {
    writeAll(folder / "times.csv", "frame,seconds\n1,62.5\r\n\n3,1:02.5\n5,0\n7,\n9,soon\n-2,1:00:00\n");
    std::vector<std::string> problems;
    EXPECT_EQ(readRenderTimes(folder / "times.csv", problems),
              (RenderTimes{{-2, 3600}, {1, 62.5}, {3, 62.5}}));
    ASSERT_EQ(problems.size(), 3u);
    EXPECT_THAT(problems[0], HasSubstr("times.csv: line 5, '5,0'"));
    for (const char* text : {"", "frame,seconds\n", "1,0\n"}) {
        writeAll(folder / "none.csv", text);
        EXPECT_THROW(readRenderTimes(folder / "none.csv", problems), Error) << text;
    }
    EXPECT_THROW(readRenderTimes(folder / "nowhere.csv", problems), Error);
    const RenderTimes times{{10, 100}, {20, 200}};
    EXPECT_EQ(secondsOf(times, 15), 150);
    EXPECT_EQ(secondsOf(times, 20), 200);
    EXPECT_EQ(secondsOf(times, 5), 100);
    EXPECT_EQ(secondsOf(times, 25), 200);
}

TEST_F(ManifestTest, AnErrorMapThatDoesNotFitIsNamed) {
    writeManifest(file, example());
    const auto complaint = [&](const char* key, const nlohmann::json& value) {
        auto json = nlohmann::json::parse(readAll(file));
        json["frames"][0]["risk"]["errorMap"][key] = value;
        writeAll(folder / "bad.json", json.dump());
        return messageOf(folder / "bad.json");
    };
    EXPECT_THAT(complaint("levels", "0078fe"),
                HasSubstr("errorMap.levels must have two digits for each of 4"));
    EXPECT_THAT(complaint("levels", "0078feg0"), HasSubstr("must be hexadecimal digits"));
    EXPECT_THAT(complaint("side", 16), HasSubstr("errorMap.side must be 32"));
    EXPECT_THAT(complaint("window", {{"x", 0}, {"y", 0}, {"width", 100}, {"height", 1}}),
                HasSubstr("must lie within the canvas"));
}

TEST_F(ManifestTest, ADecisionWinsOverTheScoreAndComesBack) {
    Manifest manifest = example();
    ManifestFrame& quiet = manifest.frames[0];
    ASSERT_EQ(quiet.finalVerdict(), Verdict::keep);
    const int flagged = manifest.totals().flagged;
    quiet.decision = Decision{Verdict::rerender, "Ada \"A\" <L>", "2026-11-21T10:15:00Z",
                              "ghost\nat the left"};
    EXPECT_EQ(manifest.totals().flagged, flagged + 1);
    EXPECT_THAT(manifest.rerenderFrames(), testing::Contains(quiet.frame));

    writeManifest(folder / "manifest.json", manifest);
    const ManifestFrame read = readManifest(folder / "manifest.json").frames[0];
    EXPECT_EQ(read.decision, quiet.decision);
    EXPECT_EQ(read.verdict, Verdict::keep) << "what the score says is not lost";
    EXPECT_EQ(read.finalVerdict(), Verdict::rerender);
}

TEST_F(ManifestTest, RerenderListIsTheFormOfFarms) {
    writeRerenderList(folder / "rerender.txt", example());
    EXPECT_EQ(readAll(folder / "rerender.txt"), "2,4,7-8\n");
    writeRerenderList(folder / "rerender.txt", Manifest());
    EXPECT_EQ(readAll(folder / "rerender.txt"), "");
}

TEST_F(ManifestTest, CsvIsQuotedAndHoldsNoFormulas) {
    Manifest manifest = example();
    manifest.frames[0].path = "=HYPERLINK(\"http://x\"),1";
    manifest.frames[0].reasons = {"-1+2", "second"};
    manifest.frames[2].error = "line one\nline two";
    writeManifestCsv(folder / "manifest.csv", manifest);
    const std::string csv = readAll(folder / "manifest.csv");
    EXPECT_THAT(csv,
                testing::StartsWith(
                    "frame,key0,key1,time,status,verdict,score,worstBlocks,angleStdRad,forwardBackwardPx,"
                    "warpDisagreement,occlusionShare,motionPx,networkError,angleStdFineRad,angleStdCoarseRad,"
                    "structureDisagreement,flowDifferencePx,uncoveredShare,detail,"
                    "worstWarpDisagreement,worstNetworkError,rerenderProbability,regions,cut,badSamples,"
                    "motionSource,path,pixelHash,reasons,error,decidedBy,decidedAt,comment\n"
                    "0,-1,1,0.5,complete,keep,0.0123456789012345,0.0321,0.5,1.25,0.03,0.1,12.5,0.02,"
                    "0.25,0.75,0.125,2.5,0.01,0.0625,0.3,0.2,0.875,0,no,0,"
                    "vectors,\"'=HYPERLINK(\"\"http://x\"\"),1\",aa,\"'-1+2; second\",,,,\n"));
    EXPECT_THAT(csv, HasSubstr("\"the two keyframes disagree by 0.21 around (812, 400); one keyframe alone, "
                               "\"\"mostly\"\"\""));
    EXPECT_THAT(csv, HasSubstr(",failed,rerender,,")) << "no number where the score is not one";
    EXPECT_THAT(csv, HasSubstr("\"line one\nline two\""));
}

TEST_F(ManifestTest, ComplaintsNameTheKey) {
    writeManifest(file, example());
    const auto original = nlohmann::json::parse(readAll(file));
    const auto complaintAbout = [&](const std::string& pointer, const nlohmann::json& value) {
        auto json = original;
        json[nlohmann::json::json_pointer(pointer)] = value;
        writeAll(file, json.dump());
        return messageOf(file);
    };
    EXPECT_THAT(complaintAbout("/version", 2), HasSubstr("version 2 of the manifest is not known"));
    EXPECT_THAT(complaintAbout("/frames/1/time", 1.5), HasSubstr("frames[1].time must lie between 0 and 1"));
    EXPECT_THAT(complaintAbout("/frames/1/time", "0.5"), HasSubstr("frames[1].time must be a number"));
    EXPECT_THAT(complaintAbout("/frames/1/frame", 0), HasSubstr("frames[1].frame must be greater"));
    EXPECT_THAT(complaintAbout("/frames/1/frame", 1.5), HasSubstr("must be a whole number"));
    EXPECT_THAT(complaintAbout("/frames/1/frame", 1e10), HasSubstr("must be a whole number"));
    EXPECT_THAT(complaintAbout("/frames/1/frame", 5000000000), HasSubstr("must be a whole number"));
    EXPECT_THAT(complaintAbout("/frames/1/badSamples", -1), HasSubstr("frames[1].badSamples"));
    EXPECT_THAT(complaintAbout("/frames/1/status", "fine"),
                HasSubstr("must be one of complete, failed, notMade"));
    EXPECT_THAT(complaintAbout("/frames/1/verdict", "maybe"),
                HasSubstr("must be one of keep, partial, rerender"));
    EXPECT_THAT(complaintAbout("/frames/1/risk/score", -0.5),
                HasSubstr("frames[1].risk.score must not be below 0"));
    EXPECT_THAT(complaintAbout("/frames/1/risk/features", 3),
                HasSubstr("frames[1].risk.features must be an object"));
    EXPECT_THAT(complaintAbout("/frames/1/risk/regions/0/width", 0),
                HasSubstr("frames[1].risk.regions[0].width"));
    EXPECT_THAT(complaintAbout("/frames/1/risk/regions/0/width", 2147483647), HasSubstr("too large"));
    EXPECT_THAT(complaintAbout("/frames/1/reasons", nullptr), HasSubstr("frames[1].reasons must be a list"));
    EXPECT_THAT(complaintAbout("/frames", 7), HasSubstr("frames must be a list"));
    EXPECT_THAT(complaintAbout("/verdictOptions/maxRerenderShare", 3), HasSubstr("must lie between 0 and 1"));
    auto json = original;
    json["model"].erase("hash");
    writeAll(file, json.dump());
    EXPECT_THAT(messageOf(file), HasSubstr("model.hash is missing"));
    writeAll(file, "[]");
    EXPECT_THAT(messageOf(file), HasSubstr("the document must be an object"));
    EXPECT_THAT(messageOf(folder / "none.json"), HasSubstr("cannot be read"));
    EXPECT_THAT(messageOf(folder), HasSubstr("cannot be read"));
}

TEST_F(ManifestTest, CutOffAnywhereItIsRefused) {
    Manifest manifest = example();
    manifest.frames.resize(2);
    writeManifest(file, manifest);
    const std::string text = readAll(file);
    for (std::size_t length = 0; length + 2 < text.size(); ++length) { // the last two bytes are "}\n"
        ASSERT_THROW(parseManifest(text.substr(0, length), file), Error) << length;
    }
    writeAll(file, text.substr(0, text.size() / 2));
    EXPECT_THROW(readManifest(file), Error);
}

TEST_F(ManifestTest, DamagedItIsReadOrRefused) {
    writeManifest(file, example());
    const std::string text = readAll(file);
    std::mt19937 random(1);
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
        std::string damaged = text;
        for (int n = 1 + int(random() % 3); n > 0; --n)
            switch (const std::size_t at = random() % damaged.size(); random() % 3) {
            case 0:
                damaged[at] = char(random());
                break;
            case 1:
                damaged.erase(at, 1 + random() % 20);
                break;
            default:
                damaged.insert(at, 1, "0123456789-{}[]\",:e."[random() % 20]);
                break;
            }
        try {
            parseManifest(damaged, file);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input);
            ++refused;
        }
    }
    EXPECT_GT(refused, 1000);
}

TEST_F(ManifestTest, WhatCannotBeWrittenIsAnOutputError) {
    try {
        writeManifest(folder / "no" / "such" / "manifest.json", example());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::output);
    }
}
