#include "commands.h"
#include "describe.h"
#include "log.h"
#include "progress_report.h"
#include "report_at_end.h"
#include "run_arguments.h"

#include "inbetween/error.h"
#include "inbetween/run.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

using namespace inbetween;

namespace {

struct RunArguments {
    RunOptions options;
    VerdictArguments verdict;
    std::vector<std::string> keys;
    std::string out, model, riskModel, renderTimes, frames,
        compression = "keep", depth = "keep", precision = "auto", quality = "best", memory, maxPixels,
        progress = "auto", store = "all", shard, gaps, trace, log = "text";
    bool dryRun = false, failOnFlagged = false, noResume = false, quiet = false, noReport = false;
};

void complete(RunArguments& a) {
    a.options.keys = a.keys.front();
    a.options.companions.assign(a.keys.begin() + 1, a.keys.end());
    a.options.out = a.out;
    a.options.model = a.model;
    if (!a.shard.empty())
        a.options.part = parseShard(a.shard);
    if (!a.gaps.empty())
        a.options.part = parseGaps(a.gaps);
    a.options.trace = a.trace;
    if (!a.frames.empty())
        a.options.sequence.frames = a.frames;
    a.options.write.compression = parseCompression(a.compression);
    a.options.write.depth = parseDepth(a.depth);
    a.options.precision = parsePrecision(a.precision);
    a.options.quality = parseQuality(a.quality);
    if (!a.memory.empty())
        a.options.memoryBytes = parseBytes(a.memory);
    if (!a.maxPixels.empty())
        a.options.read.maxPixels = parsePixels(a.maxPixels);
    a.options.verdict = a.verdict.options();
    a.options.riskModel = a.riskModel;
    a.options.renderTimes = a.renderTimes;
    a.options.resume = !a.noResume;
    if (a.store != "all" && a.store != "none")
        throw Error(ErrorKind::usage, fmt::format("--store: '{}' is not all or none", a.store));
    a.options.keepFrames = a.store == "all";
}

// Progress as asked for; log lines of a program go to standard error beside what a farm reads on standard
// output.
ProgressCallback progressOf(const RunArguments& a, ProgressMode mode) {
    if (a.quiet)
        return {};
    if (a.log != "json")
        return makeProgressReport(mode);
    if (mode != ProgressMode::openjd)
        return makeJsonProgress();
    return [toFarm = makeProgressReport(mode), toLog = makeJsonProgress()](const Progress& progress) {
        toFarm(progress);
        toLog(progress);
    };
}

int execute(RunArguments& a) {
    setLogFormat(a.log == "json" ? LogFormat::json : LogFormat::text);
    setLogToOpenjd(a.progress == "openjd");
    complete(a);
    const ProgressMode mode = parseProgressMode(a.progress);
    if (a.dryRun) {
        const Plan found = plan(a.options);
        say(describe(found));
        if (!found.problem.empty())
            throw Error(ErrorKind::usage, found.problem);
        return exitDone;
    }
    const RunResult result = run(a.options, progressOf(a, mode));
    reportProblems(result, a.quiet);
    for (const std::string& line : result.differing)
        logError(line);
    if (!a.quiet && mode != ProgressMode::openjd) {
        say(a.options.part.whole() ? describe(result, a.options.out) : describePart(result, a.options));
        if (a.options.verify)
            fmt::print("verified: {} frames have the pixel hashes of the manifest, {} differ\n",
                       result.verified, result.differing.size());
    }
    if (!a.noReport && a.options.part.whole())
        writeReportAtEnd(a.options.out, a.options.threads, a.quiet);
    if (!a.options.keepFrames)
        removeGeneratedFrames(a.options.out, result.manifest);
    const bool lacksFiles = std::any_of(result.manifest.frames.begin(), result.manifest.frames.end(),
                                        [](const ManifestFrame& frame) { return frame.lacksFile(); });
    if (result.failed > 0 || lacksFiles || !result.unusableKeyframes.empty() || !result.differing.empty())
        return exitSomeFailed;
    return a.failOnFlagged && result.manifest.totals().flagged > 0 ? exitFlagged : exitDone;
}

} // namespace

