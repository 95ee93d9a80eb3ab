#include "support/exr_files.h"

#include <Imath/half.h>
#include <OpenEXR/ImfArray.h>
#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfDeepFrameBuffer.h>
#include <OpenEXR/ImfDeepScanLineOutputFile.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfMultiPartOutputFile.h>
#include <OpenEXR/ImfOutputPart.h>
#include <OpenEXR/ImfPartType.h>
#include <OpenEXR/ImfTiledOutputPart.h>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <list>
#include <stdexcept>

namespace inbetween::test {
namespace {

Imf::Header makeHeader(const ExrSpec& spec, const ExrPartSpec& part) {
    Imf::Header header(spec.displayWindow, part.dataWindow);
    header.compression() = part.compression;
    header.lineOrder() = part.lineOrder;
    for (const ExrChannelSpec& channel : part.channels)
        header.channels().insert(channel.name,
                                 Imf::Channel(channel.type, channel.xSampling, channel.ySampling));
    if (!part.name.empty())
        header.setName(part.name);
    if (!part.view.empty())
        header.setView(part.view);
    header.setType(part.tiled ? Imf::TILEDIMAGE : Imf::SCANLINEIMAGE);
    if (part.tiled)
        header.setTileDescription(Imf::TileDescription(8, 8, part.levels));
    if (part.editHeader)
        part.editHeader(header);
    return header;
}

template <class Sample> void put(std::vector<char>& samples, float value) {
    const Sample sample = static_cast<Sample>(value);
    const auto* bytes = reinterpret_cast<const char*>(&sample);
    samples.insert(samples.end(), bytes, bytes + sizeof sample);
}

// The samples of all channels of a part, and the buffer that points to them.
struct Pixels {
    std::list<std::vector<char>> samples;
    Imf::FrameBuffer buffer;
};

Pixels makePixels(const ExrPartSpec& part, const Imath::Box2i& window, bool patterned) {
    Pixels pixels;
    for (int c = 0; c < int(part.channels.size()); ++c) {
        const ExrChannelSpec& channel = part.channels[c];
        std::vector<char>& samples = pixels.samples.emplace_back();
        for (int y = window.min.y; y <= window.max.y; y += channel.ySampling)
            for (int x = window.min.x; x <= window.max.x; x += channel.xSampling) {
                const float value = patterned ? part.value(x, y, c) : -1.0f;
                switch (channel.type) {
                case Imf::HALF:
                    put<half>(samples, value);
                    break;
                case Imf::FLOAT:
                    put<float>(samples, value);
                    break;
                default:
                    put<unsigned>(samples, patterned ? value : 0.0f);
                    break;
                }
            }
        pixels.buffer.insert(channel.name, Imf::Slice::Make(channel.type, samples.data(), window, 0, 0,
                                                            channel.xSampling, channel.ySampling));
    }
    return pixels;
}

void writeTiledPart(Imf::MultiPartOutputFile& file, int index, const ExrPartSpec& part) {
    Imf::TiledOutputPart output(file, index);
    for (int ly = 0; ly < output.numYLevels(); ++ly)
        for (int lx = 0; lx < output.numXLevels(); ++lx) {
            if (!output.isValidLevel(lx, ly))
                continue;
            const Pixels pixels = makePixels(part, output.dataWindowForLevel(lx, ly), lx == 0 && ly == 0);
            output.setFrameBuffer(pixels.buffer);
            output.writeTiles(0, output.numXTiles(lx) - 1, 0, output.numYTiles(ly) - 1, lx, ly);
        }
}

} // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "inbetween_test.XXXXXX").string();
    if (!::mkdtemp(name.data()))
        throw std::runtime_error("no temporary folder can be made");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void writeBytes(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::remove(
        path); // some file systems write a file that was cut to zero at once, which is slow
    std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
}

std::string readBytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

float patternValue(int x, int y, int channel) {
    return float(((x * 3 + y * 7 + channel * 11) % 64 + 64) % 64);
}

void writeExrFile(const std::filesystem::path& path, const ExrSpec& spec) {
    std::vector<Imf::Header> headers;
    for (const ExrPartSpec& part : spec.parts)
        headers.push_back(makeHeader(spec, part));
    Imf::MultiPartOutputFile file(path.c_str(), headers.data(), int(headers.size()), true);
    for (int i = 0; i < int(spec.parts.size()); ++i) {
        const ExrPartSpec& part = spec.parts[i];
        if (part.tiled) {
            writeTiledPart(file, i, part);
            continue;
        }
        const Pixels pixels = makePixels(part, part.dataWindow, true);
        Imf::OutputPart output(file, i);
        output.setFrameBuffer(pixels.buffer);
        const int rows = part.dataWindow.max.y - part.dataWindow.min.y + 1;
        output.writePixels(spec.complete ? rows : rows / 2);
    }
}

void writeDeepExrFile(const std::filesystem::path& path) {
    constexpr int side = 4;
    Imf::Header header(side, side);
    header.channels().insert("Z", Imf::Channel(Imf::FLOAT));
    header.setType(Imf::DEEPSCANLINE);
    header.compression() = Imf::ZIPS_COMPRESSION;
    std::vector<unsigned> counts(side * side, 1);
    std::vector<float> depths(side * side, 2.0f);
    std::vector<float*> pointers;
    for (float& depth : depths)
        pointers.push_back(&depth);
    Imf::DeepFrameBuffer buffer;
    buffer.insertSampleCountSlice(Imf::Slice(Imf::UINT, reinterpret_cast<char*>(counts.data()),
                                             sizeof(unsigned), sizeof(unsigned) * side));
    buffer.insert("Z", Imf::DeepSlice(Imf::FLOAT, reinterpret_cast<char*>(pointers.data()), sizeof(float*),
                                      sizeof(float*) * side, sizeof(float)));
    Imf::DeepScanLineOutputFile file(path.c_str(), header);
    file.setFrameBuffer(buffer);
    file.writePixels(side);
}

} // namespace inbetween::test
