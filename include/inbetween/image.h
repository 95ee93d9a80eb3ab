// Images in memory: the parts, channels and windows of an OpenEXR file, and plain float planes to compute on.
#pragma once

#include "inbetween/large_memory.h"

#include <Imath/ImathBox.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace inbetween {

// As in OpenEXR: pixel coordinates, y grows downwards, max is inclusive.
using Box = Imath::Box2i;
inline int width(const Box& b) {
    return b.max.x - b.min.x + 1;
}
inline int height(const Box& b) {
    return b.max.y - b.min.y + 1;
}

inline Box intersection(const Box& a, const Box& b) { // empty where they do not meet
    return Box({std::max(a.min.x, b.min.x), std::max(a.min.y, b.min.y)},
               {std::min(a.max.x, b.max.x), std::min(a.max.y, b.max.y)});
}
inline double pixelCount(const Box& b) {
    return b.isEmpty() ? 0.0 : double(width(b)) * height(b);
}

enum class SampleType { half, float32, uint32 };
inline std::size_t bytesPerSample(SampleType t) {
    return t == SampleType::half ? 2 : 4;
}

// One channel of one part, samples in the file's own type (a half keyframe stays half in memory).
struct Channel {
    std::string name; // as in the file: "R", "diffuse.R", "right.Z"
    SampleType type = SampleType::half;
    int xSampling = 1,
        ySampling = 1; // over 1 for subsampled chroma; samples then holds ceil-divided rows and columns
    bool perceptuallyLinear = false;
    LargeVector<std::byte> samples; // rows of the part's data window, top to bottom, without padding
};

// The attributes of a part as read, kept to be carried over; opaque outside src/exr.
class ExrHeader;

struct Part {
    std::string name; // empty in a single-part file
    std::string view; // empty where the file has no views
    Box dataWindow;   // samples outside it are zero by definition
    std::vector<Channel> channels;
    std::shared_ptr<const ExrHeader> header;
    // Which of the frame's files it is in: the first one, or a companion's from 1 on.
    int file = 0;
    bool namedByFile = false; // the name is not what the file has, but tells what the companion is

    const Channel* find(const std::string& channelName) const;
};

struct Image {
    std::filesystem::path path; // where it was read; empty for a synthesised one
    Box displayWindow;
    std::vector<Part> parts;                   // at least one
    std::map<int, std::string> missingFiles{}; // companions whose parts are not here, and why
};

// An image of one channel, row after row, used between the stations. T is float, or converts to and from it.
template <class T> struct BasicPlane {
    int width = 0, height = 0;
    LargeVector<T> values; // width * height

    BasicPlane() = default;
    BasicPlane(int w, int h, T fill = T(0.0f)) : width(w), height(h), values(std::size_t(w) * h, fill) {}
    template <class Other>
    explicit BasicPlane(const BasicPlane<Other>& other)
        : width(other.width), height(other.height), values(other.values.begin(), other.values.end()) {}
    T& at(int x, int y) { return values[std::size_t(y) * width + x]; }
    T at(int x, int y) const { return values[std::size_t(y) * width + x]; }
    T* row(int y) { return values.data() + std::size_t(y) * width; }
    const T* row(int y) const { return values.data() + std::size_t(y) * width; }
    bool empty() const { return values.empty(); }
};
using Plane = BasicPlane<float>;

// The channel as floats on `canvas` (any box); `outside` fills what lies beyond the data window. Half and
// uint are converted. Samples of a subsampled channel lie at the pixels whose coordinates its sampling
// divides, as OpenEXR has them; between them it is linear (uint: the sample before). NaN and infinity pass
// through.
Plane planeOnCanvas(const Part& part, const Channel& channel, const Box& canvas, float outside = 0.0f);

} // namespace inbetween
