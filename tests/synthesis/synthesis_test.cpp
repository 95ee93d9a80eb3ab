#include "inbetween/roles.h"
#include "inbetween/synthesis.h"

#include "inbetween/exr.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace inbetween;

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

Field stillField(int w, int h, float weight0 = 0.5f) {
    return {Plane(w, h), Plane(w, h), Plane(w, h), Plane(w, h), Plane(w, h, weight0), Plane(w, h)};
}

Plane randomPlane(int w, int h, std::uint32_t seed, float low, float high) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> value(low, high);
    Plane plane(w, h);
    for (float& v : plane.values)
        v = value(random);
    return plane;
}

Field randomField(int w, int h, std::uint32_t seed) {
    Field field = stillField(w, h);
    field.flow0X = randomPlane(w, h, seed, -9, 9);
    field.flow0Y = randomPlane(w, h, seed + 1, -9, 9);
    field.flow1X = randomPlane(w, h, seed + 2, -9, 9);
    field.flow1Y = randomPlane(w, h, seed + 3, -9, 9);
    field.weight0 = randomPlane(w, h, seed + 4, 0, 1);
    return field;
}

// With another mix beside the main one.
Field randomTwofoldField(int w, int h, std::uint32_t seed) {
    Field field = randomField(w, h, seed);
    field.other = randomField(w, h, seed + 10);
    field.otherShare = randomPlane(w, h, seed + 20, 0, 1);
    return field;
}

Field withSecond(Field field, const Field& second) {
    field.second = std::make_shared<Field>(second);
    return field;
}

LargeVector<Spread> randomSpread(int w, int h, std::uint32_t seed) {
    std::mt19937 random(seed);
    LargeVector<Spread> spread(std::size_t(w) * h);
    for (Spread& s : spread)
        for (std::uint8_t& weight : s)
            weight = random() % 3 == 0 ? 0 : std::uint8_t(random() % 32);
    return spread;
}

// A one-part image of one channel.
Image image(const Box& window, const std::string& name, SampleType type, const void* samples) {
    Image out;
    out.displayWindow = window;
    Part part;
    part.dataWindow = window;
    Channel channel;
    channel.name = name;
    channel.type = type;
    channel.samples.resize(std::size_t(width(window)) * height(window) * bytesPerSample(type));
    std::memcpy(channel.samples.data(), samples, channel.samples.size());
    part.channels.push_back(channel);
    out.parts.push_back(part);
    return out;
}

template <class T> std::vector<T> samplesOf(const Image& image) {
    const auto& bytes = image.parts[0].channels[0].samples;
    std::vector<T> out(bytes.size() / sizeof(T));
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

TEST(SynthesisePlane, StaysInTheRangeOfItsSourcesForAnyFlow) {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        // Lights of 500 beside black: where a filter with negative lobes would ring.
        Plane a = randomPlane(31, 17, seed, 0, 1), b = randomPlane(31, 17, seed + 100, 0, 1);
        for (std::size_t i = 0; i < a.values.size(); i += 7)
            a.values[i] = b.values[i] = 500.0f;
        Field spread = randomTwofoldField(31, 17, seed + 200);
        spread.spread = randomSpread(31, 17, seed);
        for (const Field& field : {randomField(31, 17, seed + 200), randomTwofoldField(31, 17, seed + 200),
                                   spread, withSecond(spread, randomTwofoldField(31, 17, seed + 300))})
            for (const float v : synthesisePlane(a, b, field).values) {
                EXPECT_GE(v, 0.0f);
                EXPECT_LE(v, 500.0f);
            }
    }
}

TEST(SynthesisePlane, NoRingingBesideALight) {
    Plane a(16, 16);
    for (int y = 0; y < 16; ++y)
        a.at(8, y) = 500.0f;
    Field field = stillField(16, 16);
    std::fill(field.flow0X.values.begin(), field.flow0X.values.end(), 0.4f);
    std::fill(field.flow1X.values.begin(), field.flow1X.values.end(), 0.4f);
    const Plane out = synthesisePlane(a, a, field);
    for (int x = 0; x < 16; ++x) {
        if (x == 7 || x == 8) {
            EXPECT_GT(out.at(x, 4), 0.0f);
        } else {
            EXPECT_EQ(out.at(x, 4), 0.0f) << x;
        }
    }
}

