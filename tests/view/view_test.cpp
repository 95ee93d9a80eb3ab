#include "inbetween/view.h"

#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "support/exr_files.h"

#include <OpenEXR/ImfStandardAttributes.h>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <optional>

using namespace inbetween;

namespace {

ColourPlanes grey(int w, int h, float value) {
    return {Plane(w, h, value), Plane(w, h, value), Plane(w, h, value)};
}

TEST(ViewCurve, MapsBlackWhiteAndLights) {
    EXPECT_FLOAT_EQ(viewCurve(0.0f), 0.0f);
    EXPECT_NEAR(viewCurve(1.0f), 1.0f, 1e-6f);
    EXPECT_NEAR(viewCurve(0.18f), 0.478f, 1e-3f);
    EXPECT_NEAR(viewCurve(500.0f), 3.17f, 1e-2f);
}

TEST(ViewCurve, InverseUndoesIt) {
    for (const float x : {0.0f, 0.001f, 0.18f, 1.0f, 20.0f, 5000.0f})
        EXPECT_NEAR(viewCurveInverse(viewCurve(x)), x, 2e-5f * (1.0f + x));
}

TEST(PairExposure, BringsTheLogMeanToMiddleGrey) {
    EXPECT_NEAR(pairExposure(grey(8, 8, 0.018f), grey(8, 8, 0.018f)), 10.0f, 1e-3f);
    EXPECT_NEAR(pairExposure(grey(8, 8, 0.09f), grey(8, 8, 0.36f)), 1.0f, 1e-4f);
}

TEST(PairExposure, IsOneForABlackPairAndIgnoresBadSamples) {
    EXPECT_FLOAT_EQ(pairExposure(grey(4, 4, 0.0f), grey(4, 4, 0.0f)), 1.0f);
    ColourPlanes damaged = grey(4, 4, 0.18f);
    damaged.r.values[3] = std::numeric_limits<float>::quiet_NaN();
    damaged.g.values[5] = std::numeric_limits<float>::infinity();
    EXPECT_NEAR(pairExposure(damaged, grey(4, 4, 0.18f)), 1.0f, 1e-5f);
}

TEST(MakeView, MasksAndCountsBadSamplesAndNegatives) {
    ColourPlanes a = grey(4, 4, 0.18f), b = grey(4, 4, 0.18f);
    a.r.values[0] = std::numeric_limits<float>::quiet_NaN();
    a.b.values[1] = -std::numeric_limits<float>::infinity();
    b.g.values[2] = -0.5f;
    const View view = makeView(a, b);
    EXPECT_EQ(view.badSamples0, 2u);
    EXPECT_EQ(view.badSamples1, 0u);
    EXPECT_EQ(view.key0.r.values[0], 0.0f);
    EXPECT_EQ(view.key0.b.values[1], 0.0f);
    EXPECT_EQ(view.key1.g.values[2], 0.0f);
    EXPECT_NEAR(view.key0.r.values[5], 0.478f, 1e-3f);
}

TEST(ViewSample, KeepsItsRangeToHalfAStepAndStopsAtItsEnds) {
    for (float value = 0.0f; value < 7.99f; value += 0.0137f)
        EXPECT_NEAR(ViewSample(value), value, 0.5f / 8192);
    EXPECT_EQ(ViewSample(1.0f), 1.0f);
    for (const float value :
         {-1.0f, -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
        EXPECT_EQ(ViewSample(value), 0.0f);
    for (const float value : {8.0f, 1e30f, std::numeric_limits<float>::infinity()})
        EXPECT_NEAR(ViewSample(value), 8.0f, 1.0f / 8192);
}

TEST(DisplayCurve, IsSrgbAndTurnsNanToBlack) {
    EXPECT_EQ(displayCurve(-1.0f), 0.0f);
    EXPECT_EQ(displayCurve(std::numeric_limits<float>::quiet_NaN()), 0.0f);
    EXPECT_NEAR(displayCurve(0.18f), 0.4613561f, 1e-5f);
    EXPECT_NEAR(displayCurve(7.0f), 1.0f, 1e-6f);
}

// A file of one colour, with these chromaticities in its header.
class LinearBeauty : public testing::Test {
protected:
    ColourPlanes beauty(const std::optional<Imf::Chromaticities>& chromaticities, const Imath::V3f& rgb) {
        test::ExrSpec spec;
        spec.parts[0].channels = {{"R", Imf::FLOAT}, {"G", Imf::FLOAT}, {"B", Imf::FLOAT}};
        spec.parts[0].value = [&](int, int, int channel) { return rgb[channel]; };
        if (chromaticities)
            spec.parts[0].editHeader = [&](Imf::Header& header) {
                Imf::addChromaticities(header, *chromaticities);
            };
        test::writeExrFile(folder / "a.exr", spec);
        const Image image = readExr(folder / "a.exr");
        return linearBeauty(image, findRoles(image), image.displayWindow);
    }
    void expect(const ColourPlanes& planes, const Imath::V3f& rgb, float tolerance) {
        EXPECT_NEAR(planes.r.at(3, 4), rgb.x, tolerance);
        EXPECT_NEAR(planes.g.at(3, 4), rgb.y, tolerance);
        EXPECT_NEAR(planes.b.at(3, 4), rgb.z, tolerance);
    }

    test::TemporaryFolder folder;
    const Imf::Chromaticities ap1{{0.713f, 0.293f}, {0.165f, 0.830f}, {0.128f, 0.044f}, {0.32168f, 0.33767f}};
};

TEST_F(LinearBeauty, AcesCgIsConverted) {
    // The matrix that the Academy's transforms give for AP1 to sRGB.
    expect(beauty(ap1, {1, 0, 0}), {1.70505f, -0.13026f, -0.02400f}, 2e-4f);
    expect(beauty(ap1, {0, 1, 0}), {-0.62179f, 1.14080f, -0.12897f}, 2e-4f);
    expect(beauty(ap1, {0, 0, 1}), {-0.08326f, -0.01055f, 1.15297f}, 2e-4f);
    expect(beauty(ap1, {7, 7, 7}), {7, 7, 7}, 1e-3f);
}

TEST_F(LinearBeauty, Rec709AndNoStatementAreLeftToTheBit) {
    const Imath::V3f colour(0.1f, 0.7f, 12.3f);
    expect(beauty(std::nullopt, colour), colour, 0);
    expect(beauty(Imf::Chromaticities(), colour), colour, 0);
}

TEST_F(LinearBeauty, ABadSampleDoesNotSpreadOverThePixel) {
    const ColourPlanes planes = beauty(ap1, {0.5f, std::numeric_limits<float>::quiet_NaN(), 2.0f});
    EXPECT_EQ(planes.r.at(0, 0), 0.5f);
    EXPECT_TRUE(std::isnan(planes.g.at(0, 0)));
    EXPECT_EQ(planes.b.at(0, 0), 2.0f);
}

TEST_F(LinearBeauty, ChromaticitiesThatSpanNoColoursAreNotUsed) {
    const Imath::V3f colour(0.1f, 0.7f, 12.3f);
    const Imath::V2f grey(0.3f, 0.3f), zero(0, 0);
    expect(beauty(Imf::Chromaticities(grey, grey, grey, grey), colour), colour, 0);
    expect(beauty(Imf::Chromaticities(zero, zero, zero, zero), colour), colour, 0);
}

} // namespace
