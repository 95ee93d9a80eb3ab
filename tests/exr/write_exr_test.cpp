#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "support/exr_files.h"

#include <Imath/half.h>
#include <OpenEXR/ImfFloatAttribute.h>
#include <OpenEXR/ImfMultiPartInputFile.h>
#include <OpenEXR/ImfPartType.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <cmath>
#include <csignal>
#include <cstring>
#include <gmock/gmock.h>
#include <iterator>
#include <limits>
#include <sys/resource.h>

namespace inbetween {
namespace {

using namespace test;
using ::testing::HasSubstr;

// The image of a file that was written through OpenEXR.
Image makeImage(const ExrSpec& spec) {
    const TemporaryFolder folder;
    writeExrFile(folder / "source.exr", spec);
    return readExr(folder / "source.exr");
}

Image makeImage(const ExrPartSpec& part) {
    return makeImage(ExrSpec{.displayWindow = {{0, 0}, {15, 11}}, .parts = {part}});
}

Imf::Header headerOf(const std::filesystem::path& path, int part = 0) {
    return Imf::MultiPartInputFile(path.c_str()).header(part);
}

template <class Sample> std::vector<Sample> samplesOf(const Channel& channel) {
    std::vector<Sample> samples(channel.samples.size() / sizeof(Sample));
    std::memcpy(samples.data(), channel.samples.data(), channel.samples.size());
    return samples;
}

template <class Sample> void setSamples(Channel& channel, const std::vector<Sample>& samples) {
    std::memcpy(channel.samples.data(), samples.data(),
                std::min(channel.samples.size(), samples.size() * sizeof(Sample)));
}

std::size_t filesIn(const std::filesystem::path& folder) {
    return std::size_t(
        std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

void writeAndCheckHash(const std::filesystem::path& path, const Image& image,
                       const WriteOptions& options = {}) {
    const std::string hash = writeExr(path, image, options);
    EXPECT_EQ(hash, pixelHash(readExr(path)));
}

class WriteEveryStorage : public ::testing::TestWithParam<std::tuple<int, Imf::PixelType, bool>> {};

TEST_P(WriteEveryStorage, HashIsOfWhatReadersSee) {
    const auto [compression, type, tiled] = GetParam();
    ExrPartSpec part;
    part.channels = {{"R", type}, {"G", type}, {"B", type}, {"A", type}, {"Z", Imf::FLOAT}};
    part.value = [](int x, int y, int c) {
        return 31.0f + 100.1f * float(c) + std::sin(float(x)) * 30.0f + float(y);
    };
    part.compression = Imf::Compression(compression);
    part.tiled = tiled;
    const TemporaryFolder folder;
    writeAndCheckHash(folder / "a.exr", makeImage(part));
    EXPECT_EQ(headerOf(folder / "a.exr").compression(), part.compression);
    EXPECT_EQ(headerOf(folder / "a.exr").type(), tiled ? Imf::TILEDIMAGE : Imf::SCANLINEIMAGE);
}

INSTANTIATE_TEST_SUITE_P(
    All, WriteEveryStorage,
    ::testing::Combine(::testing::Range(int(Imf::NO_COMPRESSION), int(Imf::DWAB_COMPRESSION) + 1),
                       ::testing::Values(Imf::HALF, Imf::FLOAT, Imf::UINT), ::testing::Bool()));

TEST(WriteExr, KeepsSamplesWindowsAndOrder) {
    for (Imf::LineOrder order : {Imf::INCREASING_Y, Imf::DECREASING_Y}) {
        ExrPartSpec part;
        part.channels = {{"Y"}, {"BY", Imf::HALF, 2, 2}, {"id", Imf::UINT}, {"Z", Imf::FLOAT}};
        part.dataWindow = {{-8, -2}, {1, 17}};
        part.lineOrder = order;
        const Image image = makeImage(part);
        const TemporaryFolder folder;
        writeExr(folder / "a.exr", image);
        const Image again = readExr(folder / "a.exr");
        EXPECT_EQ(again.parts[0].dataWindow, part.dataWindow);
        EXPECT_EQ(again.displayWindow, image.displayWindow);
        for (const Channel& channel : image.parts[0].channels)
            EXPECT_EQ(again.parts[0].find(channel.name)->samples, channel.samples) << channel.name;
        EXPECT_EQ(headerOf(folder / "a.exr").lineOrder(), order);
    }
}

TEST(WriteExr, MipMapsBecomeOneLevelOfTiles) {
    ExrPartSpec part;
    part.tiled = true;
    part.levels = Imf::MIPMAP_LEVELS;
    part.lineOrder = Imf::RANDOM_Y;
    const Image image = makeImage(part);
    const TemporaryFolder folder;
    EXPECT_EQ(writeExr(folder / "a.exr", image), pixelHash(image));
    EXPECT_EQ(headerOf(folder / "a.exr").tileDescription().mode, Imf::ONE_LEVEL);
    EXPECT_EQ(headerOf(folder / "a.exr").tileDescription().xSize, 8u);
}

TEST(WriteExr, SeveralPartsAndViews) {
    ExrSpec spec;
    spec.parts.resize(2);
    spec.parts[0].name = "rgba.left";
    spec.parts[0].view = "left";
    spec.parts[1].name = "rgba.right";
    spec.parts[1].view = "right";
    spec.parts[1].tiled = true;
    spec.parts[1].dataWindow = {{3, 3}, {30, 4}};
    const Image image = makeImage(spec);
    const TemporaryFolder folder;
    writeAndCheckHash(folder / "a.exr", image);
    const Image again = readExr(folder / "a.exr");
    EXPECT_EQ(again.parts.at(1).view, "right");
    EXPECT_EQ(again.parts[1].dataWindow, spec.parts[1].dataWindow);
}

TEST(WriteExr, OnePartOfSeveralCanBeWritten) {
    ExrSpec spec;
    spec.parts.resize(2);
    spec.parts[0].name = "rgba";
    spec.parts[1].name = "depth";
    Image image = makeImage(spec);
    image.parts.erase(image.parts.begin());
    const TemporaryFolder folder;
    writeAndCheckHash(folder / "a.exr", image);
}

TEST(WriteExr, ImagesMadeInMemoryNeedNoHeader) {
    Image image = makeImage(ExrPartSpec{});
    image.parts[0].header = nullptr;
    image.parts.push_back(image.parts[0]);
    const TemporaryFolder folder;
    writeExr(folder / "a.exr", image); // OpenEXR wants different names of parts; they are given
    const Image again = readExr(folder / "a.exr");
    ASSERT_EQ(again.parts.size(), 2u);
    EXPECT_EQ(again.parts[1].channels[0].samples, image.parts[1].channels[0].samples);
}

TEST(WriteExr, AttributesAreCarriedOverAndAdded) {
    ExrPartSpec part;
    part.editHeader = [](Imf::Header& header) {
        Imf::addOwner(header, "studio");
        header.pixelAspectRatio() = 2.0f;
    };
    const TemporaryFolder folder;
    writeExr(folder / "a.exr", makeImage(part), {.attributes = {{"inbetween:model", "v1"}}});
    const Imf::Header header = headerOf(folder / "a.exr");
    EXPECT_EQ(Imf::owner(header), "studio");
    EXPECT_EQ(header.pixelAspectRatio(), 2.0f);
    EXPECT_EQ(stringAttribute(folder / "a.exr", "inbetween:model"), "v1");
}

TEST(WriteExr, TheLevelOfDwaCompressionIsCarriedOver) {
    ExrPartSpec part; // compressed without loss, so that only the writer's level matters
    part.dataWindow = {{0, 0}, {127, 127}};
    part.value = [](int x, int y, int c) { return float(patternValue(x, y, c)) / 64.0f; };
    const TemporaryFolder folder;
    std::vector<std::uintmax_t> sizes;
    for (float level : {1.0f, 500.0f}) {
        part.editHeader = [&](Imf::Header& header) {
            header.insert("dwaCompressionLevel", Imf::FloatAttribute(level));
        };
        writeExr(folder / "a.exr", makeImage(part), {.compression = Compression::dwaa});
        sizes.push_back(std::filesystem::file_size(folder / "a.exr"));
    }
    EXPECT_LT(sizes[1], sizes[0]);
}

TEST(WriteExr, CompressionCanBeChosen) {
    const Image image = makeImage(ExrPartSpec{});
    const TemporaryFolder folder;
    writeExr(folder / "a.exr", image, {.compression = Compression::piz});
    EXPECT_EQ(headerOf(folder / "a.exr").compression(), Imf::PIZ_COMPRESSION);
}

TEST(WriteExr, DepthCanBeChosen) {
    ExrPartSpec part;
    part.channels = {{"F", Imf::FLOAT}, {"H", Imf::HALF}, {"U", Imf::UINT}};
    Image image = makeImage(part);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    setSamples<float>(image.parts[0].channels[0],
                      {1e9f, -1e9f, 65520.0f, infinity, -infinity, std::nanf(""), 0.1f, 1e-9f, -0.0f});
    const TemporaryFolder folder;

    writeAndCheckHash(folder / "half.exr", image, {.depth = DepthPolicy::half});
    const Part halves = readExr(folder / "half.exr").parts[0];
    EXPECT_EQ(halves.find("F")->type, SampleType::half);
    EXPECT_EQ(halves.find("U")->type, SampleType::uint32);
    EXPECT_EQ(halves.find("H")->samples, image.parts[0].find("H")->samples);
    const std::vector<half> values = samplesOf<half>(*halves.find("F"));
    EXPECT_EQ(float(values[0]), 65504.0f);
    EXPECT_EQ(float(values[1]), -65504.0f);
    EXPECT_EQ(float(values[2]), 65504.0f);
    EXPECT_EQ(float(values[3]), infinity);
    EXPECT_EQ(float(values[4]), -infinity);
    EXPECT_TRUE(values[5].isNan());
    EXPECT_NEAR(float(values[6]), 0.1f, 1e-4f);
    EXPECT_EQ(float(values[7]), 0.0f);
    EXPECT_TRUE(std::signbit(float(values[8])));

    writeExr(folder / "float.exr", image, {.depth = DepthPolicy::float32});
    const Part floats = readExr(folder / "float.exr").parts[0];
    EXPECT_EQ(floats.find("H")->type, SampleType::float32);
    EXPECT_EQ(floats.find("F")->samples, image.parts[0].find("F")->samples);
    EXPECT_EQ(planeOnCanvas(floats, *floats.find("H"), floats.dataWindow).values,
              planeOnCanvas(image.parts[0], *image.parts[0].find("H"), floats.dataWindow).values);
}

TEST(WriteExr, AnExistingFileIsReplaced) {
    const TemporaryFolder folder;
    writeBytes(folder / "a.exr", "something old");
    const Image image = makeImage(ExrPartSpec{});
    writeAndCheckHash(folder / "a.exr", image);
    EXPECT_EQ(filesIn(folder.path()), 1u);
}

std::string writingError(const std::filesystem::path& path, const Image& image) {
    try {
        writeExr(path, image);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::output);
        EXPECT_THAT(error.what(), HasSubstr(path.string()));
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
}

TEST(WriteExr, WhatCannotBeWrittenLeavesNothing) {
    const TemporaryFolder folder;
    const Image image = makeImage(ExrPartSpec{});
    writingError(folder / "absent" / "a.exr", image);
    writeBytes(folder / "file", "");
    writingError(folder / "file" / "a.exr", image);
    std::filesystem::create_directory(folder / "a.exr");
    writingError(folder / "a.exr", image);
    EXPECT_EQ(filesIn(folder.path()), 2u); // "file" and the folder "a.exr"
}

TEST(WriteExr, SamplesOfAWrongLengthAreRefused) {
    const TemporaryFolder folder;
    Image image = makeImage(ExrPartSpec{});
    image.parts[0].channels[1].samples.pop_back();
    EXPECT_THAT(writingError(folder / "a.exr", image), HasSubstr("channel G"));
    image.parts.clear();
    writingError(folder / "a.exr", image);
    EXPECT_EQ(filesIn(folder.path()), 0u);
}

// A limit on the size of files fails like a full disk: a write comes back with an error.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

TEST(WriteExr, AFullDiskIsAnErrorWhereverItHappens) {
    const TemporaryFolder folder;
    ExrPartSpec part;
    part.compression = Imf::NO_COMPRESSION;
    const Image image = makeImage(part);
    writeExr(folder / "a.exr", image);
    const auto whole = std::filesystem::file_size(folder / "a.exr");
    const std::string before = readBytes(folder / "a.exr");
    for (std::uintmax_t limit = 0; limit < whole; limit += 37) {
        const FileSizeLimit full(limit);
        writingError(folder / "a.exr", image);
    }
    EXPECT_EQ(readBytes(folder / "a.exr"), before);
    EXPECT_EQ(filesIn(folder.path()), 1u);
}

TEST(WriteExr, WhatDwaaDoesNotHoldIsWrittenAsZipAndSaid) {
    ExrPartSpec sun{.name = "sun", .channels = {{"R", Imf::FLOAT}, {"G", Imf::FLOAT}, {"B", Imf::FLOAT}}};
    sun.dataWindow = {{0, 0}, {31, 31}}; // what is smaller is not compressed at all
    sun.value = [](int x, int y, int) { return x == 5 && y == 5 ? 90000.0f : 1.0f; };
    ExrPartSpec plain = sun;
    plain.name = "plain";
    plain.value = [](int x, int, int) { return float(x); };
    const Image image = makeImage(ExrSpec{.parts = {sun, plain}});
    const TemporaryFolder folder;
    for (const Compression compression : {Compression::dwaa, Compression::dwab}) {
        std::vector<std::string> notes;
        const std::string hash = writeExr(folder / "a.exr", image, {.compression = compression}, &notes);
        ASSERT_EQ(notes.size(), 1u);
        EXPECT_THAT(notes[0],
                    testing::AllOf(HasSubstr("part 0"), HasSubstr("zip, not dwa"), HasSubstr("90000")));
        EXPECT_EQ(headerOf(folder / "a.exr", 0).compression(), Imf::ZIP_COMPRESSION);
        EXPECT_NE(headerOf(folder / "a.exr", 1).compression(), Imf::ZIP_COMPRESSION);
        const Image again = readExr(folder / "a.exr");
        EXPECT_EQ(pixelHash(again), hash);
        for (const Channel& channel : image.parts[0].channels)
            EXPECT_EQ(again.parts[0].find(channel.name)->samples, channel.samples);
    }
}

TEST(WriteExr, InfinityThatWasRenderedIsNoFaultOfTheCompression) {
    ExrPartSpec part{.channels = {{"R", Imf::FLOAT}}};
    part.value = [](int x, int, int) { return x == 3 ? std::numeric_limits<float>::infinity() : 1.0f; };
    const TemporaryFolder folder;
    std::vector<std::string> notes;
    writeExr(folder / "a.exr", makeImage(part), {.compression = Compression::pxr24}, &notes);
    EXPECT_TRUE(notes.empty());
}

TEST(PixelHash, IsOfPixelsNotOfAttributes) {
    const Image image = makeImage(ExrPartSpec{});
    const std::string hash = pixelHash(image);
    EXPECT_EQ(hash.size(), 32u);

    Image same = image;
    same.parts[0].header = nullptr;
    same.path = "elsewhere.exr";
    std::reverse(same.parts[0].channels.begin(), same.parts[0].channels.end());
    EXPECT_EQ(pixelHash(same), hash);

    Image other = image;
    other.parts[0].channels[2].samples.back() ^= std::byte(1);
    EXPECT_NE(pixelHash(other), hash);
    other = image;
    other.parts[0].channels[2].name = "X";
    EXPECT_NE(pixelHash(other), hash);
    other = image;
    other.parts[0].dataWindow.min.x += 1;
    other.parts[0].dataWindow.max.x += 1;
    EXPECT_NE(pixelHash(other), hash);
    other = image;
    other.displayWindow.max.x += 1;
    EXPECT_NE(pixelHash(other), hash);
}

TEST(Names, OfCompressionsAndDepths) {
    EXPECT_EQ(parseCompression("dwab"), Compression::dwab);
    EXPECT_EQ(parseCompression("keep"), Compression::keep);
    EXPECT_EQ(parseDepth("float"), DepthPolicy::float32);
    try {
        parseCompression("jpeg");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("keep, none, rle, zips, zip, piz, pxr24, b44, b44a, dwaa, dwab"));
    }
    EXPECT_THROW(parseDepth("double"), Error);
}

} // namespace
} // namespace inbetween
