// The measuring parts of the quality benchmark; bench/quality.
#include "tables.h"

#include "inbetween/error.h"
#include "inbetween/evaluate.h"
#include "risk/pictures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

using namespace quality;
using namespace inbetween;
using namespace pictures;
namespace fs = std::filesystem;

namespace {

constexpr int w = 96, h = 64;

MotionPrior priorOf(float dx, float dy) { // of a surface that moves by (2 dx, 2 dy) from keyframe to keyframe
    MotionPrior prior;
    prior.flow0X = Plane(w, h, -dx);
    prior.flow0Y = Plane(w, h, -dy);
    prior.flow1X = Plane(w, h, dx);
    prior.flow1Y = Plane(w, h, dy);
    return prior;
}

double mse(const ColourPlanes& a, const ColourPlanes& b) {
    return comparePictures(a, b).mseDisplay;
}

Shot shotOf(const std::string& name, const std::string& kind, double fastPx, bool vectors = true) {
    Shot shot;
    shot.name = shot.files = name;
    shot.kind = kind;
    shot.vectors = vectors;
    shot.motion = {{1, {fastPx / 2, fastPx}}, {3, {fastPx / 2, 10 * fastPx}}};
    return shot;
}

Row rowOf(const Shot& shot, const std::string& contender, std::vector<double> psnrs) {
    Row row{contender, 2, &shot, {}};
    int frame = 2;
    for (double psnr : psnrs) {
        row.frames.push_back({frame, {psnr, 0.9, 0.1, 0.2, 0.8, -0.3}});
        frame += 2;
    }
    return row;
}

bool every(const Shot&, int) {
    return true;
}

struct Folder {
    fs::path path = fs::path(::testing::TempDir()) /
                    ("quality_shots_" + std::to_string(getpid())); // tests run side by side
    Folder() {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
};

void touch(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
}

} // namespace

TEST(Oracle, FindsTheTruthWhereTheMotionIsRight) {
    const ColourPlanes truth = draw(w, h, sceneShade(3)), key0 = draw(w, h, sceneShade(3, 4, 0)),
                       key1 = draw(w, h, sceneShade(3, -4, 0));
    const ColourPlanes right = oracle(truth, key0, key1, {priorOf(4, 0)});
    const ColourPlanes wrong = oracle(truth, key0, key1, {priorOf(-12, 9)});
    EXPECT_LT(mse(right, truth), 1e-5); // but for the border, which no keyframe shows
    EXPECT_LT(mse(right, truth), 0.05 * mse(wrong, truth));
}

TEST(Oracle, IsNeverBehindAnyOfTheSamplesThatItMayPick) {
    const ColourPlanes truth = draw(w, h, sceneShade(5)), key0 = draw(w, h, sceneShade(6)),
                       key1 = draw(w, h, sceneShade(7));
    const ColourPlanes best = oracle(truth, key0, key1, {priorOf(0, 0), priorOf(7, 3)});
    const double tolerance = 1e-7; // its table of the display curve
    EXPECT_LE(mse(best, truth), mse(key0, truth) + tolerance);
    EXPECT_LE(mse(best, truth), mse(key1, truth) + tolerance);
    EXPECT_LE(mse(best, truth), mse(oracle(truth, key0, key1, {priorOf(0, 0)}), truth) + tolerance);
    EXPECT_LE(mse(best, truth), mse(oracle(truth, key0, key1, {priorOf(7, 3)}), truth) + tolerance);
}

TEST(Oracle, MakesNoColourThatIsNotThere) {
    ColourPlanes truth = draw(w, h, sceneShade(5)), key0 = truth, key1 = truth;
    for (Plane* plane : {&key0.r, &key0.g, &key0.b})
        std::fill(plane->values.begin(), plane->values.end(), 0.25f);
    for (Plane* plane : {&key1.r, &key1.g, &key1.b})
        std::fill(plane->values.begin(), plane->values.end(), 500.0f);
    for (float v : oracle(truth, key0, key1, {priorOf(3, 2)}).r.values)
        EXPECT_TRUE(v == 0.25f || v == 500.0f);
}

TEST(Smape, IsTheDefinitionAndDoesNotDependOnExposure) {
    const auto flat = [](float v) { return draw(4, 4, [=](double, double, int) { return v; }); };
    EXPECT_NEAR(smape(flat(1), flat(3)), 2 / 4.01, 1e-6);
    EXPECT_NEAR(smape(flat(500), flat(0)), 500 / 500.01, 1e-6);
    EXPECT_NEAR(smape(flat(100), flat(300)), smape(flat(1), flat(3)), 2e-3);
    EXPECT_EQ(smape(flat(7), flat(7)), 0);
}

TEST(MeanOf, EveryShotCountsAlike) {
    const Shot a = shotOf("a", "crossing", 1), b = shotOf("b", "crossing", 1);
    const std::vector<Row> rows = {rowOf(a, "mean", {20, 22, 24}), rowOf(b, "mean", {40}),
                                   rowOf(b, "dis", {50})};
    const auto mean = meanOf(rows, "mean", 2, every);
    ASSERT_TRUE(mean);
    EXPECT_DOUBLE_EQ(mean->measures.psnr, 31);
    EXPECT_EQ(mean->shots, 2);
    EXPECT_EQ(mean->frames, 4);
    EXPECT_FALSE(meanOf(rows, "mean", 4, every));
    EXPECT_FALSE(meanOf(rows, "oracle", 2, every));
}

TEST(MeanOf, ChoosesFrames) {
    const Shot a = shotOf("a", "crossing", 1);
    const std::vector<Row> rows = {rowOf(a, "mean", {20, 30})};
    EXPECT_DOUBLE_EQ(
        meanOf(rows, "mean", 2, [](const Shot&, int frame) { return frame == 4; })->measures.psnr, 30);
}

TEST(Motion, BelongsToTheKeyframeBefore) {
    const Shot shot = shotOf("a", "crossing", 1);
    EXPECT_EQ(shot.motionAt(2).fast, 1);
    EXPECT_EQ(shot.motionAt(3).fast, 10);
    EXPECT_EQ(shot.motionAt(16).fast, 10);
}

TEST(Motion, ClassesCoverEverything) {
    EXPECT_EQ(motionClass(0), 0);
    EXPECT_EQ(motionClass(1.99), 0);
    EXPECT_EQ(motionClass(2), 1);
    EXPECT_EQ(motionClass(1000), int(motionNames().size()) - 1);
    EXPECT_THAT(motionNames(),
                ::testing::ElementsAre("under 2 px", "2 to 5 px", "5 to 10 px", "10 to 20 px", "over 20 px"));
}

TEST(Withheld, AreTheFramesWithACleanVersionBetweenTheKeyframes) {
    const Folder folder;
    Shot shot = shotOf("a", "crossing", 1);
    shot.folder = folder.path / "a";
    for (int key = 1; key <= 17; key += 2)
        touch(shot.frame("keys", key));
    for (int frame : {2, 3, 4, 9, 16})
        touch(shot.frame("truth", frame));
    const auto numbers = [&](int gap) {
        std::vector<int> result;
        for (const Withheld& f : withheldFrames(shot, gap))
            result.push_back(f.frame);
        return result;
    };
    EXPECT_THAT(numbers(2), ::testing::ElementsAre(2, 4, 16));
    EXPECT_THAT(numbers(4), ::testing::ElementsAre(2, 3, 4, 16));
    EXPECT_THAT(numbers(8), ::testing::ElementsAre(2, 3, 4, 16));
    const Withheld last = withheldFrames(shot, 8).back();
    EXPECT_EQ(last.key0, 9);
    EXPECT_EQ(last.key1, 17);
    EXPECT_DOUBLE_EQ(last.time(), 7.0 / 8);
}

TEST(ReadShots, SaysWhatIsWrong) {
    const Folder folder;
    EXPECT_THROW(readShots(folder.path), Error);
    fs::create_directories(folder.path / "a");
    std::ofstream(folder.path / "a" / "done") << "{\"shot\": \"a\"}";
    try {
        readShots(folder.path);
        FAIL() << "a shot without a class was read";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("class"));
        EXPECT_THAT(error.what(), ::testing::HasSubstr("done"));
    }
}

