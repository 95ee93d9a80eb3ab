#include "commands.h"
#include "log.h"

#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/rerender.h"
#include "inbetween/sequence.h"

#include <algorithm>
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

// Renderers whose command line has no region; what to do instead.
void refuseWithoutRegion(const std::string& format) {
    if (format == "houdini")
        throw Error(
            ErrorKind::usage,
            "--format houdini: no option of husk for a region is known; set dataWindowNDC of the stage's "
            "render settings, with --format '{frame} {minX} {minY} {maxX} {maxY}'");
    if (format == "redshift")
        throw Error(ErrorKind::usage,
                    "--format redshift: no option of redshiftCmdLine for a region is known; set it in "
                    "the scene, with --format '{frame} {x} {y} {right} {bottom}'");
}

int execute(const Arguments& a) {
    const auto& renderers = knownRenderers();
    const bool known = std::find(renderers.begin(), renderers.end(), a.format) != renderers.end();
    if (known && a.scene.empty())
        throw Error(ErrorKind::usage,
                    fmt::format("--format {}: no scene is given; add --scene FILE", a.format));
    refuseWithoutRegion(a.format);
    const bool json = a.format == "json";
    if (!known && !json)
        fillTemplate(a.format, {}, Box({0, 0}, {0, 0})); // refused even where nothing is to be rendered
    const Manifest manifest = readManifest(fs::path(a.out) / "manifest.json");
    const std::vector<RerenderTask> tasks = tasksOf(manifest, a);
    if (json) {
        say(regionsJson(tasks));
        return exitDone;
    }
    const Sequence keys = findSequence((fs::path(a.out) / manifest.sourcePattern).string());
    const Box window = readExrInfo(keys.keyframes.front().path).displayWindow;
    if (known)
        for (const std::string& line :
             renderCommands(a.format, tasks, {a.scene, a.to, manifest.outputPattern}, window))
            say(line + "\n");
    else
        for (const RerenderTask& task : tasks)
            say(fillTemplate(a.format, task, window) + "\n");
    return exitDone;
}

} // namespace

SubCommand addRegionsCommand(CLI::App& parent) {
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand("regions",
                                          "Print what to render after all, a line for each frame or box");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    app->add_option(
           "--format", a->format,
           "blender, arnold, renderman, maya or vray: shell commands that render it (Blender: one "
           "start for all); json; or a text with {frame} {frame4} {region}, {x} {y} {width} {height} "
           "{right} {bottom} (pixels, y down), {lower} {upper} (pixels, y up), {minX} {maxX} {minY} "
           "{maxY} (shares of the frame, y up)")
        ->capture_default_str();
    app->add_option("--scene", a->scene, "For a renderer: its scene file; #### is the frame's number");
    app->add_option("--to", a->to, "For a renderer: the folder to render to, for `inbetween update`")
        ->capture_default_str();
    app->add_option("--whole", a->wholeShare,
                    "Render the whole frame where its regions cover more than this share")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    app->add_flag("--next", a->next, "Only what `inbetween next` asks for now")->excludes("--whole");
    app->footer("Examples:\n"
                "  inbetween regions out/sh010 --scene sh010.blend --to again | sh && inbetween update "
                "out/sh010 --rendered again\n"
                "  inbetween regions out/sh010 --next --format arnold --scene sh010.####.ass | sh\n"
                "  inbetween regions out/sh010 --format 'render -f {frame} -crop {x} {y} {width} {height}'");
    return {app, [a] { return execute(*a); }};
}
