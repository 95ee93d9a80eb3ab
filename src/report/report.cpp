#include "inbetween/report.h"

#include "base/atomic_file.h"
#include "base/hash.h"
#include "evaluate/reference_frames.h"
#include "inbetween/error.h"
#include "inbetween/evaluate.h"
#include "inbetween/review.h"
#include "inbetween/sequence.h"
#include "manifest/names.h"
#include "report/evaluation.h"
#include "report/picture.h"
#include "report/template.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace inbetween {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int mostPicturesAtOnce = 8; // each holds a frame in full size
constexpr int mapWidth = 240;         // a map is smooth
constexpr int mapQuality = 75;

enum class Kind : char { key = 'k', generated = 'g', reference = 'r', riskMap = 'h', errorMap = 'e' };

struct Job {
    Kind kind;
    int frame = 0;
    fs::path file;
    std::string encoded{}, problem{};

    bool isMap() const { return kind == Kind::riskMap || kind == Kind::errorMap; }
    std::string id() const { return fmt::format("{}{}", char(kind), frame); } // as report.js asks for it
    cv::Mat read(int width, ShownFrame* frame = nullptr) const {
        switch (kind) {
        case Kind::riskMap:
            return readMap(file, {"Y"}, std::min(width, mapWidth));
        case Kind::errorMap:
            return readMap(file, {"R", "G", "B"}, std::min(width, mapWidth));
        default:
            return readPicture(file, width, frame);
        }
    }
    std::string encode(const cv::Mat& picture, int quality) const {
        return encodePicture(picture, isMap() ? mapQuality : quality);
    }
};

// One size and quality for the whole shot: a flip between two pictures must show the frames' differences
// alone.
struct PictureSize {
    int width, quality;
};

// From fine to coarse; the last one is taken whatever it needs.
std::vector<PictureSize> sizesFrom(int width) {
    std::vector<PictureSize> sizes{{width, 88}, {width, 80}, {width, 70}};
    for (double w = width * 0.84; w > 96; w *= 0.84)
        sizes.push_back({int(w), 75});
    sizes.push_back({std::min(width, 96), 50});
    return sizes;
}

class Report {
public:
    Report(const fs::path& out, const ReportOptions& options)
        : out_(out), options_(options), manifest_(readManifest(out / "manifest.json")) {}

    ReportResult write() {
        findEvaluation();
        listPictures();
        tbb::task_arena arena(
            std::min(options_.threads > 0 ? options_.threads : tbb::this_task_arena::max_concurrency(),
                     mostPicturesAtOnce));
        arena.execute([&] { encodePictures(); });

        result_.file = out_ / "report.html";
        const std::string page = makePage();
        result_.bytes = page.size();
        if (double(page.size()) > options_.maxMegabytes * 1e6)
            result_.problems.push_back(
                fmt::format("{}: has {:.1f} MB, more than the {:g} asked for; the shot is too long for less",
                            result_.file.string(), page.size() / 1e6, options_.maxMegabytes));
        writeTextAtomically(result_.file, page);
        return result_;
    }

private:
    void findEvaluation() {
        if (!options_.reference.empty())
            evaluate(out_, options_.reference, {.threads = options_.threads});
        const fs::path file = out_ / "evaluate.json";
        if (!fs::exists(file))
            return;
        try {
            evaluation_ = readEvaluation(file, manifest_);
        } catch (const Error& error) {
            result_.problems.push_back(error.what());
        }
    }

    // The pictures that there should be; maps where there are some.
    void listPictures() {
        std::map<int, fs::path> keys;
        try {
            for (const SequenceFrame& key : findSequence((out_ / manifest_.sourcePattern).string()).keyframes)
                keys.emplace(key.number, key.path);
        } catch (const Error& error) {
            result_.problems.push_back(fmt::format("the keyframes are not shown: {}", error.what()));
        }
        for (const int key : manifest_.keyframes)
            if (const auto found = keys.find(key); found != keys.end())
                jobs_.push_back({Kind::key, key, found->second});
            else if (!keys.empty())
                result_.problems.push_back(fmt::format("keyframe {}: is not there any more", key));

        std::map<int, fs::path> reference;
        if (evaluation_ && !evaluation_->frames.empty())
            try {
                reference = referenceFrames(evaluation_->reference);
            } catch (const Error& error) {
                result_.problems.push_back(fmt::format("the reference is not shown: {}", error.what()));
            }
        for (const ManifestFrame& frame : manifest_.frames) {
            if (frame.status == FrameStatus::rendered)
                jobs_.push_back({Kind::key, frame.frame, out_ / frame.path});
            if (frame.status != FrameStatus::complete)
                continue;
            jobs_.push_back({Kind::generated, frame.frame, out_ / frame.path});
            if (const fs::path map = out_ / "risk" / frame.path; fs::exists(map)) {
                jobs_.push_back({Kind::riskMap, frame.frame, map});
                hasRiskMaps_ = true;
            }
            if (!evaluation_ || !evaluation_->frames.contains(frame.frame))
                continue;
            if (const auto found = reference.find(frame.frame); found != reference.end())
                jobs_.push_back({Kind::reference, frame.frame, found->second});
            if (const fs::path map = out_ / "evaluate" / fmt::format("{:04}.exr", frame.frame);
                fs::exists(map))
                jobs_.push_back({Kind::errorMap, frame.frame, map});
        }
    }

