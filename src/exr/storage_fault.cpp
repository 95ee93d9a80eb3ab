#include "exr/storage_fault.h"

#include <Imath/half.h>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace inbetween {
namespace {

template <class Sample> float sampleAt(const Channel& channel, std::size_t i) {
    Sample sample;
    std::memcpy(&sample, channel.samples.data() + i * sizeof sample, sizeof sample);
    return sample;
}

template <class Sample> float largestFinite(const Channel& channel) {
    float largest = 0;
    for (std::size_t i = 0; i < channel.samples.size() / sizeof(Sample); ++i)
        if (const float value = std::abs(sampleAt<Sample>(channel, i)); std::isfinite(value))
            largest = std::max(largest, value);
    return largest;
}

// DWAA and DWAB take floats for halves: what is beyond their range becomes infinite, or their largest.
constexpr float halfMost = 65504.0f;

bool isWrong(float wanted, float found, float largest) {
    constexpr float leastWrong = 1e-3f; // noise of a black channel
    return std::abs(found - wanted) > 2 * largest + leastWrong ||
           (std::abs(wanted) > halfMost && std::abs(found) <= halfMost);
}

template <class Sample> std::string faultOf(const Channel& meant, const Channel& stored) {
    const float largest = largestFinite<Sample>(meant);
    std::size_t notFinite = 0, wrong = 0;
    for (std::size_t i = 0; i < meant.samples.size() / sizeof(Sample); ++i) {
        const float wanted = sampleAt<Sample>(meant, i), found = sampleAt<Sample>(stored, i);
        if (!std::isfinite(wanted))
            continue;
        notFinite += !std::isfinite(found);
        wrong += std::isfinite(found) && isWrong(wanted, found, largest);
    }
    if (notFinite + wrong == 0)
        return "";
    return fmt::format("{} finite samples of channel {} (up to {:g}) would become {}", notFinite + wrong,
                       meant.name, largest, notFinite > 0 ? "infinite or NaN" : "others");
}

} // namespace

std::string storageFault(const Part& meant, const Part& stored) {
    for (const Channel& channel : meant.channels) {
        const Channel* other = stored.find(channel.name);
        std::string fault;
        if (!other || other->type != channel.type || other->samples.size() != channel.samples.size())
            fault = fmt::format("channel {} is missing, or of another type or size", channel.name);
        else if (channel.type == SampleType::uint32)
            fault = other->samples == channel.samples
                        ? ""
                        : fmt::format("identifiers of channel {} would be others", channel.name);
        else
            fault = channel.type == SampleType::half ? faultOf<half>(channel, *other)
                                                     : faultOf<float>(channel, *other);
        if (!fault.empty())
            return fault;
    }
    return "";
}

} // namespace inbetween
