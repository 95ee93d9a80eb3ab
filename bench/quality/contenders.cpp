#include "contenders.h"

#include "base/atomic_file.h"
#include "base/hash.h"
#include "evaluate/baselines.h"
#include "inbetween/error.h"
#include "inbetween/evaluate.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "inbetween/run.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <unistd.h>

namespace quality {
namespace fs = std::filesystem;
using namespace inbetween;

namespace {

// Counted up when a contender or a measure computes something else than before: what was measured is then
// forgotten.
constexpr int measuringVersion = 2;
const std::vector<std::string> colourChannels = {"*Combined.*"}; // of every group of a shot

struct Picture {
    Image image;
    ChannelRoles roles;

    Picture(const fs::path& path, const std::vector<std::string>& channels)
        : image(readExr(path, ReadOptions{channels})), roles(findRoles(image)) {}
    ColourPlanes colour() const { return linearBeauty(image, roles, image.displayWindow); }
    Plane plane(const ChannelRef& ref, float outside) const {
        const Part& part = image.parts[ref.part];
        return planeOnCanvas(part, part.channels[ref.channel], image.displayWindow, outside);
    }
};

ColourPlanes readColour(const Shot& shot, const fs::path& path) {
    return Picture(path, {shot.pass("Combined")}).colour();
}

fs::path runFolder(const Contender& contender, const Shot& shot, int gap, const MeasureOptions& options) {
    return options.work / "runs" / contender.key / fmt::format("gap{}", gap) / shot.files;
}

std::string stamp(const fs::path& path) {
    return fmt::format("{} {} {}\n", path.filename().string(), fs::file_size(path),
                       fs::last_write_time(path).time_since_epoch().count());
}

// Everything that the measured values depend on.
std::string identity(const Contender& contender, const Shot& shot, int gap, const MeasureOptions& options) {
    std::string text = fmt::format("{} {} {} {}\n", measuringVersion, contender.key, shot.name, gap);
    for (const char* which : {"keys", "truth", "floor"})
        for (int number : shot.frames(which))
            text += stamp(shot.frame(which, number));
    if (contender.network)
        for (const ManifestFrame& frame :
             readManifest(runFolder(contender, shot, gap, options) / "manifest.json").frames)
            text += frame.pixelHash + "\n";
    return hashOf(text);
}

fs::path measuredFile(const Contender& contender, const Shot& shot, int gap, const MeasureOptions& options) {
    return options.work / "measured" / fmt::format("{}.gap{}.{}.json", contender.key, gap, shot.name);
}

std::optional<std::vector<FrameMeasures>> recall(const fs::path& file, const std::string& identity) {
    std::ifstream stream(file);
    const nlohmann::json json = nlohmann::json::parse(stream, nullptr, false);
    if (json.is_discarded() || json.value("identity", "") != identity)
        return std::nullopt;
    std::vector<FrameMeasures> frames;
    for (const nlohmann::json& f : json.at("frames"))
        frames.push_back(
            {f.at("frame"),
             {f.at("psnr"), f.at("ssim"), f.at("smape"), f.at("flip"), f.at("detail"), f.at("pulse")}});
    return frames;
}

void remember(const fs::path& file, const std::string& identity, const std::vector<FrameMeasures>& frames) {
    nlohmann::json json{{"identity", identity}, {"frames", nlohmann::json::array()}};
    for (const FrameMeasures& f : frames)
        json["frames"].push_back({{"frame", f.frame},
                                  {"psnr", f.measures.psnr},
                                  {"ssim", f.measures.ssim},
                                  {"smape", f.measures.smape},
                                  {"flip", f.measures.flip},
                                  {"detail", f.measures.detail},
                                  {"pulse", f.measures.pulse}});
    fs::create_directories(file.parent_path());
    writeTextAtomically(file, json.dump());
}

// The keyframes of a shot at a gap, read when somebody asks for them.
class Keyframes {
public:
    explicit Keyframes(const Shot& shot) : shot_(shot) {}

    const ColourPlanes& colour(int key) {
        auto found = colours_.find(key);
        if (found == colours_.end())
            found = colours_.emplace(key, readColour(shot_, shot_.frame("keys", key))).first;
        return found->second;
    }

    const FlowPair& flow(int key0, int key1) {
        auto found = flows_.find(key0);
        if (found == flows_.end())
            found = flows_.emplace(key0, estimateFlow(makeView(colour(key0), colour(key1)))).first;
        return found->second;
    }

    double detail(int key) {
        auto found = details_.find(key);
        if (found == details_.end())
            found = details_.emplace(key, detailOf(colour(key))).first;
        return found->second;
    }

