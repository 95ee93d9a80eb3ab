// What the commands that run the pipeline share.
#pragma once

#include "inbetween/run.h"

#include <CLI/CLI.hpp>
#include <string>

// "8G", "512M", "1.5g": bytes, for --memory. Throws Error(usage).
std::size_t parseBytes(const std::string& text);
// "150M", "1.5G", "40000": pixels, for --max-pixels. Throws Error(usage).
std::size_t parsePixels(const std::string& text);
// The options that say what layers are for: --beauty, --depth-layer, --vector-layer, --ids, --passes.
void addRoleOptions(CLI::App& app, inbetween::RoleOptions& roles);
// The options that say what becomes of a frame: --risk, --threshold, --max-rerender, --max-miss,
// --partial-overhead.
struct VerdictArguments {
    std::string by = "error", maxRerender, maxMiss = "2%", partialOverhead = "5%";
    double threshold = 0;
    CLI::Option *thresholdOption = nullptr, *maxMissOption = nullptr;

    void addTo(CLI::App& app);
    bool given(const CLI::App& app) const;
    inbetween::VerdictOptions options() const; // throws Error(usage)
};

// What went wrong in part of the run, on standard error whatever the mode of progress: a line for each cause.
void reportProblems(const inbetween::RunResult& result, bool errorsOnly);
