// inbetween: the command line.
#include "application.h"
#include "log.h"

#include "inbetween/error.h"

#include <fmt/format.h>
#include <new>

namespace {

int fail(const std::string& message, int code) {
    logError(message);
    return code;
}

std::string namesOf(const CLI::App& app) {
    std::string names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names += (names.empty() ? "" : ", ") + command->get_name();
    return names;
}

} // namespace

int main(int argc, char** argv) try {
    CLI::App app;
    const std::vector<SubCommand> commands = addAllCommands(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) { // --help, --version
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        if (app.get_subcommands().empty() && !app.remaining().empty())
            return fail(fmt::format("there is no command '{}', only {} (see inbetween --help)",
                                    inbetween::Error({}, app.remaining().front()).what(), namesOf(app)),
                        exitUnusable);
        const std::string name = app.get_subcommands().empty()
                                     ? ""
                                     : app.get_subcommands().front()->get_name() + " ";
        return fail(fmt::format("{} (see inbetween {}--help)", inbetween::Error({}, e.what()).what(), name),
                    exitUnusable);
    }
    for (const SubCommand& command : commands)
        if (command.app->parsed())
            return command.execute();
    return exitUnusable;
} catch (const inbetween::Error& e) {
    if (e.kind() == inbetween::ErrorKind::model)
        return fail(fmt::format("{}; give other weights with --model, or none for the built-in ones",
                                e.what()),
                    exitUnusable);
    return fail(e.what(), e.kind() == inbetween::ErrorKind::output ? exitSomeFailed : exitUnusable);
} catch (const std::bad_alloc&) {
    return fail("out of memory; give --memory a smaller budget or use fewer --threads", exitSomeFailed);
} catch (const std::exception& e) {
    return fail(inbetween::Error({}, e.what()).what(), exitSomeFailed);
}
