#include "commands.h"
#include "log.h"

#include "inbetween/verify.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;

SubCommand addVerifyCommand(CLI::App& parent) {
    auto a = std::make_shared<VerifyOptions>();
    CLI::App* app = parent.add_subcommand("verify", "Check that every frame is still what the manifest says");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    app->add_option("--threads", a->threads, "Threads in all (0: as many as the process may use)")
        ->capture_default_str()
        ->check(CLI::Range(0, 4096));
    app->footer("Example:\n"
                "  inbetween verify out/sh010\n\n"
                "Reads the frames and changes nothing. Exit code 1 where a frame is gone or differs in a "
                "pixel or a byte; delete\n"
                "it and run again to have the same one made anew. `run --verify` makes deleted frames again "
                "and compares them.");
    return {app, [a] {
                const VerifyResult result = verify(*a);
                for (const std::string& line : result.differing)
                    logError(line);
                fmt::print("{} frames are what the manifest says, {} are not", result.verified,
                           result.differing.size());
                if (result.notKept > 0)
                    fmt::print(", {} were not kept", result.notKept);
                if (result.notMade > 0)
                    fmt::print(", {} were not made", result.notMade);
                fmt::print("\n");
                return result.differing.empty() ? exitDone : exitSomeFailed;
            }};
}
