// The way back: what was rendered after all becomes part of a run's output.
#include "command/command_fixture.h"

#include <cmath>

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

namespace {

class Update : public CommandTest {
protected:
    fs::path rendered() const { return folder_ / "rendered"; }
    Outcome update(const Arguments& more = {}) const {
        Arguments arguments = {"update",     out().string(), "--rendered", rendered().string(),
                               "--progress", "none"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return runCommand(arguments);
    }
    // Keyframes 1 and 5, and all that is between them on the re-render list.
    void runShot() const {
        writeKeys(keys(), {1, 5, 9});
        runWell({"--threshold", "0"});
    }
    fs::path writeRendered(int number, const Picture& picture, const fs::path& inside = {}) const {
        fs::create_directories(rendered() / inside);
        const fs::path path = framePath(rendered() / inside, number);
        writePicture(path, picture);
        return path;
    }
    // Root mean square over R, G, B of a frame in OUT against what is to be seen.
    double errorOf(int number) const {
        const Picture is = readPicture(made(number)), truth = movingSquare(number);
        double sum = 0;
        int count = 0;
        for (const char* channel : {"R", "G", "B"})
            for (int y = truth.dataWindow.min.y; y <= truth.dataWindow.max.y; ++y)
                for (int x = truth.dataWindow.min.x; x <= truth.dataWindow.max.x; ++x, ++count)
                    sum += std::pow(is.at(channel, x, y) - truth.at(channel, x, y), 2);
        return std::sqrt(sum / count);
    }
    // The manifest without what a run took, and every picture.
    std::map<std::string, std::string> results() const {
        auto contents = contentsOf(out());
        std::erase_if(contents,
                      [](const auto& file) { return file.first.find("summary") != std::string::npos; });
        return contents;
    }
};

// A part of a frame, as a renderer writes it with a crop window: display window of the frame, a smaller data
// window.
Picture cropped(const Picture& whole, const Imath::Box2i& box) {
    Picture part = whole;
    part.dataWindow = box;
    for (auto& [name, samples] : part.channels) {
        samples.values.clear();
        for (int y = box.min.y; y <= box.max.y; ++y)
            for (int x = box.min.x; x <= box.max.x; ++x)
                samples.values.push_back(whole.at(name, x, y));
    }
    return part;
}

// The same as a renderer writes it without cropping: everything else is zero.
Picture blackOutside(const Picture& whole, const Imath::Box2i& box) {
    Picture part = whole;
    for (auto& [name, samples] : part.channels) {
        samples.values.clear();
        for (int y = whole.dataWindow.min.y; y <= whole.dataWindow.max.y; ++y)
            for (int x = whole.dataWindow.min.x; x <= whole.dataWindow.max.x; ++x)
                samples.values.push_back(box.intersects(Imath::V2i(x, y)) ? whole.at(name, x, y) : 0);
    }
    return part;
}

// Neither at the border of the frame, nor all of it.
const Imath::Box2i region({14, 10}, {45, 37});

TEST_F(Update, AFrameThatCameBackReplacesTheGeneratedOneAndHelpsItsNeighbours) {
    runShot();
    ASSERT_EQ(rerenderList(), "2-4,6-8\n");
    std::map<int, double> before;
    for (const int number : {2, 3, 4})
        before[number] = errorOf(number);
    const auto hashes = pixelHashes();
    const Untouched keysBefore = stateOf(keys());
    const fs::path file = writeRendered(3, movingSquare(3));

    const Outcome outcome = update();
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("came back: 3 (1 frame)"));
    EXPECT_THAT(outcome.out, HasSubstr("made again from nearer neighbours: 2,4 (2 frames)"));
    EXPECT_THAT(outcome.out, HasSubstr("kept as they were: 6-8 (3 frames)"));
    EXPECT_THAT(outcome.out, HasSubstr("asked for and still missing: 2,4,6-8"));
    EXPECT_THAT(outcome.out, HasSubstr("on the re-render list: 6 before, 5 now"));

