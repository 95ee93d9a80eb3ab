// Movies are decoded again and looked at.
#include "inbetween/preview.h"

#include "inbetween/error.h"
#include "inbetween/manifest.h"
#include "inbetween/view.h"
#include "support/exr_files.h"

#include <OpenEXR/ImfStandardAttributes.h>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <gmock/gmock.h>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>

using namespace inbetween;
namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

namespace {

const cv::Scalar slateGrey(72, 64, 60);
constexpr double tolerance = 6; // of 255: what H.264 loses on flat pictures

// Linear, so that every frame has a colour of its own.
cv::Vec3f linearOf(int frame) {
    return {0.1f * float(frame), 0.5f - 0.05f * float(frame), 0.3f};
}
cv::Scalar shownOf(const cv::Vec3f& linear) {
    return {255 * displayCurve(linear[2]), 255 * displayCurve(linear[1]), 255 * displayCurve(linear[0])};
}

struct Movie {
    std::vector<cv::Mat> frames;
    double framesPerSecond = 0;

    explicit Movie(const fs::path& file) {
        cv::VideoCapture capture(file.string(), cv::CAP_FFMPEG);
        framesPerSecond = capture.get(cv::CAP_PROP_FPS);
        for (cv::Mat frame; capture.read(frame);)
            frames.push_back(frame.clone());
    }
};

void expectColour(const cv::Mat& picture, const cv::Scalar& expected) {
    const cv::Scalar mean = cv::mean(picture);
    for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(mean[c], expected[c], tolerance) << "B, G, R number " << c;
}

class Preview : public testing::Test {
protected:
    // Keyframes 1, 3, 5; 2 was made and is flagged, 4 is a cut.
    void SetUp() override {
        fs::create_directories(folder_ / "keys");
        fs::create_directories(out());
        for (const int key : {1, 3, 5})
            writeFrame(folder_ / "keys", key, linearOf(key));
        writeFrame(out(), 2, linearOf(2));
        manifest_.sourcePattern = (folder_ / "keys" / "shot.####.exr").string();
        manifest_.outputPattern = "shot.####.exr";
        manifest_.framesPerSecond = 23.976;
        manifest_.keyframes = {1, 3, 5};
        ManifestFrame made, cut;
        made.frame = 2;
        made.key0 = 1;
        made.key1 = 3;
        made.path = "shot.0002.exr";
        made.verdict = Verdict::rerender;
        cut.frame = 4;
        cut.key0 = 3;
        cut.key1 = 5;
        cut.status = FrameStatus::notMade;
        cut.cut = true;
        cut.reasons = {"cut between 3 and 5"};
        cut.verdict = Verdict::rerender;
        manifest_.frames = {made, cut};
        save();
    }
    fs::path out() const { return folder_ / "out"; }
    void save() const { writeManifest(out() / "manifest.json", manifest_); }
    void writeFrame(const fs::path& folder, int frame, const cv::Vec3f& linear, int width = 161,
                    int height = 91, const std::function<void(Imf::Header&)>& editHeader = {}) const {
        fs::create_directories(folder);
        test::ExrSpec spec;
        spec.displayWindow = {{0, 0}, {width - 1, height - 1}};
        spec.parts[0].dataWindow = spec.displayWindow;
        spec.parts[0].value = [&](int, int, int channel) { return linear[channel]; };
        spec.parts[0].editHeader = editHeader;
        test::writeExrFile(folder / fmt::format("shot.{:04}.exr", frame), spec);
    }
    void expectError(PreviewOptions options, ErrorKind kind, const std::vector<std::string>& words) const {
        try {
            writePreview(out(), options);
            ADD_FAILURE() << "no error";
        } catch (const Error& error) {
            EXPECT_EQ(int(error.kind()), int(kind)) << error.what();
            for (const std::string& word : words)
                EXPECT_THAT(error.what(), HasSubstr(word));
        }
        for (const auto& entry : fs::directory_iterator(out()))
            EXPECT_THAT(entry.path().filename().string(), testing::AnyOf("manifest.json", "shot.0002.exr"));
    }

