// What the command says on standard error: lines of text for a person, or one JSON object a line (--log
// json).
#pragma once

#include "inbetween/run.h"

#include <string>

enum class LogFormat { text, json };
void setLogFormat(LogFormat format); // of the whole process; text until then
// Errors go to an Open Job Description session on standard output, too (openjd_fail).
void setLogToOpenjd(bool on);

// "inbetween: error: MESSAGE", or {"event":"error","message":...}.
void logError(const std::string& message);
void logWarning(const std::string& message);

// Names that files carry, as they may be shown: no control characters.
std::string shown(const std::string& name);
// Lines on standard output, as they may be shown.
void say(const std::string& text);

// One object an event: event, seconds since this was called, done, total; frame and message where there is
// one.
inbetween::ProgressCallback makeJsonProgress();
