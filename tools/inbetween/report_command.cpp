#include "commands.h"
#include "log.h"

#include "inbetween/report.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;

SubCommand addReportCommand(CLI::App& parent) {
    struct Arguments {
        std::string out;
        ReportOptions options;
    };
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand("report",
                                          "Write OUT/report.html: the shot to look at and decide on");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    app->add_option("--reference", a->options.reference,
                    "Folder or pattern of the rendered frames: evaluate first, and show the error");
    app->add_option("--max-megabytes", a->options.maxMegabytes,
                    "Size of the file, at most; the pictures shrink to fit")
        ->capture_default_str()
        ->check(CLI::Range(0.1, 2000.0));
    app->add_option("--picture-width", a->options.pictureWidth, "Width of the pictures in pixels, at most")
        ->capture_default_str()
        ->check(CLI::Range(64, 8192));
    app->add_option("--threads", a->options.threads, "Threads in all (0: as many as the process may use)")
        ->check(CLI::Range(0, 4096));
    app->footer(
        "Example:\n  inbetween report out/sh010 --reference truth/sh010\n\n"
        "The file needs no network and no other file. Decisions made in it are saved as decisions.json;\n"
        "`inbetween review apply OUT decisions.json` takes them up.");
    return {app, [a] {
                const ReportResult result = writeReport(a->out, a->options);
                for (const std::string& problem : result.problems)
                    logWarning(problem);
                fmt::print("{}: {} pictures {} pixels wide, {:.1f} MB\n", result.file.string(),
                           result.pictures, result.pictureWidth, result.bytes / 1e6);
                return result.problems.empty() ? exitDone : exitSomeFailed;
            }};
}
