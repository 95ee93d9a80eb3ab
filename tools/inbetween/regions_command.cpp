#include "commands.h"
#include "log.h"

#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/rerender.h"
#include "inbetween/sequence.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

struct Arguments {
    std::string out, format = "blender", scene, to = "rendered";
    double wholeShare = 1;
    bool next = false;
};

std::vector<RerenderTask> tasksOf(const Manifest& manifest, const Arguments& a) {
    if (!a.next)
        return rerenderTasks(manifest, a.wholeShare);
    std::vector<RerenderTask> tasks;
    for (const NextTask& next : nextTasks(manifest))
        tasks.push_back(next.task);
    return tasks;
}

int execute(const Arguments& a) {
    const bool blender = a.format == "blender";
    if (blender && a.scene.empty())
        throw Error(ErrorKind::usage, "--format blender: no scene is given; add --scene FILE.blend");
    const Manifest manifest = readManifest(fs::path(a.out) / "manifest.json");
    const Sequence keys = findSequence((fs::path(a.out) / manifest.sourcePattern).string());
    const Box window = readExrInfo(keys.keyframes.front().path).displayWindow;
    for (const RerenderTask& task : tasksOf(manifest, a))
        say(fmt::format("{}\n",
                        fillTemplate(blender ? blenderTemplate(task, a.scene, a.to, manifest.outputPattern)
                                             : a.format,
                                     task, window)));
    return exitDone;
}

} // namespace

SubCommand addRegionsCommand(CLI::App& parent) {
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand("regions",
                                          "Print what to render after all, a line for each frame or box");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    app->add_option("--format", a->format,
                    "blender: commands that render it; or a text with {frame} {frame4} {region}, {x} {y} "
                    "{width} {height} {right} "
                    "{bottom} (pixels, y down), {lower} {upper} (pixels, y up), {minX} {maxX} {minY} {maxY} "
                    "(shares of the frame, y up)")
        ->capture_default_str();
    app->add_option("--scene", a->scene, "For blender: the scene file");
    app->add_option("--to", a->to, "For blender: the folder to render to, for `inbetween update`")
        ->capture_default_str();
    app->add_option("--whole", a->wholeShare,
                    "Render the whole frame where its regions cover more than this share")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    app->add_flag("--next", a->next, "Only what `inbetween next` asks for now")->excludes("--whole");
    app->footer("Examples:\n"
                "  inbetween regions out/sh010 --scene sh010.blend --to again | sh && inbetween update "
                "out/sh010 --rendered again\n"
                "  inbetween regions out/sh010 --format 'render -f {frame} -crop {x} {y} {width} {height}'");
    return {app, [a] { return execute(*a); }};
}
