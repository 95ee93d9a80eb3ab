#include "log.h"

#include "inbetween/error.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace inbetween;

namespace {

using Json = nlohmann::ordered_json;

LogFormat currentFormat = LogFormat::text;
bool toOpenjd = false;

void printLine(const Json& json) {
    // File names need not be UTF-8, JSON must be.
    fmt::print(stderr, "{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void log(const char* kind, const std::string& text) {
    const std::string message = shown(text);
    if (currentFormat == LogFormat::json)
        printLine({{"event", kind}, {"message", message}});
    else
        fmt::print(stderr, "inbetween: {}: {}\n", kind, message);
}

const char* nameOf(RunEvent event) {
    switch (event) {
    case RunEvent::started:
        return "started";
    case RunEvent::frameDone:
        return "frameDone";
    case RunEvent::frameFailed:
        return "frameFailed";
    case RunEvent::finished:
        return "finished";
    }
    return "";
}

} // namespace

void setLogFormat(LogFormat format) {
    currentFormat = format;
}

void setLogToOpenjd(bool on) {
    toOpenjd = on;
}

void logError(const std::string& message) {
    log("error", message);
    if (toOpenjd)
        fmt::print("openjd_fail: {}\n", shown(message));
}

std::string shown(const std::string& name) {
    return Error({}, name).what(); // whose messages may be shown
}

void say(const std::string& text) {
    std::string safe;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        safe += shown(text.substr(begin, end - begin)) + (end < text.size() ? "\n" : "");
        begin = end + 1;
    }
    fmt::print("{}", safe);
}

void logWarning(const std::string& message) {
    log("warning", message);
}

ProgressCallback makeJsonProgress() {
    using Clock = std::chrono::steady_clock;
    return [start = Clock::now()](const Progress& p) {
        Json json{{"event", nameOf(p.event)},
                  {"seconds", std::chrono::duration<double>(Clock::now() - start).count()},
                  {"done", p.done},
                  {"total", p.total}};
        if (p.event == RunEvent::frameDone || p.event == RunEvent::frameFailed)
            json["frame"] = p.frame;
        if (!p.message.empty())
            json["message"] = p.message;
        printLine(json);
    };
}
