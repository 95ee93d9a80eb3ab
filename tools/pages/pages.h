// Manual pages and shell completions, made from the command line itself so that they cannot differ from it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

// The subcommands of an application in the order of its help.
std::vector<const CLI::App*> subcommandsOf(const CLI::App& app);

// The options that help shows, positional ones too.
std::vector<const CLI::Option*> visibleOptions(const CLI::App& app);

// "-o", "--out": as they are typed.
std::vector<std::string> spellingsOf(const CLI::Option& option);

// What a check says the option accepts ("error", "angle", "model"); empty where it may be anything.
std::vector<std::string> valuesOf(const CLI::Option& option);

// A page of section 1 for `man`: roff source. `name` is "inbetween" or "inbetween-run", `version` its footer.
std::string manualPage(const CLI::App& app, const std::string& name, const std::string& version);

// A script that completes subcommands, options and the values of options; file names elsewhere.
std::string bashCompletion(const CLI::App& app);
std::string zshCompletion(const CLI::App& app);