    EXPECT_EQ(readBytes(made(3)), readBytes(file));
    EXPECT_EQ(frameRecord(3).at("status"), "rendered");
    EXPECT_EQ(frameRecord(3).at("verdict"), "keep");
    EXPECT_EQ(frameRecord(2).at("key1"), 3);
    EXPECT_EQ(frameRecord(4).at("key0"), 3);
    EXPECT_EQ(pixelHashes().at(6), hashes.at(6));
    EXPECT_EQ(rerenderList(), "2,4,6-8\n");
    EXPECT_EQ(manifest().at("keyframes"), Json({1, 5, 9}));
    EXPECT_EQ(manifest().at("totals").at("rendered"), 4);
    for (const int number : {2, 3, 4})
        EXPECT_LT(errorOf(number), before.at(number)) << number;
    EXPECT_EQ(stateOf(keys()), keysBefore);
    expectNoPartialFiles();
}

TEST_F(Update, ARegionIsSetInWithASoftEdge) {
    runShot();
    const Picture before = readPicture(made(3)), truth = movingSquare(3);
    const double errorBefore = errorOf(3);
    writeRendered(3, cropped(truth, region));
    const Outcome outcome = update();
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("regions set in: 3 (1 frame)"));
    EXPECT_THAT(outcome.out, HasSubstr("kept as they were: 2,4,6-8"));

    const Picture after = readPicture(made(3));
    ASSERT_EQ(after.dataWindow, before.dataWindow);
    EXPECT_LT(errorOf(3), errorBefore);
    for (const auto& [name, samples] : before.channels)
        for (int y = before.dataWindow.min.y; y <= before.dataWindow.max.y; ++y)
            for (int x = before.dataWindow.min.x; x <= before.dataWindow.max.x; ++x) {
                const double was = before.at(name, x, y), is = after.at(name, x, y),
                             right = truth.at(name, x, y);
                const int inside = std::min(
                    {x - region.min.x, y - region.min.y, region.max.x - x, region.max.y - y});
                if (inside < 0)
                    ASSERT_EQ(is, was) << name << " " << x << "," << y;
                else if (inside >= 8)
                    ASSERT_EQ(is, right) << name << " " << x << "," << y;
                else if (samples.type == Imf::UINT)
                    ASSERT_TRUE(is == was || is == right) << x << "," << y;
                else
                    ASSERT_TRUE(is >= std::min(was, right) && is <= std::max(was, right))
                        << name << " " << x << "," << y;
            }
    EXPECT_THAT(after.texts.at("inbetween:renderedRegions"), HasSubstr("32x28 at 14,10"));
    EXPECT_EQ(frameRecord(3).at("status"), "complete");
    EXPECT_EQ(frameRecord(3).at("spliced").at("regions").at(0),
              Json({{"x", 14}, {"y", 10}, {"width", 32}, {"height", 28}}));
    EXPECT_EQ(frameRecord(2).at("key1"), 5) << "a frame with a region in it is no keyframe";
}

TEST_F(Update, ABorderRenderThatWasNotCroppedIsARegion) {
    runShot();
    writeRendered(3, cropped(movingSquare(3), region));
    ASSERT_EQ(update().exitCode, 0);
    const std::string expected = frameRecord(3).at("pixelHash");
    fs::remove_all(out());
    fs::remove_all(rendered());
    runShot();
    writeRendered(3, blackOutside(movingSquare(3), region));
    ASSERT_EQ(update().exitCode, 0);
    EXPECT_EQ(frameRecord(3).at("pixelHash"), expected);
}

