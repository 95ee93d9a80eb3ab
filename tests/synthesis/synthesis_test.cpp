#include "inbetween/roles.h"
#include "inbetween/synthesis.h"

#include "inbetween/exr.h"

#include <Imath/half.h>
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
    b.at(1, 0) = 3.0f;
    b.at(2, 0) = 5.0f;
    Field field = stillField(3, 1);
    field.flow0X.at(0, 0) = field.flow1X.at(0, 0) = -1.0f; // moves, and stays on the canvas
    field.spread.assign(3, Spread{0, 0, 0, 64, 64, 0, 0, 0});
    const Plane out = synthesisePlane(a, b, field);
    EXPECT_EQ(out.at(0, 0), infinity);
    EXPECT_EQ(out.at(1, 0), 2.0f);
    EXPECT_FLOAT_EQ(out.at(2, 0), 0.25f * 2.0f + 0.75f * 3.0f);
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
    const Plane a = randomPlane(9, 7, 1, 0, 1), b = randomPlane(9, 7, 2, 0, 1);
    const Plane unmoved = synthesisePlane(a, b, stillField(9, 7));
    Field field = stillField(9, 7);
    std::fill(field.flow0X.values.begin(), field.flow0X.values.end(), 0.9f * leastFlowPx);
    std::fill(field.flow1Y.values.begin(), field.flow1Y.values.end(), -0.9f * leastFlowPx);
    EXPECT_EQ(synthesisePlane(a, b, field).values, unmoved.values);
    std::fill(field.flow0X.values.begin(), field.flow0X.values.end(), 1.1f * leastFlowPx);
    EXPECT_NE(synthesisePlane(a, b, field).values, unmoved.values);
}

TEST(SynthesisePlane, WhatIsTheSameInBothStaysAndSpreadsToNothing) {
    // A letterbox bar, black, over a picture that pans; burnt-in text, 0.9, on it.
    const int w = 24, h = 16, barRows = 5;
    const auto isStill = [](int x, int y) {
        return y < barRows || (y == 9 && x > 8 && x < 14 && x % 2 == 0);
    };
    const auto keyframe = [&](std::uint32_t seed) {
        Plane plane = randomPlane(w, h, seed, 0.3f, 0.6f);
        for (int y = 0; y < h; ++y)
            for (int x = 0; x < w; ++x)
                if (isStill(x, y))
                    plane.at(x, y) = y < barRows ? 0.0f : 0.9f;
        return plane;
    };
    const Plane a = keyframe(1), b = keyframe(2);
    Field field = stillField(w, h);
    field.spread.assign(std::size_t(w) * h, Spread{30, 30, 30, 30, 30, 30, 30, 30});
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const float flow = isStill(x, y) ? 0.2f : 1.0f; // an estimate is never quite 0
            field.flow0X.at(x, y) = -flow;
            field.flow1X.at(x, y) = flow;
        }
    const Plane out = synthesisePlane(a, b, field);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x)
            if (isStill(x, y)) {
                EXPECT_EQ(out.at(x, y), a.at(x, y)) << x << " " << y;
            } else if (y < 8 || y > 10) { // beside the text the keyframes themselves hold it
                EXPECT_GE(out.at(x, y), 0.3f) << x << " " << y;
                EXPECT_LE(out.at(x, y), 0.6f) << x << " " << y;
            }
}

