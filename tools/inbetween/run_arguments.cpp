#include "run_arguments.h"

#include "log.h"

#include "inbetween/error.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <utility>

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
    const double factor = unit.empty()                 ? 1
                          : unit == "M" || unit == "m" ? 1e6
                          : unit == "G" || unit == "g" ? 1e9
                                                       : 0;
    if (error != std::errc() || !(value * factor >= 1) || value * factor > 1e12)
        throw Error(ErrorKind::usage,
                    fmt::format("--max-pixels: '{}' is not a count of pixels; write 150M or 1G", text));
    return std::size_t(value * factor);
}

namespace {

// "10%" or "0.1".
std::optional<double> shareOf(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string unit(end, text.data() + text.size());
    if (unit == "%")
        value /= 100;
    if (error != std::errc() || !(unit.empty() || unit == "%") || !(value >= 0 && value <= 1))
        return std::nullopt;
    return value;
}

std::optional<int> countOf(const std::string& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

constexpr std::pair<const char*, RiskMeasure> measures[] = {{"error", RiskMeasure::error},
                                                            {"angle", RiskMeasure::angle},
                                                            {"model", RiskMeasure::model}};

} // namespace

void addRoleOptions(CLI::App& app, RoleOptions& roles) {
    const char* const group = "Layers (default: found by name; `info` shows them)";
    app.add_option("--beauty", roles.beauty, "The layer that is the picture: Image, ViewLayer.Combined")
        ->group(group);
    app.add_option("--depth-layer", roles.depth, "The layer with the depth: ViewLayer.Depth")->group(group);
    app.add_option("--vector-layer", roles.vectors,
                   "The layer with the motion vectors; two of them: forward,backward")
        ->delimiter(',')
        ->group(group);
    app.add_option("--ids", roles.identifiers,
                   "More layers with identifiers, which are never blended: marks,'id_*'")
        ->delimiter(',')
        ->group(group);
    app.add_option("--passes", roles.passes,
                   "Colour layers that move with the beauty, instead of by themselves: 'light_*'")
        ->delimiter(',')
        ->group(group);
}

void VerdictArguments::addTo(CLI::App& app) {
    app.add_option("--risk", by,
                   "What verdicts go by: error (the predicted one), angle (the spread of flow angles alone, "
                   "in radians) or model "
                   "(the probability that --risk-model gives)")
        ->capture_default_str()
        ->check(CLI::IsMember({"error", "angle", "model"}));
    thresholdOption = app.add_option("--threshold", threshold,
                                     "Render a frame after all from here on. error: display view, RMS, "
                                     "0.0316 (30 dB; for the worst 5% of blocks 8 dB "
                                     "more is allowed); angle: 0.6 rad; model: 0.5")
                          ->check(CLI::Range(0.0, 3.2));
    app.add_option(
           "--max-rerender", maxRerender,
           "Instead of --threshold: render the worst frames after all, up to a share (10%) or a number (12)")
        ->excludes(thresholdOption);
    maxMissOption = app.add_option("--max-miss", maxMiss,
                                   "Tolerated share of bad frames that are kept: flags from so far under "
                                   "--threshold on as the predicted error was found "
                                   "to be too low for this share of frames; 50% is no margin")
                        ->capture_default_str()
                        ->excludes(app.get_option("--max-rerender"));
    app.add_option(
           "--partial-overhead", partialOverhead,
           "What a box costs beside its area, as a share of a frame: boxes are asked for where they are "
           "cheaper than the frame; 100%: whole frames only")
        ->capture_default_str();
}

bool VerdictArguments::given(const CLI::App& app) const {
    return app.count("--risk") + app.count("--threshold") + app.count("--max-rerender") +
               app.count("--max-miss") + app.count("--partial-overhead") >
           0;
}

VerdictOptions VerdictArguments::options() const {
    VerdictOptions options;
    for (const auto& [name, measure] : measures)
        if (by == name)
            options.by = measure;
    options.threshold = thresholdOption->count() > 0 ? threshold : defaultThreshold(options.by);
    if (options.by != RiskMeasure::angle && options.threshold > 1)
        throw Error(ErrorKind::usage,
                    fmt::format("--threshold: {} is over 1; only --risk angle has larger figures",
                                threshold));
    if (!maxRerender.empty()) {
        // "1" is a frame; 100% is all of them.
        const auto count = countOf(maxRerender);
        const auto share = shareOf(maxRerender);
        if (count)
            options.maxRerenderFrames = *count;
        else if (share)
            options.maxRerenderShare = *share;
        else
            throw Error(
                ErrorKind::usage,
                fmt::format(
                    "--max-rerender: '{}' is neither a share nor a number of frames; write 10%, 0.1 or 12",
                    maxRerender));
    }
    const auto overhead = shareOf(partialOverhead);
    if (!overhead)
        throw Error(
            ErrorKind::usage,
            fmt::format("--partial-overhead: '{}' is not a share of a frame; write 5% or 0.05, up to 100%",
                        partialOverhead));
    options.partialOverhead = *overhead;
    const auto share = shareOf(maxMiss);
    if (!share || *share <= 0 || *share > 0.5)
        throw Error(ErrorKind::usage,
                    fmt::format("--max-miss: '{}' is not a share up to 50%; write 2% or 0.02", maxMiss));
    options.maxMiss = options.by == RiskMeasure::error ? *share : -1;
    if (options.by != RiskMeasure::error && maxMissOption->count() > 0)
        throw Error(ErrorKind::usage,
                    "--max-miss: only the predicted error has a known spread; leave --risk out");
    return options;
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
    std::map<std::string, std::vector<int>> failures, notes;
    for (const ManifestFrame& frame : result.manifest.frames) {
        if (frame.status == FrameStatus::failed)
            failures[frame.error].push_back(frame.frame);
        for (const CompanionFile& file : frame.companions)
            if (!file.error.empty())
                failures[file.error].push_back(frame.frame);
        for (const std::string& note : frame.notes)
            notes[note].push_back(frame.frame);
    }
    const auto line = [](const std::string& text, const std::vector<int>& frames) {
        return fmt::format("{} {}: {}", frames.size() > 1 ? "frames" : "frame", formatFrameList(frames),
                           text);
    };
    for (const auto& [error, frames] : failures)
        logError(line(error, frames));
    if (!errorsOnly)
        for (const auto& [note, frames] : notes)
            logWarning(line(note, frames));
}
