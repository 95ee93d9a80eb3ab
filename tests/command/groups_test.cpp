// Layers that move each in their own way, in one file: each is made as if it were alone.
#include "command/command_fixture.h"

#include <cmath>

namespace {

constexpr const char* colours[] = {"R", "G", "B"};

// Takes the colour of a picture as a layer's.
void addLayer(Picture& file, const std::string& layer, const Picture& from) {
    file.displayWindow = from.displayWindow;
    file.dataWindow = from.dataWindow;
    for (const char* colour : colours)
        file.channels[layer + "." + colour] = from.channels.at(colour);
}

// To the right by 2 pixels a frame, and to the left by 6.
Picture ground(int number) {
    return landscape(1, number);
}
Picture character(int number) {
    return landscape(2, 20 - 3 * number);
}

class Groups : public CommandTest {
protected:
    static double rmsError(const Picture& made, const std::string& layer, const Picture& truth) {
        double sum = 0;
        std::size_t count = 0;
        for (const char* colour : colours) {
            const auto &a = made.channels.at(layer + "." + colour).values,
                       &b = truth.channels.at(colour).values;
            for (std::size_t i = 0; i < a.size(); ++i, ++count)
                sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return std::sqrt(sum / double(count));
    }
    static std::vector<double> samplesOf(const Picture& picture, const std::string& layer) {
        std::vector<double> samples;
        for (const char* colour : colours) {
            const auto& values = picture.channels.at(layer + "." + colour).values;
            samples.insert(samples.end(), values.begin(), values.end());
        }
        return samples;
    }
};

TEST_F(Groups, TwoViewLayersHaveAMotionEach) {
    std::filesystem::create_directories(keys());
    for (const int number : {1, 3}) {
        Picture file;
        addLayer(file, "Env.Combined", ground(number));
        addLayer(file, "Char.Combined", character(number));
        writePicture(key(number), file);
    }
    runWell({"--no-report"});
    const Picture both = readPicture(made(2));
    EXPECT_LT(rmsError(both, "Env.Combined", ground(2)), 0.02);
    EXPECT_LT(rmsError(both, "Char.Combined", character(2)), 0.02);
    const Json record = frameRecord(2);

    for (const std::string layer : {"Env.Combined", "Char.Combined"}) {
        std::filesystem::remove_all(out());
        runWell({"--no-report", "--channels", layer + ".*"});
        EXPECT_EQ(samplesOf(readPicture(made(2)), layer), samplesOf(both, layer)) << layer << " alone";
        EXPECT_LE(frameRecord(2).at("risk").at("score"), record.at("risk").at("score"))
            << "the frame is as bad as its worst layer";
    }
}

TEST_F(Groups, WhatStandsStillOverAPanStaysToTheBit) {
    std::filesystem::create_directories(keys());
    Picture display = landscape(3, 0);
    display.channels["A"] = display.channels.at("R");
    for (const int number : {1, 3}) {
        Picture file = ground(number);
        addLayer(file, "hud", display);
        file.channels["hud.A"] = display.channels.at("A");
        writePicture(key(number), file);
    }
    runWell({"--no-report"});
    const Picture made2 = readPicture(made(2));
    EXPECT_EQ(samplesOf(made2, "hud"), samplesOf(readPicture(key(1)), "hud"));
    EXPECT_EQ(made2.channels.at("hud.A").values, readPicture(key(1)).channels.at("hud.A").values);
    const Picture truth = ground(2);
    double sum = 0;
    const auto &a = made2.channels.at("G").values, &b = truth.channels.at("G").values;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    EXPECT_LT(std::sqrt(sum / double(a.size())), 0.02) << "while the ground moves";
}

TEST_F(Groups, ALayerAcrossACutFlagsTheFrame) {
    std::filesystem::create_directories(keys());
    for (const int number : {1, 3}) {
        Picture file;
        addLayer(file, "Env.Combined", ground(number));
        addLayer(file, "Char.Combined", landscape(number == 1 ? 4 : 5, number));
        writePicture(key(number), file);
    }
    runWell({"--no-report"});
    EXPECT_EQ(frameRecord(2).at("verdict"), "rerender");
    EXPECT_EQ(rerenderList(), "2\n");
}

} // namespace
