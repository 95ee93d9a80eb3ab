// `inbetween run` on small made shots.
#include "command/command_fixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

class Run : public CommandTest {};

Picture withBadSamples(int number) {
    Picture picture = movingSquare(number);
    picture.channels["R"].values[200] = std::numeric_limits<double>::quiet_NaN();
    picture.channels["G"].values[900] = std::numeric_limits<double>::infinity();
    picture.channels["diffuse.B"].values[5] = -std::numeric_limits<double>::infinity();
    return picture;
}

TEST_F(Run, MakesTheMissingFramesAndSaysSo) {
    writeKeys(keys(), {1, 3, 5});
    const Outcome outcome = run();
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("2 frames made"));
    EXPECT_TRUE(fs::exists(made(2)));
    EXPECT_TRUE(fs::exists(made(4)));
    EXPECT_FALSE(fs::exists(made(3)));
    EXPECT_THAT(framesInManifest(), ElementsAre(2, 4));
    EXPECT_EQ(manifest().at("keyframes"), Json({1, 3, 5}));
    EXPECT_EQ(manifest().at("framesPerSecond"), 25);
    EXPECT_EQ(linesOf(readBytes(out() / "manifest.csv")).size(), 3u);
    EXPECT_TRUE(fs::exists(out() / "rerender.txt"));
    expectNoPartialFiles();
}

TEST_F(Run, AFrameHasTheKeyframesChannelsTypesWindowsAndAttributes) {
    writeKeys(keys(), {1, 3});
    runWell();
    const Picture key0 = readPicture(key(1)), key1 = readPicture(key(3)), frame = readPicture(made(2));
    EXPECT_EQ(frame.displayWindow, key0.displayWindow);
    Imath::Box2i both = key0.dataWindow;
    both.extendBy(key1.dataWindow);
    EXPECT_EQ(frame.dataWindow, both);
    EXPECT_EQ(frame.compression, key0.compression);
    ASSERT_EQ(frame.channels.size(), key0.channels.size());
    for (const auto& [name, samples] : key0.channels) {
        ASSERT_TRUE(frame.channels.contains(name)) << name;
        EXPECT_EQ(frame.channels.at(name).type, samples.type) << name;
    }
    EXPECT_EQ(frame.texts.at("studio:shot"), "sh010");
    EXPECT_EQ(frame.numbers.at("studio:lens"), 35.0f);
}

TEST_F(Run, TheHeaderSaysThatTheFrameWasGeneratedAndFromWhat) {
    writeKeys(keys(), {1, 5});
    runWell();
    const Picture frame = readPicture(made(2));
    EXPECT_EQ(frame.texts.at("inbetween:keyframe0"), "shot.0001.exr");
    EXPECT_EQ(frame.texts.at("inbetween:keyframe1"), "shot.0005.exr");
    EXPECT_EQ(frame.texts.at("inbetween:time"), "0.25");
    EXPECT_THAT(frame.texts.at("inbetween:model"),
                HasSubstr(manifest().at("model").at("hash").get<std::string>()));
    EXPECT_EQ(frame.texts.at("inbetween:version"), manifest().at("tool").at("version").get<std::string>());
}

TEST_F(Run, EveryGapIsFilled) {
    writeKeys(keys(), {1, 5, 6, 8});
    runWell();
    EXPECT_THAT(framesInManifest(), ElementsAre(2, 3, 4, 7));
    EXPECT_DOUBLE_EQ(frameRecord(3).at("time"), 0.5);
    for (const int number : {2, 3, 4, 7})
        EXPECT_TRUE(fs::exists(made(number))) << number;
}

TEST_F(Run, KeyframesAreNotTouched) {
    writeKeys(keys(), {1, 3, 5});
    const Untouched before = stateOf(keys());
    runWell();
    runWell({"--no-resume", "--risk-maps"});
    EXPECT_TRUE(stateOf(keys()) == before);
}

TEST_F(Run, EverySampleLiesInTheRangeOfTheKeyframes) {
    writeKeys(keys(), {1, 5});
    runWell();
    const Picture key0 = readPicture(key(1)), key1 = readPicture(key(5));
    for (const int number : {2, 3, 4}) {
        const Picture frame = readPicture(made(number));
        for (const auto& [name, samples] : frame.channels) {
            double low = 0, high = 0; // outside the data windows there is zero
            for (const Picture* picture : {&key0, &key1})
                for (const double value : picture->channels.at(name).values) {
                    low = std::min(low, value);
                    high = std::max(high, value);
                }
            for (const double value : samples.values)
                ASSERT_TRUE(value >= low && value <= high) << name << " " << value << " in frame " << number;
        }
    }
}

