#include "shot.h"

#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace quality {
namespace fs = std::filesystem;

fs::path Shot::frame(const std::string& which, int number) const {
    return folder / which / fmt::format("{}.{:04}.exr", files, number);
}

std::vector<int> Shot::frames(const std::string& which) const {
    std::vector<int> numbers;
    for (int number = 1; number <= 17; ++number)
        if (fs::exists(frame(which, number)))
            numbers.push_back(number);
    return numbers;
}

std::string Shot::pass(const std::string& which) const {
    const std::string mark = "{}";
    std::string pattern = channels;
    if (const std::size_t at = pattern.find(mark); at != std::string::npos)
        pattern.replace(at, mark.size(), which);
    return pattern;
}

bool Shot::countsInMeans() const {
    for (const char* apart :
         {"hard cut", "lights that switch", "two view layers", "two eyes", "vectors on the hero only"})
        if (kind == apart)
            return false;
    return true;
}

namespace {

std::map<int, Motion> motionOf(const nlohmann::json& facts) {
    std::map<int, Motion> motion;
    for (const auto& [frame, length] : facts.at("motionPx").items())
        motion[std::stoi(frame)] = {length.at(0), length.at(1)};
    return motion;
}

std::vector<Shot> readShot(const fs::path& folder, const nlohmann::json& facts) {
    Shot shot;
    shot.name = shot.files = facts.at("shot");
    shot.kind = facts.at("class");
    shot.folder = folder;
    shot.vectors = facts.at("vectors");
    shot.noisy = facts.at("noisy");
    shot.samples = facts.at("samples");
    shot.keyframePsnr = facts.at("keyframePsnr");
    shot.motion = motionOf(facts);
    if (!facts.contains("groups"))
        return {shot};
    std::vector<Shot> groups;
    for (const auto& group : facts.at("groups")) {
        Shot one = shot;
        one.name += " " + group.at("name").get<std::string>();
        one.channels = group.at("channels");
        one.keyframePsnr = group.at("keyframePsnr");
        one.motion = motionOf(group);
        groups.push_back(std::move(one));
    }
    return groups;
}

} // namespace

Motion Shot::motionAt(int frame) const {
    const auto after = motion.upper_bound(frame);
    return after == motion.begin() ? Motion{} : std::prev(after)->second;
}

std::vector<Shot> readShots(const fs::path& root) {
    if (!fs::is_directory(root))
        throw inbetween::Error(inbetween::ErrorKind::input,
                               fmt::format("{}: no such folder; bench/quality/make_shots.sh makes the shots",
                                           root.string()));
    std::map<int, std::vector<Shot>> bySeed;
    for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
        const fs::path done = entry.path() / "done";
        if (!fs::exists(done))
            continue;
        try {
            std::ifstream file(done);
            const nlohmann::json facts = nlohmann::json::parse(file);
            bySeed[facts.at("seed")] = readShot(entry.path(), facts);
        } catch (const nlohmann::json::exception& error) {
            throw inbetween::Error(inbetween::ErrorKind::input,
                                   fmt::format("{}: {}", done.string(), error.what()));
        }
    }
    if (bySeed.empty())
        throw inbetween::Error(inbetween::ErrorKind::input,
                               fmt::format("{}: no shot is finished; bench/quality/make_shots.sh makes them",
                                           root.string()));
    std::vector<Shot> shots;
    for (auto& [seed, groups] : bySeed)
        std::move(groups.begin(), groups.end(), std::back_inserter(shots));
    return shots;
}

std::vector<Withheld> withheldFrames(const Shot& shot, int gap) {
    const std::vector<int> keys = shot.frames("keys");
    std::vector<Withheld> frames;
    if (keys.empty())
        return frames;
    for (int number : shot.frames("truth")) {
        const int key0 = keys.front() + (number - keys.front()) / gap * gap, key1 = key0 + gap;
        if (number > key0 && key1 <= keys.back())
            frames.push_back({key0, key1, number});
    }
    return frames;
}

} // namespace quality
