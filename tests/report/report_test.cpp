#include "inbetween/report.h"

#include "inbetween/error.h"
#include "inbetween/manifest.h"
#include "inbetween/view.h"
#include "report/picture.h"
#include "support/exr_files.h"

#include <OpenEXR/ImfStandardAttributes.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace inbetween;
using testing::HasSubstr;
using testing::Not;

namespace {

// Keyframes 1 and 3 and an in-between, noise that packs badly.
class ReportTest : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(out);
        std::filesystem::create_directories(folder / "keys");
        test::ExrSpec spec;
        spec.displayWindow = spec.parts[0].dataWindow = {{0, 0}, {255, 143}};
        spec.parts[0].value = [](int x, int y, int channel) {
            return float((x * 7919 + y * 104729 + channel * 31) % 997) / 997.0f;
        };
        for (const char* name : {"keys/a.0001.exr", "keys/a.0003.exr", "out/a.0002.exr"})
            writeExrFile(folder / name, spec);
        manifest.sourcePattern = (folder / "keys" / "a.####.exr").string();
        manifest.keyframes = {1, 3};
        ManifestFrame frame;
        frame.frame = 2;
        frame.key0 = 1;
        frame.key1 = 3;
        frame.path = "a.0002.exr";
        frame.pixelHash = "aa";
        frame.verdict = Verdict::rerender;
        frame.reasons = {"</script><script>alert('\xc3\xbc')</script><!--"};
        manifest.frames = {frame};
        write();
    }
    void write() { writeManifest(out / "manifest.json", manifest); }
    std::string page() const { return test::readBytes(out / "report.html"); }

    test::TemporaryFolder folder;
    std::filesystem::path out = folder / "out";
    Manifest manifest;
};

TEST_F(ReportTest, HoldsThePicturesOnceAndReachesForNothing) {
    const ReportResult result = writeReport(out);
    EXPECT_EQ(result.pictures, 3);
    EXPECT_EQ(result.pictureWidth, 256);
    EXPECT_THAT(result.problems, testing::IsEmpty());
    for (const char* id : {"picture-k1", "picture-g2", "picture-k3"})
        EXPECT_THAT(page(), HasSubstr(std::string("id=\"") + id + "\""));
    EXPECT_THAT(page(), HasSubstr("default-src 'none'"));
    for (const char* reach : {"http:", "https:", "src=\"", "@import", "fetch("})
        EXPECT_THAT(page(), Not(HasSubstr(reach)));
    EXPECT_EQ(page().size(), result.bytes);
}

TEST_F(ReportTest, TextsFromFilesCannotEndTheirElement) {
    writeReport(out);
    EXPECT_THAT(page(), Not(HasSubstr("<script>alert(")));
    EXPECT_THAT(page(), HasSubstr("\\u003c/script>\\u003cscript>alert("));
}

TEST_F(ReportTest, TwiceIsTheSameFile) {
    writeReport(out);
    const std::string first = page();
    writeReport(out, {.threads = 1});
    EXPECT_EQ(page(), first);
}

TEST_F(ReportTest, ShrinksToFit) {
    const std::size_t roomy = writeReport(out).bytes;
    const double megabytes = double(roomy) * 0.7 / 1e6;
    const ReportResult small = writeReport(out, {.maxMegabytes = megabytes});
    EXPECT_LE(small.bytes, megabytes * 1e6);
    EXPECT_EQ(small.pictures, 3);
    EXPECT_THAT(small.problems, testing::IsEmpty());
    EXPECT_EQ(writeReport(out, {.pictureWidth = 100}).pictureWidth, 100);
    EXPECT_THAT(writeReport(out, {.maxMegabytes = 0.01}).problems,
                testing::ElementsAre(HasSubstr("more than the 0.01")));
}

TEST_F(ReportTest, PixelsThatAreNotSquareAreShownInTheirTrueShape) {
    test::ExrSpec spec;
    spec.displayWindow = spec.parts[0].dataWindow = {{0, 0}, {99, 49}};
    spec.parts[0].editHeader = [](Imf::Header& header) { header.pixelAspectRatio() = 2.0f; };
    writeExrFile(folder / "keys/a.0001.exr", spec);
    ShownFrame frame;
    EXPECT_EQ(readPicture(folder / "keys/a.0001.exr", 1000, &frame).size(), cv::Size(200, 50));
    EXPECT_EQ(readPicture(folder / "keys/a.0001.exr", 80).size(), cv::Size(80, 20));
    EXPECT_EQ(frame.pixelAspect, 2.0f);
    writeReport(out);
    EXPECT_THAT(page(), HasSubstr("\"width\":100,\"height\":50,\"pixelAspect\":2.0"));
}

