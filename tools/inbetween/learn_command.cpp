#include "commands.h"
#include "log.h"

#include "inbetween/error.h"
#include "inbetween/learn.h"

#include <cmath>
#include <fmt/format.h>
#include <memory>

using namespace inbetween;

namespace {

struct Arguments {
    std::vector<std::string> decisions, shots;
    std::string model;
    bool measured = false;
};

int execute(const Arguments& a) {
    const LearnResult result = learn(
        {{a.decisions.begin(), a.decisions.end()}, {a.shots.begin(), a.shots.end()}, a.measured});
    for (const std::string& notice : result.notices)
        logWarning(notice);
    const auto figure = [](double v) { return std::isnan(v) ? std::string("-") : fmt::format("{:.3f}", v); };
    say(fmt::format("{} frames, {} of them to render\n"
                    "on frames that it had not seen: ROC area {}, told rightly {} (the predicted error "
                    "alone: ROC area {})\n"
                    "the model was learnt from {}\n",
                    result.examples, result.rerender, figure(result.rocArea), figure(result.rightShare),
                    figure(result.rocAreaOfError), result.model.basis));
    result.model.save(a.model);
    say(fmt::format("written: {}; use it with: inbetween run KEYS -o OUT --risk model --risk-model {}\n",
                    a.model, a.model));
    return exitDone;
}

} // namespace

SubCommand addLearnCommand(CLI::App& parent) {
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand("learn",
                                          "Fit a classifier to what people decided, or to measured errors");
    app->add_option("DECISIONS", a->decisions,
                    "Folders of runs (the decisions that `review apply` took in), or decisions.json files "
                    "from reports")
        ->required();
    app->add_option("-o,--out", a->model, "The risk model to write")->required();
    app->add_option("--shots", a->shots,
                    "Folders of runs that decisions.json files are about, where they do not lie beside them");
    app->add_flag("--measured", a->measured,
                  "Learn from OUT/evaluate.json of the folders: bad frames are to be rendered");
    app->footer("Examples:\n"
                "  inbetween learn out/sh010 out/sh020 out/sh030 -o show.risk.json\n"
                "  inbetween run renders/sh040 -o out/sh040 --risk model --risk-model show.risk.json");
    return {app, [a] { return execute(*a); }};
}
