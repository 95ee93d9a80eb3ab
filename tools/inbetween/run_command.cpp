#include "commands.h"
#include "describe.h"
#include "progress_report.h"

#include "inbetween/error.h"
#include "inbetween/run.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <memory>

using namespace inbetween;

namespace {

// "8G", "512M", "1.5g": bytes.
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

// "10%" or "0.1": a share.
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

struct RunArguments {
    RunOptions options;
    std::string out, model, frames, compression = "keep", depth = "keep", precision = "auto", memory, maxRerender,
                progress = "auto";
    bool dryRun = false, failOnFlagged = false, noResume = false, quiet = false;
};

void complete(RunArguments& a) {
    a.options.out = a.out;
    a.options.model = a.model;
    if (!a.frames.empty())
        a.options.sequence.frames = a.frames;
    a.options.write.compression = parseCompression(a.compression);
    a.options.write.depth = parseDepth(a.depth);
    a.options.precision = parsePrecision(a.precision);
    if (!a.memory.empty())
        a.options.memoryBytes = parseBytes(a.memory);
    if (!a.maxRerender.empty())
        a.options.verdict.maxRerenderShare = parseShare(a.maxRerender);
    a.options.resume = !a.noResume;
}

// What went wrong in part of the run, on standard error whatever the mode of progress: a line for each cause.
void reportProblems(const RunResult& result, bool errorsOnly) {
    const auto& unusable = result.unusableKeyframes;
    for (const std::string& problem : result.manifest.problems) {
        const bool isError = std::find(unusable.begin(), unusable.end(), problem) != unusable.end();
        if (isError || !errorsOnly)
            fmt::print(stderr, "inbetween: {}: {}\n", isError ? "error" : "warning", problem);
    }
    std::map<std::string, std::vector<int>> failures;
    for (const ManifestFrame& frame : result.manifest.frames)
        if (frame.status == FrameStatus::failed)
            failures[frame.error].push_back(frame.frame);
    for (const auto& [error, frames] : failures)
        fmt::print(stderr, "inbetween: error: {} {}: {}\n", frames.size() > 1 ? "frames" : "frame",
                   formatFrameList(frames), error);
}

int execute(RunArguments& a) {
    complete(a);
    const ProgressMode mode = parseProgressMode(a.progress);
    if (a.dryRun) {
        fmt::print("{}", describe(plan(a.options)));
        return exitDone;
    }
    const RunResult result = run(a.options, makeProgressReport(a.quiet ? ProgressMode::none : mode));
    reportProblems(result, a.quiet);
    if (!a.quiet && mode != ProgressMode::openjd)
        fmt::print("{}", describe(result, a.options.out));
    if (result.failed > 0 || !result.unusableKeyframes.empty())
        return exitSomeFailed;
    return a.failOnFlagged && result.manifest.totals().flagged > 0 ? exitFlagged : exitDone;
}

} // namespace

SubCommand addRunCommand(CLI::App& parent) {
    auto a = std::make_shared<RunArguments>();
    CLI::App* app = parent.add_subcommand("run", "Make the frames between the keyframes in KEYS");
    app->add_option("KEYS", a->options.keys,
                    "A folder of EXR frames, or a pattern: shot.####.exr (#### is four digits), shot.%04d.exr, "
                    "shot.@@@@.exr")
        ->required();
    app->add_option("-o,--out", a->out, "Folder for the frames, manifest.json, manifest.csv and rerender.txt");
    app->add_option("--frames", a->frames, "Use these keyframes only: 1-100x2,120");
    app->add_option("--max-gap", a->options.sequence.maxGap,
                    "Greatest distance of two keyframes that is bridged")
        ->capture_default_str()
        ->check(CLI::Range(2, 100000));
    app->add_option("--channels", a->options.read.channels, "Channels to make, globs: R,G,B,A,'diffuse.*' (default: all)")
        ->delimiter(',');
    app->add_option("--compression", a->compression,
                    "keep, none, rle, zips, zip, piz, pxr24, b44, b44a, dwaa or dwab")
        ->capture_default_str();
    app->add_option("--depth", a->depth, "Sample type of what is written: half, float or keep")->capture_default_str();
    app->add_option("--vectors", a->options.vectors,
                    "The renderer's motion vectors: auto, none, blender, nuke, arnold or renderman")
        ->capture_default_str();
    app->add_option("--threshold", a->options.verdict.threshold,
                    "Render a frame after all from this predicted error on (display view, RMS; 0.0316 is 30 dB)")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    app->add_option("--max-rerender", a->maxRerender,
                    "Instead of --threshold: render the worst frames after all, up to this share (10%)")
        ->excludes(app->get_option("--threshold"));
    app->add_flag("--risk-maps", a->options.riskMaps, "Write risk/<frame>.exr with the maps behind the score");
    app->add_option("--model", a->model, "Weights to use instead of the ones built in (safetensors)");
    app->add_option("--precision", a->precision, "auto, float32 or bfloat16 (auto: bfloat16 where the processor has it)")
        ->capture_default_str();
    app->add_option("--threads", a->options.threads, "Threads in all (0: as many as the process may use)")
        ->capture_default_str()
        ->check(CLI::Range(0, 4096));
    app->add_option("--memory", a->memory, "Budget for what is in flight: 512M, 8G (default: half of what is free)");
    app->add_option("--progress", a->progress, "auto, bar, lines, openjd or none")->capture_default_str();
    app->add_flag("-q,--quiet", a->quiet, "Print errors only");
    app->add_flag("--no-resume", a->noResume, "Make every frame again, even those that are complete");
    app->add_flag("--dry-run", a->dryRun, "Say what would be done, and do nothing");
    app->add_flag("--fail-on-flagged", a->failOnFlagged, "Exit with 3 when frames are flagged");
    app->footer("Examples:\n"
                "  inbetween run renders/sh010 -o out/sh010\n"
                "  inbetween run 'renders/sh010/beauty.####.exr' -o out/sh010 --frames 1-100x2 --risk-maps\n"
                "  inbetween run renders/sh010 -o out/sh010 --max-rerender 10% --progress openjd\n\n"
                "A second run keeps what is complete and still matches. Keyframes are never written to.");
    return {app, [a] { return execute(*a); }};
}
