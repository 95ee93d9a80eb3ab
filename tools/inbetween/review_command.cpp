#include "commands.h"
#include "describe.h"
#include "log.h"

#include "inbetween/review.h"
#include "inbetween/sequence.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;

namespace {

std::string describe(const ReviewResult& result, const std::string& out) {
    std::string text = result.changed > 0 ? fmt::format("{}: {} decisions applied", out, result.changed)
                                          : fmt::format("{}: nothing new", out);
    if (result.unchanged > 0)
        text += fmt::format(", {} were there already", result.unchanged);
    text += '\n';
    if (!result.skipped.empty())
        text += fmt::format("left out, changed since the report was made: {}\n",
                            formatFrameList(result.skipped));
    if (!result.decidedLater.empty())
        text += fmt::format("left out, decided later in the manifest: {}\n",
                            formatFrameList(result.decidedLater));
    return text + describeRenders(result.manifest);
}

} // namespace

SubCommand addReviewCommand(CLI::App& parent) {
    struct Arguments {
        std::string out, decisions;
        ReviewOptions options;
    };
    auto a = std::make_shared<Arguments>();
    CLI::App* app = parent.add_subcommand("review", "Take up what people decided in the report");
    app->require_subcommand(1);
    CLI::App* apply = app->add_subcommand("apply",
                                          "Write decisions.json into the manifest and rerender.txt of OUT");
    apply->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    apply->add_option("DECISIONS", a->decisions, "The decisions.json that the report saved")->required();
    apply->add_option("--by", a->options.by, "Who decided, where the file does not say");
    apply->add_flag("--skip-changed", a->options.skipChanged,
                    "Leave out decisions on frames that changed since, instead of refusing the file");
    apply->footer("Example:\n  inbetween review apply out/sh010 ~/Downloads/decisions.json\n\n"
                  "A file is taken whole or not at all; applying it again changes nothing.");
    return {app, [a] {
                say(describe(applyDecisions(a->out, a->decisions, a->options), a->out));
                return exitDone;
            }};
}
