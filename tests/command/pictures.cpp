#include "command/pictures.h"

#include "support/exr_files.h"

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFloatAttribute.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfInputFile.h>
#include <OpenEXR/ImfOutputFile.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <OpenEXR/ImfStringAttribute.h>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace fs = std::filesystem;

namespace {

std::size_t sampleBytes(Imf::PixelType type) {
    return type == Imf::HALF ? 2 : 4;
}

std::vector<char> packed(const Samples& samples) {
    std::vector<char> bytes(samples.values.size() * sampleBytes(samples.type));
    for (std::size_t i = 0; i < samples.values.size(); ++i) {
        char* at = bytes.data() + i * sampleBytes(samples.type);
        if (samples.type == Imf::HALF) {
            const Imath::half h(float(samples.values[i]));
            std::memcpy(at, &h, 2);
        } else if (samples.type == Imf::FLOAT) {
            const float f = float(samples.values[i]);
            std::memcpy(at, &f, 4);
        } else {
            const std::uint32_t u = std::uint32_t(samples.values[i]);
            std::memcpy(at, &u, 4);
        }
    }
    return bytes;
}

std::vector<double> unpacked(const std::vector<char>& bytes, Imf::PixelType type) {
    std::vector<double> values(bytes.size() / sampleBytes(type));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const char* at = bytes.data() + i * sampleBytes(type);
        if (type == Imf::HALF) {
            Imath::half h;
            std::memcpy(&h, at, 2);
            values[i] = float(h);
        } else if (type == Imf::FLOAT) {
            float f;
            std::memcpy(&f, at, 4);
            values[i] = f;
        } else {
            std::uint32_t u;
            std::memcpy(&u, at, 4);
            values[i] = u;
        }
    }
    return values;
}

// A frame buffer over one buffer a channel.
Imf::FrameBuffer frameBuffer(const Picture& picture, std::map<std::string, std::vector<char>>& buffers) {
    Imf::FrameBuffer frame;
    for (const auto& [name, samples] : picture.channels) {
        const std::size_t step = sampleBytes(samples.type), row = step * std::size_t(picture.width());
        char* origin = buffers.at(name).data() - std::ptrdiff_t(step) * picture.dataWindow.min.x -
                       std::ptrdiff_t(row) * picture.dataWindow.min.y;
        frame.insert(name, Imf::Slice(samples.type, origin, step, row));
    }
    return frame;
}

struct Pixel {
    double r, g, b, depth, id;
};

template <class Scene> void fill(Picture& picture, const Scene& scene) {
    for (const char* name : {"A", "B", "G", "R", "diffuse.B", "diffuse.G", "diffuse.R"})
        picture.channels[name].type = Imf::HALF;
    picture.channels["Z"].type = Imf::FLOAT;
    picture.channels["objectId"].type = Imf::UINT;
    const auto add = [&](const char* name, double value) {
        Samples& samples = picture.channels[name];
        samples.values.push_back(samples.type == Imf::HALF ? double(Imath::half(float(value)))
                                                           : double(float(value)));
    };
    for (int y = picture.dataWindow.min.y; y <= picture.dataWindow.max.y; ++y)
        for (int x = picture.dataWindow.min.x; x <= picture.dataWindow.max.x; ++x) {
            const Pixel p = scene(x, y);
            add("R", p.r);
            add("G", p.g);
            add("B", p.b);
            add("A", 1);
            add("diffuse.R", 0.5 * p.r);
            add("diffuse.G", 0.5 * p.g);
            add("diffuse.B", 0.5 * p.b);
            add("Z", p.depth);
            add("objectId", p.id);
        }
}

Picture emptyPicture(int displayWidth, int displayHeight) {
    Picture picture;
    picture.displayWindow = {{0, 0}, {displayWidth - 1, displayHeight - 1}};
    picture.dataWindow = picture.displayWindow;
    picture.texts = {{"studio:shot", "sh010"}, {"comments", "rendered at night"}};
    picture.numbers = {{"studio:lens", 35.0f}};
    return picture;
}

Pixel squareScene(int x, int y, int frame) {
    const int left = 12 + 2 * frame, top = 14;
    if (x >= left && x < left + 18 && y >= top && y < top + 18) {
        const double texture = 0.5 + 0.5 * std::sin(0.9 * (x - left)) * std::cos(0.7 * (y - top));
        return {4.0 * texture + 0.5, 1.5 * texture + 0.2, 0.1, 3.0, 70001};
    }
    const double ground = 0.2 + 0.003 * x + 0.05 * std::sin(0.35 * x + 0.2 * y) + 0.05 * std::sin(0.3 * y);
    return {ground, 0.8 * ground, 0.6 * ground + 0.1, 10.0 + 0.05 * y, 12};
}

// In [0, 1), always the same for the same place.
double hashed(int scene, int x, int y) {
    std::uint32_t h = std::uint32_t(x) * 374761393u + std::uint32_t(y) * 668265263u +
                      std::uint32_t(scene) * 2246822519u;
    h = (h ^ (h >> 13)) * 1274126177u;
    return double((h ^ (h >> 16)) & 0xffff) / 65536;
}

