#include "commands.h"
#include "log.h"

#include "inbetween/rerender.h"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
    std::string out;
    bool json = false;
};

double costOf(const std::vector<NextTask>& tasks) {
    double cost = 0;
    for (const NextTask& next : tasks)
        cost += next.cost;
    return cost;
}

std::string asJson(const std::vector<NextTask>& tasks) {
    Json list = Json::array();
    for (const auto& [task, cost] : tasks) {
        Json json{{"frame", task.frame}, {"region", task.region}, {"cost", cost}};
        if (task.box)
            json.update({{"x", task.box->min.x},
                         {"y", task.box->min.y},
                         {"width", width(*task.box)},
                         {"height", height(*task.box)}});
        list.push_back(std::move(json));
    }
    return Json{{"done", tasks.empty()}, {"cost", costOf(tasks)}, {"tasks", std::move(list)}}.dump(2) + "\n";
}

std::string asText(const std::vector<NextTask>& tasks, const std::string& out) {
    if (tasks.empty())
        return "done: nothing to render\n";
    std::string text;
    std::set<int> frames;
    for (const auto& [task, cost] : tasks) {
        frames.insert(task.frame);
        text += task.box ? fmt::format("{}: box {}, {}x{} at {},{} ({:.0f}% of a frame)\n", task.frame,
                                       task.region, width(*task.box), height(*task.box), task.box->min.x,
                                       task.box->min.y, 100 * cost)
                         : fmt::format("{}: the whole frame\n", task.frame);
    }
    return text + fmt::format("{} {}, {:.2f} frames' worth; then: inbetween update {} --rendered DIR\n",
                              frames.size(), frames.size() == 1 ? "frame" : "frames", costOf(tasks), out);
}

} // namespace

SubCommand addNextCommand(CLI::App& parent) {
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand("next",
                                          "Print what to render next: frames and boxes, cheapest first");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    app->add_flag("--json", a->json, "Print JSON: done, cost in frames, tasks");
    app->footer("Examples:\n"
                "  inbetween next out/sh010\n"
                "  inbetween regions out/sh010 --next --scene sh010.blend --to again | sh\n\n"
                "In a gap of several frames the middle one comes first where that is cheaper: its neighbours "
                "are made\n"
                "again from it. Repeat next, render, update until nothing is left.");
    return {app, [a] {
                const std::vector<NextTask> tasks = nextTasks(
                    readManifest(fs::path(a->out) / "manifest.json"));
                say(a->json ? asJson(tasks) : asText(tasks, a->out));
                return exitDone;
            }};
}