    // Bytes that all pictures together may have.
    double budget() const {
        const std::size_t rest = pageHtml().size() + pageStyle().size() + pageScript().size() + data().size();
        constexpr std::size_t tagBytes = 64;
        return options_.maxMegabytes * 1e6 - double(rest) - double(tagBytes * jobs_.size());
    }

    // Tells from a few pictures which size the rest will fit in.
    std::size_t estimateSize(const std::vector<PictureSize>& sizes) const {
        constexpr std::size_t samples = 9;
        std::vector<std::pair<const Job*, cv::Mat>> sample;
        for (const bool maps : {false, true}) {
            std::vector<const Job*> kind;
            for (const Job& job : jobs_)
                if (job.isMap() == maps)
                    kind.push_back(&job);
            const std::size_t count = std::min(kind.size(), samples);
            for (std::size_t i = 0; i < count; ++i)
                sample.emplace_back(kind[i * kind.size() / count], cv::Mat());
        }
        tbb::parallel_for(std::size_t(0), sample.size(), [&](std::size_t i) {
            try {
                sample[i].second = sample[i].first->read(sizes.front().width);
            } catch (const std::exception&) { // said when its turn comes
            }
        });
        const double budget = this->budget();
        for (std::size_t s = 0; s + 1 < sizes.size(); ++s) {
            double bytes[2] = {0, 0};
            int counts[2] = {0, 0};
            for (const auto& [job, picture] : sample) {
                if (picture.empty())
                    continue;
                bytes[job->isMap()] += double(
                    job->encode(shrinkTo(picture, sizes[s].width), sizes[s].quality).size());
                ++counts[job->isMap()];
            }
            double total = 0;
            for (const Job& job : jobs_)
                total += bytes[job.isMap()] / std::max(1, counts[job.isMap()]);
            if (total * 1.1 <= budget)
                return s;
        }
        return sizes.size() - 1;
    }

    void encodePictures() {
        if (jobs_.empty())
            return;
        ShownFrame shown;
        for (const Job& job : jobs_) // the first that can be read tells the size of all
            if (!job.isMap())
                try {
                    const cv::Mat picture = job.read(options_.pictureWidth, &shown);
                    shown_ = shown;
                    result_.pictureWidth = picture.cols;
                    break;
                } catch (const std::exception&) {
                }
        if (!shown_)
            result_.pictureWidth = options_.pictureWidth;
        const std::vector<PictureSize> sizes = sizesFrom(result_.pictureWidth);
        for (std::size_t s = estimateSize(sizes);; ++s) {
            tbb::parallel_for(std::size_t(0), jobs_.size(),
                              [&](std::size_t i) { encode(jobs_[i], sizes[s]); });
            double bytes = 0;
            for (const Job& job : jobs_)
                bytes += double(job.encoded.size());
            result_.pictureWidth = sizes[s].width;
            if (bytes <= budget() || s + 1 == sizes.size())
                break;
        }
        for (const Job& job : jobs_) {
            result_.pictures += !job.encoded.empty();
            if (!job.problem.empty())
                result_.problems.push_back(fmt::format("frame {}: is not shown: {}", job.frame, job.problem));
        }
    }

    static void encode(Job& job, PictureSize size) {
        try {
            job.problem.clear();
            job.encoded = job.encode(job.read(size.width), size.quality);
        } catch (const std::exception& error) {
            job.encoded.clear();
            job.problem = Error(ErrorKind::input, error.what()).what();
        }
    }

    static Json figure(double value) { return std::isfinite(value) ? Json(value) : Json(); }

    static Json toJson(const Decision& decision) {
        return {{"verdict", nameOf(verdictNames, decision.verdict)},
                {"by", decision.by},
                {"at", decision.at},
                {"comment", decision.comment}};
    }

    // As a share of a frame, by what is decided of it.
    Json costs(ManifestFrame frame) const {
        frame.decision.reset();
        Json json = Json::object();
        for (const auto& [verdict, name] : verdictNames) {
            frame.verdict = verdict;
            json[std::string(name)] = renderedCost(frame, manifest_.verdictOptions.partialOverhead);
        }
        return json;
    }