TEST_F(Run, TheSquareIsHalfwayInTheMiddleFrame) {
    writeKeys(keys(), {1, 5});
    runWell();
    const Picture frame = readPicture(made(3)), truth = movingSquare(3);
    double error = 0, mean = 0;
    int count = 0;
    const Picture key0 = movingSquare(1), key1 = movingSquare(5);
    for (int y = 8; y < 40; ++y)
        for (int x = 10; x < 54; ++x, ++count) {
            error += std::abs(frame.at("R", x, y) - truth.at("R", x, y));
            mean += std::abs(0.5 * (key0.at("R", x, y) + key1.at("R", x, y)) - truth.at("R", x, y));
        }
    EXPECT_LT(error / count, 0.6 * mean / count);
}

TEST_F(Run, IdentifiersAreOnlyThoseOfTheKeyframes) {
    writeKeys(keys(), {1, 5});
    runWell();
    for (const int number : {2, 3, 4}) {
        const Picture frame = readPicture(made(number));
        const auto& values = frame.channels.at("objectId").values;
        const std::set<double> found(values.begin(), values.end());
        for (const double id : found)
            EXPECT_TRUE(id == 0 || id == 12 || id == 70001) << id;
        EXPECT_TRUE(found.contains(12) && found.contains(70001));
    }
}

TEST_F(Run, IdenticalKeyframesGiveThatVeryPicture) {
    fs::create_directories(keys());
    for (const int number : {1, 4})
        writePicture(key(number), movingSquare(1));
    runWell();
    const Picture still = readPicture(key(1));
    for (const int number : {2, 3}) {
        const Picture frame = readPicture(made(number));
        ASSERT_EQ(frame.dataWindow, still.dataWindow);
        for (const auto& [name, samples] : still.channels)
            EXPECT_TRUE(frame.channels.at(name).values == samples.values) << name;
        EXPECT_EQ(frameRecord(number).at("verdict"), "keep");
    }
}

// A camera that stands still: what nothing passes over stays as it was rendered.
TEST_F(Run, StillPartsStayAsTheyWereRendered) {
    const int top = 80, side = 24;
    const auto left = [](int number) { return 100 + 6 * number; };
    std::filesystem::create_directories(keys());
    for (const int number : {1, 3}) {
        Picture picture = landscape(1, 1);
        for (const char* name : {"R", "G", "B"})
            for (int y = top; y < top + side; ++y)
                for (int x = left(number); x < left(number) + side; ++x)
                    picture.channels.at(name).values[std::size_t(y) * picture.width() + x] = 0.1 *
                                                                                             ((x + y) % 8);
        writePicture(key(number), picture);
    }
    const Outcome outcome = run();
    ASSERT_THAT(outcome.exitCode, testing::AnyOf(0, 3)) << outcome.err;
    const Picture key1 = readPicture(key(1)), between = readPicture(made(2));
    const int far = 32; // pixels from the path of the square
    int samples = 0, within = 0;
    for (const char* name : {"R", "G", "B"})
        for (int y = 0; y < key1.height(); ++y)
            for (int x = 0; x < key1.width(); ++x) {
                if (y > top - far && y < top + side + far && x > left(1) - far && x < left(3) + side + far)
                    continue;
                const double rendered = key1.at(name, x, y);
                const double off = std::abs(between.at(name, x, y) - rendered);
                ASSERT_LE(off, 0.01 * rendered) << name << " " << x << " " << y;
                ++samples;
                within += off <= 0.001 * rendered;
            }
    EXPECT_GE(within, 0.99 * samples);
}

TEST_F(Run, NotANumberAndInfinityPassThroughAndAreCounted) {
    writeKeys(keys(), {1, 3, 5});
    writePicture(key(3), withBadSamples(3));
    runWell();
    for (const int number : {2, 4}) {
        EXPECT_GT(frameRecord(number).at("badSamples").get<int>(), 0);
        const Picture frame = readPicture(made(number));
        for (const auto& [name, samples] : frame.channels)
            EXPECT_TRUE(std::all_of(samples.values.begin(), samples.values.end(), [](double v) {
                return std::isfinite(v);
            })) << name;
    }
    writeKeys(keys(), {3});
    runWell();
    EXPECT_EQ(frameRecord(2).at("badSamples"), 0);
}

TEST_F(Run, ThreadsDoNotChangeABit) {
    writeKeys(keys(), {1, 3, 5, 8});
    runWell({"--threads", "1", "--risk-maps"});
    const auto one = contentsOf(out());
    fs::remove_all(out());
    runWell({"--threads", "2", "--risk-maps"});
    EXPECT_EQ(changesOf(one, contentsOf(out())), Names{});
    runWell({"--threads", "3", "--risk-maps", "--memory", "1M", "--no-resume"});
    EXPECT_EQ(changesOf(one, contentsOf(out())), Names{});
}