    test::TemporaryFolder folder_;
    Manifest manifest_;
};

TEST_F(Preview, ShowsEveryFrameInOrder) {
    const PreviewResult result = writePreview(out());
    EXPECT_EQ(result.file, out() / "preview.mp4");
    EXPECT_EQ(result.frames, 5);
    EXPECT_EQ(result.slates, 1);
    EXPECT_THAT(result.problems, testing::IsEmpty());
    const Movie movie(result.file);
    ASSERT_EQ(movie.frames.size(), 5u);
    EXPECT_NEAR(movie.framesPerSecond, 23.976, 1e-3);
    EXPECT_EQ(movie.frames[0].size(), cv::Size(162, 92)); // 161x91, padded
    for (const int frame : {1, 2, 3, 5})
        expectColour(movie.frames[std::size_t(frame - 1)], shownOf(linearOf(frame)));
    expectColour(movie.frames[3].colRange(0, 4), slateGrey);
}

TEST_F(Preview, PixelsThatAreNotSquareAreShownInTheirTrueShape) {
    const auto anamorphic = [](Imf::Header& header) { header.pixelAspectRatio() = 2.0f; };
    for (const int key : {1, 3, 5})
        writeFrame(folder_ / "keys", key, linearOf(key), 160, 90, anamorphic);
    writeFrame(out(), 2, linearOf(2), 160, 90, anamorphic);
    const auto sizeAt = [&](int width) {
        return Movie(writePreview(out(), {.width = width}).file).frames[0].size();
    };
    EXPECT_EQ(sizeAt(0), cv::Size(320, 90));
    EXPECT_EQ(sizeAt(160), cv::Size(160, 46)); // 45, padded
}

TEST_F(Preview, ColoursOfOtherPrimariesAreConverted) {
    const auto acesCg = [](Imf::Header& header) {
        Imf::addChromaticities(header,
                               {{0.713f, 0.293f}, {0.165f, 0.830f}, {0.128f, 0.044f}, {0.32168f, 0.33767f}});
    };
    writeFrame(folder_ / "keys", 1, {0.3f, 0.3f, 0.0f}, 161, 91, acesCg);
    const Movie movie(writePreview(out()).file);
    expectColour(movie.frames[0], shownOf({0.3f * 1.08326f, 0.3f * 1.01054f, -0.3f * 0.15297f}));
}

TEST_F(Preview, SaysHowItsColoursAreMeant) {
    for (const char* name : {"a.mp4", "a.mov"}) {
        const PreviewResult result = writePreview(out(), {.file = folder_ / name});
        EXPECT_THAT(test::readBytes(result.file), HasSubstr(std::string("colrnclx\0\1\0\15\0\6\0", 15)))
            << name;
        EXPECT_EQ(Movie(result.file).frames.size(), 5u) << name;
    }
}

TEST_F(Preview, BurnsInOnRequestAndOnlyInABox) {
    const Movie plain(writePreview(out()).file), burnt(writePreview(out(), {.burnIn = true}).file);
    for (const std::size_t i : {0u, 1u, 2u, 4u}) {
        const cv::Rect above(0, 0, 162, 48);
        EXPECT_LT(cv::norm(plain.frames[i](above), burnt.frames[i](above), cv::NORM_L1) / (above.area() * 3),
                  4);
        EXPECT_GT(cv::norm(plain.frames[i], burnt.frames[i], cv::NORM_INF), 50);
    }
}

TEST_F(Preview, ExposureWidthRateAndContainer) {
    const PreviewResult result = writePreview(out(), {.file = folder_ / "a.avi",
                                                      .framesPerSecond = 12,
                                                      .exposureStops = -1,
                                                      .width = 80,
                                                      .codec = MovieCodec::mjpg});
    const Movie movie(result.file);
    ASSERT_EQ(movie.frames.size(), 5u);
    EXPECT_NEAR(movie.framesPerSecond, 12, 1e-3);
    EXPECT_EQ(movie.frames[0].size(), cv::Size(80, 46));
    expectColour(movie.frames[1], shownOf(0.5f * linearOf(2)));
}

TEST_F(Preview, ComparesSideBySideAndByWipe) {
    writeFrame(folder_ / "truth", 2, linearOf(5));
    const Movie beside(writePreview(out(), {.reference = (folder_ / "truth").string()}).file);
    ASSERT_EQ(beside.frames.size(), 5u);
    EXPECT_EQ(beside.frames[1].size(), cv::Size(324, 92));
    expectColour(beside.frames[1].colRange(0, 156), shownOf(linearOf(2)));
    expectColour(beside.frames[1].colRange(168, 324), shownOf(linearOf(5)));
    expectColour(beside.frames[0].colRange(168, 324),
                 shownOf(linearOf(1))); // a keyframe is its own reference
    const Movie wiped(writePreview(out(), {.reference = (folder_ / "truth").string(),
                                           .compare = Compare::wipe,
                                           .framesPerSecond = 24})
                          .file);
    EXPECT_EQ(wiped.frames[1].size(), cv::Size(162, 92));
    expectColour(wiped.frames[1].colRange(0, 76), shownOf(linearOf(2)));
    expectColour(wiped.frames[1].colRange(100, 162), shownOf(linearOf(5)));
}

TEST_F(Preview, FramesThatAreGoneOrDamagedAreSlatesAndNamed) {
    fs::remove(folder_ / "keys" / "shot.0003.exr");
    test::writeBytes(out() / "shot.0002.exr", "hello");
    const PreviewResult result = writePreview(out());
    EXPECT_EQ(result.frames, 5);
    EXPECT_EQ(result.slates, 3);
    EXPECT_THAT(result.problems, testing::ElementsAre(HasSubstr("keyframe 3"), HasSubstr("shot.0002.exr")));
    const Movie movie(result.file);
    ASSERT_EQ(movie.frames.size(), 5u);
    expectColour(movie.frames[1].colRange(0, 4), slateGrey);
    expectColour(movie.frames[4], shownOf(linearOf(5)));
}

TEST_F(Preview, WhatCannotBeShownIsRefusedAndNothingIsLeft) {
    expectError({.file = folder_ / "movie.gif"}, ErrorKind::usage, {"movie.gif", ".mp4"});
    expectError({.file = folder_ / "a.mp4", .codec = MovieCodec::mjpg}, ErrorKind::usage, {"a.mp4", ".avi"});
    expectError({.file = folder_ / "none" / "a.mp4"}, ErrorKind::output, {"a.mp4"});
    expectError({.compare = Compare::wipe}, ErrorKind::usage, {"--reference"});
    expectError({.reference = (folder_ / "none").string()}, ErrorKind::input, {"none"});
    writeFrame(folder_ / "truth", 2, linearOf(2), 20, 10);
    expectError({.reference = (folder_ / "truth").string()}, ErrorKind::input,
                {"shot.0002.exr", "20x10", "161x91"});
    writeFrame(folder_ / "other", 12, linearOf(2));
    expectError({.reference = (folder_ / "other").string()}, ErrorKind::input, {"none of the frames 1 to 5"});
    fs::remove_all(folder_ / "keys");
    test::writeBytes(out() / "shot.0002.exr", "hello");
    expectError({}, ErrorKind::input, {"no frame of it can be shown"});
}

TEST_F(Preview, ADisplayWindowBeyondMeasureIsASlate) {
    test::ExrSpec spec;
    spec.displayWindow = {{0, 0}, {500'000'000, 500'000'000}};
    test::writeExrFile(folder_ / "keys" / "shot.0001.exr", spec);
    const PreviewResult result = writePreview(out(), {.width = 80});
    EXPECT_EQ(result.slates, 2);
    EXPECT_THAT(result.problems,
                testing::ElementsAre(AllOf(HasSubstr("shot.0001.exr"), HasSubstr("display window"))));
    EXPECT_EQ(Movie(result.file).frames.size(), 5u);
}

TEST_F(Preview, NoManifest) {
    fs::remove(out() / "manifest.json");
    EXPECT_THROW(writePreview(out()), Error);
}

} // namespace
