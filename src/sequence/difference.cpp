#include "inbetween/exr.h"
#include "inbetween/sequence.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <set>

namespace inbetween {
namespace {

using Names = std::set<std::string>;

Names channelNames(const ExrInfo& info) {
    Names names;
    for (const ExrInfo::PartInfo& part : info.parts)
        for (const ExrInfo::ChannelInfo& channel : part.channels)
            names.insert(info.parts.size() > 1 ? part.name + ":" + channel.name : channel.name);
    return names;
}

std::string sizeText(const Box& box) {
    return fmt::format("{}x{} at {},{}", width(box), height(box), box.min.x, box.min.y);
}

// The names of `a` that `b` lacks.
std::string onlyIn(const Names& a, const Names& b) {
    constexpr std::size_t most = 8;
    std::vector<std::string> names;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(names));
    const std::size_t more = names.size() > most ? names.size() - most : 0;
    names.resize(names.size() - more);
    return names.empty()
               ? "nothing"
               : fmt::format("{}{}", fmt::join(names, ", "), more ? fmt::format(" and {} more", more) : "");
}

} // namespace

std::string difference(const SequenceFrame& key0, const SequenceFrame& key1) {
    if (!key0.header || !key1.header)
        return "";
    const Box &window0 = key0.header->displayWindow, &window1 = key1.header->displayWindow;
    if (window0 != window1)
        return fmt::format("the display window is {}, that of keyframe {} {}", sizeText(window1), key0.number,
                           sizeText(window0));
    const Names names0 = channelNames(*key0.header), names1 = channelNames(*key1.header);
    if (names0 == names1)
        return "";
    return fmt::format("the channels differ from those of keyframe {}: it lacks {}, and has {} besides",
                       key0.number, onlyIn(names0, names1), onlyIn(names1, names0));
}

} // namespace inbetween
