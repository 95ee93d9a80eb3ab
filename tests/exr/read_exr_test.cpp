#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "support/exr_files.h"

#include <OpenEXR/ImfStandardAttributes.h>
#include <cmath>
#include <fstream>
#include <gmock/gmock.h>
#include <limits>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace inbetween {
namespace {

using namespace test;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The message of the Error(input) that reading throws.
std::string readingError(const std::filesystem::path& path, const ReadOptions& options = {}) {
    try {
        readExr(path, options);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
        EXPECT_THAT(error.what(), AllOf(HasSubstr(path.string()), Not(HasSubstr("\n"))));
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
}

// The most that this process ever held, so far.
std::size_t residentBytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return std::size_t(usage.ru_maxrss) * 1024;
}

// The process may not take more than so much memory on top of what it has, as long as this lives.
class MemoryLimit {
public:
    explicit MemoryLimit(std::size_t more) {
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        ::getrlimit(RLIMIT_AS, &before_);
        const rlimit limit{rlim_t(pages * std::size_t(::sysconf(_SC_PAGESIZE)) + more), before_.rlim_max};
        ::setrlimit(RLIMIT_AS, &limit);
    }
    ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &before_); }

private:
    rlimit before_{};
};

void expectPattern(const Part& part, const ExrPartSpec& spec, float tolerance = 0.0f) {
    ASSERT_EQ(part.dataWindow, spec.dataWindow);
    ASSERT_EQ(part.channels.size(), spec.channels.size());
    for (int c = 0; c < int(spec.channels.size()); ++c) {
        const Channel* channel = part.find(spec.channels[c].name);
        ASSERT_NE(channel, nullptr);
        const Plane plane = planeOnCanvas(part, *channel, part.dataWindow);
        for (int y = 0; y < plane.height; y += channel->ySampling)
            for (int x = 0; x < plane.width; x += channel->xSampling)
                ASSERT_NEAR(plane.at(x, y),
                            spec.value(x + part.dataWindow.min.x, y + part.dataWindow.min.y, c), tolerance)
                    << channel->name << " at " << x << "," << y;
    }
}

// A file with this part alone is read as it was written.
Image expectRead(const ExrPartSpec& part, float tolerance = 0.0f) {
    const TemporaryFolder folder;
    writeExrFile(folder / "a.exr", {.displayWindow = {{0, 0}, {15, 11}}, .parts = {part}});
    Image image = readExr(folder / "a.exr");
    EXPECT_EQ(image.parts.size(), 1u);
    EXPECT_EQ(image.displayWindow, Box({0, 0}, {15, 11}));
    expectPattern(image.parts.at(0), part, tolerance);
    return image;
}

class ReadEveryStorage : public ::testing::TestWithParam<std::tuple<int, Imf::PixelType, bool>> {};

TEST_P(ReadEveryStorage, GivesTheSamples) {
    const auto [compression, type, tiled] = GetParam();
    ExrPartSpec part;
    part.compression = Imf::Compression(compression);
    part.channels = {{"R", type}, {"G", type}, {"B", type}, {"A", type}};
    part.tiled = tiled;
    const bool lossy = compression >= Imf::B44_COMPRESSION && type != Imf::UINT;
    if (lossy)
        part.value = [](int x, int y, int channel) { return float(100 + x + y + channel); };
    expectRead(part, lossy ? 4.0f : 0.0f);
}

INSTANTIATE_TEST_SUITE_P(
    All, ReadEveryStorage,
    ::testing::Combine(::testing::Range(int(Imf::NO_COMPRESSION), int(Imf::DWAB_COMPRESSION) + 1),
                       ::testing::Values(Imf::HALF, Imf::FLOAT, Imf::UINT), ::testing::Bool()));

TEST(ReadExr, FullResolutionLevelOfMipMapsAndRipMaps) {
    for (Imf::LevelMode levels : {Imf::MIPMAP_LEVELS, Imf::RIPMAP_LEVELS}) {
        ExrPartSpec part;
        part.tiled = true;
        part.levels = levels;
        expectRead(part);
    }
}

TEST(ReadExr, LineOrders) {
    ExrPartSpec part;
    part.lineOrder = Imf::DECREASING_Y;
    expectRead(part);
    part.tiled = true;
    part.lineOrder = Imf::RANDOM_Y;
    expectRead(part);
}