TEST(ReadShots, HasAnEntryForEachGroupOfAShot) {
    const Folder folder;
    fs::create_directories(folder.path / "a");
    std::ofstream(folder.path / "a" / "done") << R"({"shot": "a", "class": "two view layers", "seed": 1,
        "samples": 8, "noisy": false, "vectors": true, "keyframePsnr": 38, "motionPx": {"1": [1, 2]},
        "groups": [{"name": "Set", "channels": "Set.{}.*", "keyframePsnr": 38, "motionPx": {"1": [1, 2]}},
                   {"name": "Hero", "channels": "Hero.{}.*", "keyframePsnr": 41, "motionPx": {"1": [3, 4]}}]})";
    const std::vector<Shot> shots = readShots(folder.path);
    ASSERT_EQ(shots.size(), 2u);
    const Shot &set = shots[0], &hero = shots[1];
    EXPECT_EQ(set.name, "a Set");
    EXPECT_EQ(hero.name, "a Hero");
    EXPECT_EQ(hero.frame("keys", 1), folder.path / "a" / "keys" / "a.0001.exr");
    EXPECT_EQ(set.pass("Combined"), "Set.Combined.*");
    EXPECT_EQ(hero.pass("Vector"), "Hero.Vector.*");
    EXPECT_EQ(hero.keyframePsnr, 41);
    EXPECT_EQ(set.motionAt(1).fast, 2);
    EXPECT_EQ(hero.motionAt(1).fast, 4);
    EXPECT_FALSE(hero.countsInMeans());
    EXPECT_TRUE(shotOf("b", "crossing", 1).countsInMeans());
    EXPECT_EQ(shotOf("b", "crossing", 1).pass("Combined"), "*Combined.*");
}

