#include "inbetween/preview.h"

#include "base/atomic_file.h"
#include "base/text.h"
#include "evaluate/reference_frames.h"
#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "preview/labels.h"
#include "preview/movie_writer.h"
#include "preview/mp4_colours.h"
#include "preview/picture.h"
#include "preview/shot.h"
#include "preview/wipe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ios>
#include <opencv2/core.hpp>
#include <optional>
#include <stdlib.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

constexpr int mostFramesAtOnce = 6; // each holds a frame in full size
constexpr double mostFramesPerSecond = 1000;
constexpr int mostMovieSide = 16384; // of H.264

struct CodecName {
    MovieCodec codec;
    std::string_view name;
};
// In the order in which they are tried.
constexpr std::array codecNames{CodecName{MovieCodec::h264, "h264"}, CodecName{MovieCodec::mp4v, "mp4v"},
                                CodecName{MovieCodec::mjpg, "mjpg"}};
constexpr std::array<std::string_view, 4> containers{".mp4", ".mov", ".mkv", ".avi"};

bool takes(const fs::path& file, MovieCodec codec) {
    return codec != MovieCodec::mjpg || file.extension() != ".mp4"; // players would not know it there
}

// An encoder goes by the file's extension and temporaries have another one: a link with the right one leads
// to it.
class LinkWithExtension {
public:
    LinkWithExtension(const fs::path& target, const fs::path& extension) {
        std::string folder = (fs::temp_directory_path() / "inbetween_XXXXXX").string();
        if (!::mkdtemp(folder.data()))
            throw Error(ErrorKind::output,
                        fmt::format("{}: cannot make a temporary folder: {}", folder, systemError(errno)));
        folder_ = folder;
        path_ = folder_ / ("movie" + extension.string());
        fs::create_symlink(fs::absolute(target), path_);
    }
    ~LinkWithExtension() {
        std::error_code error;
        fs::remove_all(folder_, error);
    }
    LinkWithExtension(const LinkWithExtension&) = delete;
    LinkWithExtension& operator=(const LinkWithExtension&) = delete;
    const fs::path& path() const { return path_; }

private:
    fs::path folder_, path_;
};

class Preview {
public:
    Preview(const fs::path& out, const PreviewOptions& options)
        : options_(options),
          manifest_(readManifest(out / "manifest.json")),
          gain_(float(std::exp2(options.exposureStops))) {
        chooseFile(out);
        result_.framesPerSecond = options.framesPerSecond > 0 ? options.framesPerSecond
                                                              : manifest_.framesPerSecond;
        if (!(result_.framesPerSecond > 0 && result_.framesPerSecond <= mostFramesPerSecond))
            throw Error(ErrorKind::input,
                        fmt::format("{}: {} frames per second cannot be played; give a rate with --fps",
                                    (out / "manifest.json").string(), result_.framesPerSecond));
        shot_ = shotFrames(manifest_, out, findKeys(out));
        if (!options_.reference.empty())
            findReference();
        chooseSize(out);
    }

    PreviewResult write() {
        writeFileAtomically(result_.file, [&](const fs::path& temporary) {
            const LinkWithExtension link(temporary, result_.file.extension());
            const std::unique_ptr<MovieWriter> movie = loadMovieWriter();
            openMovie(*movie, link.path());
            tbb::task_arena arena(options_.threads > 0 ? options_.threads : tbb::task_arena::automatic);
            arena.execute([&] { writeFrames(*movie); });
            const int written = movie->finish();
            if (written != result_.frames)
                throw Error(ErrorKind::output,
                            fmt::format("{}: {} of {} frames could be written; is there room on the disk?",
                                        result_.file.string(), written, result_.frames));
            if (result_.file.extension() == ".mp4" || result_.file.extension() == ".mov")
                try {
                    tagColours(temporary);
                } catch (const std::ios_base::failure& e) {
                    throw Error(ErrorKind::output,
                                fmt::format("{}: cannot write: {}", result_.file.string(), e.what()));
                }
        });
        return result_;
    }

private:
    struct Panel {
        cv::Mat bgr;
        std::string label; // empty: none is asked for
        bool isSlate;
    };
    // One frame of the movie and what went wrong with it.
    struct Made {
        cv::Mat bgr;
        bool isSlate = false;
        std::vector<std::string> problems;
    };

