#include "pipeline/frame.h"

#include "sequence/frame_files.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace inbetween {
namespace {

// What is in each companion's file, in a form to compare.
std::map<int, std::string> contentsOfFiles(const Keyframe& key) {
    std::map<int, std::string> contents;
    for (const auto& group : key.groups)
        for (const Part& part : group->parts)
            if (part.file > 0)
                for (const Channel& channel : part.channels)
                    contents[part.file] += fmt::format("{}:{} {} {} {};", part.name, channel.name,
                                                       int(channel.type), channel.xSampling,
                                                       channel.ySampling);
    return contents;
}

void addDifferent(std::map<int, std::string>& files, const Keyframe& a, const Keyframe& b) {
    const auto contents = contentsOfFiles(b);
    for (const auto& [file, content] : contentsOfFiles(a))
        if (const auto other = contents.find(file); other != contents.end() && other->second != content)
            files.try_emplace(file,
                              fmt::format("its files of keyframes {} and {} have other channels; render "
                                          "one of them again",
                                          a.number, b.number));
}

// What is left may be of other groups: they are found anew.
std::shared_ptr<const Keyframe> without(const Keyframe& key, const std::map<int, std::string>& files,
                                        const RoleOptions& roles) {
    std::vector<Image> groups;
    for (const auto& group : key.groups)
        groups.push_back(*group);
    Image whole = joinGroups(std::move(groups), key.layout);
    leaveOutFiles(whole, files);
    return keyframeOf(key.number, std::move(whole), roles);
}

} // namespace

std::shared_ptr<const Keyframe> keyframeOf(int number, Image image, const RoleOptions& roles) {
    auto keyframe = std::make_shared<Keyframe>();
    keyframe->number = number;
    keyframe->missingFiles = image.missingFiles;
    keyframe->layout = findGroups(image, roles);
    for (Image& group : splitIntoGroups(std::move(image), keyframe->layout))
        keyframe->groups.push_back(std::make_shared<const Image>(std::move(group)));
    return keyframe;
}

void keepCommonFiles(GapWork& work, const RoleOptions& roles, const std::vector<GapWork::Key>& needed) {
    const Keyframe& first = *work.keys[needed.front()];
    for (const GapWork::Key at : needed) {
        const Keyframe& key = *work.keys[at];
        work.missingFiles.insert(key.missingFiles.begin(), key.missingFiles.end());
        addDifferent(work.missingFiles, first, key);
    }
    const auto isMissing = [&](const auto& file) { return work.missingFiles.contains(file.first); };
    for (auto& key : work.keys)
        if (key && !std::ranges::all_of(contentsOfFiles(*key), std::not_fn(isMissing)))
            key = without(*key, work.missingFiles, roles);
    const auto contents = contentsOfFiles(*work.keys[needed.front()]);
    for (auto& key : work.keys)
        if (key && contentsOfFiles(*key) != contents)
            key = nullptr;
}

} // namespace inbetween