    // By estimated flow, and by the renderer's vectors where the shot has them.
    std::vector<MotionPrior> priors(const Withheld& frame) {
        const View view = makeView(colour(frame.key0), colour(frame.key1));
        MotionInput input;
        input.view = &view;
        input.flow = &flow(frame.key0, frame.key1);
        input.gap = frame.key1 - frame.key0;
        std::vector<MotionPrior> result{motionPrior(input, frame.time())};
        if (shot_.vectors) {
            const Layers &layers0 = layers(frame.key0), &layers1 = layers(frame.key1);
            input.vectors0 = &layers0.vectors;
            input.vectors1 = &layers1.vectors;
            input.depth0 = &layers0.depth;
            input.depth1 = &layers1.depth;
            result.push_back(motionPrior(input, frame.time()));
        }
        return result;
    }

private:
    struct Layers {
        RendererVectors vectors;
        Plane depth;
    };

    const Layers& layers(int key) {
        auto found = layers_.find(key);
        if (found == layers_.end()) {
            const Picture picture(shot_.frame("keys", key), {shot_.pass("Vector"), shot_.pass("Depth")});
            std::vector<Plane> raw;
            for (const ChannelRef& ref : picture.roles.vector)
                raw.push_back(picture.plane(ref, 0));
            found = layers_
                        .emplace(key,
                                 Layers{toRendererVectors(picture.roles.vectorConvention, std::move(raw)),
                                        picture.plane(picture.roles.depth,
                                                      std::numeric_limits<float>::infinity())})
                        .first;
        }
        return found->second;
    }

