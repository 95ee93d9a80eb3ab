#include "inbetween/groups.h"

#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>

namespace inbetween {
namespace {

Part withoutChannels(const Part& part) {
    return {part.name, part.view, part.dataWindow, {}, part.header, part.file, part.namedByFile};
}

[[noreturn]] void fail(const Image& image, const std::string& why) {
    throw Error(ErrorKind::input,
                fmt::format("{}: {}", image.path.empty() ? "groups" : image.path.string(), why));
}

// The part of the whole image that a group's part is; made where no group before had channels in it.
void takePart(Image& whole, std::size_t index, const Part& from, std::size_t channels) {
    if (whole.parts.size() <= index)
        whole.parts.resize(index + 1);
    Part& part = whole.parts[index];
    if (part.channels.empty())
        part = withoutChannels(from);
    else if (part.dataWindow != from.dataWindow)
        fail(whole, fmt::format("part '{}' has other data windows in its groups", part.name));
    part.channels.resize(std::max(part.channels.size(), channels));
}

} // namespace

std::vector<Image> splitIntoGroups(Image image, const std::vector<ChannelGroup>& groups) {
    std::vector<Image> images;
    for (const ChannelGroup& group : groups) {
        Image& own = images.emplace_back(Image{image.path, image.displayWindow, {}});
        int last = -1;
        for (const ChannelRef ref : group.channels) {
            if (ref.part >= int(image.parts.size()) ||
                ref.channel >= int(image.parts[ref.part].channels.size()))
                fail(image, "it has other channels than the image that its groups were found in");
            Part& part = image.parts[ref.part];
            if (ref.part != last)
                own.parts.push_back(withoutChannels(part));
            last = ref.part;
            own.parts.back().channels.push_back(std::move(part.channels[ref.channel]));
        }
    }
    return images;
}

Image joinGroups(std::vector<Image> images, const std::vector<ChannelGroup>& groups) {
    if (images.empty() || images.size() != groups.size())
        throw Error(ErrorKind::input, fmt::format("{} images were given for {} groups of channels",
                                                  images.size(), groups.size()));
    Image whole{images.front().path, images.front().displayWindow, {}};
    for (std::size_t g = 0; g < groups.size(); ++g) {
        std::size_t part = 0, channel = 0;
        int last = -1;
        for (const ChannelRef ref : groups[g].channels) {
            if (last >= 0 && ref.part != last) {
                ++part;
                channel = 0;
            }
            last = ref.part;
            if (part >= images[g].parts.size() || channel >= images[g].parts[part].channels.size())
                fail(images[g], fmt::format("channels of the group '{}' are missing", groups[g].name));
            takePart(whole, std::size_t(ref.part), images[g].parts[part], std::size_t(ref.channel) + 1);
            whole.parts[ref.part].channels[ref.channel] = std::move(
                images[g].parts[part].channels[channel++]);
        }
    }
    return whole;
}

} // namespace inbetween
