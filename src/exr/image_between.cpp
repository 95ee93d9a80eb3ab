#include "exr/attributes_between.h"
#include "exr/exr_header.h"
#include "image/sample_layout.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"

#include <fmt/format.h>
#include <numeric>

namespace inbetween {
namespace {

[[noreturn]] void fail(const Image& key1, const std::string& why) {
    throw Error(ErrorKind::input, fmt::format("{}: does not fit the keyframe before it: {}; render it again",
                                              key1.path.string(), why));
}

void checkSameChannels(const Image& key1, const Part& a, const Part& b) {
    const std::string where = a.name.empty() ? "" : fmt::format("part '{}': ", a.name);
    for (const Channel& channel : a.channels) {
        const Channel* other = b.find(channel.name);
        if (!other)
            fail(key1, fmt::format("{}channel {} is missing", where, channel.name));
        // Half and float mix well; an identifier and a colour do not.
        if ((channel.type == SampleType::uint32) != (other->type == SampleType::uint32))
            fail(key1, fmt::format("{}channel {} is of another type", where, channel.name));
        if (channel.xSampling != other->xSampling || channel.ySampling != other->ySampling)
            fail(key1, fmt::format("{}channel {} is sampled otherwise", where, channel.name));
    }
    for (const Channel& channel : b.channels)
        if (!a.find(channel.name))
            fail(key1, fmt::format("{}channel {} is not in the keyframe before it", where, channel.name));
    for (std::size_t i = 0; i < a.channels.size();
         ++i) // files sort them, so this is about images made in memory
        if (a.channels[i].name != b.channels[i].name)
            fail(key1, where + "the channels are in another order");
}

void checkSameParts(const Image& key0, const Image& key1) {
    if (key0.parts.size() != key1.parts.size())
        fail(key1, fmt::format("it has {} parts instead of {}", key1.parts.size(), key0.parts.size()));
    for (std::size_t i = 0; i < key0.parts.size(); ++i) {
        const Part &a = key0.parts[i], &b = key1.parts[i];
        if (a.name != b.name)
            fail(key1, fmt::format("part {} is called '{}' instead of '{}'", i, b.name, a.name));
        checkSameChannels(key1, a, b);
    }
}

// OpenEXR allows only whole samples in a data window.
Box alignedToSamples(Box window, const Part& part) {
    int xStep = 1, yStep = 1;
    for (const Channel& channel : part.channels) {
        xStep = std::lcm(xStep, channel.xSampling);
        yStep = std::lcm(yStep, channel.ySampling);
    }
    const auto down = [](int v, int step) { return v - ((v % step) + step) % step; };
    window.min = {down(window.min.x, xStep), down(window.min.y, yStep)};
    window.max = {down(window.max.x, xStep) + xStep - 1, down(window.max.y, yStep) + yStep - 1};
    return window;
}

Part partBetween(const Part& a, const Part& b, double time, const Box& dataWindow) {
    Part part;
    part.name = a.name;
    part.view = a.view;
    part.file = a.file;
    part.namedByFile = a.namedByFile;
    part.dataWindow = alignedToSamples(dataWindow, a);
    if (a.header)
        part.header = b.header
                          ? std::make_shared<ExrHeader>(headerBetween(a.header->imf, b.header->imf, time))
                          : a.header;
    for (const Channel& from : a.channels) {
        part.channels.push_back(
            {from.name, from.type, from.xSampling, from.ySampling, from.perceptuallyLinear, {}});
        part.channels.back().samples.resize(byteCount(part.dataWindow, from));
    }
    return part;
}

} // namespace

Image imageBetween(const Image& key0, const Image& key1, double time, const std::vector<Box>& dataWindows) {
    checkSameParts(key0, key1);
    if (dataWindows.size() != key0.parts.size())
        throw Error(ErrorKind::input, fmt::format("{} data windows were given for {} parts",
                                                  dataWindows.size(), key0.parts.size()));
    Image image;
    image.displayWindow = key0.displayWindow;
    for (std::size_t i = 0; i < key0.parts.size(); ++i)
        image.parts.push_back(partBetween(key0.parts[i], key1.parts[i], time, dataWindows[i]));
    return image;
}

} // namespace inbetween
