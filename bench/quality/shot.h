// A shot of the benchmark, as tools/scenes/quality_shots.py leaves it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace quality {

struct Motion {
    double mean = 0, fast = 0; // pixels to the next frame; `fast` is what a twentieth of the pixels exceed
};

struct Shot {
    std::string name, kind; // kind: its class, "camera parallax"
    std::filesystem::path folder;
    bool vectors = true, noisy = false;
    int samples = 0; // a pixel of a keyframe
    double keyframePsnr = 0;
    std::map<int, Motion> motion; // by keyframe

    // `which` is keys, truth or floor.
    std::filesystem::path frame(const std::string& which, int number) const;
    std::vector<int> frames(const std::string& which) const; // that are there, ascending

    // There for risk, not for quality: a cut, lights that switch.
    bool forRiskAlone() const;
    // Of the keyframe at or before `frame`.
    Motion motionAt(int frame) const;
};

// Folders of `root` that have a file `done`, in the order of their seeds. Throws inbetween::Error(input).
std::vector<Shot> readShots(const std::filesystem::path& root);

// Every gap-th frame is a keyframe; what is left to make and has a clean version.
struct Withheld {
    int key0 = 0, key1 = 0, frame = 0;
    double time() const { return double(frame - key0) / (key1 - key0); }
};
std::vector<Withheld> withheldFrames(const Shot& shot, int gap);

} // namespace quality
