// OpenEXR files of every kind for tests, written straight through OpenEXR: a fault of the library's own
// writer must not hide one of its reader.
#pragma once

#include <Imath/ImathBox.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfPixelType.h>
#include <OpenEXR/ImfTileDescription.h>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace inbetween::test {

// An empty folder that goes away with everything in it.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

void writeBytes(const std::filesystem::path& path, std::string_view bytes);
std::string readBytes(const std::filesystem::path& path);

// Small whole numbers, other ones for every pixel nearby and every channel: exact in half, float and uint.
float patternValue(int x, int y, int channel);

struct ExrChannelSpec {
    std::string name;
    Imf::PixelType type = Imf::HALF;
    int xSampling = 1, ySampling = 1;
};

struct ExrPartSpec {
    std::string name{}, view{}; // a file of several parts needs names
    Imath::Box2i dataWindow{{0, 0}, {15, 11}};
    std::vector<ExrChannelSpec> channels{{"R"}, {"G"}, {"B"}};
    Imf::Compression compression = Imf::ZIP_COMPRESSION;
    Imf::LineOrder lineOrder = Imf::INCREASING_Y;
    bool tiled = false;                     // tiles of 8x8
    Imf::LevelMode levels = Imf::ONE_LEVEL; // levels above the first are filled with -1
    std::function<float(int x, int y, int channel)> value = patternValue; // channel: its place in `channels`
    std::function<void(Imf::Header&)> editHeader{};                       // to set attributes
};

struct ExrSpec {
    Imath::Box2i displayWindow{{0, 0}, {15, 11}};
    std::vector<ExrPartSpec> parts{ExrPartSpec{}};
    bool complete =
        true; // false: only the first half of each scan-line part is written, as by a render that died
};

void writeExrFile(const std::filesystem::path& path, const ExrSpec& spec = {});
// A deep scan-line file of 4x4 pixels with channel Z.
void writeDeepExrFile(const std::filesystem::path& path);

} // namespace inbetween::test
