// The subcommands. Each adds its options to the parser and returns what to run when it was chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

// Exit codes, as --help and the README list them.
enum ExitCode { exitDone = 0, exitSomeFailed = 1, exitUnusable = 2, exitFlagged = 3 };

using Command = std::function<int()>;

struct SubCommand {
    CLI::App* app;
    Command execute;
};

SubCommand addRunCommand(CLI::App& parent);
SubCommand addUpdateCommand(CLI::App& parent);
SubCommand addEvaluateCommand(CLI::App& parent);
SubCommand addInfoCommand(CLI::App& parent);
SubCommand addPreviewCommand(CLI::App& parent);
SubCommand addMergeCommand(CLI::App& parent);
SubCommand addVerifyCommand(CLI::App& parent);
SubCommand addIndexCommand(CLI::App& parent);
SubCommand addReportCommand(CLI::App& parent);
SubCommand addReviewCommand(CLI::App& parent);
SubCommand addRegionsCommand(CLI::App& parent);
SubCommand addNextCommand(CLI::App& parent);
SubCommand addLearnCommand(CLI::App& parent);
SubCommand addBenchCommand(CLI::App& parent);
