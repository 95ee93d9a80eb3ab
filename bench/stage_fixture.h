// What the stations hand on to each other for one pair of made 1920x1080 keyframes, and a folder for files.
#pragma once

#include "inbetween/bench.h"
#include "inbetween/exr.h"
#include "inbetween/motion.h"
#include "inbetween/network.h"
#include "inbetween/roles.h"
#include "inbetween/synthesis.h"

#include <filesystem>
#include <unistd.h>

namespace inbetween {

inline constexpr int fixtureWidth = 1920, fixtureHeight = 1080;

// Goes away with the program.
inline std::filesystem::path workFolder() {
    static const struct Folder {
        std::filesystem::path path = std::filesystem::temp_directory_path() /
                                     ("inbetween_bench_" + std::to_string(getpid()));
        Folder() { std::filesystem::create_directories(path); }
        ~Folder() { std::filesystem::remove_all(path); }
    } folder;
    return folder.path;
}

struct Fixture {
    Image key0 = madeFrame(fixtureWidth, fixtureHeight, 1), key1 = madeFrame(fixtureWidth, fixtureHeight, 3);
    ChannelRoles roles = findRoles(key0);
    Box canvas = key0.displayWindow;
    ColourPlanes linear0 = linearBeauty(key0, roles, canvas), linear1 = linearBeauty(key1, roles, canvas);
    View view = makeView(linear0, linear1);
    RendererVectors vectors0 = vectors(key0), vectors1 = vectors(key1);
    Plane depth0 = plane(key0, roles.depth), depth1 = plane(key1, roles.depth);
    MotionPrior prior = motionPrior(motionInput(), 0.5);
    Field field = fieldFromPrior(prior, 0.5);

    Plane plane(const Image& image, ChannelRef ref) const {
        return planeOnCanvas(image.parts[ref.part], image.parts[ref.part].channels[ref.channel], canvas);
    }
    RendererVectors vectors(const Image& image) const {
        std::vector<Plane> raw;
        for (const ChannelRef& ref : roles.vector)
            raw.push_back(plane(image, ref));
        return toRendererVectors("blender", raw);
    }
    MotionInput motionInput() const {
        MotionInput input;
        input.view = &view;
        input.vectors0 = &vectors0;
        input.vectors1 = &vectors1;
        input.depth0 = &depth0;
        input.depth1 = &depth1;
        return input;
    }
};

inline const Fixture& fixture() {
    static const Fixture f;
    return f;
}

} // namespace inbetween
