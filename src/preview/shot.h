// What each frame of the movie shows, before anything is read.
#pragma once

#include "inbetween/manifest.h"

#include <map>

namespace inbetween {

struct ShotFrame {
    int number = 0;
    std::filesystem::path file{}; // empty: nothing to show
    std::string label{};          // "42 generated, flagged"
    std::string slate{};          // what to show without a picture: "42 not rendered: cut between 41 and 43"
    bool keyframe = false;
};

// Every number from the first to the last that the manifest knows; `keys` are the keyframes that are still
// there. Throws Error(input) for a manifest without frames.
std::vector<ShotFrame> shotFrames(const Manifest& manifest, const std::filesystem::path& out,
                                  const std::map<int, std::filesystem::path>& keys);

} // namespace inbetween
