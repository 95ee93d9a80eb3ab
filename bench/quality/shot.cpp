#include "shot.h"

#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

namespace quality {
namespace fs = std::filesystem;

fs::path Shot::frame(const std::string& which, int number) const {
    return folder / which / fmt::format("{}.{:04}.exr", name, number);
}

std::vector<int> Shot::frames(const std::string& which) const {
    std::vector<int> numbers;
    for (int number = 1; number <= 17; ++number)
        if (fs::exists(frame(which, number)))
            numbers.push_back(number);
    return numbers;
}

bool Shot::forRiskAlone() const {
    return kind == "hard cut" || kind == "lights that switch";
}

Motion Shot::motionAt(int frame) const {
    const auto after = motion.upper_bound(frame);
    return after == motion.begin() ? Motion{} : std::prev(after)->second;
}

std::vector<Shot> readShots(const fs::path& root) {
    if (!fs::is_directory(root))
        throw inbetween::Error(inbetween::ErrorKind::input,
                               fmt::format("{}: no such folder; bench/quality/make_shots.sh makes the shots",
                                           root.string()));
    std::map<int, Shot> bySeed;
    for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
        const fs::path done = entry.path() / "done";
        if (!fs::exists(done))
            continue;
        try {
            std::ifstream file(done);
            const nlohmann::json facts = nlohmann::json::parse(file);
            Shot shot;
            shot.name = facts.at("shot");
            shot.kind = facts.at("class");
            shot.folder = entry.path();
            shot.vectors = facts.at("vectors");
            shot.noisy = facts.at("noisy");
            shot.samples = facts.at("samples");
            shot.keyframePsnr = facts.at("keyframePsnr");
            for (const auto& [frame, motion] : facts.at("motionPx").items())
                shot.motion[std::stoi(frame)] = {motion.at(0), motion.at(1)};
            bySeed[facts.at("seed")] = std::move(shot);
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
    for (auto& [seed, shot] : bySeed)
        shots.push_back(std::move(shot));
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