TEST(ReadExr, DataWindowAwayFromTheDisplayWindow) {
    for (bool tiled : {false, true}) {
        ExrPartSpec part;
        part.tiled = tiled;
        part.dataWindow = {{-37, -5}, {-20, 3}};
        expectRead(part);
        part.dataWindow = {{100, 5}, {100, 5}};
        expectRead(part);
    }
}

TEST(ReadExr, SubsampledChannels) {
    ExrPartSpec part;
    part.dataWindow = {{-4, 2}, {11, 9}};
    part.channels = {{"Y"}, {"BY", Imf::HALF, 2, 2}, {"RY", Imf::FLOAT, 4, 1}};
    const Image image = expectRead(part);
    const Channel* blue = image.parts[0].find("BY");
    EXPECT_EQ(blue->samples.size(), 8u * 4u * 2u);
    // Between four samples it is their mean.
    const Plane plane = planeOnCanvas(image.parts[0], *blue, image.parts[0].dataWindow);
    EXPECT_EQ(plane.at(3, 3), (plane.at(2, 2) + plane.at(4, 2) + plane.at(2, 4) + plane.at(4, 4)) / 4);
}

TEST(ReadExr, NanAndInfinityAreKept) {
    ExrPartSpec part;
    part.channels = {{"R", Imf::FLOAT}, {"G", Imf::HALF}};
    part.value = [](int x, int, int) {
        constexpr float infinity = std::numeric_limits<float>::infinity();
        return x == 0 ? std::nanf("") : x == 1 ? infinity : x == 2 ? -infinity : float(x);
    };
    const TemporaryFolder folder;
    writeExrFile(folder / "a.exr", {.parts = {part}});
    const Image image = readExr(folder / "a.exr");
    for (const Channel& channel : image.parts[0].channels) {
        const Plane plane = planeOnCanvas(image.parts[0], channel, image.displayWindow);
        EXPECT_TRUE(std::isnan(plane.at(0, 0)));
        EXPECT_EQ(plane.at(1, 3), std::numeric_limits<float>::infinity());
        EXPECT_EQ(plane.at(2, 3), -std::numeric_limits<float>::infinity());
        EXPECT_EQ(plane.at(3, 3), 3.0f);
    }
}

ExrSpec multiPartSpec() {
    ExrSpec spec;
    spec.parts.resize(3);
    spec.parts[0].name = "rgba";
    spec.parts[0].view = "left";
    spec.parts[1].name = "depth";
    spec.parts[1].view = "left";
    spec.parts[1].channels = {{"Z", Imf::FLOAT}};
    spec.parts[1].dataWindow = {{4, 4}, {9, 30}};
    spec.parts[2].name = "ids";
    spec.parts[2].view = "right";
    spec.parts[2].channels = {{"id", Imf::UINT}};
    spec.parts[2].tiled = true;
    return spec;
}

TEST(ReadExr, PartsOfEveryKindInOneFile) {
    const TemporaryFolder folder;
    const ExrSpec spec = multiPartSpec();
    writeExrFile(folder / "a.exr", spec);
    const Image image = readExr(folder / "a.exr");
    ASSERT_EQ(image.parts.size(), 3u);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(image.parts[i].name, spec.parts[i].name);
        EXPECT_EQ(image.parts[i].view, spec.parts[i].view);
        expectPattern(image.parts[i], spec.parts[i]);
    }
}

TEST(ReadExr, OnlyTheChannelsAskedFor) {
    const TemporaryFolder folder;
    writeExrFile(folder / "a.exr", {.parts = {{.channels = {{"R"}, {"diffuse.R"}, {"diffuse.G"}, {"Z"}}}}});
    const auto names = [&](std::vector<std::string> patterns) {
        const Image image = readExr(folder / "a.exr", {.channels = std::move(patterns)});
        std::string text;
        for (const Channel& channel : image.parts.at(0).channels)
            text += channel.name + " ";
        return text;
    };
    EXPECT_EQ(names({"diffuse.*", "Z"}), "Z diffuse.G diffuse.R ");
    EXPECT_EQ(names({"?"}), "R Z ");
    EXPECT_EQ(names({"*.R"}), "diffuse.R ");
    EXPECT_THAT(readingError(folder / "a.exr", {.channels = {"R", "specular.*"}}),
                AllOf(HasSubstr("specular.*"), HasSubstr("R, Z, diffuse.G, diffuse.R")));
}

