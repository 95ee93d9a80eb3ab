// Input that cannot be used: one line that names it and says what to do, the exit code, nothing partial, no
// keyframe touched.
#include "command/command_fixture.h"

#include <cstdint>
#include <cstring>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

constexpr int someFailed = 1, unusable = 2;

class BadInput : public CommandTest {
protected:
    // Errors alone, as a script wants them.
    Process quietProcess(const Arguments& more = {}) const {
        Process process;
        process.arguments = {"run", keys().string(), "-o", out().string(), "--quiet"};
        process.arguments.insert(process.arguments.end(), more.begin(), more.end());
        return process;
    }
    Outcome runQuietly(const Arguments& more = {}) const { return start(quietProcess(more)); }
};

// ---- One bad keyframe among good ones ----

struct BadKeyframe {
    const char* name;
    void (*write)(const fs::path& path);
    std::vector<std::string> words;
};

void PrintTo(const BadKeyframe& keyframe, std::ostream* stream) {
    *stream << keyframe.name;
}

class OneBadKeyframe : public BadInput, public testing::WithParamInterface<BadKeyframe> {};

TEST_P(OneBadKeyframe, IsNamedAndTheOtherPairsAreDone) {
    writeKeys(keys(), {1, 3, 5, 7, 9});
    fs::remove(key(3));
    GetParam().write(key(3));
    const Untouched before = stateOf(keys());
    std::vector<std::string> words{key(3).string()};
    words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());

    expectOneError(runQuietly(), someFailed, words);
    EXPECT_TRUE(stateOf(keys()) == before);
    expectNoPartialFiles();
    EXPECT_TRUE(fs::exists(made(6)));
    EXPECT_TRUE(fs::exists(made(8)));
    EXPECT_THAT(framesInManifest(), ElementsAre(2, 3, 4, 6, 8));
    EXPECT_EQ(frameRecord(3).at("status"), "complete");
    // Somebody meant to render it: what stands in for it is no more than that.
    EXPECT_EQ(frameRecord(3).at("verdict"), "rerender");
    EXPECT_THAT(frameRecord(3).at("reasons").at(0).get<std::string>(), HasSubstr("shot.0003.exr"));
    EXPECT_EQ(manifest().at("problems").size(), 1u);
    const auto first = manifest();
    EXPECT_EQ(runQuietly().exitCode, someFailed) << "a second run is no better";
    EXPECT_EQ(manifest(), first);

    fs::remove(key(3));
    writePicture(key(3), movingSquare(3)); // and all is well once it was rendered again
    EXPECT_EQ(runQuietly().exitCode, 0);
    EXPECT_THAT(framesInManifest(), ElementsAre(2, 4, 6, 8));
    EXPECT_FALSE(fs::exists(made(3)));
}

std::string goodBytes() {
    const inbetween::test::TemporaryFolder folder;
    writePicture(folder / "good.exr", movingSquare(3));
    return readBytes(folder / "good.exr");
}

