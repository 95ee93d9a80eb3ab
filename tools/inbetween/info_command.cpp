#include "commands.h"
#include "describe.h"
#include "log.h"
#include "run_arguments.h"

#include "inbetween/error.h"
#include "inbetween/layer_sequences.h"
#include "inbetween/run.h"
#include "inbetween/vector_check.h"

#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>

using namespace inbetween;

namespace {

// The command that joins a sequence with the other layers of its shot, in its folder or in those beside it.
std::string joinCommandFor(const std::filesystem::path& what) {
    const bool isFolder = std::filesystem::is_directory(what);
    const std::filesystem::path folder = isFolder ? what : what.has_parent_path() ? what.parent_path() : ".";
    std::vector<std::string> layers = findLayerSequences(folder);
    if (layers.empty())
        layers = findLayerSequences(folder / "..");
    return joinCommand(layers);
}

// What is there is said even where it is not known what it is for.
void describeFile(const std::string& file, const RoleOptions& options) {
    const Image outline = readExrOutline(file);
    std::vector<GroupRoles> groups;
    std::optional<Error> problem;
    try {
        const RoleOptions known = needsPixels(outline, options) ? withRolesFromPixels(readExr(file), options)
                                                                : options;
        groups = rolesByGroup(outline, findGroups(outline, known));
    } catch (const Error& error) {
        problem = error;
    }
    say(shown(file) + "\n" + describe(readExrInfo(file), groups));
    if (problem)
        throw *problem;
}

} // namespace

SubCommand addInfoCommand(CLI::App& parent) {
    struct Arguments {
        std::vector<std::string> what;
        SequenceOptions sequence;
        std::string maxPixels;
        RoleOptions roles;
    };
    auto a = std::make_shared<Arguments>();
    CLI::App* app =
        parent.add_subcommand("info", "Say what a file or a folder of frames holds, and what `run` would do");
    app->add_option("FILE|DIR", a->what,
                    "An EXR file, a folder, or a pattern as for `run`; several are the layers of one shot")
        ->required();
    app->add_option("--max-gap", a->sequence.maxGap, "As for `run`")->check(CLI::Range(2, 100000));
    app->add_option("--max-pixels", a->maxPixels, "As for `run`");
    app->add_flag("--use-generated", a->sequence.useGenerated, "As for `run`");
    addRoleOptions(*app, a->roles);
    app->footer("Examples:\n  inbetween info renders/sh010\n  inbetween info renders/sh010/beauty.0001.exr");
    return {app, [a] {
                const std::filesystem::path first = a->what.front();
                if (a->what.size() == 1 && std::filesystem::is_regular_file(first)) {
                    describeFile(first.string(), a->roles);
                    return exitDone;
                }
                const std::string join = a->what.size() == 1 ? joinCommandFor(first) : "";
                if (std::filesystem::is_directory(first) && !findLayerSequences(first).empty()) {
                    say(fmt::format("{}\n  several sequences, which look like the layers of one shot; make "
                                    "them together: {}\n",
                                    shown(first.string()), shown(join)));
                    return exitDone;
                }
                RunOptions options;
                options.keys = a->what.front();
                options.companions.assign(a->what.begin() + 1, a->what.end());
                options.sequence = a->sequence;
                options.roles = a->roles;
                if (!a->maxPixels.empty())
                    options.read.maxPixels = parsePixels(a->maxPixels);
                const Plan found = plan(options);
                say(describe(found));
                if (!found.problem.empty())
                    throw Error(ErrorKind::usage, found.problem);
                if (!found.sequence.gaps.empty())
                    say("  " + describe(checkVectors(found.sequence, options.read, options.roles)) + "\n");
                if (!join.empty())
                    say(fmt::format("  there are other layers of this shot; make them together: {}\n",
                                    shown(join)));
                return exitDone;
            }};
}
