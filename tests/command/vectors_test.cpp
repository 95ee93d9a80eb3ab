// Motion vectors of every convention: `info` says whether they fit and what to do, and `run` follows them
// when told how.
#include "command/command_fixture.h"

namespace fs = std::filesystem;
using testing::HasSubstr;

namespace {

// The landscape moves 2 pixels to the left a frame; its vectors say so times `factor`, in layers as Nuke
// names them.
class Vectors : public CommandTest {
protected:
    void writeShot(double factorX) {
        fs::create_directories(keys());
        for (const int number : {1, 3, 5}) {
            Picture picture = landscape(1, number);
            const std::size_t pixels = picture.channels.at("R").values.size();
            const auto set = [&](const std::string& name, double value) {
                picture.channels[name] = {Imf::FLOAT, std::vector<double>(pixels, value)};
            };
            set("forward.u", -2 * factorX);
            set("forward.v", 0);
            set("backward.u", 2 * factorX);
            set("backward.v", 0);
            writePicture(key(number), picture);
        }
    }
    std::string info() const {
        Process process;
        process.arguments = {"info", keys().string()};
        const Outcome outcome = start(process);
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        return outcome.out;
    }
    std::string motionSource(const Arguments& more) {
        fs::remove_all(out());
        const Outcome outcome = run(more);
        EXPECT_THAT(outcome.exitCode, testing::AnyOf(0, 3)) << outcome.err;
        return frameRecord(2).at("motionSource");
    }
};

TEST_F(Vectors, ThatFitAreSaidToFit) {
    writeShot(1);
    EXPECT_THAT(info(), HasSubstr("vectors: nuke fits"));
    EXPECT_EQ(motionSource({}), "vectors");
}

TEST_F(Vectors, ThatAreKnownAreNotGuessedTwice) {
    writeShot(1);
    const auto pixels = [&](const Arguments& arguments) {
        fs::remove_all(out());
        run(arguments);
        return pixelHashes();
    };
    EXPECT_EQ(pixels({"--quality", "fast"}), pixels({"--quality", "best"}));
    const auto best = pixels({"--vectors", "none"});
    EXPECT_EQ(pixels({"--vectors", "none", "--quality", "best"}), best) << "the default";
    EXPECT_NE(pixels({"--vectors", "none", "--quality", "fast"}), best);
}

TEST_F(Vectors, OfAWrongSignAreFoundAndNamed) {
    writeShot(-1);
    EXPECT_THAT(info(), HasSubstr("use --vectors nuke:flip-x"));
    EXPECT_EQ(motionSource({}), "estimated"); // not trusted
    EXPECT_EQ(motionSource({"--vectors", "nuke:flip-x"}), "vectors");
}

TEST_F(Vectors, InUnitsOfThePictureAreFoundAndNamed) {
    writeShot(1.0 / 320);
    EXPECT_THAT(info(), HasSubstr("use --vectors nuke:normalised"));
}

TEST_F(Vectors, OverTheWholeGapAreFoundAndNamed) {
    writeShot(2);
    EXPECT_THAT(info(), HasSubstr("use --vectors nuke:span=2"));
    EXPECT_EQ(motionSource({"--vectors", "nuke:span=2"}), "vectors");
}

TEST_F(Vectors, OfAnEmptyPassAreNotTrusted) {
    writeShot(0);
    EXPECT_THAT(info(), HasSubstr("all 0"));
    EXPECT_EQ(motionSource({}), "estimated");
}

TEST_F(Vectors, NoneAreNamedToo) {
    writeKeys(keys(), {1, 3});
    EXPECT_THAT(info(), HasSubstr("the files carry none"));
}

TEST_F(Vectors, UnknownModifiersAreRefused) {
    writeShot(1);
    for (const auto& [given, wanted] :
         {std::pair{"nuke:flip", "flip-x"}, {"nuke:span=0", "span=0"}, {"nuke:span=", "span="}}) {
        const Outcome outcome = run({"--vectors", given});
        EXPECT_EQ(outcome.exitCode, 2);
        EXPECT_THAT(outcome.err, HasSubstr(wanted));
    }
}

} // namespace