// As long as the good one, and its header is whole.
std::string damagedBytes() {
    std::string bytes = goodBytes();
    for (std::size_t i = bytes.size() - 200; i < bytes.size(); ++i)
        bytes[i] = char(bytes[i] ^ 0x55);
    return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    BadInput, OneBadKeyframe,
    testing::Values(
        BadKeyframe{"Text",
                    [](const fs::path& path) { writeBytes(path, "this is no picture\n"); },
                    {"not an OpenEXR file", "render"}},
        BadKeyframe{"Empty", [](const fs::path& path) { writeBytes(path, ""); }, {"empty", "render"}},
        BadKeyframe{"CutInTheHeader",
                    [](const fs::path& path) { writeBytes(path, goodBytes().substr(0, 100)); },
                    {"render"}},
        BadKeyframe{"CutInThePixels",
                    [](const fs::path& path) {
                        writeBytes(path, goodBytes().substr(0, goodBytes().size() * 6 / 10));
                    },
                    {"cut off", "render"}},
        BadKeyframe{"Garbage",
                    [](const fs::path& path) {
                        std::string bytes = goodBytes();
                        for (std::size_t i = 8; i < bytes.size(); i += 3)
                            bytes[i] = char(i * 37);
                        writeBytes(path, bytes);
                    },
                    {}},
        BadKeyframe{"Deep", [](const fs::path& path) { inbetween::test::writeDeepExrFile(path); }, {"deep"}},
        BadKeyframe{"OtherSize",
                    [](const fs::path& path) {
                        Picture picture = movingSquare(3);
                        picture.displayWindow.max.x += 10;
                        writePicture(path, picture);
                    },
                    {"74x48", "64x48", "render"}},
        BadKeyframe{"OtherChannels",
                    [](const fs::path& path) {
                        Picture picture = movingSquare(3);
                        picture.channels.erase("diffuse.R");
                        writePicture(path, picture);
                    },
                    {"diffuse.R", "render"}},
        BadKeyframe{"LinkToNowhere",
                    [](const fs::path& path) { fs::create_symlink("/nowhere/at/all.exr", path); },
                    {"no such file", "render"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(BadInput, AKeyframeThatMayNotBeReadIsNamed) {
    writeKeys(keys(), {1, 3, 5});
    fs::permissions(key(3), fs::perms::none);
    Process process = quietProcess();
    process.obeyPermissions = true;
    expectOneError(start(process), someFailed, {key(3).string(), "Permission denied", "check"});
    EXPECT_TRUE(fs::exists(made(2)));
    EXPECT_EQ(frameRecord(3).at("verdict"), "rerender");
}

TEST_F(BadInput, ASampleTypeThatChangesFailsThatPairAlone) {
    writeKeys(keys(), {1, 3, 5, 7});
    Picture odd = movingSquare(1);
    odd.channels["diffuse.R"].type = Imf::FLOAT;
    writePicture(key(1), odd);
    expectOneError(runQuietly(), someFailed, {"diffuse.R", "shot.0001.exr"});
    EXPECT_TRUE(fs::exists(made(4)));
    EXPECT_TRUE(fs::exists(made(6)));
}

TEST_F(BadInput, ABrokenKeyframeTakesItsOldInBetweensWithIt) {
    writeKeys(keys(), {1, 3, 5});
    ASSERT_EQ(runQuietly().exitCode, 0);
    writeBytes(key(5), damagedBytes());
    EXPECT_EQ(runQuietly().exitCode, someFailed);
    EXPECT_EQ(frameRecord(4).at("status"), "failed");
    EXPECT_FALSE(fs::exists(made(4))) << "made from a keyframe that is no longer there";
    EXPECT_TRUE(fs::exists(made(2)));
}

TEST_F(BadInput, ADamagedKeyframeIsItselfOnTheRerenderList) {
    writeKeys(keys(), {1, 3, 5, 7});
    writeBytes(key(3), damagedBytes());
    expectOneError(runQuietly({"--threshold", "1"}), someFailed, {"frames 2,4", key(3).string(), "render"});
    EXPECT_EQ(manifest().at("unusableKeyframes"), Json({3}));
    EXPECT_EQ(rerenderList(), "2-4\n");
    EXPECT_EQ(frameRecord(6).at("status"), "complete");
    fs::remove(key(3));
    writePicture(key(3), movingSquare(3));
    EXPECT_EQ(runQuietly().exitCode, 0);
    EXPECT_FALSE(manifest().contains("unusableKeyframes"));
}

TEST_F(BadInput, AnUnusableKeyframeAtTheEndOfTheShotIsOnTheRerenderList) {
    writeKeys(keys(), {1, 3, 5, 7});
    writeBytes(key(1), "no picture");
    writeBytes(key(7), goodBytes().substr(0, goodBytes().size() - 1));
    EXPECT_EQ(runQuietly({"--threshold", "1"}).exitCode, someFailed);
    EXPECT_THAT(framesInManifest(), ElementsAre(2, 4, 6));
    EXPECT_EQ(frameRecord(6).at("status"), "failed");
    EXPECT_THAT(frameRecord(6).at("error").get<std::string>(), HasSubstr("shot.0007.exr"));
    EXPECT_EQ(rerenderList(), "1-2,6-7\n");
}

TEST_F(BadInput, InfoTellsOfAKeyframeThatIsCutOff) {
    writeKeys(keys(), {1, 3, 5});
    writeBytes(key(3), goodBytes().substr(0, goodBytes().size() * 9 / 10));
    const Outcome folder = runCommand({"info", keys().string()});
    EXPECT_EQ(folder.exitCode, 0);
    EXPECT_THAT(folder.out, testing::ContainsRegex("problem: .*shot.0003.exr: the file is cut off"));
    EXPECT_THAT(runCommand({"info", key(3).string()}).out, HasSubstr("cut off"));
}

TEST_F(BadInput, KeyframesAtTheTwoEndsOfTheWorldFailByName) {
    writeKeys(keys(), {1, 3});
    Picture far = movingSquare(3);
    far.dataWindow.min += Imath::V2i(1 << 29, 1 << 29);
    far.dataWindow.max += Imath::V2i(1 << 29, 1 << 29);
    writePicture(key(3), far);
    expectOneError(runQuietly(), someFailed, {"frame 2", key(3).string(), "--max-pixels", "render"});
}

TEST_F(BadInput, MaxPixelsIsALimitOnWhatIsRead) {
    writeKeys(keys(), {1, 3});
    expectOneError(runQuietly({"--max-pixels", "1000"}), unusable, {"64x48", "--max-pixels"});
    EXPECT_EQ(runQuietly({"--max-pixels", "0.01M"}).exitCode, 0);
    expectOneError(runQuietly({"--max-pixels", "many"}), unusable, {"--max-pixels", "many", "150M"});
}

TEST_F(BadInput, TheErrorIsInEveryModeOfProgress) {
    writeKeys(keys(), {1, 3});
    writeBytes(key(3), damagedBytes());
    for (const std::string mode : {"none", "openjd", "lines"}) {
        const Outcome outcome = runCommand(
            {"run", keys().string(), "-o", out().string(), "--progress", mode});
        EXPECT_EQ(outcome.exitCode, someFailed);
        EXPECT_THAT(linesOf(outcome.err),
                    testing::Contains(testing::AllOf(testing::StartsWith("inbetween: error: "),
                                                     HasSubstr("frame 2"), HasSubstr(key(3).string()))))
            << mode;
    }
}

// ---- Nothing usable at all ----

struct BadFolder {
    const char* name;
    void (*make)(const fs::path& keys);
    std::vector<std::string> words;
};

void PrintTo(const BadFolder& folder, std::ostream* stream) {
    *stream << folder.name;
}

class UnusableFolder : public BadInput, public testing::WithParamInterface<BadFolder> {};

TEST_P(UnusableFolder, IsRefusedInOneLine) {
    GetParam().make(keys());
    std::vector<std::string> words{keys().string()};
    words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
    for (const Arguments& more : {Arguments{}, Arguments{"--dry-run"}})
        expectOneError(runQuietly(more), unusable, words);
    EXPECT_FALSE(fs::exists(out())) << "nothing was made, so there is no folder for it";
    expectOneError(runCommand({"info", keys().string()}), unusable, words);
}

INSTANTIATE_TEST_SUITE_P(
    BadInput, UnusableFolder,
    testing::Values(
        BadFolder{"Missing", [](const fs::path&) {}, {"no such folder"}},
        BadFolder{"WithoutFrames", [](const fs::path& keys) { fs::create_directories(keys); }, {"no frames"}},
        BadFolder{"WithOtherFiles",
                  [](const fs::path& keys) {
                      fs::create_directories(keys);
                      writeBytes(keys / "notes.txt", "hello");
                      writeBytes(keys / "beauty.exr", "no number");
                  },
                  {"no frames"}},
        BadFolder{"OneFrame", [](const fs::path& keys) { writeKeys(keys, {7}); }, {"only frame", "two"}},
        BadFolder{"SeveralSequences",
                  [](const fs::path& keys) {
                      writeKeys(keys, {1, 3});
                      for (const char* name : {"other.0001.exr", "other.0003.exr"})
                          fs::copy(framePath(keys, 1), keys / name);
                  },
                  {"shot.####.exr", "other.####.exr", "pattern"}},
        BadFolder{"AllDeep",
                  [](const fs::path& keys) {
                      fs::create_directories(keys);
                      for (const int number : {1, 3})
                          inbetween::test::writeDeepExrFile(framePath(keys, number));
                  },
                  {"deep"}},
        BadFolder{"AllText",
                  [](const fs::path& keys) {
                      fs::create_directories(keys);
                      for (const int number : {1, 3})
                          writeBytes(framePath(keys, number), "hello");
                  },
                  {"not an OpenEXR file"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(BadInput, AFolderThatMayNotBeReadIsNamed) {
    writeKeys(keys(), {1, 3});
    fs::permissions(keys(), fs::perms::none);
    Process process = quietProcess();
    process.obeyPermissions = true;
    expectOneError(start(process), unusable, {keys().string(), "Permission denied"});
    fs::permissions(keys(), fs::perms::owner_all);
    EXPECT_FALSE(fs::exists(out()));
}

TEST_F(BadInput, AFileInPlaceOfAFolderIsNamed) {
    writeKeys(keys(), {1, 3});
    expectOneError(runCommand({"run", key(1).string(), "-o", out().string(), "-q"}), unusable,
                   {key(1).string(), "one file", "shot.####.exr"});
}

TEST_F(BadInput, KeyframesWithoutColourFailByName) {
    fs::create_directories(keys());
    for (const int number : {1, 3}) {
        Picture picture = movingSquare(number);
        std::erase_if(picture.channels, [](const auto& channel) { return channel.first != "objectId"; });
        writePicture(key(number), picture);
    }
    const Outcome outcome = runQuietly();
    EXPECT_NE(outcome.exitCode, 0);
    expectOneError(outcome, outcome.exitCode, {"shot.0001.exr", "colour"});
    EXPECT_FALSE(fs::exists(made(2)));
}

// ---- Where the frames go ----

TEST_F(BadInput, TheOutputIsNeverAmongTheKeyframes) {
    writeKeys(keys(), {1, 3});
    fs::create_directory_symlink(keys(), folder_ / "link");
    const Untouched before = stateOf(keys());
    for (const fs::path& out : {keys(), keys() / "", keys() / "out", keys() / ".." / "keys", folder_ / "link",
                                folder_ / "link" / "out"})
        expectOneError(runCommand({"run", keys().string(), "-o", out.string(), "-q"}), unusable,
                       {"output", "outside"});
    Process here;
    here.folder = keys();
    for (const char* out : {".", "out", "../keys/out"}) {
        here.arguments = {"run", "shot.####.exr", "-o", out, "-q"};
        expectOneError(start(here), unusable, {"output", "outside"});
    }
    EXPECT_TRUE(stateOf(keys()) == before);
}

TEST_F(BadInput, AFileInPlaceOfTheOutputFolderStays) {
    writeKeys(keys(), {1, 3});
    writeBytes(out(), "precious");
    expectOneError(runQuietly(), unusable, {out().string(), "choose another"});
    EXPECT_EQ(readBytes(out()), "precious");
    expectOneError(runCommand({"run", keys().string(), "-o", (out() / "deeper").string(), "-q"}), unusable,
                   {out().string()});
}

TEST_F(BadInput, AnOutputFolderThatMayNotBeWrittenIsNamed) {
    writeKeys(keys(), {1, 3});
    fs::create_directories(out());
    fs::permissions(out(), fs::perms::owner_read | fs::perms::owner_exec);
    Process process = quietProcess();
    process.obeyPermissions = true;
    expectOneError(start(process), unusable, {out().string(), "Permission denied", "choose another"});
    EXPECT_TRUE(fs::is_empty(out()));
    process.arguments[3] = (out() / "deeper").string();
    expectOneError(start(process), unusable, {out().string(), "Permission denied"});
    fs::permissions(out(), fs::perms::owner_all);
}

TEST_F(BadInput, AFrameThatCannotBeWrittenFailsAndTheManifestSaysSo) {
    writeKeys(keys(), {1, 3});
    Process process = quietProcess();
    process.maxFileBytes = 8000; // a frame is larger, a manifest is not
    const Outcome outcome = start(process);
    expectOneError(outcome, someFailed, {"frame 2", made(2).string()});
    expectNoPartialFiles();
    EXPECT_FALSE(fs::exists(made(2)));
    EXPECT_EQ(frameRecord(2).at("status"), "failed");
    EXPECT_EQ(rerenderList(), "2\n");
    EXPECT_EQ(runQuietly().exitCode, 0);
    EXPECT_TRUE(fs::exists(made(2)));
}

TEST_F(BadInput, AFullDiskLeavesWhatWasThere) {
    writeKeys(keys(), {1, 3});
    fs::create_directories(out());
    if (::geteuid() != 0 || ::mount("tmpfs", out().c_str(), "tmpfs", 0, "size=64k") != 0)
        GTEST_SKIP() << "no right to mount a small disk; AFrameThatCannotBeWritten... is its stand-in";
    struct Unmount {
        fs::path path;
        ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
    } unmount{out()};
    for (int free : {0, 4096, 16384}) {
        const std::string filler = out() / "filler";
        fs::remove(filler);
        writeBytes(filler, std::string(std::size_t((64 << 10) - free), 'x'));
        const Outcome outcome = runQuietly();
        expectOneError(outcome, someFailed, {out().string(), "No space left on device", "make room"});
        expectNoPartialFiles();
        EXPECT_FALSE(fs::exists(made(2)));
        if (fs::exists(out() / "manifest.json")) {
            EXPECT_EQ(frameRecord(2).at("status"), "failed");
        }
        EXPECT_EQ(fs::file_size(filler), std::uintmax_t((64 << 10) - free));
        for (const char* name : {"manifest.json", "manifest.csv", "rerender.txt"})
            fs::remove(out() / name);
    }
}

// ---- The model ----

// A safetensors file taken apart and put together again.
struct Weights {
    nlohmann::ordered_json header;
    std::string data;

    static Weights read(const fs::path& path) {
        const std::string bytes = readBytes(path);
        std::uint64_t length = 0;
        std::memcpy(&length, bytes.data(), 8);
        return {nlohmann::ordered_json::parse(bytes.substr(8, length)), bytes.substr(8 + length)};
    }
    std::string firstLayer() const {
        for (const auto& [name, value] : header.items())
            if (name != "__metadata__")
                return name;
        return {};
    }
    void write(const fs::path& path) const {
        const std::string text = header.dump();
        const std::uint64_t length = text.size();
        writeBytes(path, std::string(reinterpret_cast<const char*>(&length), 8) + text + data);
    }
    // Takes the layer out, closing the hole that its data would leave.
    void remove(const std::string& layer) {
        const std::size_t begin = header[layer]["data_offsets"][0], end = header[layer]["data_offsets"][1];
        header.erase(layer);
        data.erase(begin, end - begin);
        for (auto& [name, value] : header.items())
            if (name != "__metadata__" && value["data_offsets"][0].get<std::size_t>() >= end)
                for (auto& offset : value["data_offsets"])
                    offset = offset.get<std::size_t>() - (end - begin);
    }
};

fs::path builtInWeights() {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(INBETWEEN_SOURCE_DIR) / "src"))
        if (entry.path().extension() == ".safetensors")
            return entry.path();
    return {};
}

class BadModel : public BadInput {
protected:
    fs::path model() const { return folder_ / "model.safetensors"; }
    void expectRefused(const std::vector<std::string>& words) const {
        std::vector<std::string> all{model().string(), "--model"};
        all.insert(all.end(), words.begin(), words.end());
        expectOneError(runQuietly({"--model", model().string()}), unusable, all);
        EXPECT_FALSE(fs::exists(out()));
    }
    void SetUp() override { writeKeys(keys(), {1, 3}); }
};

TEST_F(BadModel, ThatIsNotThere) {
    expectRefused({"No such file"});
}

TEST_F(BadModel, ThatIsNoSafetensorsFile) {
    for (const std::string& bytes :
         {std::string(), std::string("abc"), std::string("not weights at all, just text"),
          std::string(8, '\xff') + "{}", std::string("\x02\0\0\0\0\0\0\0{]", 10)}) {
        writeBytes(model(), bytes);
        expectRefused({});
    }
}

TEST_F(BadModel, TheBuiltInWeightsAsAFileAreTheSameModel) {
    ASSERT_FALSE(builtInWeights().empty());
    runWell();
    const auto hashes = pixelHashes();
    runWell({"--model", builtInWeights().string(), "--no-resume"});
    EXPECT_EQ(pixelHashes(), hashes);
}

TEST_F(BadModel, WithoutALayer) {
    ASSERT_FALSE(builtInWeights().empty());
    Weights weights = Weights::read(builtInWeights());
    const std::string layer = weights.firstLayer();
    weights.remove(layer);
    weights.write(model());
    expectRefused({layer});
}

TEST_F(BadModel, WithALayerOfAnotherShape) {
    ASSERT_FALSE(builtInWeights().empty());
    Weights weights = Weights::read(builtInWeights());
    const std::string layer = weights.firstLayer();
    // As many numbers as before, but folded another way.
    auto& shape = weights.header[layer]["shape"];
    std::size_t count = 1;
    for (const auto& side : shape)
        count *= side.get<std::size_t>();
    shape = {1, 1, count};
    weights.write(model());
    expectRefused({layer});
}

TEST_F(BadModel, CutShort) {
    ASSERT_FALSE(builtInWeights().empty());
    const std::string bytes = readBytes(builtInWeights());
    for (const std::size_t length : {std::size_t(4), std::size_t(100), bytes.size() / 2, bytes.size() - 1}) {
        writeBytes(model(), bytes.substr(0, length));
        expectRefused({});
    }
}

} // namespace