TEST(SynthesisePlane, WhatCrossesBetweenTheKeyframesIsNotTakenForStill) {
    // The wall behind is the same in both keyframes; the other mix brings what flies past.
    Plane a(9, 1, 0.2f), b(9, 1, 0.2f);
    a.at(0, 0) = b.at(8, 0) = 0.8f;
    Field field = stillField(9, 1);
    field.other = stillField(9, 1);
    field.otherShare = Plane(9, 1);
    field.otherShare.at(4, 0) = 0.75f;
    field.other.flow0X.at(4, 0) = -4.0f;
    field.other.flow1X.at(4, 0) = 4.0f;
    EXPECT_FLOAT_EQ(synthesisePlane(a, b, field).at(4, 0), 0.75f * 0.8f + 0.25f * 0.2f);
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
    const float bar[3] = {0.0f, 8.0f, 0.0f}, moved[3] = {1.0f, 8.0f, 1.0f};
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
        field.flow1X.at(1, 0) = 1.0f; // what stands still and is the same takes nothing in
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

// Float channels of one part.
Image imageOf(const Box& window, const std::vector<std::pair<std::string, Plane>>& channels) {
    Image out = image(window, channels[0].first, SampleType::float32, channels[0].second.values.data());
    for (std::size_t i = 1; i < channels.size(); ++i)
        out.parts[0].channels.push_back(
            image(window, channels[i].first, SampleType::float32, channels[i].second.values.data())
                .parts[0]
                .channels[0]);
    return out;
}

Plane planeOf(const Image& image, const std::string& name) {
    return planeOnCanvas(image.parts[0], *image.parts[0].find(name), image.parts[0].dataWindow);
}

// A disc before a wall; it moves by (5, 3) from keyframe 0 to keyframe 1, the wall stands still.
struct DiscScene {
    static constexpr int w = 40, h = 32;
    static bool hit(float x, float y, float time) {
        const float dx = x - 16 - 5 * time, dy = y - 14 - 3 * time;
        return dx * dx + dy * dy < 60;
    }
    static Plane drawn(float time, float disc, float wall) {
        Plane plane(w, h, wall);
        for (int y = 0; y < h; ++y)
            for (int x = 0; x < w; ++x)
                if (hit(float(x), float(y), time))
                    plane.at(x, y) = disc;
        return plane;
    }
    // That of the disc leads half a pixel too far out, and the keyframes weigh as `weight0` says.
    static Field field(const Plane& weight0) {
        Field field = stillField(w, h);
        field.weight0 = weight0;
        for (int y = 0; y < h; ++y)
            for (int x = 0; x < w; ++x)
                if (hit(float(x) + 0.7f, float(y), 0.5f)) {
                    field.flow0X.at(x, y) = -2.5f;
                    field.flow0Y.at(x, y) = -1.5f;
                    field.flow1X.at(x, y) = 2.5f;
                    field.flow1Y.at(x, y) = 1.5f;
                }
        return field;
    }
};

TEST(Synthesise, DepthAndNormalsAtAnOutlineAreOfOneSurface) {
    using Scene = DiscScene;
    const Box window({0, 0}, {Scene::w - 1, Scene::h - 1});
    const auto keyframe = [&](float time) {
        return imageOf(window, {{"N.X", Scene::drawn(time, 0.8f, 0)},
                                {"N.Y", Scene::drawn(time, 0, 0)},
                                {"N.Z", Scene::drawn(time, 0.6f, 1)},
                                {"P.X", Scene::drawn(time, -3, 7)},
                                {"Z", Scene::drawn(time, 5, 20)},
                                {"objectId.X", Scene::drawn(time, 11, 12)}});
    };
    const Image key0 = keyframe(0), key1 = keyframe(1);
    Image target = key0;
    synthesise(key0, key1, findRoles(key0), window, Scene::field(randomPlane(Scene::w, Scene::h, 1, 0, 1)),
               target);
    const Plane depth = planeOf(target, "Z"), x = planeOf(target, "N.X"), y = planeOf(target, "N.Y"),
                z = planeOf(target, "N.Z"), position = planeOf(target, "P.X"),
                id = planeOf(target, "objectId.X");
    int discs = 0;
    for (std::size_t i = 0; i < depth.values.size(); ++i) {
        const bool disc = depth.values[i] == 5;
        discs += disc;
        EXPECT_EQ(depth.values[i], disc ? 5.0f : 20.0f) << i;
        EXPECT_EQ(x.values[i], disc ? 0.8f : 0.0f) << i;
        EXPECT_EQ(y.values[i], 0.0f) << i;
        EXPECT_EQ(z.values[i], disc ? 0.6f : 1.0f) << i;
        EXPECT_EQ(position.values[i], disc ? -3.0f : 7.0f) << i;
        EXPECT_EQ(id.values[i], disc ? 11.0f : 12.0f) << i;
    }
    EXPECT_GT(discs, 100);
}

TEST(Synthesise, WithinASurfaceDepthIsTakenBetweenThePixels) {
    const int w = 12, h = 6;
    const Box window({0, 0}, {w - 1, h - 1});
    Plane a(w, h), b(w, h);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            a.at(x, y) = 10.0f + 0.1f * float(x) + 0.2f * float(y);
            b.at(x, y) = a.at(x, y) + 0.5f; // it comes nearer, or goes away
        }
    Field field = stillField(w, h);
    std::fill(field.flow0X.values.begin(), field.flow0X.values.end(), 0.3f);
    std::fill(field.flow1Y.values.begin(), field.flow1Y.values.end(), -0.6f);
    const Image key0 = imageOf(window, {{"Z", a}}), key1 = imageOf(window, {{"Z", b}});
    Image target = key0;
    synthesise(key0, key1, findRoles(key0), window, field, target);
    const Plane depth = planeOf(target, "Z");
    for (int y = 2; y < h - 2; ++y)
        for (int x = 2; x < w - 2; ++x)
            EXPECT_NEAR(depth.at(x, y), a.at(x, y) + 0.5f * (0.3f * 0.1f) + 0.5f * (0.5f - 0.6f * 0.2f),
                        1e-4f);
}

