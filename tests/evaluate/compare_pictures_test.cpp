#include "inbetween/evaluate.h"

#include "risk/pictures.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace inbetween;
using namespace pictures;

namespace {

ColourPlanes flat(int w, int h, float value) {
    return draw(w, h, [=](double, double, int) { return value; });
}

constexpr float nan32 = std::numeric_limits<float>::quiet_NaN();
constexpr float inf32 = std::numeric_limits<float>::infinity();

} // namespace

TEST(ComparePictures, EqualPictures) {
    const ColourPlanes picture = draw(150, 100, sceneShade(2));
    const PictureError error = comparePictures(picture, picture);
    EXPECT_EQ(error.mseLinear, 0);
    EXPECT_EQ(error.mseDisplay, 0);
    EXPECT_EQ(error.psnrDisplay, 100);
    EXPECT_NEAR(error.ssimDisplay, 1, 1e-9);
    EXPECT_EQ(error.worstBlocksPsnr, 100);
}

TEST(ComparePictures, KnownDifferences) {
    // 0.25 and 0.5 in linear light are 0.5371 and 0.7354 on a display.
    const PictureError error = comparePictures(flat(80, 70, 0.25f), flat(80, 70, 0.5f));
    const double difference = displayCurve(0.5f) - displayCurve(0.25f);
    EXPECT_NEAR(error.mseLinear, 0.0625, 1e-9);
    EXPECT_NEAR(error.mseDisplay, difference * difference, 1e-9);
    EXPECT_NEAR(error.psnrDisplay, -20 * std::log10(difference), 1e-6);
    EXPECT_NEAR(error.worstBlocksPsnr, error.psnrDisplay, 1e-6);
    // Without structure only the luminance term of SSIM is left.
    const double a = displayCurve(0.25f), b = displayCurve(0.5f);
    EXPECT_NEAR(error.ssimDisplay, (2 * a * b + 1e-4) / (a * a + b * b + 1e-4), 1e-3);
}

TEST(ComparePictures, DetailIsWhatAGaussianTakesAway) {
    const int w = 64, h = 48;
    // Stripes of one pixel: a Gaussian of 1 px leaves almost nothing of them but their mean.
    const auto stripes = [&](float low, float high) {
        return draw(w, h, [=](double x, double, int) { return int(x) % 2 ? high : low; });
    };
    const double contrast = displayCurve(0.5f) - displayCurve(0.25f);
    EXPECT_NEAR(detailOf(stripes(0.25f, 0.5f)), contrast / 2, 0.01 * contrast);
    EXPECT_NEAR(detailOf(flat(w, h, 0.5f)), 0, 1e-6);
    EXPECT_NEAR(comparePictures(stripes(0.3f, 0.4f), stripes(0.25f, 0.5f)).detailRatio,
                (displayCurve(0.4f) - displayCurve(0.3f)) / contrast, 0.01);
    EXPECT_EQ(comparePictures(flat(w, h, 0), flat(w, h, 0)).detailRatio, 1);
    EXPECT_EQ(detailRatio(0.1, 0), 100);
}

TEST(ComparePictures, SsimIsTheDefinition) {
    const int w = 40, h = 30;
    std::mt19937 random(4);
    std::uniform_real_distribution<float> value(0, 1);
    const ColourPlanes a = draw(w, h, [&](double, double, int) { return value(random); });
    ColourPlanes b = a;
    for (Plane* plane : {&b.r, &b.g, &b.b})
        for (float& v : plane->values)
            v = 0.7f * v + 0.3f * value(random);
    const auto luma = [](const ColourPlanes& p, int x, int y) {
        return 0.2126 * displayCurve(p.r.at(x, y)) + 0.7152 * displayCurve(p.g.at(x, y)) +
               0.0722 * displayCurve(p.b.at(x, y));
    };
    double window[11], total = 0, sum = 0;
    for (int i = 0; i < 11; ++i)
        total += window[i] = std::exp(-(i - 5) * (i - 5) / (2 * 1.5 * 1.5));
    for (int y = 5; y < h - 5; ++y)
        for (int x = 5; x < w - 5; ++x) {
            double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
            for (int j = -5; j <= 5; ++j)
                for (int i = -5; i <= 5; ++i) {
                    const double weight = window[i + 5] * window[j + 5] / (total * total);
                    const double va = luma(a, x + i, y + j), vb = luma(b, x + i, y + j);
                    ma += weight * va;
                    mb += weight * vb;
                    aa += weight * va * va;
                    bb += weight * vb * vb;
                    ab += weight * va * vb;
                }
            sum += (2 * ma * mb + 1e-4) * (2 * (ab - ma * mb) + 9e-4) /
                   ((ma * ma + mb * mb + 1e-4) * (aa - ma * ma + bb - mb * mb + 9e-4));
        }
    EXPECT_NEAR(comparePictures(a, b).ssimDisplay, sum / ((w - 10) * (h - 10)), 1e-4);
}

