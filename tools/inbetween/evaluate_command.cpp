#include "commands.h"
#include "describe.h"
#include "log.h"

#include "inbetween/evaluate.h"

#include <memory>

using namespace inbetween;

SubCommand addEvaluateCommand(CLI::App& parent) {
    struct Arguments {
        std::string out, reference;
        EvaluateOptions options;
        bool noPictures = false;
    };
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand("evaluate", "Measure what `run` made in OUT against rendered frames");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    app->add_option("--reference", a->reference, "Folder or pattern of the rendered frames")->required();
    app->add_flag("--no-pictures", a->noPictures, "Do not write OUT/evaluate/<frame>.exr, the differences");
    app->add_option("--threads", a->options.threads, "Threads in all (0: as many as the process may use)")
        ->check(CLI::Range(0, 4096));
    app->footer("Example:\n  inbetween evaluate out/sh010 --reference truth/sh010");
    return {app, [a] {
                a->options.differencePictures = !a->noPictures;
                say(describe(evaluate(a->out, a->reference, a->options), a->out));
                return exitDone;
            }};
}