TEST_F(Update, AgainItChangesNothingAndALaterRunKeepsIt) {
    runShot();
    writeRendered(3, movingSquare(3));
    writeRendered(7, cropped(movingSquare(7), region), "a");
    writeRendered(7, cropped(movingSquare(7), {{40, 5}, {57, 30}}), "b");
    ASSERT_EQ(update().exitCode, 0);
    const auto first = results();
    EXPECT_EQ(frameRecord(7).at("spliced").at("regions").size(), 2u);
    const auto time = fs::last_write_time(made(3));

    const Outcome again = update();
    ASSERT_EQ(again.exitCode, 0) << again.err;
    EXPECT_THAT(again.out, HasSubstr("nothing changed"));
    EXPECT_EQ(again.err, "");
    EXPECT_EQ(changesOf(first, results()), Names{});
    EXPECT_EQ(fs::last_write_time(made(3)), time);

    fs::remove_all(rendered()); // the farm cleans up
    const Outcome later = run({"--threshold", "0"});
    EXPECT_EQ(later.exitCode, 0) << later.err;
    EXPECT_THAT(later.out, HasSubstr("0 frames made, 5 kept"));
    EXPECT_EQ(changesOf(first, results()), Names{});

    for (const int number : {2, 3, 7})
        fs::remove(made(number));
    runWell({"--threshold", "0", "--verify"});
    EXPECT_EQ(changesOf(first, results()), Names{});

    fs::remove(framePath(out() / "rendered", 3)); // taken back
    runWell({"--threshold", "0"});
    EXPECT_EQ(frameRecord(3).at("status"), "complete");
    EXPECT_TRUE(readPicture(made(3)).texts.contains("inbetween:model"));
}

// Ground that the camera pans over; from frame 5 on something bright is there that nobody can foresee.
Picture flash(int number) {
    Picture picture = landscape(1, number);
    if (number < 5)
        return picture;
    for (const char* colour : {"R", "G", "B"})
        for (int y = 70; y < 110; ++y)
            for (int x = 130; x < 180; ++x)
                picture.channels.at(colour).values[std::size_t(y * picture.width() + x)] = 1;
    return picture;
}

class Next : public Update {
protected:
    Json next() const {
        const Outcome outcome = runCommand({"next", out().string(), "--json"});
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        return Json::parse(outcome.out);
    }
    static Imath::Box2i boxOf(const Json& task) {
        const int x = task.at("x"), y = task.at("y"), w = task.at("width"), h = task.at("height");
        return {{x, y}, {x + w - 1, y + h - 1}};
    }
    void writeTask(const Json& task) const {
        const int frame = task.at("frame");
        if (task.contains("x"))
            writeRendered(frame, cropped(flash(frame), boxOf(task)), task.at("region").dump());
        else
            writeRendered(frame, flash(frame));
    }
    void runFlash() const {
        fs::create_directories(keys());
        for (const int number : {1, 3, 5, 7})
            writePicture(key(number), flash(number));
        runWell(options);
    }
    // The flash is in the keyframe that would be remade, and would tell that every prediction is too low.
    const Arguments options{"--vectors", "none", "--no-self-calibrate"};
    Arguments optionsAnd(const Arguments& more) const {
        Arguments all = options;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
};

TEST_F(Next, OneBadSpotIsAskedForAsABoxAndThenTheShotIsDone) {
    runFlash();
    ASSERT_EQ(frameRecord(4).at("verdict"), "partial") << frameRecord(4).dump(1);
    EXPECT_EQ(rerenderList(), "") << "whole frames alone";
    EXPECT_THAT(readBytes(out() / "regions.txt"), testing::StartsWith("4 1 "));
    const double before = manifest().at("totals").at("rendersSavedShare");
    EXPECT_GT(before, 2.0 / 7) << "two frames and most of a third one";

    const Json asked = next();
    EXPECT_EQ(asked.at("done"), false);
    for (const Json& task : asked.at("tasks")) {
        EXPECT_EQ(task.at("frame"), 4);
        writeTask(task);
    }
    const Outcome outcome = update();
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("regions set in: 4 (1 frame)"));
    EXPECT_EQ(next().at("done"), true);
    EXPECT_EQ(frameRecord(4).at("verdict"), "keep");
    EXPECT_GT(frameRecord(4).at("spliced").at("measured"), 0);
    EXPECT_NEAR(manifest().at("totals").at("rendersSavedShare"), before, 1e-9)
        << "what was asked for was paid for";
    EXPECT_THAT(runCommand({"next", out().string()}).out, HasSubstr("done: nothing to render"));
}