TEST(ReadExr, PartsWithoutAnyChannelAskedForAreLeftOut) {
    const TemporaryFolder folder;
    writeExrFile(folder / "a.exr", multiPartSpec());
    const Image image = readExr(folder / "a.exr", {.channels = {"Z", "rgba:G"}});
    ASSERT_EQ(image.parts.size(), 2u);
    EXPECT_EQ(image.parts[0].channels.size(), 1u);
    expectPattern(image.parts[1], multiPartSpec().parts[1]);
    EXPECT_THAT(readingError(folder / "a.exr", {.channels = {"x"}}), HasSubstr("rgba:R, depth:Z, ids:id"));
}

TEST(ReadExrInfo, SaysWhatIsThere) {
    const TemporaryFolder folder;
    ExrSpec spec = multiPartSpec();
    spec.parts[0].editHeader = [](Imf::Header& header) {
        Imf::addFramesPerSecond(header, Imf::Rational(25, 1));
    };
    spec.parts[0].compression = Imf::PIZ_COMPRESSION;
    writeExrFile(folder / "a.exr", spec);
    const ExrInfo info = readExrInfo(folder / "a.exr");
    EXPECT_EQ(info.framesPerSecond, 25.0);
    EXPECT_EQ(info.displayWindow, spec.displayWindow);
    ASSERT_EQ(info.parts.size(), 3u);
    EXPECT_EQ(info.parts[0].compression, "piz");
    EXPECT_EQ(info.parts[0].storage, "scanline");
    EXPECT_EQ(info.parts[2].storage, "tiled");
    EXPECT_EQ(info.parts[2].view, "right");
    EXPECT_EQ(info.parts[2].channels.at(0).type, SampleType::uint32);
    EXPECT_EQ(info.parts[1].dataWindow, spec.parts[1].dataWindow);
}

TEST(ReadExr, DeepFilesAreRefusedButDescribed) {
    const TemporaryFolder folder;
    writeDeepExrFile(folder / "deep.exr");
    EXPECT_THAT(readingError(folder / "deep.exr"), AllOf(HasSubstr("deep"), HasSubstr("flatten")));
    EXPECT_EQ(readExrInfo(folder / "deep.exr").parts.at(0).storage, "deep scanline");
}

TEST(ReadExr, EveryBadFileHasItsWord) {
    const TemporaryFolder folder;
    writeBytes(folder / "empty.exr", "");
    EXPECT_THAT(readingError(folder / "empty.exr"), HasSubstr("empty (0 bytes)"));
    writeBytes(folder / "text.exr", "This is no picture.");
    EXPECT_THAT(readingError(folder / "text.exr"), HasSubstr("not an OpenEXR file"));
    writeBytes(folder / "short.exr", "\x76\x2f");
    EXPECT_THAT(readingError(folder / "short.exr"), HasSubstr("not an OpenEXR file"));
    EXPECT_THAT(readingError(folder / "absent.exr"), HasSubstr("no such file"));
    EXPECT_THAT(readingError(folder.path()), HasSubstr("folder"));
    ASSERT_EQ(::mkfifo((folder / "pipe.exr").c_str(), 0600), 0);
    EXPECT_THAT(readingError(folder / "pipe.exr"), HasSubstr("no regular file"));
    writeBytes(folder / "file", "");
    EXPECT_THAT(readingError(folder / "file" / "a.exr"), HasSubstr("cannot be read"));
}

TEST(ReadExr, ARenderThatDiedIsIncomplete) {
    const TemporaryFolder folder;
    writeExrFile(folder / "a.exr", {.parts = {{.compression = Imf::NO_COMPRESSION}}, .complete = false});
    EXPECT_THAT(readingError(folder / "a.exr"), AllOf(HasSubstr("incomplete"), HasSubstr("render")));
    EXPECT_FALSE(readExrInfo(folder / "a.exr").parts.at(0).complete);
}