TEST(Markdown, TellsShotsWithVectorsFromThoseWithout) {
    const Shot a = shotOf("a", "crossing", 1), b = shotOf("b", "motion blur", 30, false),
               cut = shotOf("c", "hard cut", 1);
    std::vector<Row> rows;
    for (const char* key : {"mean", "dis", "minterpolate", "colour", "layers", "floor"})
        for (const Shot* shot : {&a, &b, &cut}) {
            const double base = std::string(key) == "floor" ? 40 : std::string(key) == "layers" ? 36 : 30;
            rows.push_back(rowOf(*shot, key, {shot == &cut ? 5 : shot == &b ? base - 4 : base}));
        }
    const Setting setting{"today", "A machine.", "ibnet", contenders(), {2}};
    const std::string text = markdown(rows, setting);
    // The cut counts in its own class alone.
    EXPECT_THAT(text,
                ::testing::HasSubstr(
                    "| Inbetween, with layers | 34.00 | 0.9000 | 0.1000 | 0.2000 | 0.80 | -30% | 36.00 | "
                    "32.00 |"));
    EXPECT_THAT(text, ::testing::HasSubstr("+6.00 dB over the same; 60% of the distance"));
    EXPECT_THAT(text, ::testing::HasSubstr("b (motion blur, no vectors;"));
    EXPECT_THAT(text, ::testing::HasSubstr("Means over 2 shots"));
}

TEST(Plot, HasADotForEveryValue) {
    const DotPlot plot{"title",
                       "dB",
                       {"one", "two"},
                       {{"first", {20.0, 30.0}}, {"second", {25.0, std::nullopt}}}};
    const nlohmann::json json = toJson(plot);
    int dots = 0, gaps = 0;
    for (const auto& series : json.at("series"))
        for (const auto& value : series.at("values"))
            ++(value.is_null() ? gaps : dots);
    EXPECT_EQ(dots, 3);
    EXPECT_EQ(gaps, 1);
    EXPECT_EQ(json.at("lines").size(), 2u);
}

TEST(Minterpolate, KeepsKeyframesAndMakesEveryFrameBetween) {
    if (std::system("command -v ffmpeg >/dev/null") != 0)
        GTEST_SKIP() << "ffmpeg is not installed";
    std::vector<ColourPlanes> keys;
    for (int k = 0; k < 3; ++k)
        keys.push_back(draw(w, h, sceneShade(3, 4.0 * k, 0)));
    const Folder folder;
    const std::vector<ColourPlanes> made = minterpolate(keys, 4, folder.path / "scratch");
    ASSERT_EQ(made.size(), 9u);
    for (int k = 0; k < 3; ++k)
        EXPECT_GT(comparePictures(made[4 * k], keys[k]).psnrDisplay, 45); // eight bits
}
