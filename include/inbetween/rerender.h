// What a renderer is to be told: whole frames, or only the regions of them that failed.
#pragma once

#include "inbetween/manifest.h"

#include <optional>
#include <string>
#include <vector>

namespace inbetween {

struct RerenderTask {
    int frame = 0;
    int region = 0;         // 1, 2, ... within the frame; 0: the whole frame
    std::optional<Box> box; // pixels, y downwards, max inclusive; none: the whole frame
};

// For every frame of the re-render list, ascending: its regions, or all of it where nothing was made, where
// they cover more than `wholeShare` of it, or where the frame is flagged without any.
std::vector<RerenderTask> rerenderTasks(const Manifest& manifest, double wholeShare = 0.6);

// `text` with its placeholders replaced. {frame}, {frame4} (four digits), {region};
// pixels, y down: {x} {y} {width} {height} {right} {bottom} (inclusive);
// pixels, y up: {lower} (the box's lowest row) {upper} (its highest);
// shares of the frame, y up, as Blender's border: {minX} {maxX} {minY} {maxY}.
// Throws Error(usage) for others.
std::string fillTemplate(const std::string& text, const RerenderTask& task, const Box& displayWindow);

// For fillTemplate: one command a task, that renders it with Blender from its own scene file, with the border
// set and not cropped, as update() takes it. `scene` and `to` are quoted for a shell; `name` is the frames'
// pattern ("sh.####.exr").
std::string blenderTemplate(const RerenderTask& task, const std::string& scene, const std::string& to,
                            const std::string& name);

} // namespace inbetween
