// A movie of a shot to look at: keyframes and in-betweens in order.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

enum class Compare { none, sideBySide, wipe };
Compare parseCompare(
    const std::string& name); // "side-by-side", "wipe"; throws Error(usage) that lists the names

// automatic: the first of h264, mp4v, mjpg that this machine has an encoder for and the container takes.
enum class MovieCodec { automatic, h264, mp4v, mjpg };
MovieCodec parseMovieCodec(const std::string& name); // throws Error(usage) that lists the names

struct PreviewOptions {
    std::filesystem::path file{}; // .mp4, .mov, .mkv or .avi; empty: preview.mp4 in the folder of the run
    bool burnIn = false;          // frame number and what the frame is, in a box at the lower left
    std::string reference{};      // folder or pattern of rendered frames; empty: none
    Compare compare =
        Compare::none; // sideBySide: reference at the right; wipe: right of a line that swings to and fro
    double framesPerSecond = 0; // 0: the manifest's
    double exposureStops = 0;   // linear samples are multiplied by 2^stops before the display view
    int width = 0;              // of one picture in pixels, at most; 0: as rendered
    MovieCodec codec = MovieCodec::automatic;
    int threads = 0; // 0: all that the process may use
};
struct PreviewResult {
    std::filesystem::path file;
    MovieCodec codec = MovieCodec::h264;
    int frames = 0, slates = 0; // slates are among the frames
    int width = 0, height = 0;  // of the movie, both even
    double framesPerSecond = 0;
    std::vector<std::string> problems; // files that should be there and cannot be shown, one line each
};

// Writes a movie of every frame from the first to the last, from the manifest of `out`, a folder that `run`
// wrote. A frame that was not made, is gone or cannot be read is a slate that says so. Keyframes that the
// reference lacks are compared with themselves. The file is complete or absent. What the movie library prints
// to standard error while it writes is dropped, for the whole process. Throws Error(input): no manifest,
// nothing to show, a reference of another size or without a frame of the shot; Error(usage): a file name or
// option that cannot be; no encoder; Error(output): the movie cannot be written.
PreviewResult writePreview(const std::filesystem::path& out, const PreviewOptions& options = {});

} // namespace inbetween
