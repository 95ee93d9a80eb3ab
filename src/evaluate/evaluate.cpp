#include "inbetween/evaluate.h"

#include "evaluate/baselines.h"
#include "evaluate/evaluation_json.h"
#include "evaluate/reference_frames.h"
#include "evaluate/risk_plot.h"
#include "evaluate/risk_quality.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "inbetween/sequence.h"

#include <Imath/half.h>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

// A pair holds two keyframes, a frame, its reference and the flow: few at a time.
constexpr int mostPairsAtOnce = 3;
constexpr std::int64_t mostPixels = std::int64_t(1) << 28;

// A picture and where its beauty lies.
struct Picture {
    Image image;
    ChannelRoles roles;

    explicit Picture(const fs::path& path) : image(readExr(path)), roles(findRoles(image)) {
        if (!roles.red || !roles.green || !roles.blue)
            throw Error(ErrorKind::input,
                        fmt::format("{}: has no colour to compare (R, G, B)", path.string()));
    }
    Box window() const {
        Box box = image.displayWindow;
        box.extendBy(image.parts[roles.red.part].dataWindow);
        return box;
    }
    ColourPlanes beauty(const Box& canvas) const { return linearBeauty(image, roles, canvas); }
};

void checkCanvas(const Box& canvas) {
    const std::int64_t w = std::int64_t(canvas.max.x) - canvas.min.x + 1;
    const std::int64_t h = std::int64_t(canvas.max.y) - canvas.min.y + 1;
    if (w > mostPixels || h > mostPixels || w * h > mostPixels)
        throw Error(ErrorKind::input, "the windows of the pictures lie too far apart to compare them");
}

// The frames of one gap, which share their keyframes and flow.
struct Pair {
    int key0 = 0, key1 = 0;
    std::vector<const ManifestFrame*> frames;
};

std::vector<Pair> pairsOf(const Manifest& manifest) {
    std::vector<Pair> pairs;
    for (const ManifestFrame& frame : manifest.frames) {
        if (frame.status != FrameStatus::complete)
            continue;
        if (pairs.empty() || pairs.back().key0 != frame.key0 || pairs.back().key1 != frame.key1)
            pairs.push_back({frame.key0, frame.key1, {}});
        pairs.back().frames.push_back(&frame);
    }
    return pairs;
}

// Of the maps that a run wrote beside the frames.
using PixelHistograms = std::map<std::string, PixelHistogram>;
constexpr double badPixelError = 0.0794; // 22 dB, as for blocks

struct PairResult {
    std::vector<FrameEvaluation> frames;
    PixelHistograms pixels;
    std::vector<std::string> problems;
};

Channel halfChannel(const std::string& name, const Plane& a, const Plane& b) {
    const auto finite = [](float v) {
        return std::isnan(v) ? 0.0f : std::clamp(v, -float(HALF_MAX), float(HALF_MAX));
    };
    std::vector<half> values(a.values.size());
    std::transform(a.values.begin(), a.values.end(), b.values.begin(), values.begin(),
                   [&](float va, float vb) {
                       return half(std::min(std::abs(finite(va) - finite(vb)), float(HALF_MAX)));
                   });
    Channel channel;
    channel.name = name;
    channel.type = SampleType::half;
    channel.samples.resize(2 * values.size());
    std::memcpy(channel.samples.data(), values.data(), channel.samples.size());
    return channel;
}

void writeDifference(const fs::path& path, const ColourPlanes& a, const ColourPlanes& b,
                     const Box& displayWindow, const Box& canvas, const std::string& frame,
                     const std::string& reference) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error)
        throw Error(ErrorKind::output,
                    fmt::format("{}: cannot be made: {}", path.parent_path().string(), error.message()));
    Image image;
    image.displayWindow = displayWindow;
    image.parts.resize(1);
    image.parts[0].dataWindow = canvas;
    image.parts[0].channels = {halfChannel("B", a.b, b.b), halfChannel("G", a.g, b.g),
                               halfChannel("R", a.r, b.r)};
    writeExr(path, image,
             {.compression = Compression::zip,
              .attributes = {{"inbetween:difference", frame + " - " + reference}}});
}

// Root mean square over R, G, B of the error in the display view, a pixel each.
Plane displayError(const ColourPlanes& a, const ColourPlanes& b) {
    Plane error(a.r.width, a.r.height);
    for (std::size_t i = 0; i < error.values.size(); ++i) {
        float sum = 0;
        for (Plane ColourPlanes::*channel : {&ColourPlanes::r, &ColourPlanes::g, &ColourPlanes::b}) {
            const float d = displayCurve((a.*channel).values[i]) - displayCurve((b.*channel).values[i]);
            sum += d * d;
        }
        error.values[i] = std::sqrt(sum / 3);
    }
    return error;
}