TEST(SynthesisePlane, IdenticalKeyframesWithoutMotionComeBackBitForBit) {
    const Plane a = randomPlane(23, 9, 5, -3, 70000);
    Field field = stillField(23, 9);
    field.weight0 = randomPlane(23, 9, 6, 0, 1);
    EXPECT_EQ(synthesisePlane(a, a, field).values, a.values);
    field.other = stillField(23, 9, 0.3f);
    field.otherShare = randomPlane(23, 9, 7, 0, 1);
    EXPECT_EQ(synthesisePlane(a, a, field).values, a.values);
    field.spread = randomSpread(23, 9, 8);
    EXPECT_EQ(synthesisePlane(a, a, field).values, a.values);
}

TEST(SynthesisePlane, TheSpreadIsTheMeanWithTheNeighbours) {
    const int w = 7, h = 70; // rows are made in bands
    const Plane a = randomPlane(w, h, 1, 0, 1), b = randomPlane(w, h, 2, 0, 1);
    Field field = randomTwofoldField(w, h, 3);
    const Plane plain = synthesisePlane(a, b, field);
    field.spread = randomSpread(w, h, 4);
    field.spread[10] = {};
    const Plane out = synthesisePlane(a, b, field);
    EXPECT_EQ(out.values[10], plain.values[10]);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const Spread& spread = field.spread[std::size_t(y) * w + x];
            double sum = 0, weights = 0;
            for (std::size_t i = 0; i < spread.size(); ++i) {
                const auto [dx, dy] = spreadOffsets[i];
                sum += spread[i] / 256.0 *
                       plain.at(std::clamp(x + dx, 0, w - 1), std::clamp(y + dy, 0, h - 1));
                weights += spread[i] / 256.0;
            }
            EXPECT_NEAR(out.at(x, y), sum + (1 - weights) * plain.at(x, y), 1e-6) << x << " " << y;
        }
}

TEST(SynthesisePlane, NothingSpreadsFromWhatIsNotFinite) {
    Plane a(3, 1, 1.0f);
    a.at(0, 0) = infinity; // the sky's depth
    Plane b = a;
    b.at(2, 0) = 5.0f;
    Field field = stillField(3, 1);
    field.spread.assign(3, Spread{0, 0, 0, 64, 64, 0, 0, 0});
    const Plane out = synthesisePlane(a, b, field);
    EXPECT_EQ(out.at(0, 0), infinity);
    EXPECT_EQ(out.at(1, 0), 1.0f);
    EXPECT_FLOAT_EQ(out.at(2, 0), 0.25f * 1.0f + 0.75f * 3.0f);
}

TEST(SynthesisePlane, FollowsFlowsAndWeights) {
    Plane a(8, 1), b(8, 1);
    for (int x = 0; x < 8; ++x) {
        a.at(x, 0) = float(x);
        b.at(x, 0) = 100.0f + float(x);
    }
    Field field = stillField(8, 1, 0.25f);
    field.flow0X.at(3, 0) = 2.0f;
    field.flow1X.at(3, 0) = -1.0f;
    const Plane out = synthesisePlane(a, b, field);
    EXPECT_FLOAT_EQ(out.at(3, 0), 0.25f * 5.0f + 0.75f * 102.0f);
    EXPECT_FLOAT_EQ(out.at(0, 0), 75.0f);
}

TEST(SynthesisePlane, ASixteenthOfAPixelIsNoMotion) {
    const Plane a = randomPlane(9, 7, 1, 0, 1);
    Field field = stillField(9, 7);
    std::fill(field.flow0X.values.begin(), field.flow0X.values.end(), 0.9f * leastFlowPx);
    std::fill(field.flow1Y.values.begin(), field.flow1Y.values.end(), -0.9f * leastFlowPx);
    EXPECT_EQ(synthesisePlane(a, a, field).values, a.values);
    std::fill(field.flow0X.values.begin(), field.flow0X.values.end(), 1.1f * leastFlowPx);
    EXPECT_NE(synthesisePlane(a, a, field).values, a.values);
}

