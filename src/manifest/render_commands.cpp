#include "inbetween/error.h"
#include "inbetween/rerender.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

// For a POSIX shell.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

// For Python's source.
std::string literal(const std::string& text) {
    std::string result = "\"";
    for (const char c : text)
        if (c == '\n')
            result += "\\n";
        else if (c == '"' || c == '\\')
            result += std::string("\\") + c;
        else
            result += c;
    return result + "\"";
}

// Each run of '#' is the number, with as many digits.
std::string numbered(const std::string& pattern, int frame) {
    std::string result;
    for (std::size_t i = 0; i < pattern.size();) {
        const std::size_t end = std::min(pattern.find_first_not_of('#', i), pattern.size());
        if (end == i)
            result += pattern[i++];
        else {
            result += fmt::format("{:0{}}", frame, end - i);
            i = end;
        }
    }
    return result;
}

std::string folderOf(const RerenderTask& task, const RenderPlace& place) {
    return task.box ? fmt::format("{}/{}", place.to, task.region) : place.to;
}

std::string fileOf(const RerenderTask& task, const RenderPlace& place) {
    return fmt::format("{}/{}", folderOf(task, place), numbered(place.name, task.frame));
}

std::string absolute(const std::string& path) {
    return fs::absolute(path).lexically_normal().string();
}

std::string makeFolder(const std::string& folder) {
    return fmt::format("mkdir -p {} && ", quoted(folder));
}

// The box within the frame, counted from the frame's upper left corner; the whole frame where there is none.
Box boxInFrame(const RerenderTask& task, const Box& frame) {
    Box box = task.box.value_or(frame);
    box.min = {std::max(box.min.x, frame.min.x), std::max(box.min.y, frame.min.y)};
    box.max = {std::min(box.max.x, frame.max.x), std::min(box.max.y, frame.max.y)};
    return Box(box.min - frame.min, box.max - frame.min);
}

// `kick -h`: "-rg %d %d %d %d  Render region (minx miny maxx maxy)". Pixels, y down from the upper left
// corner, the last ones included, as the options node's region_max_x (0 to xres - 1).
std::string arnold(const RerenderTask& task, const RenderPlace& place, const Box& frame) {
    const Box box = boxInFrame(task, frame);
    return fmt::format("{}kick -dw -i {} -o {} -rg {} {} {} {}", makeFolder(folderOf(task, place)),
                       quoted(numbered(place.scene, task.frame)), quoted(fileOf(task, place)), box.min.x,
                       box.min.y, box.max.x, box.max.y);
}

// `prman -help`: "-crop xmin xmax ymin ymax: override RIB CropWindow". Shares of the frame, y down. The
// RenderMan Interface Specification (3.2, CropWindow) makes pixels of them by ceil(size * min) to
// ceil(size * max - 1): a quarter of a pixel less gives exactly the wanted ones. "-cwd path sets the current
// working directory" (rmanwiki.pixar.com/display/REN/prman): a Display with a relative name is written there.
std::string renderMan(const RerenderTask& task, const RenderPlace& place, const Box& frame) {
    const Box box = boxInFrame(task, frame);
    const auto share = [](int pixel, int size) {
        return pixel == size ? 1.0 : std::max((pixel - 0.25) / size, 0.0);
    };
    const int w = width(frame), h = height(frame);
    const std::string folder = absolute(folderOf(task, place));
    return fmt::format("{}prman -cwd {} -crop {:.7f} {:.7f} {:.7f} {:.7f} {}", makeFolder(folder),
                       quoted(folder), share(box.min.x, w), share(box.max.x + 1, w), share(box.min.y, h),
                       share(box.max.y + 1, h), quoted(absolute(numbered(place.scene, task.frame))));
}