TEST(Synthesise, TheSkyStaysInfinitelyFarAndNoNumberIsNoDepth) {
    const Box window({0, 0}, {3, 0});
    Plane a(4, 1, infinity), b(4, 1, infinity);
    a.at(1, 0) = nan;
    b.at(1, 0) = 3.0f;
    a.at(2, 0) = b.at(2, 0) = nan;
    b.at(3, 0) = 8.0f;
    const Image key0 = imageOf(window, {{"Z", a}}), key1 = imageOf(window, {{"Z", b}});
    Image target = key0;
    SynthesisStats stats;
    synthesise(key0, key1, findRoles(key0), window, stillField(4, 1, 0.6f), target, &stats);
    EXPECT_EQ(samplesOf<float>(target), (std::vector<float>{infinity, 3.0f, 0.0f, infinity}));
    EXPECT_EQ(stats.badSamples, 2u);
}

// Light passes with names of no convention, lights of 500 beside black, and everything that a field may hold.
class Sums : public testing::Test {
protected:
    static constexpr int w = 64, h = 70; // rows are made in bands
    const Box window{{0, 0}, {w - 1, h - 1}};

    Image keyframe(std::uint32_t seed, SampleType type) const {
        const char* passes[] = {"kicker", "sun bounce", "x17"};
        std::vector<std::pair<std::string, Plane>> channels;
        for (const char* component : {"R", "G", "B"}) {
            Plane sum(w, h);
            for (std::uint32_t p = 0; p < 3; ++p) {
                Plane pass = randomPlane(w, h, ++seed, 0, 1);
                for (std::size_t i = p; i < pass.values.size(); i += 11)
                    pass.values[i] = i % 2 ? 0.0f : 500.0f;
                for (float& v : pass.values)
                    v = type == SampleType::half ? float(Imath::half(v)) : v;
                for (std::size_t i = 0; i < sum.values.size(); ++i)
                    sum.values[i] += pass.values[i];
                channels.emplace_back(std::string(passes[p]) + "." + component, pass);
            }
            channels.emplace_back(component, sum);
            channels.emplace_back(std::string("albedo.") + component, randomPlane(w, h, seed + 500, 0, 1));
        }
        Image image = imageOf(window, channels);
        if (type == SampleType::half)
            for (Channel& channel : image.parts[0].channels) {
                LargeVector<std::byte> halves(channel.samples.size() / 2);
                for (std::size_t i = 0; i < halves.size() / 2; ++i) {
                    float value;
                    std::memcpy(&value, &channel.samples[4 * i], 4);
                    const Imath::half rounded(value);
                    std::memcpy(&halves[2 * i], &rounded, 2);
                }
                channel.samples = halves;
                channel.type = SampleType::half;
            }
        return image;
    }
    Field field() const {
        Field first = randomTwofoldField(w, h, 3), second = randomTwofoldField(w, h, 40);
        for (Field* field : {&first, &second}) {
            field->spread = randomSpread(w, h, 4);
            for (int x = 0; x < 20; ++x) // a part stands still
                for (Plane Mix::*flow : {&Mix::flow0X, &Mix::flow0Y, &Mix::flow1X, &Mix::flow1Y})
                    ((*field).*flow).at(x, 7) = 0;
        }
        return withSecond(first, second);
    }
    // `rounding` of each part, relative.
    void expectSums(SampleType type, double rounding) const {
        const Image key0 = keyframe(100, type), key1 = keyframe(200, type);
        Image target = key0;
        synthesise(key0, key1, findRoles(key0), window, field(), target);
        for (const std::string component : {"R", "G", "B"}) {
            const Plane beauty = planeOf(target, component), a = planeOf(target, "kicker." + component),
                        b = planeOf(target, "sun bounce." + component),
                        c = planeOf(target, "x17." + component);
            for (std::size_t i = 0; i < beauty.values.size(); ++i) {
                const double sum = double(a.values[i]) + b.values[i] + c.values[i];
                EXPECT_NEAR(sum, beauty.values[i], rounding * beauty.values[i]) << i;
                EXPECT_GE(std::min({a.values[i], b.values[i], c.values[i]}), 0) << i;
                EXPECT_LE(std::max({a.values[i], b.values[i], c.values[i]}), 500) << i;
            }
        }
    }
};

TEST_F(Sums, WhatAddsUpInTheKeyframesAddsUpInTheInBetween) {
    expectSums(SampleType::float32, 1e-5);
}

TEST_F(Sums, HalvesAddUpToTheirRounding) {
    expectSums(SampleType::half, 3.0 / 2048);
}

TEST_F(Sums, WhatIsNoPartOfOneIsWhatItIsAlone) {
    const Image key0 = keyframe(100, SampleType::float32), key1 = keyframe(200, SampleType::float32);
    Image target = key0;
    synthesise(key0, key1, findRoles(key0), window, field(), target);
    const Plane alone = synthesisePlane(planeOf(key0, "albedo.G"), planeOf(key1, "albedo.G"), field());
    EXPECT_EQ(planeOf(target, "albedo.G").values, alone.values);
}

} // namespace