TEST_F(Run, TwoRunsMakeTheSameBits) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const auto first = contentsOf(out());
    const Outcome second = run({"--no-resume"});
    EXPECT_THAT(second.out, HasSubstr("2 frames made"));
    EXPECT_EQ(changesOf(first, contentsOf(out())), Names{});
}

TEST_F(Run, AcrossACutNothingIsMadeAndTheFramesAreListed) {
    fs::create_directories(keys());
    for (const int number : {1, 3, 5, 7})
        writePicture(key(number), landscape(number < 4 ? 1 : 2, number));
    runWell();
    EXPECT_TRUE(fs::exists(made(2)));
    EXPECT_FALSE(fs::exists(made(4)));
    EXPECT_TRUE(fs::exists(made(6)));
    const Json record = frameRecord(4);
    EXPECT_EQ(record.at("status"), "notMade");
    EXPECT_EQ(record.at("verdict"), "rerender");
    EXPECT_EQ(record.at("path"), "");
    EXPECT_THAT(record.at("reasons").at(0).get<std::string>(), HasSubstr("cut between 3 and 5"));
    EXPECT_THAT(linesOf(rerenderList()).at(0), testing::ContainsRegex("(^|,)4(,|$)"));
}

TEST_F(Run, AGapOverTheLimitIsNotBridgedAndItsFramesAreListed) {
    writeKeys(keys(), {1, 3, 8});
    const Outcome outcome = run({"--max-gap", "4"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(framesInManifest(), ElementsAre(2, 4, 5, 6, 7));
    for (const int number : {4, 5, 6, 7}) {
        EXPECT_FALSE(fs::exists(made(number)));
        EXPECT_EQ(frameRecord(number).at("status"), "notMade");
        EXPECT_THAT(frameRecord(number).at("reasons").at(0).get<std::string>(), HasSubstr("--max-gap 4"));
    }
    EXPECT_THAT(rerenderList(), HasSubstr("4-7"));
    EXPECT_THAT(outcome.out, HasSubstr("4-7"));
}

TEST_F(Run, AThresholdOfZeroFlagsAllAndOneNone) {
    writeKeys(keys(), {1, 3, 5});
    runWell({"--threshold", "0"});
    EXPECT_EQ(rerenderList(), "2,4\n");
    EXPECT_EQ(manifest().at("totals").at("flagged"), 2);
    runWell({"--threshold", "1"});
    EXPECT_EQ(linesOf(rerenderList()), std::vector<std::string>(rerenderList().empty() ? 0 : 1, ""));
    EXPECT_EQ(manifest().at("totals").at("flagged"), 0);
}

TEST_F(Run, MaxRerenderFlagsThatShareOfTheFramesTheWorstFirst) {
    writeKeys(keys(), {1, 3, 5, 9});
    runWell({"--max-rerender", "40%"});
    std::vector<std::pair<double, int>> scores;
    std::set<int> flagged;
    const Json document = manifest();
    for (const Json& frame : document.at("frames")) {
        scores.push_back({-frame.at("risk").at("score").get<double>(), frame.at("frame")});
        if (frame.at("verdict") == "rerender")
            flagged.insert(frame.at("frame").get<int>());
    }
    std::sort(scores.begin(), scores.end());
    EXPECT_EQ(flagged, (std::set<int>{scores[0].second, scores[1].second}));
    EXPECT_EQ(manifest().at("totals").at("generated"), 5);
}

TEST_F(Run, MaxRerenderTakesANumberOfFrames) {
    writeKeys(keys(), {1, 3, 5, 9});
    runWell({"--max-rerender", "3"});
    EXPECT_EQ(manifest().at("totals").at("flagged"), 3);
    runWell({"--max-rerender", "0"});
    EXPECT_EQ(rerenderList(), "");
}

TEST_F(Run, RiskCanBeTheSpreadOfAnglesAlone) {
    writeKeys(keys(), {1, 3, 5});
    runWell({"--risk", "angle", "--threshold", "0"});
    EXPECT_EQ(rerenderList(), "2,4\n");
    EXPECT_EQ(manifest().at("verdictOptions").at("by"), "angle");
    const double spread = frameRecord(2).at("risk").at("features").at("angleStdRad");
    const double score = frameRecord(2).at("risk").at("score");
    runWell({"--risk", "angle", "--threshold", "3.15"}); // radians: no spread is as wide
    EXPECT_EQ(rerenderList(), "");
    EXPECT_EQ(frameRecord(2).at("risk").at("features").at("angleStdRad"), spread);
    EXPECT_EQ(frameRecord(2).at("risk").at("score"), score) << "the score stays a predicted error";
}

TEST_F(Run, KeyframesThatAreRemadeCorrectThePrediction) {
    writeKeys(keys(), {1, 3, 5, 7});
    runWell({"--no-self-calibrate"});
    EXPECT_TRUE(manifest().at("selfCalibration").is_null());
    const double plain = frameRecord(2).at("risk").at("score");
    const auto hashes = pixelHashes();

    runWell(); // the frames are kept, and their figures brought to the factor
    const Json calibration = manifest().at("selfCalibration");
    ASSERT_EQ(calibration.at("remade").size(), 2u);
    EXPECT_EQ(calibration.at("remade")[0].at("frame"), 3);
    EXPECT_GT(calibration.at("remade")[0].at("measured").get<double>(), 0);
    const double factor = calibration.at("factor");
    EXPECT_NEAR(frameRecord(2).at("risk").at("score").get<double>(), std::min(1.0, plain * factor), 1e-6);
    EXPECT_EQ(frameRecord(2).at("risk").at("factor"), factor);
    EXPECT_EQ(pixelHashes(), hashes) << "risk changes no pixel";

    const Json kept = manifest();
    runWell({"--no-resume", "--threads", "1"});
    EXPECT_NEAR(frameRecord(4).at("risk").at("score").get<double>(),
                kept.at("frames")[1].at("risk").at("score").get<double>(), 1e-6);
    const std::string one = readBytes(out() / "manifest.json");
    runWell({"--no-resume", "--threads", "2"});
    EXPECT_EQ(readBytes(out() / "manifest.json"), one) << "the same bits for any number of threads";
}

TEST_F(Run, ARemadeKeyframeIsWhatARunOverTheInBetweensMakes) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const Json remade = manifest().at("selfCalibration").at("remade").at(0);
    const fs::path again = folder_ / "again";
    const Outcome outcome = runCommand(
        {"run", out().string(), "-o", again.string(), "--use-generated", "--no-self-calibrate", "--quiet"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    const Json frame = Json::parse(readBytes(again / "manifest.json")).at("frames").at(0);
    ASSERT_EQ(frame.at("frame"), remade.at("frame"));
    const Json& risk = frame.at("risk");
    const double figure = std::max(risk.at("score").get<double>(),
                                   risk.at("worstBlocks").get<double>() / 2.5118864315095801); // 8 dB
    EXPECT_NEAR(remade.at("predicted").get<double>(), figure, 1e-6);
}

TEST_F(Run, TwoKeyframesCannotCalibrate) {
    writeKeys(keys(), {1, 3});
    runWell();
    EXPECT_TRUE(manifest().at("selfCalibration").is_null());
    EXPECT_EQ(frameRecord(2).at("risk").at("factor"), 1);
}

// A camera that pans faster and faster.
Picture panned(int number) {
    return landscape(1, number * (number - 1) / 2);
}

TEST_F(Run, ThePathGoesOnFromTheKeyframesBeside) {
    fs::create_directories(keys());
    for (const int number : {1, 3, 5, 7})
        writePicture(key(number), panned(number));
    const auto error = [&](int number) {
        const Picture is = readPicture(made(number)), truth = panned(number);
        double sum = 0;
        for (int y = 20; y < 160; ++y)
            for (int x = 40; x < 280; ++x)
                sum += std::abs(is.at("G", x, y) - truth.at("G", x, y));
        return sum;
    };
    runWell({"--frames", "3,5"});
    const double straight = error(4);
    runWell();
    EXPECT_LT(error(4), 0.6 * straight);
}

TEST_F(Run, AKeyframeBesideThatCannotBeReadCostsNothing) {
    fs::create_directories(keys());
    for (const int number : {1, 3, 5, 7})
        writePicture(key(number), panned(number));
    std::string bytes = readBytes(key(7));
    std::fill_n(bytes.begin() + std::ptrdiff_t(bytes.size() / 2), bytes.size() / 4,
                '\xff'); // the pixels, not the header
    writeBytes(key(7), bytes);
    EXPECT_EQ(run().exitCode, 1);
    EXPECT_EQ(frameRecord(4).at("status"), "complete");
    EXPECT_EQ(frameRecord(6).at("status"), "failed");
}

TEST_F(Run, FailOnFlaggedExitsWithThree) {
    writeKeys(keys(), {1, 3});
    EXPECT_EQ(run({"--fail-on-flagged", "--threshold", "0"}).exitCode, 3);
    EXPECT_EQ(run({"--fail-on-flagged", "--threshold", "1"}).exitCode, 0);
    EXPECT_EQ(run({"--threshold", "0"}).exitCode, 0);
}

TEST_F(Run, RiskMapsAreWrittenAsNamedLayers) {
    writeKeys(keys(), {1, 3});
    runWell({"--risk-maps"});
    const Picture maps = readPicture(framePath(out() / "risk", 2));
    std::vector<std::string> names;
    for (const auto& [name, samples] : maps.channels)
        names.push_back(name);
    EXPECT_THAT(names, testing::UnorderedElementsAre("Y", "risk.angleStdRad", "risk.angleStdFineRad",
                                                     "risk.angleStdCoarseRad", "risk.forwardBackwardPx",
                                                     "risk.flowDifferencePx", "risk.occlusion",
                                                     "risk.structureDisagreement", "risk.warpDisagreement"));
    EXPECT_EQ(maps.dataWindow, readPicture(made(2)).dataWindow);
    EXPECT_EQ(maps.displayWindow, readPicture(made(2)).displayWindow);
}

TEST_F(Run, DepthAndCompressionAreAsAskedFor) {
    const std::map<std::string, Imf::Compression> compressions =
        {{"none", Imf::NO_COMPRESSION},  {"rle", Imf::RLE_COMPRESSION},   {"zips", Imf::ZIPS_COMPRESSION},
         {"zip", Imf::ZIP_COMPRESSION},  {"piz", Imf::PIZ_COMPRESSION},   {"pxr24", Imf::PXR24_COMPRESSION},
         {"b44", Imf::B44_COMPRESSION},  {"b44a", Imf::B44A_COMPRESSION}, {"dwaa", Imf::DWAA_COMPRESSION},
         {"dwab", Imf::DWAB_COMPRESSION}};
    writeKeys(keys(), {1, 3});
    for (const auto& [name, compression] : compressions) {
        runWell({"--compression", name});
        EXPECT_EQ(readPicture(made(2)).compression, compression) << name;
    }
    runWell({"--depth", "float"});
    Picture frame = readPicture(made(2));
    EXPECT_EQ(frame.channels.at("R").type, Imf::FLOAT);
    EXPECT_EQ(frame.channels.at("Z").type, Imf::FLOAT);
    EXPECT_EQ(frame.channels.at("objectId").type, Imf::UINT);
    runWell({"--depth", "half"});
    frame = readPicture(made(2));
    EXPECT_EQ(frame.channels.at("R").type, Imf::HALF);
    EXPECT_EQ(frame.channels.at("Z").type, Imf::HALF);
    EXPECT_EQ(frame.channels.at("objectId").type, Imf::UINT);
}

TEST_F(Run, OnlyTheChannelsAskedForAreMade) {
    writeKeys(keys(), {1, 3});
    runWell({"--channels", "R,G,B"});
    const Picture frame = readPicture(made(2));
    std::vector<std::string> names;
    for (const auto& [name, samples] : frame.channels)
        names.push_back(name);
    EXPECT_THAT(names, ElementsAre("B", "G", "R"));
}

TEST_F(Run, FramesChoosesTheKeyframes) {
    writeKeys(keys(), {1, 2, 3, 4, 5});
    runWell({"--frames", "1-5x2"});
    EXPECT_THAT(framesInManifest(), ElementsAre(2, 4));
    EXPECT_EQ(manifest().at("keyframes"), Json({1, 3, 5}));
}

TEST_F(Run, PatternsFindTheFramesInAnyWorkingFolder) {
    writeKeys(keys(), {1, 3});
    std::map<std::string, std::string> hashes;
    for (const std::string pattern :
         {"keys/shot.####.exr", "keys/shot.%04d.exr", "keys/shot.@@@@.exr", "keys"}) {
        Process process;
        process.arguments = {"run", pattern, "-o", "out", "--no-resume"};
        process.folder = folder_.path();
        const Outcome outcome = start(process);
        ASSERT_EQ(outcome.exitCode, 0) << pattern << ": " << outcome.err;
        hashes[pixelHashes().at(2)] = pattern;
    }
    EXPECT_EQ(hashes.size(), 1u);
}

TEST_F(Run, WithNothingMissingThereIsNothingToDo) {
    writeKeys(keys(), {1, 2, 3});
    runWell();
    EXPECT_THAT(framesInManifest(), ElementsAre());
    EXPECT_EQ(rerenderList().find_first_of("0123456789"), std::string::npos);
}

} // namespace