TEST(SynthesisePlane, TheOtherMixHasItsShare) {
    Plane a(8, 1), b(8, 1, 100.0f);
    for (int x = 0; x < 8; ++x)
        a.at(x, 0) = float(x);
    Field field = stillField(8, 1, 1.0f);
    field.other = stillField(8, 1, 0.25f);
    field.other.flow0X.at(3, 0) = 4.0f;
    field.otherShare = Plane(8, 1, 0.0f);
    field.otherShare.at(3, 0) = 0.5f;
    field.otherShare.at(4, 0) = 1.0f;
    field.otherShare.at(5, 0) = 0.5f * leastWeight; // too little to be sampled
    const Plane out = synthesisePlane(a, b, field);
    EXPECT_FLOAT_EQ(out.at(2, 0), 2.0f);
    EXPECT_FLOAT_EQ(out.at(3, 0), 0.5f * 3.0f + 0.5f * (0.25f * 7.0f + 0.75f * 100.0f));
    EXPECT_FLOAT_EQ(out.at(4, 0), 0.25f * 4.0f + 0.75f * 100.0f);
    EXPECT_FLOAT_EQ(out.at(5, 0), 5.0f);
}

TEST(SynthesisePlane, TwoFieldsGiveTheMeanOfWhatEachGives) {
    const Plane a = randomPlane(31, 17, 1, 0, 9), b = randomPlane(31, 17, 2, 0, 9);
    Field first = randomTwofoldField(31, 17, 3), second = randomField(31, 17, 4);
    first.spread = randomSpread(31, 17, 5);
    second.spread = randomSpread(31, 17, 6);
    const Plane of0 = synthesisePlane(a, b, first), of1 = synthesisePlane(a, b, second);
    const Plane both = synthesisePlane(a, b, withSecond(first, second));
    for (std::size_t i = 0; i < both.values.size(); ++i)
        EXPECT_NEAR(both.values[i], 0.5f * (of0.values[i] + of1.values[i]), 1e-6f);
    EXPECT_EQ(synthesisePlane(a, b, withSecond(first, first)).values, of0.values);
}

TEST(SynthesisePlane, ASecondFieldThatLeadsToNoNumberIsLeftOut) {
    const Plane a(4, 1, 3.0f), allBad(4, 1, infinity);
    const Plane mean = synthesisePlane(a, allBad, withSecond(stillField(4, 1, 1.0f), stillField(4, 1, 0.0f)));
    EXPECT_EQ(mean.values, a.values);
}

TEST(SynthesisePlane, ALightSampleHelpsOutWhereNothingElseIsFinite) {
    const Plane a(2, 1, nan), b(2, 1, 6.0f);
    EXPECT_FLOAT_EQ(synthesisePlane(a, b, stillField(2, 1, 1.0f)).at(0, 0), 6.0f);
}

TEST(SynthesisePlane, BadSamplesWeighNothingAndAreCounted) {
    Plane a(4, 1, 2.0f), b(4, 1, 6.0f);
    a.at(1, 0) = nan;
    b.at(2, 0) = infinity;
    SynthesisStats stats;
    const Plane out = synthesisePlane(a, b, stillField(4, 1), &stats);
    EXPECT_FLOAT_EQ(out.at(0, 0), 4.0f);
    EXPECT_FLOAT_EQ(out.at(1, 0), 6.0f);
    EXPECT_FLOAT_EQ(out.at(2, 0), 2.0f);
    EXPECT_EQ(stats.badSamples, 2u);
}

TEST(SynthesisePlane, ASkyOfInfiniteDepthStaysInfiniteAndNanBecomesZero) {
    Plane a(2, 1, infinity), b(2, 1, infinity);
    a.at(1, 0) = b.at(1, 0) = nan;
    const Plane out = synthesisePlane(a, b, stillField(2, 1));
    EXPECT_EQ(out.at(0, 0), infinity);
    EXPECT_EQ(out.at(1, 0), 0.0f);
}

TEST(SynthesisePlane, WildFlowsStayOnTheCanvas) {
    const Plane a = randomPlane(5, 5, 1, 0, 1);
    Field field = stillField(5, 5);
    field.flow0X.values[0] = nan;
    field.flow0Y.values[1] = infinity;
    field.flow1X.values[2] = -1e30f;
    for (const float v : synthesisePlane(a, a, field).values) {
        EXPECT_GE(v, 0.0f);
        EXPECT_LE(v, 1.0f);
    }
}

