#include "commands.h"
#include "describe.h"
#include "log.h"
#include "report_at_end.h"
#include "run_arguments.h"

#include "inbetween/error.h"
#include "inbetween/merge.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;
namespace fs = std::filesystem;

SubCommand addMergeCommand(CLI::App& parent) {
    struct Arguments {
        std::vector<std::string> folders;
        std::string out;
        VerdictArguments verdict;
        bool allowMixed = false, failOnFlagged = false;
    };
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand("merge",
                                          "Join what `run --shard` and `run --gaps` made into one manifest");
    app->add_option("OUT", a->folders, "The folder, or folders, that the parts of one shot were made in")
        ->required();
    app->add_option("-o,--out", a->out,
                    "Folder for the manifest of the whole shot (default: the only folder)");
    a->verdict.addTo(*app); // over the whole shot, instead of those of the parts
    app->add_flag("--allow-mixed", a->allowMixed,
                  "Join parts made with other instruction sets or precisions, whose bits may differ");
    app->add_flag("--fail-on-flagged", a->failOnFlagged, "Exit with 3 when frames are flagged");
    app->footer("Examples:\n"
                "  inbetween run renders/sh010 -o out/sh010 --shard 3/16      (on some node; so, too, 1/16 "
                "to 16/16)\n"
                "  inbetween merge out/sh010\n"
                "  inbetween merge node1/sh010 node2/sh010 -o out/sh010\n\n"
                "Writes manifest.json, manifest.csv, rerender.txt and report.html, to the byte as one run "
                "would have. Frames stay where\n"
                "they are; the manifest has their paths relative to its folder. Nothing is written when a "
                "part is missing.");
    return {app, [a, app] {
                MergeOptions options;
                options.folders.assign(a->folders.begin(), a->folders.end());
                options.out = a->out;
                options.allowMixed = a->allowMixed;
                if (a->verdict.given(*app))
                    options.verdict = a->verdict.options();
                const Manifest manifest = merge(options);
                for (const std::string& problem : manifest.problems)
                    logWarning(problem);
                const fs::path out = options.out.empty() ? options.folders.front() : options.out;
                writeReportAtEnd(out, 0, false);
                const Manifest::Totals totals = manifest.totals();
                fmt::print("{} frames joined, {} failed, in {}\n{}", totals.generated, totals.failed,
                           out.string(), describeRenders(manifest));
                if (totals.failed > 0)
                    return exitSomeFailed;
                return a->failOnFlagged && totals.flagged > 0 ? exitFlagged : exitDone;
            }};
}

SubCommand addIndexCommand(CLI::App& parent) {
    struct Arguments {
        std::vector<std::string> folders;
        std::string file = "index.html";
    };
    auto a = std::make_shared<Arguments>();
    CLI::App* app =
        parent.add_subcommand("index", "A page over many shots, worst first, with what has to be rendered");
    app->add_option("DIR", a->folders, "Folders that `run` or `merge` wrote, or folders above them")
        ->required();
    app->add_option("-o,--out", a->file, "The page; its table is written beside it as .csv")
        ->capture_default_str();
    app->footer("Example:\n  inbetween index out -o out/index.html");
    return {app, [a] {
                const fs::path file = a->file;
                if (file.extension() != ".html" && file.extension() != ".htm")
                    throw Error(ErrorKind::usage,
                                fmt::format("-o: '{}' is no page; write a name that ends in .html", a->file));
                const std::vector<ShotSummary> shots = summariseShots({a->folders.begin(), a->folders.end()},
                                                                      file.has_parent_path()
                                                                          ? file.parent_path()
                                                                          : ".");
                writeIndex(file, shots);
                int unreadable = 0;
                for (const ShotSummary& shot : shots)
                    if (!shot.problem.empty() && ++unreadable)
                        logError(shot.problem);
                fmt::print("{} shots in {}\n", shots.size(), file.string());
                return unreadable > 0 ? exitSomeFailed : exitDone;
            }};
}