TEST(ReadExr, TooLargeIsRefusedBeforeMemoryIsTaken) {
    const TemporaryFolder folder;
    writeExrFile(folder / "a.exr");
    EXPECT_THAT(readingError(folder / "a.exr", {.channels = {}, .maxPixels = 100}), HasSubstr("16x12"));
    EXPECT_NO_THROW(readExr(folder / "a.exr", {.channels = {}, .maxPixels = 16 * 12}));

    // A window of 2^30 x 2^30, written over that of a small file.
    const std::string bytes = readBytes(folder / "a.exr");
    for (const char* window : {"dataWindow", "displayWindow"}) {
        std::string huge = bytes;
        const std::size_t at = huge.find(window) + std::string(window).size() + 1 + 6 +
                               4; // name, "box2i", size
        const std::int32_t box[] = {-(1 << 29), -(1 << 29), 1 << 29, 1 << 29};
        huge.replace(at, sizeof box, reinterpret_cast<const char*>(box), sizeof box);
        writeBytes(folder / "huge.exr", huge);
        readingError(folder / "huge.exr");
    }
}

// A file of one attribute that claims `bytes` of text, of which there are none.
std::string endlessAttribute(std::uint32_t bytes) {
    std::string file("\x76\x2f\x31\x01\x02\0\0\0owner\0string\0", 21);
    return file.append(reinterpret_cast<const char*>(&bytes), 4) + "nobody";
}

TEST(ReadExr, AnAttributeLongerThanTheFileTakesNoMemory) {
    const TemporaryFolder folder;
    const MemoryLimit limit(512 << 20);
    for (const std::uint32_t bytes : {7u, 1u << 30, (1u << 31) - 1, 1u << 31, ~0u}) {
        writeBytes(folder / "a.exr", endlessAttribute(bytes));
        EXPECT_THAT(readingError(folder / "a.exr"),
                    AllOf(HasSubstr("'owner' claims"), HasSubstr("the file has 31")))
            << bytes;
    }
}

TEST(ReadExr, EndlessAttributesAreRefused) {
    const TemporaryFolder folder;
    writeExrFile(folder / "a.exr", {.parts = {{.editHeader = [](Imf::Header& header) {
                                        Imf::addComments(header, std::string(65 << 20, 'x'));
                                    }}}});
    EXPECT_THAT(readingError(folder / "a.exr"), HasSubstr("64 MB"));
}

