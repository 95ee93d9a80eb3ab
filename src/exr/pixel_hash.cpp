#include "inbetween/exr.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <xxhash.h>

namespace inbetween {
namespace {

class Hasher {
public:
    Hasher() : state_(XXH3_createState(), XXH3_freeState) { XXH3_128bits_reset(state_.get()); }

    void add(const void* data, std::size_t size) { XXH3_128bits_update(state_.get(), data, size); }
    void add(std::uint64_t number) { add(&number, sizeof number); }
    void add(const std::string& text) { // with its length, so that "ab", "c" is not "a", "bc"
        add(text.size());
        add(text.data(), text.size());
    }
    void add(const Box& box) {
        for (int v : {box.min.x, box.min.y, box.max.x, box.max.y})
            add(static_cast<std::uint64_t>(v));
    }
    std::string hex() const {
        const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
        return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
    }

private:
    std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state_;
};

} // namespace

std::string pixelHash(const Image& image) {
    Hasher hasher;
    hasher.add(image.displayWindow);
    hasher.add(image.parts.size());
    for (const Part& part : image.parts) {
        hasher.add(part.name);
        hasher.add(part.view);
        hasher.add(part.dataWindow);
        // In the order of their names, which is the order of a file.
        std::vector<const Channel*> channels;
        for (const Channel& channel : part.channels)
            channels.push_back(&channel);
        std::sort(channels.begin(), channels.end(), [](const Channel* a, const Channel* b) { return a->name < b->name; });
        hasher.add(channels.size());
        for (const Channel* channel : channels) {
            hasher.add(channel->name);
            hasher.add(static_cast<std::uint64_t>(channel->type));
            hasher.add(static_cast<std::uint64_t>(channel->xSampling));
            hasher.add(static_cast<std::uint64_t>(channel->ySampling));
            hasher.add(channel->samples.size());
            hasher.add(channel->samples.data(), channel->samples.size());
        }
    }
    return hasher.hex();
}

} // namespace inbetween
