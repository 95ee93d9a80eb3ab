#include "commands.h"
#include "log.h"

#include "inbetween/review.h"
#include "inbetween/sequence.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;

namespace {

std::string describe(const ReviewResult& result, const std::string& out) {
    const Manifest::Totals totals = result.manifest.totals();
    const std::vector<int> rerender = result.manifest.rerenderFrames();
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
    text += rerender.empty() ? "nothing to render after all\n"
                             : fmt::format("render after all: {} ({} frames, rerender.txt)\n",
                                           formatFrameList(rerender), rerender.size());
    return text +
           fmt::format("renders saved: {:.0f}% of the shot's frames\n", 100 * totals.rendersSavedShare);
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
