#include "application.h"

#include "inbetween/version.h"

std::vector<SubCommand> addAllCommands(CLI::App& app) {
    app.name("inbetween");
    app.description(
        "Makes the frames between rendered keyframes, and says which of them to render after all.");
    app.set_version_flag("--version", std::string("inbetween ") + inbetween::versionString());
    app.require_subcommand(1);
    app.footer(
        "Examples:\n"
        "  inbetween info renders/sh010\n"
        "  inbetween run renders/sh010 -o out/sh010\n"
        "  inbetween run 'renders/sh010/beauty.####.exr' -o out/sh010 --max-rerender 10%\n"
        "  inbetween update out/sh010 --rendered renders/sh010_again\n"
        "  inbetween evaluate out/sh010 --reference truth/sh010\n\n"
        "Exit codes: 0 done; 1 some frames failed, the others are complete; 2 the command line or the input\n"
        "cannot be used; 3 done, frames are flagged, and --fail-on-flagged was given.");
    return {addRunCommand(app),     addUpdateCommand(app), addEvaluateCommand(app), addInfoCommand(app),
            addPreviewCommand(app), addMergeCommand(app),  addIndexCommand(app),    addReportCommand(app),
            addReviewCommand(app),  addVerifyCommand(app), addNextCommand(app),     addRegionsCommand(app),
            addLearnCommand(app),   addBenchCommand(app)};
}
