// What layers are for: said by `info` and the manifest, to be set, and never passed over in silence.
#include "command/command_fixture.h"

#include <set>

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

class Roles : public CommandTest {
protected:
    // Keyframes 1 and 3 of the landscape, its R, G and B in layers of these names; depth in `Z`.
    void writeShot(const Names& layers, bool vectors = false) {
        fs::create_directories(keys());
        for (const int number : {1, 3}) {
            const Picture from = landscape(1, number);
            Picture picture = from;
            picture.channels.clear();
            for (const std::string& layer : layers)
                for (const char* c : {"R", "G", "B"})
                    picture.channels[layer + "." + c] = from.channels.at(c);
            const std::size_t pixels = from.channels.at("R").values.size();
            picture.channels["Z"] = {Imf::FLOAT, std::vector<double>(pixels, 5)};
            if (vectors) { // the landscape moves 2 pixels to the left a frame
                picture.channels["velocity.X"] = {Imf::FLOAT, std::vector<double>(pixels, -2)};
                picture.channels["velocity.Y"] = {Imf::FLOAT, std::vector<double>(pixels, 0)};
            }
            writePicture(key(number), picture);
        }
    }
    Outcome info(const Arguments& more = {}) const {
        Process process;
        process.arguments = {"info", keys().string()};
        process.arguments.insert(process.arguments.end(), more.begin(), more.end());
        return start(process);
    }
    Names groupsInManifest() const {
        Names names;
        const Json document = manifest();
        for (const Json& group : document.at("groups"))
            names.push_back(group.at("name"));
        return names;
    }
};

TEST_F(Roles, AreSaidByInfoAndTheManifest) {
    writeShot({"Image", "diffuse", "hud"}, true);
    const std::string said = info().out;
    for (const char* words : {"beauty, moves as beauty", "pass, moves as beauty", "beauty, moves as hud",
                              "vectors (arnold)", "2 that are found one by one (beauty, hud)"})
        EXPECT_THAT(said, HasSubstr(words));
    runWell();
    EXPECT_THAT(groupsInManifest(), ElementsAre("beauty", "hud"));
}

TEST_F(Roles, OfOneMotionAreSaidToBe) {
    writeShot({"Image", "diffuse"});
    EXPECT_THAT(info().out, HasSubstr("motion: one"));
}

TEST_F(Roles, SeveralThatMayBeTheBeautyAreRefusedAndOneCanBeChosen) {
    writeShot({"one", "two"});
    expectOneError(run(), 2, {"one, two", "--beauty"});
    EXPECT_FALSE(fs::exists(out())) << "nothing was begun";
    EXPECT_THAT(info().out, HasSubstr("one")) << "what is there is said all the same";
    EXPECT_EQ(info().exitCode, 2);
    runWell({"--beauty", "two", "--passes", "one"});
    EXPECT_THAT(groupsInManifest(), ElementsAre("beauty"));
    EXPECT_EQ(manifest().at("settings").at("roles").at("beauty"), "two");
}

TEST_F(Roles, OptionsThatFindNothingAreErrors) {
    writeShot({"Image"});
    for (const Arguments& arguments :
         {Arguments{"--beauty", "no"}, Arguments{"--depth-layer", "no"}, Arguments{"--vector-layer", "no"},
          Arguments{"--ids", "no"}, Arguments{"--passes", "no"}})
        expectOneError(run(arguments), 2, {arguments.front(), "'no'", "Image"});
    expectOneError(run({"--vectors", "arnold"}), 2, {"--vectors arnold", "--vector-layer"});
}

TEST_F(Roles, ChannelsThatAreNotAskedForStillGuide) {
    writeShot({"Image"}, true);
    runWell({"--channels", "Image.*"});
    EXPECT_EQ(frameRecord(2).at("motionSource"), "vectors");
    Names names;
    for (const auto& [name, samples] : readPicture(made(2)).channels)
        names.push_back(name);
    EXPECT_THAT(names, ElementsAre("Image.B", "Image.G", "Image.R"));
}

// Cryptomatte: ranks of an id and how much of the pixel it covers; of one without the other nothing is right.
TEST_F(Roles, IdsComeWithTheirCoverageFromTheSamePixel) {
    const Names ranks{"CryptoObject00.R", "CryptoObject00.G", "CryptoObject00.B", "CryptoObject00.A"};
    const auto pixelOf = [&](const Picture& picture, std::size_t i) {
        std::vector<double> pixel;
        for (const std::string& rank : ranks)
            pixel.push_back(picture.channels.at(rank).values[i]);
        return pixel;
    };
    fs::create_directories(keys());
    std::set<std::vector<double>> rendered;
    for (const int number : {1, 3}) {
        Picture picture = landscape(1, number);
        const std::size_t pixels = picture.channels.at("R").values.size();
        for (const std::string& rank : ranks)
            picture.channels[rank] = {Imf::FLOAT, std::vector<double>(pixels)};
        for (std::size_t i = 0; i < pixels; ++i) {
            const int at = int(i) % picture.width() + 2 * number; // stripes of 5 pixels, each an object
            const float coverage = 0.5f + 0.1f * float(at % 5);
            const float values[] = {1e-20f * float(at / 5 + 1), coverage, 1e20f * float(at / 5 + 2),
                                    1 - coverage};
            for (int c = 0; c < 4; ++c)
                picture.channels[ranks[c]].values[i] = values[c];
        }
        for (std::size_t i = 0; i < pixels; ++i)
            rendered.insert(pixelOf(picture, i));
        writePicture(key(number), picture);
    }
    runWell();
    const Picture between = readPicture(made(2));
    std::size_t others = 0;
    for (std::size_t i = 0; i < between.channels.at("R").values.size(); ++i)
        others += !rendered.contains(pixelOf(between, i));
    EXPECT_EQ(others, 0u);
}

} // namespace