TEST_F(Next, RegionsPrintsWhatIsAskedForAsJsonAndAsCommands) {
    runFlash();
    const Json task = next().at("tasks").at(0);
    const Outcome json = runCommand({"regions", out().string(), "--format", "json"});
    ASSERT_EQ(json.exitCode, 0) << json.err;
    const Json tasks = Json::parse(json.out).at("tasks");
    for (const char* name : {"frame", "region", "x", "y", "width", "height"})
        EXPECT_EQ(tasks.at(0).at(name), task.at(name)) << name;
    const Imath::Box2i box = boxOf(task);
    const Outcome kick = runCommand({"regions", out().string(), "--next", "--format", "arnold", "--scene",
                                     "a.####.ass", "--to", "again"});
    EXPECT_THAT(kick.out, HasSubstr("kick -dw -i 'a.0004.ass' -o 'again/1/"));
    EXPECT_THAT(kick.out, HasSubstr(" -rg " + std::to_string(box.min.x) + " " + std::to_string(box.min.y) +
                                    " " + std::to_string(box.max.x) + " " + std::to_string(box.max.y)));
}

TEST_F(Next, ABoxThatCameBackSmallerIsAskedForOnlyWhereItIsMissing) {
    runFlash();
    const Json tasks = next().at("tasks");
    ASSERT_EQ(tasks.size(), 1u) << tasks.dump(1);
    Imath::Box2i half = boxOf(tasks[0]);
    half.max.x = (half.min.x + half.max.x) / 2;
    writeRendered(4, cropped(flash(4), half));
    ASSERT_EQ(update().exitCode, 0);
    const Json left = next().at("tasks");
    ASSERT_FALSE(left.empty()) << "half of it is still wrong";
    for (const Json& task : left)
        if (task.contains("x")) {
            EXPECT_GT(boxOf(task).max.x, half.max.x);
        }
}

TEST_F(Next, AnOverheadOfAFrameAsksForWholeFrames) {
    runFlash();
    runWell(optionsAnd({"--partial-overhead", "100%"}));
    EXPECT_EQ(frameRecord(4).at("verdict"), "rerender");
    EXPECT_EQ(rerenderList(), "4\n");
    EXPECT_EQ(readBytes(out() / "regions.txt"), "");
    expectOneError(run({"--partial-overhead", "2"}), 2,
                   {"--partial-overhead: '2' is not a share of a frame"});
}

TEST_F(Next, RenderTimesOfTheKeyframesOrOfAFileTellWhatIsSaved) {
    fs::create_directories(keys());
    for (const int number : {1, 3}) {
        Picture picture = movingSquare(number);
        picture.texts["RenderTime"] = number == 1 ? "01:00.00" : "02:00.00"; // as Blender leaves it
        writePicture(key(number), picture);
    }
    runWell({"--threshold", "1"});
    EXPECT_EQ(manifest().at("totals").at("secondsOfAll"), 60 + 90 + 120);
    EXPECT_EQ(manifest().at("totals").at("secondsOfCost"), 60 + 120);

    writeBytes(folder_ / "times.csv", "frame,seconds\n1,10\n3,0\n");
    const Outcome outcome = run({"--threshold", "1", "--render-times", (folder_ / "times.csv").string()});
    EXPECT_EQ(outcome.exitCode, 0);
    EXPECT_THAT(outcome.err, HasSubstr("times.csv: line 3, '3,0', is no frame and time over 0"));
    EXPECT_EQ(manifest().at("totals").at("secondsOfAll"), 30);
    expectOneError(run({"--render-times", (folder_ / "nowhere.csv").string()}), 2,
                   {"nowhere.csv", "cannot be read"});
}