// `Render -help`: "-reg int int int int  Set sub-region pixel boundary of the final image: left, right,
// bottom, top". Pixels, y up from the lower left corner, all four included.
std::string maya(const RerenderTask& task, const RenderPlace& place, const Box& frame) {
    const Box box = boxInFrame(task, frame);
    const int top = height(frame) - 1;
    return fmt::format("{}Render -s {} -e {} -rd {} -reg {} {} {} {} {}", makeFolder(folderOf(task, place)),
                       task.frame, task.frame, quoted(folderOf(task, place)), box.min.x, box.max.x,
                       top - box.max.y, top - box.min.y, quoted(numbered(place.scene, task.frame)));
}

// `vray -help`: "-region=x0;y0;x1;y1 [...] in pixels, relative to the upper-left corner of the image"; x1 and
// y1 are the first ones beyond the region. -crop would make the picture smaller.
std::string vray(const RerenderTask& task, const RenderPlace& place, const Box& frame) {
    const Box box = boxInFrame(task, frame);
    return fmt::format("{}vray -display=0 -noFrameNumbers=1 -sceneFile={} -frames={} -imgFile={} "
                       "-region='{};{};{};{}'",
                       makeFolder(folderOf(task, place)), quoted(numbered(place.scene, task.frame)),
                       task.frame, quoted(fileOf(task, place)), box.min.x, box.min.y, box.max.x + 1,
                       box.max.y + 1);
}

// One start renders all: opening a scene may take longer than a box. Rendering an animation of one frame
// writes as `-f` does: '#' are filled, handlers run. The border's y goes up; it is not cropped to.
std::string blender(const std::vector<RerenderTask>& tasks, const RenderPlace& place, const Box& frame) {
    std::string stem = place.name; // Blender adds the extension of the scene's format
    if (stem.ends_with(".exr"))
        stem.resize(stem.size() - 4);
    std::string list;
    for (const RerenderTask& task : tasks)
        list += fmt::format("({}, {}, {}),\n", task.frame,
                            literal(absolute(folderOf(task, place)) + "/" + stem),
                            task.box ? fillTemplate("({minX}, {minY}, {maxX}, {maxY})", task, frame)
                                     : "None");
    const std::string script = "import bpy\n"
                               "s = bpy.context.scene\n"
                               "r = s.render\n"
                               "r.use_crop_to_border = False\n"
                               "for frame, path, box in (\n" +
                               list +
                               "):\n"
                               "    s.frame_start = s.frame_end = frame\n"
                               "    s.frame_step = 1\n"
                               "    r.filepath = path\n"
                               "    r.use_border = box is not None\n"
                               "    r.border_min_x, r.border_min_y, r.border_max_x, r.border_max_y = box or "
                               "(0, 0, 1, 1)\n"
                               "    bpy.ops.render.render(animation=True)\n";
    return fmt::format("blender -b {} --python-exit-code 1 --python-expr {}", quoted(place.scene),
                       quoted(script));
}

} // namespace

const std::vector<std::string>& knownRenderers() {
    static const std::vector<std::string> names{"blender", "arnold", "renderman", "maya", "vray"};
    return names;
}

std::vector<std::string> renderCommands(const std::string& renderer, const std::vector<RerenderTask>& tasks,
                                        const RenderPlace& place, const Box& displayWindow) {
    std::vector<std::string> commands;
    if (renderer == "blender") {
        constexpr std::size_t mostAtOnce = 250; // an argument of a program ends at 128 KiB
        for (std::size_t i = 0; i < tasks.size(); i += mostAtOnce)
            commands.push_back(
                blender({tasks.begin() + std::ptrdiff_t(i),
                         tasks.begin() + std::ptrdiff_t(std::min(i + mostAtOnce, tasks.size()))},
                        place, displayWindow));
        return commands;
    }
    const auto one = renderer == "arnold"      ? arnold
                     : renderer == "renderman" ? renderMan
                     : renderer == "maya"      ? maya
                     : renderer == "vray"      ? vray
                                               : nullptr;
    if (!one)
        throw Error(ErrorKind::usage, fmt::format("'{}' is no renderer that is known here; there are {}",
                                                  renderer, fmt::join(knownRenderers(), ", ")));
    for (const RerenderTask& task : tasks)
        commands.push_back(one(task, place, displayWindow));
    return commands;
}

} // namespace inbetween
