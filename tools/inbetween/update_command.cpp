#include "commands.h"
#include "describe.h"
#include "log.h"
#include "progress_report.h"
#include "report_at_end.h"
#include "run_arguments.h"

#include "inbetween/update.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;

namespace {

struct Arguments {
    UpdateOptions options;
    std::string out, memory, progress = "auto";
    bool quiet = false;
};

std::string describe(const UpdateResult& result) {
    std::string text;
    const auto line = [&](const char* what, const std::vector<int>& frames) {
        if (!frames.empty())
            text += fmt::format("{}: {} ({} {})\n", what, formatFrameList(frames), frames.size(),
                                frames.size() == 1 ? "frame" : "frames");
    };
    line("came back", result.rendered);
    line("regions set in", result.spliced);
    line("made again from nearer neighbours", result.remade);
    if (result.rendered.empty() && result.spliced.empty() && result.remade.empty())
        text += "nothing changed\n";
    line("kept as they were", result.kept);
    line("asked for and still missing", result.missing);
    const Manifest::Totals before = result.before.totals(), now = result.run.manifest.totals();
    text += fmt::format("on the re-render list: {} before, {} now\n", before.flagged, now.flagged);
    return text + describeRenders(result.run.manifest);
}

int execute(Arguments& a) {
    a.options.out = a.out;
    if (!a.memory.empty())
        a.options.memoryBytes = parseBytes(a.memory);
    const ProgressMode mode = parseProgressMode(a.progress);
    const UpdateResult result = update(a.options, makeProgressReport(a.quiet ? ProgressMode::none : mode));
    for (const std::string& line : result.refused)
        logError(line);
    if (!a.quiet)
        for (const std::string& line : result.notices)
            logWarning(line);
    reportProblems(result.run, a.quiet);
    writeReportAtEnd(a.options.out, a.options.threads, a.quiet);
    if (!a.quiet && mode != ProgressMode::openjd)
        say(describe(result));
    return result.refused.empty() && result.run.failed == 0 && result.run.unusableKeyframes.empty()
               ? exitDone
               : exitSomeFailed;
}

} // namespace

SubCommand addUpdateCommand(CLI::App& parent) {
    auto a = std::make_shared<Arguments>();
    CLI::App* app =
        parent.add_subcommand("update",
                              "Take in the frames and regions of OUT's re-render list that came back");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    app->add_option("--rendered", a->options.rendered,
                    "Folder, pattern or file of rendered frames. A file whose data window is smaller than "
                    "the frame's is "
                    "a region. Several regions of a frame: one folder each, all in one folder")
        ->required();
    app->add_option("--keys", a->options.keys,
                    "The keyframes, where they are no longer at the manifest's place");
    app->add_option("--threads", a->options.threads, "Threads in all (0: as many as the process may use)")
        ->capture_default_str()
        ->check(CLI::Range(0, 4096));
    app->add_option("--memory", a->memory,
                    "Budget for what is in flight: 512M, 8G (default: half of what is free)");
    app->add_flag(
        "--verify-writes", a->options.verifyWrites,
        "Read every frame back from the disk before it gets its name and the manifest says that it is there");
    app->add_option("--progress", a->progress, "auto, bar, lines, openjd or none")->capture_default_str();
    app->add_flag("-q,--quiet", a->quiet, "Print errors only");
    app->footer("Example:\n"
                "  inbetween update out/sh010 --rendered renders/sh010_again\n\n"
                "Whole frames are taken as keyframes and replace the generated ones; regions are set in with "
                "a soft edge; the\n"
                "frames beside them are made again. OUT/rendered keeps a copy of what came back: delete one "
                "there and run\n"
                "again to take it back. Frames that did not come back stay in rerender.txt.");
    return {app, [a] { return execute(*a); }};
}
