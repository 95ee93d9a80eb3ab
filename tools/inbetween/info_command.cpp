#include "commands.h"
#include "describe.h"
#include "log.h"
#include "run_arguments.h"

#include "inbetween/run.h"
#include "inbetween/vector_check.h"

#include <filesystem>
#include <memory>

using namespace inbetween;

SubCommand addInfoCommand(CLI::App& parent) {
    struct Arguments {
        std::string what;
        SequenceOptions sequence;
        std::string maxPixels;
    };
    auto a = std::make_shared<Arguments>();
    CLI::App* app =
        parent.add_subcommand("info", "Say what a file or a folder of frames holds, and what `run` would do");
    app->add_option("FILE|DIR", a->what, "An EXR file, a folder, or a pattern as for `run`")->required();
    app->add_option("--max-gap", a->sequence.maxGap, "As for `run`")->check(CLI::Range(2, 100000));
    app->add_option("--max-pixels", a->maxPixels, "As for `run`");
    app->footer("Examples:\n  inbetween info renders/sh010\n  inbetween info renders/sh010/beauty.0001.exr");
    return {app, [a] {
                if (std::filesystem::is_regular_file(a->what)) {
                    say(shown(a->what) + "\n" + describe(readExrInfo(a->what)));
                    return exitDone;
                }
                RunOptions options;
                options.keys = a->what;
                options.sequence = a->sequence;
                if (!a->maxPixels.empty())
                    options.read.maxPixels = parsePixels(a->maxPixels);
                const Plan found = plan(options);
                say(describe(found));
                if (!found.sequence.gaps.empty())
                    say("  " + describe(checkVectors(found.sequence, options.read)) + "\n");
                return exitDone;
            }};
}
