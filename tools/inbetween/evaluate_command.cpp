#include "commands.h"
#include "describe.h"
#include "log.h"

#include "inbetween/error.h"
#include "inbetween/evaluate.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;

namespace {

struct Arguments {
    std::vector<std::string> out, reference;
    std::string joint;
    EvaluateOptions options;
    bool noPictures = false;
};

int execute(const Arguments& a) {
    if (!a.reference.empty() && a.reference.size() != a.out.size())
        throw Error(ErrorKind::usage,
                    fmt::format("--reference: {} are given for {} folders; give one for each, in their order",
                                a.reference.size(), a.out.size()));
    const bool several = a.out.size() > 1 || a.reference.empty();
    if (a.reference.empty() && a.joint.empty())
        throw Error(
            ErrorKind::usage,
            "no --reference is given; or take what was measured before, and say with -o FILE.json where risk "
            "over the shots goes (see inbetween evaluate --help)");
    if (several && a.joint.empty())
        throw Error(ErrorKind::usage,
                    "several shots are assessed together; say with -o FILE.json where the result goes");
    EvaluateOptions options = a.options;
    options.differencePictures = !a.noPictures;
    for (std::size_t i = 0; i < a.reference.size(); ++i) {
        const Evaluation evaluation = evaluate(a.out[i], a.reference[i], options);
        if (several)
            say(fmt::format("{}: {:.2f} dB\n", a.out[i], evaluation.mean.inbetween.psnrDisplay));
        else
            say(describe(evaluation, a.out[i]));
    }
    if (!a.joint.empty())
        say(fmt::format("{}written: {}\n", describe(assessShots({a.out.begin(), a.out.end()}, a.joint)),
                        a.joint));
    return exitDone;
}

} // namespace

SubCommand addEvaluateCommand(CLI::App& parent) {
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand(
        "evaluate", "Measure what `run` made against rendered frames, and how well risk foretold it");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote, or several")->required();
    app->add_option("--reference", a->reference,
                    "Folder or pattern of the rendered frames, one for each OUT in their order; without it "
                    "what was measured before is "
                    "taken from each OUT/evaluate.json");
    app->add_option("-o,--out", a->joint,
                    "JSON file for risk over all the shots; its curves are drawn beside it (.svg)");
    app->add_flag("--no-pictures", a->noPictures, "Do not write OUT/evaluate/<frame>.exr, the differences");
    app->add_option("--threads", a->options.threads, "Threads in all (0: as many as the process may use)")
        ->check(CLI::Range(0, 4096));
    app->footer("Examples:\n"
                "  inbetween evaluate out/sh010 --reference truth/sh010\n"
                "  inbetween evaluate out/sh010 out/sh020 out/sh030 -o risk.json      (evaluated before)");
    return {app, [a] { return execute(*a); }};
}