// Channels are computed four at a time; what one of them holds must not reach another.
TEST(Synthesise, EveryChannelIsWhatItIsAlone) {
    const int w = 37, h = 23, channels = 6;
    const Box window({0, 0}, {w - 1, h - 1});
    std::vector<Plane> planes[2];
    std::mt19937 random(5);
    const float odd[] = {0.0f, -0.0f, nan, infinity, -infinity, 500.0f, 1e-40f};
    for (int k = 0; k < 2; ++k)
        for (int c = 0; c < channels; ++c) {
            Plane& plane = planes[k].emplace_back(randomPlane(w, h, 10 * k + c, -1, 1));
            for (int i = 0; c % 2 == 1 && i < 60; ++i) // every other channel has holes and lights
                plane.values[random() % plane.values.size()] = odd[random() % std::size(odd)];
        }
    const auto imageOf = [&](const std::vector<Plane>& from) {
        Image out = image(window, "0.R", SampleType::float32, from[0].values.data());
        for (int c = 1; c < channels; ++c)
            out.parts[0].channels.push_back(
                image(window, std::to_string(c) + ".R", SampleType::float32, from[c].values.data())
                    .parts[0]
                    .channels[0]);
        return out;
    };
    const Image key0 = imageOf(planes[0]), key1 = imageOf(planes[1]);
    Image target = key0;
    Field field = randomTwofoldField(w, h, 3);
    field.spread = randomSpread(w, h, 4);
    SynthesisStats together, alone;
    synthesise(key0, key1, findRoles(key0), window, field, target, &together);
    for (int c = 0; c < channels; ++c) {
        const Plane expected = synthesisePlane(planes[0][c], planes[1][c], field, &alone);
        EXPECT_EQ(std::memcmp(target.parts[0].channels[c].samples.data(), expected.values.data(),
                              4 * expected.values.size()),
                  0)
            << c;
    }
    EXPECT_EQ(together.badSamples, alone.badSamples);
    EXPECT_GT(alone.badSamples, 0u);
}

