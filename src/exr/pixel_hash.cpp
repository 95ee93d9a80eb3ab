#include "inbetween/exr.h"

#include "base/hash.h"

#include <algorithm>
#include <cstdint>

namespace inbetween {
namespace {

void add(Hasher& hasher, std::uint64_t number) {
    hasher.add(&number, sizeof number);
}

void add(Hasher& hasher, const Box& box) {
    for (int v : {box.min.x, box.min.y, box.max.x, box.max.y})
        add(hasher, static_cast<std::uint64_t>(v));
}

} // namespace

std::string pixelHash(const Image& image) {
    Hasher hasher;
    add(hasher, image.displayWindow);
    add(hasher, image.parts.size());
    for (const Part& part : image.parts) {
        hasher.add(part.name);
        hasher.add(part.view);
        add(hasher, part.dataWindow);
        // In the order of their names, which is the order of a file.
        std::vector<const Channel*> channels;
        for (const Channel& channel : part.channels)
            channels.push_back(&channel);
        std::sort(channels.begin(), channels.end(),
                  [](const Channel* a, const Channel* b) { return a->name < b->name; });
        add(hasher, channels.size());
        for (const Channel* channel : channels) {
            hasher.add(channel->name);
            add(hasher, static_cast<std::uint64_t>(channel->type));
            add(hasher, static_cast<std::uint64_t>(channel->xSampling));
            add(hasher, static_cast<std::uint64_t>(channel->ySampling));
            add(hasher, channel->samples.size());
            hasher.add(channel->samples.data(), channel->samples.size());
        }
    }
    return hasher.hex();
}

} // namespace inbetween
