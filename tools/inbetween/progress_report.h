// How a run tells of its progress: for a person at a terminal, for a log, for a farm.
#pragma once

#include "inbetween/run.h"

#include <memory>
#include <string>

enum class ProgressMode { bar, lines, openjd, none };

// "auto" is a bar on a terminal and lines elsewhere. Throws inbetween::Error(usage).
ProgressMode parseProgressMode(const std::string& name);

inbetween::ProgressCallback makeProgressReport(ProgressMode mode);
