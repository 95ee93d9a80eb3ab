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

TEST_F(Vectors, InAnotherReadingAreFoundNamedAndReadSo) {
    for (const auto& [factor, reading] : {std::pair{-1.0, "nuke:flip-x"},
                                          {1.0 / 320, "nuke:normalised"},
                                          {2.0 / 320, "nuke:normalised:span=2"},
                                          {0.5, "nuke:span=0.5"},
                                          {2.0, "nuke:span=2"}}) {
        fs::remove_all(keys());
        writeShot(factor);
        EXPECT_THAT(info(), HasSubstr(std::string("--vectors ") + reading));
        fs::remove_all(out());
        const Outcome outcome = run({});
        EXPECT_THAT(outcome.err, HasSubstr(std::string("read as ") + reading));
        EXPECT_THAT(manifest().at("problems").dump(), HasSubstr(reading));
        EXPECT_EQ(frameRecord(2).at("motionSource"), "vectors") << reading;
        const auto found = pixelHashes();
        fs::remove_all(out());
        run({"--vectors", reading});
        EXPECT_EQ(found, pixelHashes()) << reading;
    }
}

TEST_F(Vectors, OfAReadingThatWasAskedForAreReadSoAndSaidToBeWrong) {
    writeShot(2);
    const Outcome outcome = run({"--vectors", "nuke"});
    EXPECT_THAT(outcome.err, HasSubstr("leave --vectors nuke out"));
}

TEST_F(Vectors, AreReadTheSameInEveryShard) {
    writeShot(2);
    run({});
    const auto whole = pixelHashes();
    fs::remove_all(out());
    run({"--shard", "1/2"});
    run({"--shard", "2/2"});
    runCommand({"merge", out().string()});
    EXPECT_EQ(pixelHashes(), whole);
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