// Random values on a grid of `cell` pixels, and smooth in between.
double noise(int scene, double x, double y, double cell) {
    const double gx = x / cell, gy = y / cell;
    const int x0 = int(std::floor(gx)), y0 = int(std::floor(gy));
    const auto smooth = [](double t) { return t * t * (3 - 2 * t); };
    const double fx = smooth(gx - x0), fy = smooth(gy - y0);
    const double top = (1 - fx) * hashed(scene, x0, y0) + fx * hashed(scene, x0 + 1, y0);
    const double bottom = (1 - fx) * hashed(scene, x0, y0 + 1) + fx * hashed(scene, x0 + 1, y0 + 1);
    return (1 - fy) * top + fy * bottom;
}

} // namespace

double Picture::at(const std::string& channel, int x, int y) const {
    if (!dataWindow.intersects(Imath::V2i(x, y)))
        return 0;
    return channels.at(channel)
        .values[std::size_t(y - dataWindow.min.y) * std::size_t(width()) + std::size_t(x - dataWindow.min.x)];
}

void writePicture(const fs::path& path, const Picture& picture) {
    Imf::Header header(picture.displayWindow, picture.dataWindow);
    header.compression() = picture.compression;
    Imf::addFramesPerSecond(header, Imf::Rational(25, 1));
    for (const auto& [name, text] : picture.texts)
        header.insert(name, Imf::StringAttribute(text));
    for (const auto& [name, number] : picture.numbers)
        header.insert(name, Imf::FloatAttribute(number));
    std::map<std::string, std::vector<char>> buffers;
    for (const auto& [name, samples] : picture.channels) {
        header.channels().insert(name, Imf::Channel(samples.type));
        buffers[name] = packed(samples);
    }
    Imf::OutputFile file(path.c_str(), header);
    file.setFrameBuffer(frameBuffer(picture, buffers));
    file.writePixels(picture.height());
}

Picture readPicture(const fs::path& path) {
    Imf::InputFile file(path.c_str());
    const Imf::Header& header = file.header();
    Picture picture;
    picture.displayWindow = header.displayWindow();
    picture.dataWindow = header.dataWindow();
    picture.compression = header.compression();
    for (auto it = header.begin(); it != header.end(); ++it) {
        if (const auto* text = dynamic_cast<const Imf::StringAttribute*>(&it.attribute()))
            picture.texts[it.name()] = text->value();
        else if (const auto* number = dynamic_cast<const Imf::FloatAttribute*>(&it.attribute()))
            picture.numbers[it.name()] = number->value();
    }
    std::map<std::string, std::vector<char>> buffers;
    for (auto it = header.channels().begin(); it != header.channels().end(); ++it) {
        picture.channels[it.name()].type = it.channel().type;
        buffers[it.name()].resize(std::size_t(picture.width()) * std::size_t(picture.height()) *
                                  sampleBytes(it.channel().type));
    }
    file.setFrameBuffer(frameBuffer(picture, buffers));
    file.readPixels(picture.dataWindow.min.y, picture.dataWindow.max.y);
    for (auto& [name, samples] : picture.channels)
        samples.values = unpacked(buffers[name], samples.type);
    return picture;
}

Picture movingSquare(int number) {
    Picture picture = emptyPicture(64, 48);
    const int shift = number % 5;
    picture.dataWindow = {{2 + shift, 1}, {57 + shift, 45 + shift % 2}};
    fill(picture, [number](int x, int y) { return squareScene(x, y, number); });
    return picture;
}

Picture landscape(int scene, int number) {
    Picture picture = emptyPicture(320, 180);
    fill(picture, [&](int x, int y) {
        const double at = x + 2.0 * number;
        const double coarse = noise(scene, at, y, 48), fine = noise(scene + 1000, at, y, 12);
        return Pixel{0.7 * coarse + 0.3 * fine, 0.5 * fine + 0.2, 0.6 * (1 - coarse), 5 + coarse,
                     coarse > 0.5 ? 5.0 : 6.0};
    });
    return picture;
}

fs::path framePath(const fs::path& folder, int number) {
    char name[32];
    std::snprintf(name, sizeof name, "shot.%04d.exr", number);
    return folder / name;
}

fs::path writeKeys(const fs::path& folder, const std::vector<int>& numbers) {
    fs::create_directories(folder);
    for (const int number : numbers)
        writePicture(framePath(folder, number), movingSquare(number));
    return folder;
}

std::map<std::string, std::string> contentsOf(const fs::path& folder) {
    std::map<std::string, std::string> contents;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (!entry.path().filename().string().ends_with(
                "summary.json")) // what a run took is never the same twice
            contents[entry.path().lexically_relative(folder).string()] = entry.is_regular_file()
                                                                             ? inbetween::test::readBytes(
                                                                                   entry.path())
                                                                             : std::string();
    return contents;
}

std::vector<std::string> changesOf(const std::map<std::string, std::string>& before,
                                   const std::map<std::string, std::string>& after) {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : before)
        if (const auto found = after.find(name); found == after.end())
            names.push_back(name + " is gone");
        else if (found->second != bytes)
            names.push_back(name + " is another");
    for (const auto& [name, bytes] : after)
        if (!before.contains(name))
            names.push_back(name + " is new");
    return names;
}

Untouched stateOf(const fs::path& folder) {
    Untouched state{contentsOf(folder), {}};
    for (const auto& [name, bytes] : state.bytes)
        if (fs::exists(folder / name)) // a link may lead nowhere
            state.times[name] = fs::last_write_time(folder / name);
    return state;
}
