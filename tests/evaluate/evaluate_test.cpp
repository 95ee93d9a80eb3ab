#include "inbetween/evaluate.h"

#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "risk/pictures.h"

#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

using namespace inbetween;
using namespace pictures;
namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr int w = 160, h = 96;

Channel floatChannel(const std::string& name, const Plane& plane) {
    Channel channel;
    channel.name = name;
    channel.type = SampleType::float32;
    channel.samples.resize(4 * plane.values.size());
    std::memcpy(channel.samples.data(), plane.values.data(), channel.samples.size());
    return channel;
}

void writePicture(const fs::path& path, const ColourPlanes& planes, Imath::V2i origin = {0, 0},
                  int displayWidth = w) {
    fs::create_directories(path.parent_path());
    Image image;
    image.displayWindow = Box({0, 0}, {displayWidth - 1, h - 1});
    image.parts.resize(1);
    image.parts[0].dataWindow = Box(origin, origin + Imath::V2i(planes.r.width - 1, planes.r.height - 1));
    image.parts[0].channels = {floatChannel("B", planes.b), floatChannel("G", planes.g),
                               floatChannel("R", planes.r)};
    writeExr(path, image);
}

// A scene that pans by 3 px a frame; keyframes 1, 3, 5, 9.
ColourPlanes frameOf(int number, float error = 0) {
    return draw(w, h, [=](double x, double y, int c) {
        return sceneShade(6, -3.0 * number)(x, y, c) + (error * ((int(x) / 8 + int(y) / 8) % 2));
    });
}