TEST(ComparePictures, WorstBlocksSeeWhatTheMeanHides) {
    // 30 blocks, of which 5% are two.
    const ColourPlanes reference = flat(384, 320, 0.5f);
    ColourPlanes picture = reference;
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 128; ++x)
            picture.r.at(x, y) = picture.g.at(x, y) = picture.b.at(x, y) = 0.0f;
    const PictureError error = comparePictures(picture, reference);
    const double difference = displayCurve(0.5f);
    EXPECT_NEAR(error.worstBlocksPsnr, -20 * std::log10(difference), 1e-4);
    EXPECT_NEAR(error.mseDisplay, difference * difference * 2 / 30, 1e-6);
}

TEST(ComparePictures, BadSamplesGiveNumbers) {
    ColourPlanes a = flat(20, 20, 0.5f), b = a;
    a.r.at(3, 3) = nan32;
    b.g.at(4, 4) = inf32;
    b.b.at(5, 5) = -inf32;
    const PictureError error = comparePictures(a, b);
    EXPECT_TRUE(std::isfinite(error.mseLinear));
    const double white = 1 - displayCurve(0.5f), black = displayCurve(0.5f);
    EXPECT_NEAR(error.mseDisplay, (white * white + 2 * black * black) / 1200, 1e-8);
    EXPECT_TRUE(std::isfinite(error.ssimDisplay));
    a.g.at(4, 4) = inf32;
    a.b.at(5, 5) = -inf32;
    a.r.at(3, 3) = 0.5f;
    EXPECT_EQ(comparePictures(a, b).mseLinear, 0);
}

TEST(ComparePictures, SmallestPicturesAndDifferentSizes) {
    EXPECT_NEAR(comparePictures(flat(1, 1, 0.5f), flat(1, 1, 0.5f)).ssimDisplay, 1, 1e-6);
    EXPECT_NEAR(comparePictures(flat(5, 90, 0.5f), flat(5, 90, 0.5f)).ssimDisplay, 1, 1e-6);
    EXPECT_THROW(comparePictures(flat(2, 2, 0), flat(2, 3, 0)), std::invalid_argument);
}

TEST(Baselines, MeanIsWeightedByTime) {
    const ColourPlanes mean = meanOfKeyframes(flat(4, 4, 1.0f), flat(4, 4, 3.0f), 0.25);
    EXPECT_FLOAT_EQ(mean.r.at(1, 2), 1.5f);
    EXPECT_FLOAT_EQ(mean.b.at(3, 3), 1.5f);
}

TEST(Baselines, DisWarpFollowsMotion) {
    const int w = 256, h = 160;
    const ColourPlanes key0 = draw(w, h, sceneShade(6)), key1 = draw(w, h, sceneShade(6, -12, 4));
    for (double time : {0.25, 0.5, 0.75}) {
        const ColourPlanes truth = draw(w, h, sceneShade(6, -12 * time, 4 * time));
        const double warped = comparePictures(disWarp(key0, key1, time), truth).psnrDisplay;
        const double mean = comparePictures(meanOfKeyframes(key0, key1, time), truth).psnrDisplay;
        EXPECT_GT(warped, mean + 5) << time;
    }
}
