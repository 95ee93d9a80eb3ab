#include "run_arguments.h"

#include "log.h"

#include "inbetween/error.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>

using namespace inbetween;

std::size_t parseBytes(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string unit(end, text.data() + text.size());
    double factor = 0;
    if (unit == "M" || unit == "m")
        factor = double(1 << 20);
    else if (unit == "G" || unit == "g")
        factor = double(1 << 30);
    if (error != std::errc() || factor == 0 || !(value > 0) || value * factor > 1e15)
        throw Error(ErrorKind::usage, fmt::format("--memory: '{}' is not a size; write 512M or 8G", text));
    return std::size_t(value * factor);
}

std::size_t parsePixels(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string unit(end, text.data() + text.size());
    const double factor = unit.empty() ? 1 : unit == "M" || unit == "m" ? 1e6 : unit == "G" || unit == "g" ? 1e9 : 0;
    if (error != std::errc() || !(value * factor >= 1) || value * factor > 1e12)
        throw Error(ErrorKind::usage, fmt::format("--max-pixels: '{}' is not a count of pixels; write 150M or 1G", text));
    return std::size_t(value * factor);
}

double parseShare(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string unit(end, text.data() + text.size());
    if (unit == "%")
        value /= 100;
    if (error != std::errc() || !(unit.empty() || unit == "%") || !(value >= 0 && value <= 1))
        throw Error(ErrorKind::usage, fmt::format("--max-rerender: '{}' is not a share; write 10% or 0.1", text));
    return value;
}

void reportProblems(const RunResult& result, bool errorsOnly) {
    const auto& unusable = result.unusableKeyframes;
    for (const std::string& problem : result.manifest.problems) {
        const bool isError = std::find(unusable.begin(), unusable.end(), problem) != unusable.end();
        if (isError)
            logError(problem);
        else if (!errorsOnly)
            logWarning(problem);
    }
    std::map<std::string, std::vector<int>> failures;
    for (const ManifestFrame& frame : result.manifest.frames)
        if (frame.status == FrameStatus::failed)
            failures[frame.error].push_back(frame.frame);
    for (const auto& [error, frames] : failures)
        logError(fmt::format("{} {}: {}", frames.size() > 1 ? "frames" : "frame", formatFrameList(frames), error));
}