SubCommand addRunCommand(CLI::App& parent) {
    auto a = std::make_shared<RunArguments>();
    CLI::App* app = parent.add_subcommand("run", "Make the frames between the keyframes in KEYS");
    app->add_option(
           "KEYS", a->keys,
           "A folder of EXR frames, or a pattern: shot.####.exr (#### is four digits), shot.%04d.exr, "
           "shot.@@@@.exr. Several make one shot: the first has the beauty, the others its layers that are "
           "in "
           "files of their own (depth, vectors, Cryptomatte); each is written as a sequence of its own")
        ->required();
    app->add_option("-o,--out", a->out,
                    "Folder for the frames, manifest.json, manifest.csv and rerender.txt");
    app->add_option("--frames", a->frames, "Use these keyframes only: 1-100x2,120");
    app->add_flag(
        "--use-generated", a->options.sequence.useGenerated,
        "Take frames that Inbetween generated for keyframes, too; they are known by their header, and "
        "left out without this");
    app->add_option("--max-gap", a->options.sequence.maxGap,
                    "Greatest distance of two keyframes that is bridged")
        ->capture_default_str()
        ->check(CLI::Range(2, 100000));
    app->add_option("--channels", a->options.read.channels,
                    "Channels to make, globs: R,G,B,A,'diffuse.*' (default: all)")
        ->delimiter(',');
    app->add_option("--compression", a->compression,
                    "keep, none, rle, zips, zip, piz, pxr24, b44, b44a, dwaa or dwab")
        ->capture_default_str();
    app->add_option("--depth", a->depth, "Sample type of what is written: half, float or keep")
        ->capture_default_str();
    app->add_option("--vectors", a->options.vectors,
                    "The renderer's motion vectors: auto, none, or blender, nuke, arnold or renderman, and "
                    "where they depart "
                    "from it :flip-x, :flip-y, :normalised, :span=FRAMES, :offset=VALUE (0.5 for 0..1) or "
                    ":scale=FACTOR; `info` says what fits")
        ->capture_default_str();
    addRoleOptions(*app, a->options.roles);
    a->verdict.addTo(*app);
    app->add_option("--risk-model", a->riskModel,
                    "A model that `inbetween learn` made: says of each frame how likely it is to be rendered "
                    "after all; `--risk model` decides by it");
    app->add_option(
        "--render-times", a->renderTimes,
        "CSV of frame and render time (12,62.5 or 12,1:02.5), to say what is saved in hours (default: "
        "what the renderer left in the keyframes)");
    app->add_flag("--self-calibrate,!--no-self-calibrate", a->options.selfCalibrate,
                  "Make up to four keyframes again, from the in-betweens beside them, and correct the "
                  "predicted errors of the shot by "
                  "what is measured (on where there are three keyframes or more)");
    app->add_flag("--risk-maps", a->options.riskMaps,
                  "Write risk/<frame>.exr with the maps behind the score");
    app->add_option("--model", a->model, "Weights to use instead of the ones built in (safetensors)");
    app->add_option("--quality", a->quality,
                    "best, or fast: where the motion is estimated, best does everything twice, on the "
                    "pictures as they "
                    "are and turned, and takes the mean")
        ->capture_default_str();
    app->add_option(
           "--precision", a->precision,
           "auto, float32, bfloat16 or int8 (auto: bfloat16 where the processor has it, else int8 where it "
           "has VNNI)")
        ->capture_default_str();
    app->add_option("--threads", a->options.threads, "Threads in all (0: as many as the process may use)")
        ->capture_default_str()
        ->check(CLI::Range(0, 4096));
    app->add_option("--memory", a->memory,
                    "Budget for what is in flight: 512M, 8G (default: half of what is free)");
    app->add_option("--max-pixels", a->maxPixels,
                    "Largest picture that is read: 150M, 1G (default: 150M, 16k by 9k)");
    CLI::Option* shard = app->add_option("--shard", a->shard,
                                         "Make a part of the shot: 3/16, the third of sixteen; "
                                         "`inbetween merge` joins them");
    app->add_option("--gaps", a->gaps,
                    "Make the gaps that hold any of these frames: 120-160; to be merged, too")
        ->excludes(shard);
    app->add_option("--progress", a->progress, "auto, bar, lines, openjd or none")->capture_default_str();
    app->add_option("--log", a->log, "What goes to standard error: text, or json (an object a line)")
        ->capture_default_str()
        ->check(CLI::IsMember({"text", "json"}));
    app->add_option("--trace", a->trace,
                    "Write where the time went, for Perfetto or about:tracing, to this file");
    app->add_flag("--no-report", a->noReport, "Do not write report.html");
    app->add_flag("-q,--quiet", a->quiet, "Print errors only");
    app->add_flag("--no-resume", a->noResume, "Make every frame again, even those that are complete");
    app->add_option("--store", a->store,
                    "all, or none: keep the manifest alone, and remove the generated frames at the end; a "
                    "run without it makes the same ones again")
        ->capture_default_str();
    app->add_flag(
        "--verify-writes", a->options.write.readBack,
        "Read every frame back from the disk before it gets its name and the manifest says that it is there");
    app->add_flag("--verify", a->options.verify,
                  "Compare every frame with the manifest of the run before: frames that were "
                  "deleted are made again and must have its pixel hashes");
    app->add_flag("--dry-run", a->dryRun, "Say what would be done, and do nothing");
    app->add_flag("--fail-on-flagged", a->failOnFlagged, "Exit with 3 when frames are flagged");
    app->footer(
        "Examples:\n"
        "  inbetween run renders/sh010 -o out/sh010\n"
        "  inbetween run 'renders/sh010/beauty.####.exr' -o out/sh010 --frames 1-100x2 --risk-maps\n"
        "  inbetween run 'sh010/beauty.####.exr' 'sh010/depth.####.exr' 'sh010/crypto.####.exr' -o "
        "out/sh010\n"
        "  inbetween run renders/sh010 -o out/sh010 --max-rerender 10% --progress openjd\n"
        "  inbetween run renders/sh010 -o out/sh010 --shard 3/16      (then: inbetween merge out/sh010)\n\n"
        "A second run keeps what is complete and still matches. Keyframes are never written to.");
    return {app, [a] { return execute(*a); }};
}
