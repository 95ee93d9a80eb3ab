#include "commands.h"
#include "log.h"

#include "inbetween/preview.h"

#include <fmt/format.h>
#include <memory>

using namespace inbetween;

namespace {

const char* describe(MovieCodec codec) {
    switch (codec) {
    case MovieCodec::mp4v:
        return "MPEG-4 (mp4v)";
    case MovieCodec::mjpg:
        return "Motion JPEG";
    default:
        return "H.264";
    }
}

} // namespace

SubCommand addPreviewCommand(CLI::App& parent) {
    struct Arguments {
        std::string out, file, compare, codec = "auto";
        PreviewOptions options;
    };
    auto a = std::make_shared<Arguments>();
    PreviewOptions& options = a->options;
    CLI::App* app = parent.add_subcommand("preview", "Write a movie of the shot that `run` completed in OUT");
    app->add_option("OUT", a->out, "The folder that `inbetween run` wrote")->required();
    app->add_option("-o", a->file, "The movie: .mp4, .mov, .mkv or .avi (default: OUT/preview.mp4)");
    app->add_flag("--burn-in", options.burnIn,
                  "Write into each frame its number and what it is: keyframe, generated, flagged, rendered");
    app->add_option(
        "--reference", options.reference,
        "Folder or pattern of rendered frames to compare with; keyframes that it lacks are compared with "
        "themselves");
    app->add_option(
        "--compare", a->compare,
        "side-by-side: the reference at the right (default with --reference); wipe: right of a line that "
        "swings to and fro");
    app->add_option("--fps", options.framesPerSecond, "Frames per second (default: as the keyframes say)")
        ->check(CLI::Range(0.01, 1000.0));
    app->add_option("--exposure", options.exposureStops,
                    "Stops brighter, or darker where negative (default: 0)")
        ->check(CLI::Range(-30.0, 30.0));
    app->add_option("--width", options.width, "Pixels of one picture, at most (default: as rendered)")
        ->check(CLI::Range(16, 16384));
    app->add_option("--codec", a->codec,
                    "h264, mp4v or mjpg; auto: the first of these that there is an encoder for (default)");
    app->add_option("--threads", options.threads, "Threads in all (0: as many as the process may use)")
        ->check(CLI::Range(0, 4096));
    app->footer("Frames that were not made, or are gone, are slates that say so.\n\n"
                "Examples:\n"
                "  inbetween preview out/sh010 --burn-in\n"
                "  inbetween preview out/sh010 --reference truth/sh010 --compare wipe --width 1280");
    return {app, [a] {
                a->options.file = a->file;
                a->options.codec = parseMovieCodec(a->codec);
                if (!a->compare.empty())
                    a->options.compare = parseCompare(a->compare);
                const PreviewResult result = writePreview(a->out, a->options);
                fmt::print("{}: {} frames, {}x{}, {:g} per second, {}\n", result.file.string(), result.frames,
                           result.width, result.height, result.framesPerSecond, describe(result.codec));
                if (result.slates > 0)
                    fmt::print("{} of them {} not there: a slate says why\n", result.slates,
                               result.slates == 1 ? "is" : "are");
                for (const std::string& problem : result.problems)
                    say("problem: " + problem + "\n");
                return result.problems.empty() ? exitDone : exitSomeFailed;
            }};
}
