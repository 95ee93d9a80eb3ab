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

// For every frame that is to be rendered, ascending: the boxes of a partial one, or all of it. Boxes that
// cover more than `wholeShare` of a frame are all of it, too.
std::vector<RerenderTask> rerenderTasks(const Manifest& manifest, double wholeShare = 1);

// What to render now, cheapest frame first; empty: done. In a gap of several frames the middle one comes
// before its neighbours where that is expected to cost less: they are made again from it, and may then be
// good. So it is a part of rerenderTasks(), or the middle of a gap; after update() it is asked again.
struct NextTask {
    RerenderTask task;
    double cost = 1; // as a share of a frame; of a box: its area and its overhead
};
std::vector<NextTask> nextTasks(const Manifest& manifest);

// The same for farms: {"version": 1, "tasks": [{"frame": 12, "region": 1, "x": ...}, {"frame": 18, "region":
// 0}]}
std::string regionsJson(const std::vector<RerenderTask>& tasks);
void writeRegionsJson(const std::filesystem::path& file, const Manifest& manifest);
// A line a box, "12 1 96 27 144 54": frame, region, x, y, width, height. Without the whole frames, which
// rerender.txt has.
void writeRegionsText(const std::filesystem::path& file, const Manifest& manifest);

// `text` with its placeholders replaced. {frame}, {frame4} (four digits), {region};
// pixels, y down: {x} {y} {width} {height} {right} {bottom} (inclusive);
// pixels, y up: {lower} (the box's lowest row) {upper} (its highest);
// shares of the frame, y up, as Blender's border: {minX} {maxX} {minY} {maxY}.
// Throws Error(usage) for others, and for a text that has none.
std::string fillTemplate(const std::string& text, const RerenderTask& task, const Box& displayWindow);

// Where a renderer reads and writes. '#' in `scene` stand for the frame's number. A box k goes to the folder
// `to`/k, a whole frame to `to`, as update() takes them; `name` is the frames' pattern ("sh.####.exr").
struct RenderPlace {
    std::string scene, to, name;
};

// Renderers that renderCommands() knows: blender, arnold, renderman, maya, vray.
const std::vector<std::string>& knownRenderers();

// Command lines for a shell that render `tasks`, without cropping the picture where the renderer has a
// choice. A line each, except that one start of Blender renders them all. Throws Error(usage) for other
// renderers.
std::vector<std::string> renderCommands(const std::string& renderer, const std::vector<RerenderTask>& tasks,
                                        const RenderPlace& place, const Box& displayWindow);

} // namespace inbetween