TEST_F(Next, WhatABudgetLeavesOutIsSaid) {
    runFlash();
    const Outcome outcome = run(optionsAnd({"--max-rerender", "1%"}));
    EXPECT_THAT(outcome.out,
                HasSubstr("over the budget: 4 (1 frame predicted bad and kept; --max-rerender)"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("nothing to render after all")));
    EXPECT_EQ(manifest().at("totals").at("overBudget"), 1);
}

struct Bad {
    const char* name;
    void (*write)(const fs::path& folder);
    const char* words;
};

void PrintTo(const Bad& bad, std::ostream* stream) {
    *stream << bad.name;
}

class BadRender : public Update, public testing::WithParamInterface<Bad> {};

TEST_P(BadRender, IsOneClearLineAndNothingIsLost) {
    runShot();
    const auto before = results();
    fs::create_directories(rendered());
    GetParam().write(rendered());
    expectOneError(update(), 1, {GetParam().words, rendered().string()});
    EXPECT_EQ(changesOf(before, results()), Names{});

    // What is good beside it is taken.
    writeRendered(7, movingSquare(7));
    expectOneError(update(), 1, {GetParam().words, rendered().string()});
    EXPECT_EQ(frameRecord(7).at("status"), "rendered");
    EXPECT_EQ(rerenderList(), "2-4,6,8\n");
}