TEST(ReadExr, TooManyChannelsAreRefused) {
    const TemporaryFolder folder;
    ExrPartSpec part{.dataWindow = {{0, 0}, {0, 0}}, .channels = {}};
    for (int i = 0; i < 100'000; ++i)
        part.channels.push_back({std::to_string(i)});
    writeExrFile(folder / "a.exr", {.parts = {part}});
    EXPECT_THAT(readingError(folder / "a.exr"), AllOf(HasSubstr("100000 channels"), HasSubstr("--channels")));
    EXPECT_EQ(readExr(folder / "a.exr", {.channels = {"77"}}).parts[0].channels.size(), 1u);
}

TEST(ReadExr, ADecompressionBombIsRefused) {
    const TemporaryFolder folder;
    ExrPartSpec part{.dataWindow = {{0, 0}, {1999, 999}}, .channels = {{"R", Imf::FLOAT}, {"G", Imf::FLOAT}}};
    part.value = [](int, int, int) { return 0.0f; };
    writeExrFile(folder / "a.exr", {.parts = {part}}); // 16 MB from less than 40 kB
    EXPECT_THAT(readingError(folder / "a.exr", {.maxPixels = 2'500'000}),
                AllOf(HasSubstr("16 million"), HasSubstr("--max-pixels")));
    EXPECT_NO_THROW(readExr(folder / "a.exr", {.maxPixels = 3'000'000}));
    EXPECT_NO_THROW(readExr(folder / "a.exr", {.channels = {"R"}, .maxPixels = 2'500'000}));
}

// Its table says that all lines are there; the first one is no line.
TEST(ReadExr, AFileThatClaimsMuchAndHoldsLittleTakesLittleMemory) {
    const TemporaryFolder folder;
    constexpr int width = 16000, height = 8000; // 512 MB of samples
    ExrPartSpec part{.dataWindow = {{0, 0}, {width - 1, 0}}, .channels = {{"R", Imf::FLOAT}}};
    part.compression = Imf::PIZ_COMPRESSION; // 32 lines a chunk
    writeExrFile(folder / "a.exr", {.parts = {part}});
    std::string file = readBytes(folder / "a.exr");
    const std::size_t window = file.find("dataWindow") + 11 + 6 + 4;
    const std::int32_t box[] = {0, 0, width - 1, height - 1};
    file.replace(window, sizeof box, reinterpret_cast<const char*>(box), sizeof box);
    const std::size_t table = file.find(std::string("screenWindowWidth\0float\0", 24)) + 24 + 4 + 4 + 1;
    const std::uint64_t chunk = table + 8 * (height / 32);
    std::string tail;
    for (int i = 0; i < height / 32; ++i)
        tail.append(reinterpret_cast<const char*>(&chunk), 8);
    writeBytes(folder / "a.exr", file.substr(0, table) + tail + std::string(4 << 20, '\x01'));
    const std::size_t before = residentBytes();
    readingError(folder / "a.exr");
    EXPECT_LT(residentBytes(), before + (256u << 20));
}

TEST(ReadExr, ControlCharactersOfNamesAreNotPrinted) {
    const TemporaryFolder folder;
    writeExrFile(folder / "a.exr", {.parts = {{.channels = {{"evil\n\x1b[31m.R"}}}}});
    const std::string message = readingError(folder / "a.exr", {.channels = {"R"}});
    EXPECT_THAT(message, AllOf(Not(HasSubstr("\x1b")), HasSubstr("evil\\x0a")));
}

// Small files of every storage, to be damaged.
std::vector<std::string> smallFiles() {
    const TemporaryFolder folder;
    std::vector<std::string> files;
    const auto add = [&](const ExrSpec& spec) {
        writeExrFile(folder / "a.exr", spec);
        files.push_back(readBytes(folder / "a.exr"));
    };
    for (Imf::Compression compression :
         {Imf::NO_COMPRESSION, Imf::RLE_COMPRESSION, Imf::ZIP_COMPRESSION, Imf::PIZ_COMPRESSION,
          Imf::PXR24_COMPRESSION, Imf::B44_COMPRESSION, Imf::DWAA_COMPRESSION})
        add({.parts = {{.dataWindow = {{0, 0}, {7, 3}}, .compression = compression}}});
    add({.parts = {{.dataWindow = {{0, 0}, {9, 9}}, .tiled = true, .levels = Imf::MIPMAP_LEVELS}}});
    add(multiPartSpec());
    return files;
}

// Where only smaller levels of a mip-map are cut off, the picture is there.
TEST(ReadExr, CutOffAtAnyByteIsAnErrorOrTheWholePicture) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder / "a.exr";
    for (const std::string& file : smallFiles()) {
        writeBytes(path, file);
        const std::string whole = pixelHash(readExr(path));
        const bool mipMapped = readExrInfo(path).parts[0].storage == "tiled";
        for (std::size_t size = 0; size < file.size(); ++size) {
            writeBytes(path, std::string_view(file).substr(0, size));
            try {
                ASSERT_EQ(pixelHash(readExr(path)), whole) << size << " of " << file.size();
                ASSERT_TRUE(mipMapped) << size << " of " << file.size();
            } catch (const Error& error) {
                ASSERT_THAT(error.what(), HasSubstr(path.string()));
            }
        }
    }
}

TEST(ReadExr, ChangedBytesNeverCrash) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder / "a.exr";
    for (const std::string& file : smallFiles())
        for (std::size_t at = 0; at < file.size(); ++at)
            for (int flip : {0x01, 0x80, 0xff}) {
                std::string damaged = file;
                damaged[at] = char(damaged[at] ^ flip);
                writeBytes(path, damaged);
                try {
                    readExr(path, {.channels = {}, .maxPixels = 1 << 20});
                } catch (const Error& error) {
                    ASSERT_THAT(error.what(), HasSubstr(path.string()));
                }
            }
}