    Json toJson(const ManifestFrame& frame) const {
        Json features = Json::object(), regions = Json::array();
        for (const auto& [name, member] : featureNames)
            features[std::string(name)] = figure(frame.features.*member);
        for (const RiskRegion& region : frame.regions)
            regions.push_back({{"x", region.box.min.x},
                               {"y", region.box.min.y},
                               {"width", width(region.box)},
                               {"height", height(region.box)},
                               {"score", figure(region.score)}});
        Json json{{"frame", frame.frame},
                  {"key0", frame.key0},
                  {"key1", frame.key1},
                  {"time", frame.time},
                  {"status", nameOf(statusNames, frame.status)},
                  {"path", frame.path},
                  {"pixelHash", frame.pixelHash},
                  {"cost", costs(frame)},
                  {"motionSource", frame.motionSource},
                  {"score", figure(frame.score)},
                  {"features", std::move(features)},
                  {"regions", std::move(regions)},
                  {"cut", frame.cut},
                  {"verdict", nameOf(verdictNames, frame.verdict)},
                  {"reasons", frame.reasons},
                  {"error", frame.error},
                  {"badSamples", frame.badSamples}};
        if (frame.decision)
            json["decision"] = toJson(*frame.decision);
        if (evaluation_)
            if (const auto found = evaluation_->frames.find(frame.frame);
                found != evaluation_->frames.end()) {
                const ShownError& error = found->second;
                json["measured"] = {{"psnr", figure(error.psnr)},
                                    {"ssim", figure(error.ssim)},
                                    {"worstBlocksPsnr", figure(error.worstBlocksPsnr)},
                                    {"meanOfKeyframesPsnr", figure(error.meanOfKeyframesPsnr)},
                                    {"disWarpPsnr", figure(error.disWarpPsnr)}};
            }
        return json;
    }

    // What report.js works on. Every text in it comes from files, so it must not be able to end its element.
    std::string data() const {
        // A frame that came back from the renderer is one more keyframe here: there is nothing left to
        // decide.
        Json frames = Json::array();
        std::vector<int> keyframes = manifest_.keyframes;
        for (const ManifestFrame& frame : manifest_.frames)
            if (frame.status == FrameStatus::rendered)
                keyframes.push_back(frame.frame);
            else
                frames.push_back(toJson(frame));
        const fs::path folder = fs::absolute(out_).lexically_normal();
        const VerdictOptions& verdict = manifest_.verdictOptions;
        const bool byThreshold = verdict.by == RiskMeasure::error && verdict.maxRerenderShare < 0 &&
                                 verdict.maxRerenderFrames < 0;
        const Json document{{"decisionsVersion", decisionsVersion},
                            {"identity", shotIdentity(manifest_)},
                            {"tool", fmt::format("{} {}", manifest_.tool, manifest_.toolVersion)},
                            {"model",
                             {{"name", manifest_.modelName},
                              {"version", manifest_.modelVersion},
                              {"hash", manifest_.modelHash}}},
                            {"precision", manifest_.precision},
                            {"sourcePattern", manifest_.sourcePattern},
                            {"folder", (folder.has_filename() ? folder : folder.parent_path()).string()},
                            {"framesPerSecond", figure(manifest_.framesPerSecond)},
                            {"threshold", byThreshold ? figure(flaggedFrom(verdict)) : Json()},
                            {"window", shown_ ? Json{{"x", shown_->displayWindow.min.x},
                                                     {"y", shown_->displayWindow.min.y},
                                                     {"width", width(shown_->displayWindow)},
                                                     {"height", height(shown_->displayWindow)},
                                                     {"pixelAspect", shown_->pixelAspect}}
                                              : Json()},
                            {"pictureWidth", result_.pictureWidth},
                            {"mapTop", mapTop},
                            {"hasRiskMaps", hasRiskMaps_},
                            {"reference", evaluation_ && !evaluation_->frames.empty()
                                              ? Json(evaluation_->reference)
                                              : Json()},
                            {"keyframes", keyframes},
                            {"sequenceProblems", manifest_.problems},
                            {"problems", result_.problems},
                            {"frames", std::move(frames)}};
        std::string text = document.dump(-1, ' ', true, Json::error_handler_t::replace);
        std::string safe;
        safe.reserve(text.size());
        for (const char c : text)
            if (c == '<')
                safe += "\\u003c";
            else
                safe += c;
        return safe;
    }

    std::string makePage() const {
        const std::string data = this->data();
        std::string pictures;
        for (const Job& job : jobs_)
            if (!job.encoded.empty())
                pictures += fmt::format("<script type=\"text/plain\" id=\"picture-{}\">{}</script>\n",
                                        job.id(), job.encoded);
        const std::map<std::string_view, std::string> parts{{"NONCE", hashOf(data)},
                                                            {"STYLE", std::string(pageStyle())},
                                                            {"SCRIPT", std::string(pageScript())},
                                                            {"DATA", data},
                                                            {"PICTURES", std::move(pictures)}};
        std::string page;
        std::string_view rest = pageHtml();
        for (std::size_t begin; (begin = rest.find("{{")) != std::string_view::npos;) {
            const std::size_t end = rest.find("}}", begin);
            page += rest.substr(0, begin);
            page += parts.at(rest.substr(begin + 2, end - begin - 2));
            rest.remove_prefix(end + 2);
        }
        return page.append(rest);
    }

    fs::path out_;
    ReportOptions options_;
    Manifest manifest_;
    std::optional<ShownEvaluation> evaluation_;
    std::optional<ShownFrame> shown_;
    bool hasRiskMaps_ = false;
    std::vector<Job> jobs_;
    ReportResult result_;
};

} // namespace

ReportResult writeReport(const fs::path& out, const ReportOptions& options) {
    return Report(out, options).write();
}

} // namespace inbetween