INSTANTIATE_TEST_SUITE_P(
    Update, BadRender,
    testing::Values(
        Bad{"AnotherSize",
            [](const fs::path& folder) { writePicture(framePath(folder, 3), landscape(1, 3)); },
            "the display window is 320x180 at 0,0, that of the keyframes 64x48 at 0,0"},
        Bad{"ALayerIsMissing",
            [](const fs::path& folder) {
                Picture picture = movingSquare(3);
                picture.channels.erase("Z");
                writePicture(framePath(folder, 3), picture);
            },
            "the channel Z is missing"},
        Bad{"ALayerTooMany",
            [](const fs::path& folder) {
                Picture picture = movingSquare(3);
                picture.channels["glow"] = picture.channels["R"];
                writePicture(framePath(folder, 3), picture);
            },
            "the keyframes have no channel glow"},
        Bad{"AnotherType",
            [](const fs::path& folder) {
                Picture picture = movingSquare(3);
                picture.channels["R"].type = Imf::FLOAT;
                writePicture(framePath(folder, 3), picture);
            },
            "the channel R is float, that of the keyframes half"},
        Bad{"CutOff",
            [](const fs::path& folder) {
                writePicture(framePath(folder, 3), movingSquare(3));
                fs::resize_file(framePath(folder, 3), 2000);
            },
            "shot.0003.exr"},
        Bad{"NotAPicture", [](const fs::path& folder) { writeBytes(framePath(folder, 3), "hello"); },
            "shot.0003.exr"},
        Bad{"Black",
            [](const fs::path& folder) {
                writePicture(framePath(folder, 3), blackOutside(movingSquare(3), {{-9, -9}, {-5, -5}}));
            },
            "there is nothing in it"},
        Bad{"AKeyframe", [](const fs::path& folder) { writePicture(framePath(folder, 5), movingSquare(5)); },
            "frame 5 is a keyframe already"},
        Bad{"OfNoSuchFrame",
            [](const fs::path& folder) { writePicture(framePath(folder, 12), movingSquare(12)); },
            "the shot has no frame 12"},
        Bad{"WithoutANumber", [](const fs::path& folder) { writeBytes(folder / "shot.x.exr", "hello"); },
            "no frame number in its name"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Update, WhatInbetweenMadeIsNoRender) {
    runShot();
    expectOneError(runCommand(
                       {"update", out().string(), "--rendered", made(3).string(), "--progress", "none"}),
                   1, {"generated by Inbetween"});
}

TEST_F(Update, AFrameThatNobodyAskedForIsTakenWithAWarning) {
    writeKeys(keys(), {1, 3, 5});
    runWell({"--threshold", "1"});
    writeRendered(2, movingSquare(2));
    const Outcome outcome = update();
    EXPECT_EQ(outcome.exitCode, 0);
    EXPECT_THAT(outcome.err, HasSubstr("warning: "));
    EXPECT_THAT(outcome.err, HasSubstr("frame 2 was not on the re-render list"));
    EXPECT_EQ(frameRecord(2).at("status"), "rendered");
    EXPECT_EQ(update().err, "");
}

TEST_F(Update, WithoutRendersOrWithoutARunItCannotBeDone) {
    runShot();
    const auto before = results();
    expectOneError(update(), 2, {"there is no such folder", rendered().string()});
    fs::create_directories(rendered());
    expectOneError(update(), 2, {"there are no rendered frames", rendered().string()});
    EXPECT_EQ(changesOf(before, results()), Names{});
    fs::remove(out() / "manifest.json");
    expectOneError(update(), 2, {"manifest.json"});
}

TEST_F(Update, ARunWithAShareDoesNotAskForMoreEachTime) {
    writeKeys(keys(), {1, 5, 9});
    runWell({"--max-rerender", "34%"});
    ASSERT_EQ(manifest().at("totals").at("flagged"), 2);
    const std::vector<int> asked = manifest().at("rerender");
    for (const int number : asked)
        writeRendered(number, movingSquare(number));
    const Outcome outcome = update();
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(rerenderList(), "");
}

class Regenerate : public CommandTest {};

TEST_F(Regenerate, DeletedFramesAreMadeAgainWithTheManifestsHashes) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const std::string before = readBytes(made(2));
    fs::remove(made(2));
    const Outcome outcome = run({"--verify"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("verified: 2 frames have the pixel hashes of the manifest, 0 differ"));
    EXPECT_EQ(readBytes(made(2)), before);
}

TEST_F(Regenerate, AnotherHashIsNamedAndStaysNamed) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    std::string text = readBytes(out() / "manifest.json");
    const std::string hash = frameRecord(2).at("pixelHash"), other(32, 'a');
    text.replace(text.find(hash), hash.size(), other);
    writeBytes(out() / "manifest.json", text);
    for (int i = 0; i < 2; ++i) {
        const Outcome outcome = run({"--verify"});
        EXPECT_EQ(outcome.exitCode, 1);
        EXPECT_THAT(outcome.err,
                    HasSubstr("error: frame 2: has the pixel hash " + hash + ", the manifest says " + other));
    }
    runWell(); // without --verify what is made counts
    EXPECT_EQ(frameRecord(2).at("pixelHash"), hash);
}

TEST_F(Regenerate, WithoutAManifestThereIsNothingToVerify) {
    writeKeys(keys(), {1, 3});
    expectOneError(run({"--verify"}), 2, {"no manifest to compare with"});
}

TEST_F(Regenerate, StoreNoneKeepsTheManifestAloneAndARunWithoutItMakesTheSame) {
    writeKeys(keys(), {1, 3, 5});
    runWell();
    const auto frames = std::pair(readBytes(made(2)), readBytes(made(4)));
    const auto hashes = pixelHashes();
    fs::remove_all(out());
    runWell({"--store", "none"});
    EXPECT_FALSE(fs::exists(made(2)) || fs::exists(made(4)));
    EXPECT_EQ(pixelHashes(), hashes);
    const Outcome again = run({"--store", "none", "--threshold", "0"});
    EXPECT_THAT(again.out, HasSubstr("0 frames made, 2 kept"));
    EXPECT_EQ(rerenderList(), "2,4\n");
    const Outcome all = run({"--verify"});
    EXPECT_EQ(all.exitCode, 0) << all.err;
    EXPECT_THAT(all.out, HasSubstr("2 frames made"));
    EXPECT_EQ(std::pair(readBytes(made(2)), readBytes(made(4))), frames);
    expectOneError(run({"--store", "some"}), 2, {"--store: 'some' is not all or none"});
}

} // namespace
