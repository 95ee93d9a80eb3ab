#include "inbetween/rerender.h"

#include "base/atomic_file.h"
#include "inbetween/error.h"
#include "manifest/json_value.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace inbetween {
namespace {

// A renderer makes pixels of a share by cutting off or by rounding: a quarter of a pixel inside, both give
// the same one.
double share(int pixel, int size) {
    return std::clamp((pixel + 0.25) / size, 0.0, 1.0);
}

[[noreturn]] void refusePlaceholder(const std::string& what) {
    throw Error(ErrorKind::usage,
                fmt::format("--format: {}; there are {{frame}} {{frame4}} {{region}} {{x}} {{y}} {{width}} "
                            "{{height}} {{right}} {{bottom}} {{lower}} {{upper}} {{minX}} {{maxX}} {{minY}} "
                            "{{maxY}}; write {{{{ for a brace",
                            what));
}

} // namespace

std::vector<RerenderTask> rerenderTasks(const Manifest& manifest, double wholeShare) {
    std::map<int, const ManifestFrame*> byNumber;
    for (const ManifestFrame& frame : manifest.frames)
        byNumber[frame.frame] = &frame;
    std::vector<RerenderTask> tasks;
    for (const int number : manifest.rerenderFrames())
        tasks.push_back({number, 0, std::nullopt});
    for (const int number : manifest.partialFrames()) {
        const ManifestFrame& frame = *byNumber.at(number);
        double covered = 0;
        for (const RiskRegion& region : frame.regions)
            covered += region.share;
        if (frame.regions.empty() || covered > wholeShare) {
            tasks.push_back({number, 0, std::nullopt});
            continue;
        }
        int index = 0;
        for (const RiskRegion& region : frame.regions)
            tasks.push_back({number, ++index, region.box});
    }
    std::stable_sort(tasks.begin(), tasks.end(),
                     [](const RerenderTask& a, const RerenderTask& b) { return a.frame < b.frame; });
    return tasks;
}

std::string regionsJson(const std::vector<RerenderTask>& tasks) {
    Json list = Json::array();
    for (const RerenderTask& task : tasks) {
        Json json{{"frame", task.frame}, {"region", task.region}};
        if (task.box)
            json.update({{"x", task.box->min.x},
                         {"y", task.box->min.y},
                         {"width", width(*task.box)},
                         {"height", height(*task.box)}});
        list.push_back(std::move(json));
    }
    return Json{{"version", 1}, {"tasks", std::move(list)}}.dump(2) + "\n";
}

void writeRegionsJson(const std::filesystem::path& file, const Manifest& manifest) {
    writeTextAtomically(file, regionsJson(rerenderTasks(manifest)));
}

void writeRegionsText(const std::filesystem::path& file, const Manifest& manifest) {
    std::string text;
    for (const RerenderTask& task : rerenderTasks(manifest))
        if (task.box)
            text += fmt::format("{} {} {} {} {} {}\n", task.frame, task.region, task.box->min.x,
                                task.box->min.y, width(*task.box), height(*task.box));
    writeTextAtomically(file, text);
}

std::string fillTemplate(const std::string& text, const RerenderTask& task, const Box& displayWindow) {
    const Box frame = displayWindow;
    Box box = task.box.value_or(frame);
    box.min = {std::max(box.min.x, frame.min.x), std::max(box.min.y, frame.min.y)};
    box.max = {std::min(box.max.x, frame.max.x), std::min(box.max.y, frame.max.y)};
    const int w = width(frame), h = height(frame);
    const auto acrossShare = [&](int x) { return share(x - frame.min.x, w); };
    const auto upShare = [&](int y) { return share(frame.max.y + 1 - y, h); }; // of the row's upper edge
    const bool whole = !task.box;
    const std::map<std::string, std::string> values{
        {"frame", std::to_string(task.frame)},
        {"frame4", fmt::format("{:04}", task.frame)},
        {"region", std::to_string(task.region)},
        {"x", std::to_string(box.min.x)},
        {"y", std::to_string(box.min.y)},
        {"width", std::to_string(width(box))},
        {"height", std::to_string(height(box))},
        {"right", std::to_string(box.max.x)},
        {"bottom", std::to_string(box.max.y)},
        {"lower", std::to_string(frame.max.y - box.max.y)},
        {"upper", std::to_string(frame.max.y - box.min.y)},
        {"minX", whole ? "0" : fmt::format("{:.7f}", acrossShare(box.min.x))},
        {"maxX", whole ? "1" : fmt::format("{:.7f}", acrossShare(box.max.x + 1))},
        {"minY", whole ? "0" : fmt::format("{:.7f}", upShare(box.max.y + 1))},
        {"maxY", whole ? "1" : fmt::format("{:.7f}", upShare(box.min.y))},
    };
    std::string result;
    bool filled = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((text[i] == '{' || text[i] == '}') && i + 1 < text.size() && text[i + 1] == text[i]) {
            result += text[i++];
            continue;
        }
        if (text[i] != '{') {
            result += text[i];
            continue;
        }
        const std::size_t end = text.find('}', i);
        const auto value = values.find(end == std::string::npos ? std::string()
                                                                : text.substr(i + 1, end - i - 1));
        if (value == values.end())
            refusePlaceholder(
                fmt::format("'{}' is not known",
                            text.substr(i, end == std::string::npos ? std::string::npos : end - i + 1)));
        result += value->second;
        i = end;
        filled = true;
    }
    if (!filled)
        refusePlaceholder(fmt::format("'{}' is the same line for every frame", text));
    return result;
}

} // namespace inbetween
