// Numbers and sizes at the edge of what files can hold. Whatever comes in: what goes out lies within the
// range of its sources, and where both keyframes are the same, so is what lies between them.
#include "command/command_fixture.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <set>

namespace fs = std::filesystem;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 nan = std::numeric_limits<double>::quiet_NaN();

struct Case {
    const char* name;
    int width, height;
    std::vector<std::string> channels;
    std::vector<double> odd; // strewn over the picture
};

void PrintTo(const Case& test, std::ostream* stream) {
    *stream << test.name;
}

// A soft texture that moves by a pixel a frame, with odd numbers here and there.
Picture pictureOf(const Case& test, int number) {
    Picture picture;
    picture.displayWindow = picture.dataWindow = {{0, 0}, {test.width - 1, test.height - 1}};
    std::mt19937 random(unsigned(number) * 7919u + unsigned(test.width));
    for (const std::string& name : test.channels) {
        Samples& samples = picture.channels[name];
        samples.type = name == "Z" ? Imf::FLOAT : name == "id" ? Imf::UINT : Imf::HALF;
        for (int y = 0; y < test.height; ++y)
            for (int x = 0; x < test.width; ++x) {
                const double value = 0.4 + 0.2 * std::sin(0.3 * (x - number)) * std::cos(0.2 * y);
                const bool isOdd = !test.odd.empty() && random() % 40 == 0;
                if (samples.type == Imf::UINT)
                    samples.values.push_back(value > 0.4 ? 4294967295.0 : 7);
                else
                    samples.values.push_back(isOdd ? test.odd[random() % test.odd.size()] : value);
            }
    }
    return picture;
}

class Numbers : public CommandTest, public testing::WithParamInterface<Case> {
protected:
    void writeKeysOf(int first, int second) const {
        fs::create_directories(keys());
        writePicture(key(1), pictureOf(GetParam(), first));
        writePicture(key(3), pictureOf(GetParam(), second));
    }
};

TEST_P(Numbers, LieWithinTheRangeOfTheirSources) {
    writeKeysOf(1, 3);
    runWell();
    ASSERT_EQ(frameRecord(2).at("status"), "complete") << frameRecord(2).dump();
    const Picture key0 = readPicture(key(1)), key1 = readPicture(key(3)), between = readPicture(made(2));
    ASSERT_EQ(between.dataWindow, key0.dataWindow);
    ASSERT_EQ(between.channels.size(), key0.channels.size());
    for (const auto& [name, samples] : between.channels) {
        double least = infinity, most = -infinity;
        std::set<double> values;
        for (const Picture* key : {&key0, &key1})
            for (const double v : key->channels.at(name).values)
                if (std::isfinite(v)) {
                    least = std::min(least, v);
                    most = std::max(most, v);
                    values.insert(v);
                }
        EXPECT_EQ(samples.type, key0.channels.at(name).type);
        int outside = 0;
        for (const double v : samples.values)
            outside += !(v >= least && v <= most);
        EXPECT_EQ(outside, 0) << name << " of " << samples.values.size() << " samples, not within " << least
                              << " to " << most;
        const bool isIdentifier = samples.type == Imf::UINT;
        EXPECT_TRUE(!isIdentifier || std::all_of(samples.values.begin(), samples.values.end(),
                                                 [&](double v) { return values.contains(v); }))
            << name << " has an identifier that nobody wrote";
    }
}

TEST_P(Numbers, OfTwoEqualKeyframesAreThoseBetweenThem) {
    writeKeysOf(2, 2);
    runWell();
    ASSERT_EQ(frameRecord(2).at("status"), "complete");
    const Picture source = readPicture(key(1)), between = readPicture(made(2));
    for (const auto& [name, samples] : source.channels) {
        const std::vector<double>& made = between.channels.at(name).values;
        ASSERT_EQ(made.size(), samples.values.size());
        int differing = 0;
        for (std::size_t i = 0; i < made.size(); ++i)
            if (std::isfinite(samples.values[i])) // what is none is not carried on
                differing += std::memcmp(&made[i], &samples.values[i], sizeof(double)) != 0;
        EXPECT_EQ(differing, 0) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, Numbers,
    testing::Values(
        Case{"NotANumber", 61, 47, {"R", "G", "B", "A", "Z"}, {nan}},
        Case{"Infinities", 61, 47, {"R", "G", "B", "A", "Z"}, {infinity, -infinity}},
        Case{"Subnormals", 61, 47, {"R", "G", "B", "A"}, {5.9604644775390625e-08, -3.0e-07, 6.0e-05}},
        Case{"LargestHalfs", 61, 47, {"R", "G", "B", "A"}, {65504, -65504}},
        Case{"Negative", 61, 47, {"R", "G", "B", "A"}, {-0.5, -20}},
        Case{"AlphaOverOne", 61, 47, {"A", "B", "G", "R"}, {1.5, 40}},
        Case{"Everything",
             64,
             48,
             {"R", "G", "B", "A", "Z", "id"},
             {nan, infinity, -infinity, 65504, -1, 6e-08}},
        Case{"OnePixel", 1, 1, {"R", "G", "B", "A", "id"}, {}}, Case{"OneColumn", 1, 57, {"R", "G", "B"}, {}},
        Case{"OneRow", 57, 1, {"R", "G", "B"}, {}}, Case{"OddSize", 33, 17, {"R", "G", "B"}, {}},
        Case{"SixteenThousandWide", 16384, 3, {"R", "G", "B"}, {}},
        Case{"SixteenThousandHigh", 3, 16384, {"Y"}, {}}, Case{"OneChannel", 61, 47, {"Y"}, {-1}},
        Case{"OneColour", 61, 47, {"R"}, {}}),
    [](const auto& info) { return std::string(info.param.name); });

} // namespace