    void chooseFile(const fs::path& out) {
        result_.file = options_.file.empty() ? out / "preview.mp4" : options_.file;
        const fs::path extension = result_.file.extension();
        if (std::find(containers.begin(), containers.end(), extension) == containers.end())
            throw Error(ErrorKind::usage, fmt::format("{}: a movie's name ends in {}", result_.file.string(),
                                                      fmt::join(containers, ", ")));
        if (!takes(result_.file, options_.codec))
            throw Error(ErrorKind::usage,
                        fmt::format("{}: mjpg goes into .avi, .mov or .mkv", result_.file.string()));
        if (fs::is_directory(result_.file))
            throw Error(ErrorKind::usage,
                        fmt::format("{}: is a folder; name a file with -o", result_.file.string()));
    }

    std::map<int, fs::path> findKeys(const fs::path& out) {
        std::map<int, fs::path> keys;
        try {
            keys = referenceFrames((out / manifest_.sourcePattern).string()); // one may be left
        } catch (const Error& error) {
            result_.problems.push_back(fmt::format("the keyframes cannot be shown: {}", error.what()));
            return keys;
        }
        for (const int key : manifest_.keyframes)
            if (!keys.contains(key))
                result_.problems.push_back(fmt::format("keyframe {}: is not there any more ({})", key,
                                                       printable(manifest_.sourcePattern)));
        return keys;
    }

    void findReference() {
        reference_ = referenceFrames(options_.reference);
        if (std::none_of(shot_.begin(), shot_.end(),
                         [&](const ShotFrame& frame) { return reference_.contains(frame.number); }))
            throw Error(ErrorKind::input,
                        fmt::format("{}: has none of the frames {} to {}", options_.reference,
                                    shot_.front().number, shot_.back().number));
    }

    // The size of the first frame that can be read; a reference must have the same.
    void chooseSize(const fs::path& out) {
        std::optional<std::string> problem;
        for (const ShotFrame& frame : shot_) {
            if (frame.file.empty())
                continue;
            try {
                pictureSize_ = previewPictureSize(frame.file, options_.width);
                break;
            } catch (const Error& error) {
                if (!problem)
                    problem = error.what();
            }
        }
        if (!problem && !result_.problems.empty())
            problem = result_.problems.front();
        if (pictureSize_.empty())
            throw Error(ErrorKind::input, fmt::format("{}: no frame of it can be shown: {}", out.string(),
                                                      problem.value_or("none was made; see rerender.txt")));
        for (const ShotFrame& frame : shot_)
            if (const auto found = reference_.find(frame.number); found != reference_.end()) {
                const cv::Size size = previewPictureSize(found->second, options_.width);
                if (size != pictureSize_)
                    throw Error(
                        ErrorKind::input,
                        fmt::format("{}: is {}x{}, the shot is {}x{}; give a reference of the same size",
                                    found->second.string(), size.width, size.height, pictureSize_.width,
                                    pictureSize_.height));
            }
        const cv::Size panel = evenSize(pictureSize_);
        result_.height = panel.height;
        result_.width = panel.width * (options_.compare == Compare::sideBySide ? 2 : 1);
        if (std::max(result_.width, result_.height) > mostMovieSide)
            throw Error(ErrorKind::usage,
                        fmt::format("a movie of {}x{} is larger than H.264 allows; give a --width",
                                    result_.width, result_.height));
    }

    void openMovie(MovieWriter& movie, const fs::path& file) {
        for (const CodecName& candidate : codecNames) {
            if (options_.codec != MovieCodec::automatic && options_.codec != candidate.codec)
                continue;
            if (!takes(file, candidate.codec))
                continue;
            result_.codec = candidate.codec;
            if (movie.open(file, candidate.codec, result_.framesPerSecond, {result_.width, result_.height}))
                return;
        }
        const bool any = options_.codec == MovieCodec::automatic;
        throw Error(
            ErrorKind::usage,
            fmt::format("{}: OpenCV has no encoder for {} here; install FFmpeg's (Debian: libavcodec59 and "
                        "libopencv-videoio406), or try {}--codec mjpg -o preview.avi",
                        result_.file.string(), any ? "a movie" : codecName(options_.codec),
                        options_.codec == MovieCodec::h264 ? "--codec mp4v, or " : ""));
    }

    static std::string_view codecName(MovieCodec codec) {
        return std::find_if(codecNames.begin(), codecNames.end(),
                            [&](const CodecName& n) { return n.codec == codec; })
            ->name;
    }