TEST(PixelAspect, ComesFromTheHeaderAndNonsenseIsSquare) {
    const TemporaryFolder folder;
    for (const auto& [written, read] :
         {std::pair{2.0f, 2.0f}, {0.5f, 0.5f}, {1.0f, 1.0f}, {0.0f, 1.0f}, {1e9f, 1.0f}}) {
        ExrSpec spec;
        spec.parts[0].editHeader = [&](Imf::Header& header) { header.pixelAspectRatio() = written; };
        try {
            writeExrFile(folder / "a.exr", spec);
        } catch (const std::exception&) {
            continue; // the library itself refuses it
        }
        EXPECT_EQ(pixelAspectOf(readExr(folder / "a.exr")), read);
        EXPECT_EQ(readExrInfo(folder / "a.exr").pixelAspect, read);
    }
}

TEST(StringAttribute, IsReadFromTheFirstPart) {
    const TemporaryFolder folder;
    ExrPartSpec part;
    part.editHeader = [](Imf::Header& header) { Imf::addOwner(header, "someone"); };
    writeExrFile(folder / "a.exr", {.parts = {part}});
    EXPECT_EQ(stringAttribute(folder / "a.exr", "owner"), "someone");
    EXPECT_EQ(stringAttribute(folder / "a.exr", "none"), std::nullopt);
    EXPECT_EQ(stringAttribute(folder / "a.exr", "pixelAspectRatio"), std::nullopt); // no text
}

TEST(ReadExr, AnUnknownCompressionIsTooNewNotDamage) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder / "a.exr";
    writeExrFile(path);
    const std::string bytes = readBytes(path), name = std::string("compression\0compression\0", 24);
    const std::size_t value = bytes.find(name) + name.size() + 4;
    for (const auto& [id, word] : {std::pair{char(10), "HTJ2K"}, std::pair{char(77), "number 77"}}) {
        std::string newer = bytes;
        newer[value] = id;
        writeBytes(path, newer);
        EXPECT_THAT(readingError(path), AllOf(HasSubstr(word), HasSubstr("too new"), HasSubstr("convert"),
                                              Not(HasSubstr("render or copy"))));
    }
}

// Chroma whose value is its own place, so that any shift shows.
TEST(PlaneOnCanvas, SubsampledChannelsLieWhereOpenExrHasTheirSamples) {
    const TemporaryFolder folder;
    ExrPartSpec spec;
    spec.dataWindow = {{4, 2}, {13, 9}};
    spec.channels = {{"Y"}, {"BY", Imf::HALF, 2, 2}, {"RY", Imf::FLOAT, 2, 1}};
    spec.value = [](int x, int y, int) { return float(10 * x + y); };
    writeExrFile(folder / "a.exr", {.displayWindow = spec.dataWindow, .parts = {spec}});
    const Image image = readExr(folder / "a.exr");
    const Part& part = image.parts[0];
    const Box canvas({3, 2}, {12, 8}); // the last sample of BY is at 12, 8
    for (const char* name : {"Y", "BY", "RY"}) {
        const Plane plane = planeOnCanvas(part, *part.find(name), canvas, -1);
        for (int y = 2; y <= 8; ++y)
            for (int x = 4; x <= 12; ++x)
                EXPECT_EQ(plane.at(x - 3, y - 2), float(10 * x + y)) << name << " " << x << ", " << y;
        EXPECT_EQ(plane.at(0, 0), -1);
    }
    const Plane whole = planeOnCanvas(part, *part.find("BY"), part.dataWindow);
    EXPECT_EQ(whole.at(9, 7), 10 * 12 + 8) << "beyond the last sample it stays";
}

TEST(PlaneOnCanvas, SubsampledInfinityStaysNearItsSample) {
    const TemporaryFolder folder;
    ExrPartSpec spec;
    spec.dataWindow = {{0, 0}, {7, 0}};
    spec.channels = {{"Y"}, {"BY", Imf::FLOAT, 4, 1}};
    spec.value = [](int x, int, int) { return x == 4 ? std::numeric_limits<float>::infinity() : 1.0f; };
    writeExrFile(folder / "a.exr", {.displayWindow = spec.dataWindow, .parts = {spec}});
    const Image image = readExr(folder / "a.exr");
    const Plane plane = planeOnCanvas(image.parts[0], *image.parts[0].find("BY"), spec.dataWindow);
    EXPECT_EQ(plane.at(0, 0), 1);
    EXPECT_EQ(plane.at(1, 0), 1);
    EXPECT_TRUE(std::isinf(plane.at(2, 0)));
}

} // namespace
} // namespace inbetween
