// Small pictures as a renderer would write them, read and written with OpenEXR alone, not with the code under
// test.
#pragma once

#include <Imath/ImathBox.h>
#include <OpenEXR/ImfCompression.h>
#include <OpenEXR/ImfPixelType.h>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

struct Samples {
    Imf::PixelType type = Imf::HALF;
    std::vector<double> values; // rows of the data window; a double holds every half, float and uint exactly
};

struct Picture {
    Imath::Box2i displayWindow, dataWindow;
    std::map<std::string, Samples> channels;
    std::map<std::string, std::string> texts; // string attributes
    std::map<std::string, float> numbers;     // float attributes
    Imf::Compression compression = Imf::ZIP_COMPRESSION;

    int width() const { return dataWindow.max.x - dataWindow.min.x + 1; }
    int height() const { return dataWindow.max.y - dataWindow.min.y + 1; }
    // The sample at a pixel of the display; zero outside the data window.
    double at(const std::string& channel, int x, int y) const;
};

void writePicture(const std::filesystem::path& path, const Picture& picture);
Picture readPicture(const std::filesystem::path& path); // of one part

// What is to be seen in frame `number`: a textured square, brighter than white, that moves 2 pixels a frame
// over a gradient. R, G, B, A and diffuse.* half, Z float, objectId uint; attributes of its own; a data
// window that moves and is not the display window.
Picture movingSquare(int number);
// 320x180 pixels of rough ground, another one for each `scene`, which the camera pans over by 2 pixels a
// frame.
Picture landscape(int scene, int number);

// Writes movingSquare keyframes; gives the folder back.
std::filesystem::path writeKeys(const std::filesystem::path& folder, const std::vector<int>& numbers);
std::filesystem::path framePath(const std::filesystem::path& folder, int number);

// Every file and folder below, by name, with the bytes of the files; without what a run says of its own time.
std::map<std::string, std::string> contentsOf(const std::filesystem::path& folder);
// Names that are there once only, or with other bytes: what to show a person, who cannot read the bytes.
std::vector<std::string> changesOf(const std::map<std::string, std::string>& before,
                                   const std::map<std::string, std::string>& after);
// Of a folder of keyframes: bytes and times; equal before and after means that nothing was touched.
struct Untouched {
    std::map<std::string, std::string> bytes;
    std::map<std::string, std::filesystem::file_time_type> times;
    bool operator==(const Untouched&) const = default;
};
Untouched stateOf(const std::filesystem::path& folder);