    void writeFrames(MovieWriter& movie) {
        std::size_t next = 0;
        using tbb::filter_mode;
        tbb::parallel_pipeline(
            mostFramesAtOnce,
            tbb::make_filter<void, std::size_t>(filter_mode::serial_in_order,
                                                [&](tbb::flow_control& control) {
                                                    if (next == shot_.size())
                                                        control.stop();
                                                    return next++;
                                                }) &
                tbb::make_filter<std::size_t, Made>(filter_mode::parallel,
                                                    [&](std::size_t i) { return makeFrame(i); }) &
                tbb::make_filter<Made, void>(filter_mode::serial_in_order, [&](const Made& made) {
                    movie.write(made.bgr);
                    ++result_.frames;
                    result_.slates += made.isSlate;
                    result_.problems.insert(result_.problems.end(), made.problems.begin(),
                                            made.problems.end());
                }));
    }

    Made makeFrame(std::size_t index) const {
        const ShotFrame& frame = shot_[index];
        Made made;
        Panel shown = frame.file.empty() ? slatePanel(frame.slate)
                                         : readPanel(frame.file, frame.number, frame.label, made.problems);
        made.isSlate = shown.isSlate;
        if (options_.compare == Compare::none) {
            drawLabel(shown.bgr, shown.label, Corner::lowerLeft);
            made.bgr = shown.bgr;
            return made;
        }
        Panel other = referencePanel(frame, shown, made.problems);
        if (options_.compare == Compare::sideBySide) {
            drawLabel(shown.bgr, shown.label, Corner::lowerLeft);
            drawLabel(other.bgr, other.label, Corner::lowerLeft);
            cv::hconcat(shown.bgr, other.bgr, made.bgr);
        } else {
            made.bgr = shown.bgr;
            wipe(made.bgr, other.bgr, wipeColumn(double(index) / result_.framesPerSecond, made.bgr.cols));
            drawLabel(made.bgr, shown.label, Corner::lowerLeft);
            drawLabel(made.bgr, other.label, Corner::lowerRight);
        }
        return made;
    }

    Panel referencePanel(const ShotFrame& frame, const Panel& shown,
                         std::vector<std::string>& problems) const {
        constexpr const char* label = "reference";
        if (const auto found = reference_.find(frame.number); found != reference_.end())
            return readPanel(found->second, frame.number, label, problems);
        if (!frame.keyframe || shown.isSlate)
            return slatePanel(fmt::format("{}: the reference has no such frame", frame.number));
        return {shown.bgr.clone(), options_.burnIn ? label : "", false};
    }

    Panel readPanel(const fs::path& file, int number, const std::string& label,
                    std::vector<std::string>& problems) const {
        try {
            const cv::Mat bgr = readPreviewPicture(file, gain_, options_.width);
            if (bgr.size() == pictureSize_)
                return {padToEven(bgr), options_.burnIn ? label : "", false};
            throw Error(ErrorKind::input,
                        fmt::format("{}: is {}x{}, the shot is {}x{}", file.string(), bgr.cols, bgr.rows,
                                    pictureSize_.width, pictureSize_.height));
        } catch (const Error& error) {
            problems.push_back(fmt::format("frame {}: {}", number, error.what()));
            return slatePanel(fmt::format("{} cannot be shown: {}", number, error.what()));
        }
    }

    Panel slatePanel(const std::string& text) const {
        return {slate(evenSize(pictureSize_), text), "", true};
    }

    PreviewOptions options_;
    Manifest manifest_;
    float gain_;
    std::vector<ShotFrame> shot_;
    std::map<int, fs::path> reference_;
    cv::Size pictureSize_; // before padding
    PreviewResult result_;
};

} // namespace

Compare parseCompare(const std::string& name) {
    if (name == "side-by-side")
        return Compare::sideBySide;
    if (name == "wipe")
        return Compare::wipe;
    throw Error(ErrorKind::usage,
                fmt::format("--compare: '{}' is not known; there are side-by-side, wipe", name));
}

MovieCodec parseMovieCodec(const std::string& name) {
    if (name == "auto")
        return MovieCodec::automatic;
    for (const CodecName& known : codecNames)
        if (known.name == name)
            return known.codec;
    throw Error(ErrorKind::usage,
                fmt::format("--codec: '{}' is not known; there are auto, h264, mp4v, mjpg", name));
}

PreviewResult writePreview(const fs::path& out, const PreviewOptions& options) {
    PreviewOptions checked = options;
    if (checked.compare != Compare::none && checked.reference.empty())
        throw Error(ErrorKind::usage, "--compare needs rendered frames to compare with; add --reference DIR");
    if (checked.compare == Compare::none && !checked.reference.empty())
        checked.compare = Compare::sideBySide;
    return Preview(out, checked).write();
}

} // namespace inbetween
