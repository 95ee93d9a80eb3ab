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

// A picture of the benchmark: a shot, or one group of a shot whose files hold several that move differently.
struct Shot {
    std::string name, kind; // kind: its class, "camera parallax"
    std::filesystem::path folder;
    std::string files;              // what its files are called: FILES.0001.exr
    std::string channels = "*{}.*"; // its channels; {} is Combined, Vector or Depth
    bool vectors = true, noisy = false;
    int samples = 0; // a pixel of a keyframe
    double keyframePsnr = 0;
    std::map<int, Motion> motion; // by keyframe

    // `which` is keys, truth or floor.
    std::filesystem::path frame(const std::string& which, int number) const;
    std::vector<int> frames(const std::string& which) const; // that are there, ascending

    // A pattern for the channels of a pass of Blender's: "Combined".
    std::string pass(const std::string& which) const;

    // False for shots that are there for risk (a cut, lights that switch) or for how their files are laid
    // out.
    bool countsInMeans() const;
    // Of the keyframe at or before `frame`.
    Motion motionAt(int frame) const;
};

// Folders of `root` that have a file `done`, in the order of their seeds; one entry for each group of a shot
// that has several. Throws inbetween::Error(input).
std::vector<Shot> readShots(const std::filesystem::path& root);

// Every gap-th frame is a keyframe; what is left to make and has a clean version.
struct Withheld {
    int key0 = 0, key1 = 0, frame = 0;
    double time() const { return double(frame - key0) / (key1 - key0); }
};
std::vector<Withheld> withheldFrames(const Shot& shot, int gap);

} // namespace quality
