// The whole command line: what `inbetween` parses, and what its manual pages and completions are made from.
#pragma once

#include "commands.h"

#include <vector>

// Adds the help, version and every subcommand to an empty application.
std::vector<SubCommand> addAllCommands(CLI::App& app);
