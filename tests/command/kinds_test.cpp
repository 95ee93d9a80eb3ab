// Every kind of EXR that a renderer writes goes through the command, and is known again by a second run.
#include "command/command_fixture.h"

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfMultiPartInputFile.h>
#include <cmath>

namespace fs = std::filesystem;
using namespace inbetween::test;
using testing::HasSubstr;

namespace {

struct Kind {
    const char* name;
    ExrSpec (*make)();
};

void PrintTo(const Kind& kind, std::ostream* stream) {
    *stream << kind.name;
}

ExrSpec rgb() {
    ExrSpec spec;
    spec.displayWindow = {{0, 0}, {47, 35}};
    spec.parts[0].dataWindow = {{-3, 2}, {40, 33}};
    return spec;
}

ExrSpec withCompression(Imf::Compression compression) {
    ExrSpec spec = rgb();
    spec.parts[0].compression = compression;
    return spec;
}

// Name, type and sampling of each.
std::vector<std::string> channelsOf(const Imf::Header& header) {
    std::vector<std::string> channels;
    for (auto it = header.channels().begin(); it != header.channels().end(); ++it)
        channels.push_back(std::string(it.name()) + " " + std::to_string(it.channel().type) + " " +
                           std::to_string(it.channel().xSampling) + " " +
                           std::to_string(it.channel().ySampling));
    return channels;
}

class Kinds : public CommandTest, public testing::WithParamInterface<Kind> {};

TEST_P(Kinds, PassThroughAndAreKnownAgain) {
    fs::create_directories(keys());
    for (const int number : {1, 3, 5}) {
        ExrSpec spec = GetParam().make();
        for (ExrPartSpec& part : spec.parts)
            part.value = [number](int x, int y, int channel) {
                return 0.5f +
                       0.4f * std::sin(0.3f * float(x - number) + float(channel)) * std::cos(0.2f * float(y));
            };
        writeExrFile(key(number), spec);
    }
    const Outcome first = run();
    ASSERT_EQ(first.exitCode, 0) << first.err;
    const Imf::MultiPartInputFile before(key(1).c_str()), after(made(2).c_str());
    ASSERT_EQ(after.parts(), before.parts());
    for (int i = 0; i < before.parts(); ++i) {
        const Imf::Header& a = before.header(i);
        const Imf::Header& b = after.header(i);
        EXPECT_EQ(channelsOf(b), channelsOf(a));
        EXPECT_EQ(b.compression(), a.compression());
        EXPECT_EQ(b.dataWindow(), a.dataWindow());
        EXPECT_EQ(b.displayWindow(), a.displayWindow());
        EXPECT_EQ(b.hasTileDescription(), a.hasTileDescription());
        EXPECT_EQ(b.hasName() ? b.name() : "", a.hasName() ? a.name() : "");
        EXPECT_EQ(b.hasView() ? b.view() : "", a.hasView() ? a.view() : "");
    }
    EXPECT_THAT(run().out, HasSubstr("0 frames made, 2 kept"));
}

INSTANTIATE_TEST_SUITE_P(
    Command, Kinds,
    testing::Values(
        Kind{"Scanline", rgb}, Kind{"Uncompressed", [] { return withCompression(Imf::NO_COMPRESSION); }},
        Kind{"Dwaa", [] { return withCompression(Imf::DWAA_COMPRESSION); }},
        Kind{"Dwab", [] { return withCompression(Imf::DWAB_COMPRESSION); }},
        Kind{"B44", [] { return withCompression(Imf::B44_COMPRESSION); }},
        Kind{"Pxr24OfFloat",
             [] {
                 ExrSpec spec = withCompression(Imf::PXR24_COMPRESSION);
                 for (ExrChannelSpec& channel : spec.parts[0].channels)
                     channel.type = Imf::FLOAT;
                 return spec;
             }},
        Kind{"DecreasingLines",
             [] {
                 ExrSpec spec = rgb();
                 spec.parts[0].lineOrder = Imf::DECREASING_Y;
                 return spec;
             }},
        Kind{"Tiled",
             [] {
                 ExrSpec spec = rgb();
                 spec.parts[0].tiled = true;
                 return spec;
             }},
        Kind{"MipMapped",
             [] {
                 ExrSpec spec = rgb();
                 spec.parts[0].tiled = true;
                 spec.parts[0].levels = Imf::MIPMAP_LEVELS;
                 return spec;
             }},
        Kind{"SubsampledChroma",
             [] {
                 ExrSpec spec = rgb();
                 spec.parts[0].dataWindow = {{-4, 2}, {41, 33}}; // of a size that 2 divides
                 spec.parts[0].channels = {{"BY", Imf::HALF, 2, 2}, {"RY", Imf::HALF, 2, 2}, {"Y"}};
                 return spec;
             }},
        Kind{"LuminanceOnly",
             [] {
                 ExrSpec spec = rgb();
                 spec.parts[0].channels = {{"Y", Imf::FLOAT}};
                 return spec;
             }},
        Kind{"SeveralParts",
             [] {
                 ExrSpec spec = rgb();
                 spec.parts[0].name = "beauty";
                 ExrPartSpec depth = spec.parts[0];
                 depth.name = "depth";
                 depth.dataWindow = {{0, 0}, {30, 30}};
                 depth.channels = {{"Z", Imf::FLOAT}};
                 depth.compression = Imf::PIZ_COMPRESSION;
                 spec.parts.push_back(depth);
                 return spec;
             }},
        Kind{"TwoViews",
             [] {
                 ExrSpec spec = rgb();
                 spec.parts[0].name = "left";
                 spec.parts[0].view = "left";
                 spec.parts.push_back(spec.parts[0]);
                 spec.parts[1].name = spec.parts[1].view = "right";
                 return spec;
             }},
        Kind{"OnePixel",
             [] {
                 ExrSpec spec = rgb();
                 spec.displayWindow = spec.parts[0].dataWindow = {{0, 0}, {0, 0}};
                 return spec;
             }},
        Kind{"OneLine",
             [] {
                 ExrSpec spec = rgb();
                 spec.displayWindow = spec.parts[0].dataWindow = {{0, 0}, {99, 0}};
                 return spec;
             }}),
    [](const auto& info) { return std::string(info.param.name); });

} // namespace