    const Shot& shot_;
    std::map<int, ColourPlanes> colours_;
    std::map<int, double> details_;
    std::map<int, FlowPair> flows_;
    std::map<int, Layers> layers_;
};

// A picture for a withheld frame; nothing where the contender did not make it.
using Maker = std::function<std::optional<ColourPlanes>(const Withheld&)>;

Maker networkFrames(const Contender& contender, const Shot& shot, int gap, const MeasureOptions& options) {
    const fs::path folder = runFolder(contender, shot, gap, options);
    const auto manifest = std::make_shared<Manifest>(readManifest(folder / "manifest.json"));
    return [folder, manifest, &shot](const Withheld& frame) -> std::optional<ColourPlanes> {
        for (const ManifestFrame& made : manifest->frames)
            if (made.frame == frame.frame && made.status == FrameStatus::complete)
                return readColour(shot, folder / made.path);
        return std::nullopt;
    };
}

Maker minterpolated(const Shot& shot, int gap, const std::shared_ptr<Keyframes>& keys,
                    const MeasureOptions& options) {
    std::vector<ColourPlanes> given;
    const std::vector<int> numbers = shot.frames("keys");
    for (int key = numbers.front(); key <= numbers.back(); key += gap)
        given.push_back(keys->colour(key));
    const fs::path scratch = options.work / "scratch" / fmt::format("{}.gap{}.{}", shot.name, gap, getpid());
    const auto made = std::make_shared<std::vector<ColourPlanes>>(minterpolate(given, gap, scratch));
    return [made, first = numbers.front()](const Withheld& frame) -> std::optional<ColourPlanes> {
        return made->at(frame.frame - first);
    };
}

Maker maker(const Contender& contender, const Shot& shot, int gap, const std::shared_ptr<Keyframes>& keys,
            const MeasureOptions& options) {
    if (contender.network)
        return networkFrames(contender, shot, gap, options);
    if (contender.key == "mean")
        return [keys](const Withheld& f) {
            return meanOfKeyframes(keys->colour(f.key0), keys->colour(f.key1), f.time());
        };
    if (contender.key == "dis")
        return [keys](const Withheld& f) {
            return warpByFlow(keys->colour(f.key0), keys->colour(f.key1), keys->flow(f.key0, f.key1),
                              f.time());
        };
    if (contender.key == "minterpolate")
        return minterpolated(shot, gap, keys, options);
    if (contender.key == "floor")
        return [&shot](const Withheld& f) -> std::optional<ColourPlanes> {
            const fs::path path = shot.frame("floor", f.frame);
            return fs::exists(path) ? std::optional(readColour(shot, path)) : std::nullopt;
        };
    return [keys, &shot](const Withheld& f) {
        return oracle(readColour(shot, shot.frame("truth", f.frame)), keys->colour(f.key0),
                      keys->colour(f.key1), keys->priors(f));
    };
}

float displayToLinear(float v) {
    return v <= 0.04045f ? v / 12.92f : std::pow((v + 0.055f) / 1.055f, 2.4f);
}

} // namespace

const std::vector<Contender>& contenders() {
    static const std::vector<Contender> all = {
        {"mean", "mean of the keyframes"},
        {"dis", "DIS warp"},
        {"minterpolate", "minterpolate"},
        {"colour", "Inbetween, colour only", true},
        {"layers", "Inbetween, with layers", true},
        {"floor", "noise floor"},
        {"oracle", "oracle"},
    };
    return all;
}

std::vector<ColourPlanes> minterpolate(const std::vector<ColourPlanes>& keys, int gap,
                                       const fs::path& scratch) {
    fs::create_directories(scratch);
    const int w = keys.front().r.width, h = keys.front().r.height;
    const fs::path given = scratch / "given.raw", made = scratch / "made.raw";
    {
        std::ofstream file(given, std::ios::binary);
        std::vector<std::uint16_t> row(3 * std::size_t(w));
        for (std::size_t k = 0; k <= keys.size(); ++k) {
            const ColourPlanes& key = keys[std::min(k, keys.size() - 1)];
            for (int y = 0; y < h; ++y) {
                for (int x = 0; x < w; ++x)
                    for (int c = 0; c < 3; ++c)
                        row[3 * std::size_t(x) + c] = std::uint16_t(
                            std::lround(65535 * displayCurve((c == 0   ? key.r
                                                              : c == 1 ? key.g
                                                                       : key.b)
                                                                 .at(x, y))));
                file.write(reinterpret_cast<const char*>(row.data()), std::streamsize(2 * row.size()));
            }
        }
    }
    constexpr const char* exact = "flags=accurate_rnd+full_chroma_int+full_chroma_inp";
    const std::string command = fmt::format("ffmpeg -v error -nostdin -y -threads 1 -f rawvideo -pix_fmt "
                                            "rgb48le -s {}x{} -framerate 1 -i '{}' -vf "
                                            "scale=out_range=full:{},format=yuvj444p,minterpolate=fps={}:mi_"
                                            "mode=mci,scale=in_range=full:{},format=rgb48le "
                                            "-f rawvideo -pix_fmt rgb48le '{}'",
                                            w, h, given.string(), exact, gap, exact, made.string());
    if (std::system(command.c_str()) != 0)
        throw Error(ErrorKind::input,
                    "ffmpeg failed; its minterpolate filter is needed (apt-get install ffmpeg)");
    const std::size_t count = (keys.size() - 1) * gap + 1;
    std::vector<ColourPlanes> frames;
    std::ifstream file(made, std::ios::binary);
    std::vector<std::uint16_t> samples(3 * std::size_t(w) * h);
    while (frames.size() < count &&
           file.read(reinterpret_cast<char*>(samples.data()), std::streamsize(2 * samples.size()))) {
        ColourPlanes planes{{w, h}, {w, h}, {w, h}};
        for (std::size_t i = 0; i < std::size_t(w) * h; ++i) {
            planes.r.values[i] = displayToLinear(float(samples[3 * i]) / 65535);
            planes.g.values[i] = displayToLinear(float(samples[3 * i + 1]) / 65535);
            planes.b.values[i] = displayToLinear(float(samples[3 * i + 2]) / 65535);
        }
        frames.push_back(std::move(planes));
    }
    fs::remove_all(scratch);
    if (frames.size() < count)
        throw Error(ErrorKind::input,
                    fmt::format("ffmpeg's minterpolate made {} frames, not {}", frames.size(), count));
    return frames;
}

void runNetwork(const Contender& contender, const Shot& shot, int gap, const MeasureOptions& options) {
    const std::vector<int> keys = shot.frames("keys");
    RunOptions run;
    run.keys = (shot.folder / "keys").string();
    run.out = runFolder(contender, shot, gap, options);
    run.sequence.frames = fmt::format("{}-{}x{}", keys.front(), keys.back(), gap);
    run.model = options.model;
    if (contender.key == "colour") {
        run.read.channels = colourChannels;
        run.vectors = "none";
    }
    const RunResult result = inbetween::run(run);
    if (result.failed > 0)
        throw Error(ErrorKind::input, fmt::format("{}: {} frames failed; its manifest says why",
                                                  run.out.string(), result.failed));
}

std::vector<Row> measureShot(const Shot& shot, int gap, const std::vector<Contender>& chosen,
                             const MeasureOptions& options) {
    const std::vector<Withheld> frames = withheldFrames(shot, gap);
    const auto keys = std::make_shared<Keyframes>(shot);
    std::map<int, ColourPlanes> truth;
    std::vector<Row> rows;
    for (const Contender& contender : chosen) {
        const fs::path file = measuredFile(contender, shot, gap, options);
        const std::string id = identity(contender, shot, gap, options);
        Row row{contender.key, gap, &shot, {}};
        if (const auto known = recall(file, id)) {
            row.frames = *known;
        } else {
            const Maker make = maker(contender, shot, gap, keys, options);
            for (const Withheld& frame : frames)
                if (const std::optional<ColourPlanes> picture = make(frame)) {
                    if (!truth.contains(frame.frame))
                        truth[frame.frame] = readColour(shot, shot.frame("truth", frame.frame));
                    row.frames.push_back(
                        {frame.frame, compare(*picture, truth.at(frame.frame),
                                              0.5 * (keys->detail(frame.key0) + keys->detail(frame.key1)))});
                }
            remember(file, id, row.frames);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace quality