TEST_F(ReportTest, ColoursOfOtherPrimariesAreConverted) {
    test::ExrSpec spec;
    spec.parts[0].value = [](int, int, int channel) { return channel == 2 ? 0.0f : 0.3f; };
    spec.parts[0].editHeader = [](Imf::Header& header) {
        Imf::addChromaticities(header,
                               {{0.713f, 0.293f}, {0.165f, 0.830f}, {0.128f, 0.044f}, {0.32168f, 0.33767f}});
    };
    writeExrFile(folder / "keys/a.0001.exr", spec);
    const cv::Vec3b bgr = readPicture(folder / "keys/a.0001.exr", 100).at<cv::Vec3b>(5, 5);
    EXPECT_EQ(bgr[0], 0);
    EXPECT_NEAR(bgr[1], 255 * displayCurve(0.3f * 1.01054f), 1);
    EXPECT_NEAR(bgr[2], 255 * displayCurve(0.3f * 1.08326f), 1);
}

TEST_F(ReportTest, PicturesThatAreGoneAreSaid) {
    std::filesystem::remove(out / "a.0002.exr");
    test::writeBytes(folder / "keys/a.0003.exr", "no picture");
    const ReportResult result = writeReport(out);
    EXPECT_EQ(result.pictures, 1);
    EXPECT_THAT(result.problems,
                testing::UnorderedElementsAre(HasSubstr("a.0002.exr"), HasSubstr("a.0003.exr")));
    std::filesystem::remove_all(folder / "keys");
    EXPECT_EQ(writeReport(out).pictures, 0) << "and there is a report still";
    EXPECT_THAT(page(), HasSubstr("the keyframes are not shown"));
}

TEST_F(ReportTest, AFrameThatWasNotMadeNeedsNoPicture) {
    manifest.frames[0].status = FrameStatus::notMade;
    manifest.frames[0].path = manifest.frames[0].pixelHash = "";
    write();
    EXPECT_THAT(writeReport(out).problems, testing::IsEmpty());
}

TEST_F(ReportTest, AFrameThatCameBackIsAKeyframe) {
    manifest.frames[0].status = FrameStatus::rendered;
    write();
    EXPECT_EQ(writeReport(out).pictures, 3);
    EXPECT_THAT(page(), testing::AllOf(HasSubstr("id=\"picture-k2\""), HasSubstr("\"keyframes\":[1,3,2]")));
}

TEST_F(ReportTest, AnEvaluationOfOtherPixelsOrDamagedIsNotShown) {
    test::writeBytes(out / "evaluate.json",
                     "{\"reference\": \"r\", \"frames\": [{\"frame\": 2, \"score\": 0.5}]}");
    EXPECT_THAT(writeReport(out).problems, testing::IsEmpty());
    EXPECT_THAT(page(), HasSubstr("\"reference\":null"));
    test::writeBytes(out / "evaluate.json", "{");
    EXPECT_THAT(writeReport(out).problems, testing::ElementsAre(HasSubstr("evaluate.json")));
}

TEST_F(ReportTest, WithoutAManifestThereIsNone) {
    std::filesystem::remove(out / "manifest.json");
    EXPECT_THROW(writeReport(out), Error);
    EXPECT_FALSE(std::filesystem::exists(out / "report.html"));
}

TEST(PictureCurveTest, IsTheDisplayCurveBelowItsShoulderAndNeverClips) {
    EXPECT_FLOAT_EQ(pictureCurve(0.5f), displayCurve(0.5f));
    EXPECT_EQ(pictureCurve(-1.0f), 0.0f);
    EXPECT_LT(pictureCurve(4.0f), 1.0f);
    for (float x = 0.01f; x < 4.0f; x *= 1.2f)
        EXPECT_LT(pictureCurve(x), pictureCurve(x * 1.2f));
}

} // namespace
