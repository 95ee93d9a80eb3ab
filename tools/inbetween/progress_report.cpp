#include "progress_report.h"

#include "inbetween/error.h"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

using namespace inbetween;

namespace {

double share(const Progress& p) {
    return p.total > 0 ? double(p.done) / p.total : 1.0;
}

void bar(const Progress& p) {
    constexpr int cells = 40;
    const int full = int(share(p) * cells);
    if (p.event == RunEvent::frameFailed)
        fmt::print(stderr, "\r\x1b[Kframe {} failed: {}\n", p.frame, p.message);
    fmt::print(stderr, "\r\x1b[K[{:#>{}}{:.>{}}] {}/{}", "", full, "", cells - full, p.done, p.total);
    if (p.event == RunEvent::finished)
        fmt::print(stderr, "\n");
    std::fflush(stderr);
}

void lines(const Progress& p) {
    switch (p.event) {
    case RunEvent::started:
        fmt::print(stderr, "{} frames to make\n", p.total);
        break;
    case RunEvent::frameDone:
        fmt::print(stderr, "[{}/{}] frame {} done\n", p.done, p.total, p.frame);
        break;
    case RunEvent::frameFailed:
        fmt::print(stderr, "[{}/{}] frame {} failed: {}\n", p.done, p.total, p.frame, p.message);
        break;
    case RunEvent::finished:
        break;
    }
}

// What an Open Job Description session reads from standard output.
void openjd(const Progress& p) {
    if (p.event == RunEvent::frameFailed)
        fmt::print("openjd_status: frame {} failed: {}\n", p.frame, p.message);
    else if (p.event == RunEvent::frameDone)
        fmt::print("openjd_status: frame {} done\n", p.frame);
    fmt::print("openjd_progress: {:.1f}\n", 100.0 * (p.event == RunEvent::finished ? 1.0 : share(p)));
    std::fflush(stdout);
}

} // namespace

ProgressMode parseProgressMode(const std::string& name) {
    if (name == "auto")
        return isatty(STDERR_FILENO) ? ProgressMode::bar : ProgressMode::lines;
    if (name == "bar")
        return isatty(STDERR_FILENO) ? ProgressMode::bar
                                     : ProgressMode::lines; // a log wants no cursor movement
    if (name == "lines")
        return ProgressMode::lines;
    if (name == "openjd")
        return ProgressMode::openjd;
    if (name == "none")
        return ProgressMode::none;
    throw Error(ErrorKind::usage,
                fmt::format("--progress: '{}' is not auto, bar, lines, openjd or none", name));
}

ProgressCallback makeProgressReport(ProgressMode mode) {
    switch (mode) {
    case ProgressMode::bar:
        return bar;
    case ProgressMode::lines:
        return lines;
    case ProgressMode::openjd:
        return openjd;
    case ProgressMode::none:
        break;
    }
    return {};
}
