// What the commands that run the pipeline share.
#pragma once

#include "inbetween/run.h"

#include <string>

// "8G", "512M", "1.5g": bytes, for --memory. Throws Error(usage).
std::size_t parseBytes(const std::string& text);
// "150M", "1.5G", "40000": pixels, for --max-pixels. Throws Error(usage).
std::size_t parsePixels(const std::string& text);
// "10%" or "0.1": a share, for --max-rerender. Throws Error(usage).
double parseShare(const std::string& text);

// What went wrong in part of the run, on standard error whatever the mode of progress: a line for each cause.
void reportProblems(const inbetween::RunResult& result, bool errorsOnly);