class EvaluateTest : public testing::Test {
protected:
    fs::path folder = fs::temp_directory_path() /
                      ("inbetween-evaluate-" + std::to_string(::getpid()) + "-" +
                       testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::path out = folder / "out", keys = folder / "keys", truth = folder / "truth";
    Manifest manifest;

    void SetUp() override {
        for (int number : {1, 3, 5, 9})
            writePicture(keys / fmt::format("sh.{:04}.exr", number), frameOf(number));
        manifest.sourcePattern = (keys / "sh.####.exr").string();
        manifest.outputPattern = "sh.####.exr";
        manifest.keyframes = {1, 3, 5, 9};
        for (const auto& [number, key0, key1] :
             {std::tuple(2, 1, 3), {4, 3, 5}, {6, 5, 9}, {7, 5, 9}, {8, 5, 9}}) {
            ManifestFrame frame;
            frame.frame = number;
            frame.key0 = key0;
            frame.key1 = key1;
            frame.time = double(number - key0) / (key1 - key0);
            frame.path = fmt::format("sh.{:04}.exr", number);
            frame.score = 0.01 * number;
            frame.features.motionPx = 10.0 - number;
            frame.features.angleStdRad = 0.5;
            manifest.frames.push_back(frame);
            writePicture(out / frame.path,
                         frameOf(number, 0.01f * number)); // the error grows with the number
            writePicture(truth / fmt::format("ref.{:04}.exr", number), frameOf(number));
        }
        save();
    }
    void TearDown() override { fs::remove_all(folder); }

    void save() { writeManifest(out / "manifest.json", manifest); }

    std::vector<int> evaluated(const Evaluation& evaluation) const {
        std::vector<int> numbers;
        for (const FrameEvaluation& frame : evaluation.frames)
            numbers.push_back(frame.frame);
        return numbers;
    }
};

std::string readAll(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

double correlationOf(const Evaluation& evaluation, const std::string& feature) {
    for (const RiskQuality& quality : evaluation.risk.figures)
        if (quality.feature == feature)
            return quality.spearman;
    ADD_FAILURE() << feature;
    return 0;
}

} // namespace

TEST_F(EvaluateTest, MeasuresEveryFrameAndTheBaselines) {
    const Evaluation evaluation = evaluate(out, truth.string());
    EXPECT_THAT(evaluated(evaluation), ElementsAre(2, 4, 6, 7, 8));
    EXPECT_THAT(evaluation.problems, IsEmpty());
    for (const FrameEvaluation& frame : evaluation.frames) {
        const float injected = 0.01f * float(frame.frame);
        EXPECT_NEAR(frame.inbetween.mseLinear, injected * injected / 2, 1e-5);
        EXPECT_GT(frame.disWarp.psnrDisplay, frame.meanOfKeyframes.psnrDisplay);
        EXPECT_DOUBLE_EQ(frame.score, 0.01 * frame.frame);
    }
    EXPECT_GT(evaluation.mean.inbetween.psnrDisplay, 20);
    EXPECT_DOUBLE_EQ(correlationOf(evaluation, "score"), 1);
    EXPECT_DOUBLE_EQ(correlationOf(evaluation, "motionPx"), -1);
    EXPECT_TRUE(std::isnan(correlationOf(evaluation, "angleStdRad"))) << "all the same";

    const std::string json = readAll(out / "evaluate.json");
    for (const char* key :
         {"\"frame\": 8", "\"psnrDisplay\"", "\"disWarp\"", "\"rocArea\"", "\"spearman\": null"})
        EXPECT_THAT(json, HasSubstr(key));
}

TEST_F(EvaluateTest, SaysHowWellRiskForetoldTheBadFrames) {
    // Frames 2 to 8 get errors up to 0.08 over half of the pixels; make the last one clearly bad.
    writePicture(out / "sh.0008.exr", frameOf(8, 0.4f));
    manifest.frames[4].verdict = Verdict::rerender;
    save();
    const Evaluation evaluation = evaluate(out, truth.string());
    EXPECT_EQ(evaluation.risk.frames, 5u);
    EXPECT_GE(evaluation.risk.bad, 1u);
    EXPECT_TRUE(evaluation.frames[4].bad);
    EXPECT_EQ(evaluation.risk.figures.front().feature, "verdict");
    EXPECT_DOUBLE_EQ(evaluation.risk.figures.front().rocArea, 1);
    EXPECT_DOUBLE_EQ(evaluation.risk.goodFlagged, 0);
    EXPECT_TRUE(evaluation.risk.pixels.empty()) << "no maps were written";
    EXPECT_THAT(readAll(out / "risk.svg"), HasSubstr("<svg"));
}

TEST_F(EvaluateTest, MapsAreHeldAgainstThePixels) {
    // A map that knows the error of each pixel, and one that says the contrary.
    const int bad = 8;
    writePicture(out / "sh.0008.exr", frameOf(bad, 0.4f));
    const ColourPlanes made = frameOf(bad, 0.4f), rendered = frameOf(bad);
    Plane knows(w, h), contrary(w, h);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            knows.at(x, y) = std::abs(displayCurve(made.g.at(x, y)) - displayCurve(rendered.g.at(x, y)));
            contrary.at(x, y) = 1 - knows.at(x, y);
        }
    Image maps;
    maps.displayWindow = Box({0, 0}, {w - 1, h - 1});
    maps.parts.resize(1);
    maps.parts[0].dataWindow = maps.displayWindow;
    maps.parts[0].channels = {floatChannel("Y", knows), floatChannel("risk.angleStdRad", contrary)};
    fs::create_directories(out / "risk");
    writeExr(out / "risk" / "sh.0008.exr", maps);
    const Evaluation evaluation = evaluate(out, truth.string());
    ASSERT_EQ(evaluation.risk.pixels.size(), 2u);
    for (const PixelQuality& map : evaluation.risk.pixels) {
        if (map.map == "predictedError") {
            EXPECT_GT(map.rocArea, 0.98);
        } else {
            EXPECT_EQ(map.map, "angleStdRad");
            EXPECT_LT(map.rocArea, 0.02);
        }
    }
}

TEST_F(EvaluateTest, FramesThatCameBackAreNotGenerated) {
    manifest.frames[0].status = FrameStatus::rendered;
    manifest.frames[1].spliced = {Box({0, 0}, {9, 9})};
    save();
    const Evaluation evaluation = evaluate(out, truth.string());
    EXPECT_THAT(evaluated(evaluation), ElementsAre(4, 6, 7, 8));
    EXPECT_EQ(evaluation.risk.frames, 3u) << "risk had not judged what was set in";
}