class Evaluator {
public:
    Evaluator(const fs::path& out, const std::string& reference, const EvaluateOptions& options)
        : out_(out),
          options_(options),
          manifest_(readManifest(out / "manifest.json")),
          reference_(referenceFrames(reference)),
          keys_(findSequence((out / manifest_.sourcePattern).string())) {}

    const Manifest& manifest() const { return manifest_; }

    PairResult evaluatePair(const Pair& pair) const {
        PairResult result;
        try {
            std::vector<const ManifestFrame*> frames;
            for (const ManifestFrame* frame : pair.frames) {
                if (reference_.contains(frame->frame))
                    frames.push_back(frame);
                else
                    result.problems.push_back(
                        fmt::format("frame {}: the reference has no such frame", frame->frame));
            }
            if (frames.empty())
                return result;
            const Picture key0(keyPath(pair.key0)), key1(keyPath(pair.key1));
            Keyframes keys{key0, key1, {}, {}, {}, 0, {}};
            for (const ManifestFrame* frame : frames)
                evaluateFrame(*frame, keys, result);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::output)
                throw; // the next frame could not be written either
            result.problems.push_back(
                fmt::format("keyframes {} and {}: {}", pair.key0, pair.key1, error.what()));
        }
        return result;
    }

private:
    // The two on a canvas; most frames of a gap have the same one.
    struct Keyframes {
        const Picture &key0, &key1;
        Box canvas;
        ColourPlanes linear0, linear1;
        double detail = 0; // the mean of both
        FlowPair flow;

        void bringTo(const Box& wanted) {
            if (canvas == wanted)
                return;
            canvas = wanted;
            linear0 = key0.beauty(canvas);
            linear1 = key1.beauty(canvas);
            detail = 0.5 * (detailOf(linear0) + detailOf(linear1));
            flow = estimateFlow(makeView(linear0, linear1));
        }
    };

    fs::path keyPath(int number) const {
        const SequenceFrame* frame = keys_.find(number);
        for (const ManifestFrame& other : manifest_.frames)
            if (!frame && other.frame == number && other.status == FrameStatus::rendered)
                return out_ / other.path; // it came back from the renderer
        if (!frame)
            throw Error(ErrorKind::input,
                        fmt::format("{}: keyframe {} is not there any more",
                                    (keys_.pattern.directory / keys_.pattern.text()).string(), number));
        return frame->path;
    }

    void evaluateFrame(const ManifestFrame& frame, Keyframes& keys, PairResult& result) const {
        try {
            const fs::path path = out_ / frame.path, referencePath = reference_.at(frame.frame);
            const Picture made(path), reference(referencePath);
            if (made.image.displayWindow != reference.image.displayWindow) {
                const Box &a = made.image.displayWindow, &b = reference.image.displayWindow;
                throw Error(ErrorKind::input,
                            fmt::format("{}: is {}x{} from ({}, {}), the in-between is {}x{} from ({}, {})",
                                        referencePath.string(), width(b), height(b), b.min.x, b.min.y,
                                        width(a), height(a), a.min.x, a.min.y));
            }
            Box canvas = made.window();
            for (const Picture* picture : {&reference, &keys.key0, &keys.key1})
                canvas.extendBy(picture->window());
            checkCanvas(canvas);
            keys.bringTo(canvas);

            const ColourPlanes linear = made.beauty(canvas), truth = reference.beauty(canvas);
            FrameEvaluation evaluation;
            evaluation.frame = frame.frame;
            evaluation.score = frame.score;
            evaluation.inbetween = comparePictures(linear, truth);
            evaluation.pulse = detailRatio(detailOf(linear), keys.detail) - 1;
            evaluation.meanOfKeyframes = comparePictures(meanOfKeyframes(keys.linear0, keys.linear1,
                                                                         frame.time),
                                                         truth);
            evaluation.disWarp = comparePictures(warpByFlow(keys.linear0, keys.linear1, keys.flow,
                                                            frame.time),
                                                 truth);
            if (options_.differencePictures)
                writeDifference(out_ / "evaluate" / fmt::format("{:04}.exr", frame.frame), linear, truth,
                                made.image.displayWindow, canvas, path.filename().string(),
                                referencePath.string());
            evaluation.bad = isBad(evaluation.inbetween);
            result.frames.push_back(evaluation);
            if (const fs::path maps = out_ / "risk" / frame.path; frame.spliced.empty() && fs::exists(maps))
                countPixels(readExr(maps), canvas, displayError(linear, truth), result.pixels);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::output)
                throw;
            result.problems.push_back(fmt::format("frame {}: {}", frame.frame, error.what()));
        }
    }

    // Where the map has no data there is nothing to judge.
    static void countPixels(const Image& maps, const Box& canvas, const Plane& error,
                            PixelHistograms& histograms) {
        const Part& part = maps.parts.front();
        const Box& window = part.dataWindow;
        for (const Channel& channel : part.channels) {
            const std::size_t dot = channel.name.rfind('.');
            PixelHistogram& histogram =
                histograms[dot == std::string::npos ? "predictedError" : channel.name.substr(dot + 1)];
            const Plane map = planeOnCanvas(part, channel, window);
            for (int y = std::max(window.min.y, canvas.min.y); y <= std::min(window.max.y, canvas.max.y); ++y)
                for (int x = std::max(window.min.x, canvas.min.x); x <= std::min(window.max.x, canvas.max.x);
                     ++x)
                    histogram.add(map.at(x - window.min.x, y - window.min.y),
                                  error.at(x - canvas.min.x, y - canvas.min.y) >= badPixelError);
        }
    }

    fs::path out_;
    EvaluateOptions options_;
    Manifest manifest_;
    std::map<int, fs::path> reference_;
    Sequence keys_;
};