// What is larger than two million pixels goes through in strips.
TEST(Synthesise, StripsDoNotChangeABit) {
    const int w = 17, h = 250'000;
    const Box box({0, 0}, {w - 1, h - 1});
    Field field = withSecond(randomTwofoldField(w, h, 3), randomTwofoldField(w, h, 7));
    field.spread = randomSpread(w, h, 4);
    field.second->spread = randomSpread(w, h, 8);
    field.second->flow0Y.at(9, 30'000) = 2e5f;
    int row = 0;
    for (const float wild : {-2e5f, 2e5f, infinity, nan}) // from one strip into the other
        field.flow1Y.at(5, row += 50'000) = wild;
    const Plane a = randomPlane(w, h, 5, 0, 4), b = randomPlane(w, h, 6, 0, 4);
    const Image key0 = image(box, "R", SampleType::float32, a.values.data()),
                key1 = image(box, "R", SampleType::float32, b.values.data());
    Image target = imageBetween(key0, key1, 0.5, {box});
    synthesise(key0, key1, findRoles(key0), box, field, target);
    const Plane whole = synthesisePlane(a, b, field);
    EXPECT_EQ(std::memcmp(target.parts[0].channels[0].samples.data(), whole.values.data(),
                          whole.values.size() * sizeof(float)),
              0);
}

TEST(Synthesise, OnlyLightSpreads) {
    const float bar[3] = {0.0f, 8.0f, 0.0f}, moved[3] = {0.0f, 8.0f, 1.0f};
    const Box window({0, 0}, {2, 0});
    for (const auto& [name, expected] : {std::pair<const char*, float>{"R", 4.0f},
                                         {"A", 4.0f},
                                         {"diffuse.G", 4.0f},
                                         {"Z", 8.0f},
                                         {"N.X", 8.0f},
                                         {"Vector.Y", 8.0f},
                                         {"N.R", 8.0f}}) {
        const Image key0 = image(window, name, SampleType::float32, bar);
        Image key1 = image(window, name, SampleType::float32, moved), target = key0;
        Field field = stillField(3, 1, 1.0f);
        field.flow1X.at(1, 0) = 1.0f; // what stands still and is the same does not spread
        field.spread.assign(3, Spread{0, 0, 0, 64, 64, 0, 0, 0});
        synthesise(key0, key1, findRoles(key0), window, field, target);
        EXPECT_EQ(samplesOf<float>(target)[1], expected) << name;
    }
}

TEST(Synthesise, OnlyLightIsTheMeanOfTwoFields) {
    const float zero[1] = {0.0f}, eight[1] = {8.0f};
    const Box window({0, 0}, {0, 0});
    for (const auto& [name, expected] :
         {std::pair<const char*, float>{"R", 4.0f}, {"A", 4.0f}, {"Z", 8.0f}, {"N.X", 8.0f}}) {
        const Image key0 = image(window, name, SampleType::float32, zero),
                    key1 = image(window, name, SampleType::float32, eight);
        Image target = key0;
        synthesise(key0, key1, findRoles(key0), window,
                   withSecond(stillField(1, 1, 0.0f), stillField(1, 1, 1.0f)), target);
        EXPECT_EQ(samplesOf<float>(target)[0], expected) << name;
    }
}

TEST(Synthesise, IdentifiersArePickedNeverBlended) {
    const std::uint32_t a[4] = {7, 7, 7, 4000000000u}, b[4] = {9, 9, 9, 11};
    const Box window({0, 0}, {3, 0});
    const Image key0 = image(window, "objectId", SampleType::uint32, a);
    const Image key1 = image(window, "objectId", SampleType::uint32, b);
    Image target = key0;
    Field field = stillField(4, 1, 0.4f);
    field.weight0.at(0, 0) = 0.9f;
    field.weight0.at(2, 0) = 0.9f;
    field.flow0X.at(2, 0) = 1.2f; // the nearest pixel is 3
    synthesise(key0, key1, findRoles(key0), window, field, target);
    EXPECT_EQ(samplesOf<std::uint32_t>(target), (std::vector<std::uint32_t>{7, 9, 4000000000u, 11}));
}

TEST(Synthesise, IdentifiersComeFromWhatWeighsMostOfAllFour) {
    const std::uint32_t a[2] = {7, 70}, b[2] = {9, 90};
    const Box window({0, 0}, {1, 0});
    const Image key0 = image(window, "objectId", SampleType::uint32, a);
    const Image key1 = image(window, "objectId", SampleType::uint32, b);
    Image target = key0;
    Field field = stillField(2, 1, 0.9f);
    field.other = stillField(2, 1, 0.1f);
    field.otherShare = Plane(2, 1);
    field.otherShare.at(1, 0) = 0.6f;
    synthesise(key0, key1, findRoles(key0), window, field, target);
    EXPECT_EQ(samplesOf<std::uint32_t>(target), (std::vector<std::uint32_t>{7, 90}));
}

TEST(Synthesise, FloatIdentifiersKeepTheirBits) {
    // Cryptomatte stores identifiers as the bits of floats; a mean would name an object that is not there.
    const float a[2] = {1.25f, -3e30f}, b[2] = {8.0f, 2e-20f};
    const Box window({0, 0}, {1, 0});
    const Image key0 = image(window, "crypto_object00.R", SampleType::float32, a);
    const Image key1 = image(window, "crypto_object00.R", SampleType::float32, b);
    Image target = key0;
    Field field = stillField(2, 1, 0.4f);
    field.weight0.at(1, 0) = 0.6f;
    synthesise(key0, key1, findRoles(key0), window, field, target);
    EXPECT_EQ(samplesOf<float>(target), (std::vector<float>{8.0f, -3e30f}));
}

TEST(Synthesise, DataWindowsThatMoveMeetOnTheCanvas) {
    // A bar that lies at 0..1 in keyframe 0 and at 2..3 in keyframe 1: between them at 1..2.
    const float bar[2] = {5.0f, 5.0f};
    const Image key0 = image(Box({0, 0}, {1, 0}), "R", SampleType::float32, bar);
    const Image key1 = image(Box({2, 0}, {3, 0}), "R", SampleType::float32, bar);
    const Box canvas({0, 0}, {3, 0});
    const float zeros[4] = {};
    Image target = image(canvas, "R", SampleType::float32, zeros);
    Field field = stillField(4, 1);
    std::fill(field.flow0X.values.begin(), field.flow0X.values.end(), -1.0f);
    std::fill(field.flow1X.values.begin(), field.flow1X.values.end(), 1.0f);
    field.flow0X.at(0, 0) = 3.0f; // nothing comes from beyond the left edge
    synthesise(key0, key1, findRoles(key0), canvas, field, target);
    EXPECT_EQ(samplesOf<float>(target), (std::vector<float>{0.0f, 5.0f, 5.0f, 2.5f}));
}

} // namespace