TEST_F(EvaluateTest, ShotsAreAssessedTogether) {
    evaluate(out, truth.string());
    const fs::path second = folder / "second", file = folder / "risk.json";
    fs::copy(out, second, fs::copy_options::recursive);
    const JointAssessment joint = assessShots({out, second}, file);
    ASSERT_EQ(joint.shots.size(), 2u);
    EXPECT_EQ(joint.all.frames, 10u);
    EXPECT_DOUBLE_EQ(joint.all.figures[1].spearman, joint.shots[0].risk.figures[1].spearman);
    EXPECT_TRUE(fs::exists(folder / "risk.svg"));
    EXPECT_THAT(readAll(file), HasSubstr("\"shots\""));

    fs::remove(file);
    const auto complaintAbout = [&](const fs::path& shot) -> std::string {
        try {
            assessShots({out, shot}, file);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    manifest.frames[0].score = 0.5; // made again since
    writeManifest(second / "manifest.json", manifest);
    EXPECT_THAT(complaintAbout(second), HasSubstr("evaluate it again"));
    fs::remove(second / "evaluate.json");
    EXPECT_THAT(complaintAbout(second), HasSubstr("inbetween evaluate OUT"));
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(EvaluateTest, WritesDifferencePictures) {
    evaluate(out, truth.string());
    const Image difference = readExr(out / "evaluate" / "0004.exr");
    EXPECT_EQ(difference.parts[0].dataWindow, Box({0, 0}, {w - 1, h - 1}));
    const ChannelRoles roles = findRoles(difference);
    const ColourPlanes planes = linearBeauty(difference, roles, difference.displayWindow);
    EXPECT_NEAR(planes.g.at(0, 0), 0, 1e-4);
    EXPECT_NEAR(planes.g.at(8, 0), 0.04, 1e-4);
    EXPECT_EQ(difference.parts[0].channels[0].type, SampleType::half);

    fs::remove_all(out / "evaluate");
    evaluate(out, truth.string(), {.differencePictures = false});
    EXPECT_FALSE(fs::exists(out / "evaluate"));
}

TEST_F(EvaluateTest, BitsDoNotDependOnThreads) {
    evaluate(out, truth.string(), {.threads = 1});
    const std::string one = readAll(out / "evaluate.json");
    evaluate(out, truth.string(), {.threads = 4});
    EXPECT_EQ(readAll(out / "evaluate.json"), one);
}

TEST_F(EvaluateTest, ReferencesOfEveryForm) {
    EXPECT_EQ(evaluate(out, (truth / "ref.####.exr").string()).frames.size(), 5u);
    for (int number : {2, 4, 6, 8})
        fs::remove(truth / fmt::format("ref.{:04}.exr", number));
    for (const fs::path& one :
         {truth, truth / "ref.####.exr", truth / "ref.%04d.exr", truth / "ref.0007.exr"}) {
        const Evaluation evaluation = evaluate(out, one.string());
        EXPECT_THAT(evaluated(evaluation), ElementsAre(7)) << one;
        EXPECT_EQ(evaluation.problems.size(), 4u);
        EXPECT_THAT(evaluation.problems[0], HasSubstr("frame 2: the reference has no such frame"));
        EXPECT_TRUE(std::isnan(correlationOf(evaluation, "score"))) << "one frame has no order";
    }
}

TEST_F(EvaluateTest, KeyframesRelativeToTheManifest) {
    manifest.sourcePattern = "../keys/sh.####.exr";
    save();
    EXPECT_EQ(evaluate(out, truth.string()).frames.size(), 5u);
}

TEST_F(EvaluateTest, WhatCannotBeComparedIsSaidAndTheRestIsDone) {
    fs::remove(truth / "ref.0002.exr");
    writePicture(truth / "ref.0004.exr", frameOf(4), {0, 0}, w + 2);
    std::ofstream(truth / "ref.0006.exr", std::ios::trunc) << "not an EXR";
    fs::remove(out / "sh.0007.exr");
    const Evaluation evaluation = evaluate(out, truth.string());
    EXPECT_THAT(evaluated(evaluation), ElementsAre(8));
    ASSERT_EQ(evaluation.problems.size(), 4u);
    EXPECT_THAT(evaluation.problems, Contains(HasSubstr("frame 2: the reference has no such frame")));
    EXPECT_THAT(evaluation.problems, Contains(HasSubstr("162x96 from (0, 0), the in-between is 160x96")));
    EXPECT_THAT(evaluation.problems, Contains(HasSubstr("ref.0006.exr")));
    EXPECT_THAT(evaluation.problems, Contains(HasSubstr("sh.0007.exr")));
    EXPECT_THAT(readAll(out / "evaluate.json"), HasSubstr("the reference has no such frame"));
}

TEST_F(EvaluateTest, AMissingKeyframeCostsItsFramesOnly) {
    fs::remove(keys / "sh.0009.exr");
    const Evaluation evaluation = evaluate(out, truth.string());
    EXPECT_THAT(evaluated(evaluation), ElementsAre(2, 4));
    EXPECT_THAT(evaluation.problems, ElementsAre(HasSubstr("keyframe 9 is not there any more")));
}

TEST_F(EvaluateTest, FailedFramesAreNotCompared) {
    manifest.frames[0].status = FrameStatus::failed;
    manifest.frames[1].status = FrameStatus::notMade;
    save();
    EXPECT_THAT(evaluated(evaluate(out, truth.string())), ElementsAre(6, 7, 8));
}

TEST_F(EvaluateTest, DataWindowsMayDiffer) {
    // The in-between lacks a border that is zero in the reference too; it is compared all the same.
    ColourPlanes cropped = draw(w - 20, h - 10, [](double, double, int) { return 0.5f; });
    ColourPlanes whole = draw(w, h, [](double x, double y, int) {
        return x >= 10 && x < w - 10 && y >= 5 && y < h - 5 ? 0.5f : 0.0f;
    });
    writePicture(out / "sh.0002.exr", cropped, {10, 5});
    writePicture(truth / "ref.0002.exr", whole);
    EXPECT_EQ(evaluate(out, truth.string()).frames[0].inbetween.mseLinear, 0);
    // Overscan counts.
    writePicture(out / "sh.0002.exr", draw(w + 10, h, [](double, double, int) { return 0.5f; }));
    writePicture(truth / "ref.0002.exr",
                 draw(w + 10, h, [](double x, double, int) { return x < w ? 0.5f : 1.0f; }));
    EXPECT_NEAR(evaluate(out, truth.string()).frames[0].inbetween.mseLinear, 0.25 * 10 / (w + 10), 1e-6);
    // Windows at the two ends of the world are refused before memory is taken.
    writePicture(truth / "ref.0002.exr", cropped, {1000000000, 1000000000});
    EXPECT_THAT(evaluate(out, truth.string()).problems, Contains(HasSubstr("too far apart")));
}

TEST_F(EvaluateTest, NothingToCompareIsAnInputError) {
    const auto messageOf = [](const fs::path& out, const fs::path& reference) -> std::string {
        try {
            evaluate(out, reference.string());
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
            return error.what();
        }
        return "no error";
    };
    EXPECT_THAT(messageOf(folder / "none", truth), HasSubstr("manifest.json"));
    EXPECT_THAT(messageOf(out, folder / "none"), HasSubstr("none"));
    EXPECT_THAT(messageOf(out, keys), HasSubstr("nothing can be compared"));
    EXPECT_FALSE(fs::exists(out / "evaluate.json"));
    EXPECT_FALSE(fs::exists(out / "evaluate"));
    manifest.frames.clear();
    save();
    EXPECT_THAT(messageOf(out, truth), HasSubstr("no complete frame"));
}

TEST_F(EvaluateTest, AFolderThatCannotBeWrittenIsAnOutputError) {
    std::ofstream(out / "evaluate") << "a file where a folder is wanted";
    try {
        evaluate(out, truth.string());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::output);
    }
}