// Errors are means of squared errors; PSNR is the mean of the frames' PSNR.
PictureError meanError(const std::vector<FrameEvaluation>& frames, PictureError FrameEvaluation::*which) {
    PictureError mean;
    for (double PictureError::*figure :
         {&PictureError::mseLinear, &PictureError::mseDisplay, &PictureError::psnrDisplay,
          &PictureError::ssimDisplay, &PictureError::worstBlocksPsnr, &PictureError::detailRatio}) {
        mean.*figure = 0;
        for (const FrameEvaluation& frame : frames)
            mean.*figure += (frame.*which).*figure;
        mean.*figure /= double(frames.size());
    }
    return mean;
}

FrameEvaluation meanEvaluation(const std::vector<FrameEvaluation>& frames) {
    FrameEvaluation mean;
    for (PictureError FrameEvaluation::*which :
         {&FrameEvaluation::inbetween, &FrameEvaluation::meanOfKeyframes, &FrameEvaluation::disWarp})
        mean.*which = meanError(frames, which);
    for (const FrameEvaluation& frame : frames)
        mean.score += frame.score / double(frames.size());
    for (const FrameEvaluation& frame : frames)
        mean.pulse += frame.pulse / double(frames.size());
    return mean;
}

// Frames into which rendered regions were set are not what risk had judged.
std::vector<RiskRow> rowsOf(const std::vector<FrameEvaluation>& frames, const Manifest& manifest) {
    std::map<int, const ManifestFrame*> byNumber;
    for (const ManifestFrame& frame : manifest.frames)
        byNumber[frame.frame] = &frame;
    std::vector<RiskRow> rows;
    for (const FrameEvaluation& frame : frames)
        if (byNumber.at(frame.frame)->spliced.empty())
            rows.push_back(riskRow(*byNumber.at(frame.frame), frame.inbetween, manifest.verdictOptions));
    return rows;
}

} // namespace

Evaluation evaluate(const fs::path& out, const std::string& reference, const EvaluateOptions& options) {
    const Evaluator evaluator(out, reference, options);
    const std::vector<Pair> pairs = pairsOf(evaluator.manifest());
    std::vector<PairResult> results(pairs.size());
    tbb::task_arena arena(options.threads > 0 ? options.threads : tbb::task_arena::automatic);
    arena.execute([&] {
        std::size_t next = 0;
        tbb::parallel_pipeline(
            mostPairsAtOnce,
            tbb::make_filter<void, std::size_t>(tbb::filter_mode::serial_in_order,
                                                [&](tbb::flow_control& control) {
                                                    if (next == pairs.size())
                                                        control.stop();
                                                    return next++;
                                                }) &
                tbb::make_filter<std::size_t, void>(tbb::filter_mode::parallel, [&](std::size_t i) {
                    results[i] = evaluator.evaluatePair(pairs[i]);
                }));
    });

    Evaluation evaluation;
    PixelHistograms pixels;
    for (PairResult& result : results) {
        for (const auto& [name, histogram] : result.pixels)
            pixels[name] += histogram;
        std::move(result.frames.begin(), result.frames.end(), std::back_inserter(evaluation.frames));
        std::move(result.problems.begin(), result.problems.end(), std::back_inserter(evaluation.problems));
    }
    if (evaluation.frames.empty())
        throw Error(ErrorKind::input,
                    fmt::format("{}: nothing can be compared with {}: {}", out.string(), reference,
                                evaluation.problems.empty() ? "the manifest has no complete frame"
                                                            : evaluation.problems.front()));
    evaluation.mean = meanEvaluation(evaluation.frames);
    const std::vector<RiskRow> rows = rowsOf(evaluation.frames, evaluator.manifest());
    evaluation.risk = assessRows(rows);
    for (const auto& [name, histogram] : pixels)
        evaluation.risk.pixels.push_back({name, histogram.rocArea()});
    writeRiskPlot(out / "risk.svg", rows, evaluation.risk);
    writeEvaluation(out / "evaluate.json", evaluation, reference);
    return evaluation;
}

} // namespace inbetween
