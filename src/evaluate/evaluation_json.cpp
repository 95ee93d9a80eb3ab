#include "evaluate/evaluation_json.h"

#include "base/atomic_file.h"
#include "inbetween/version.h"
#include "manifest/json_value.h"

#include <cmath>
#include <limits>

namespace inbetween {
namespace {

constexpr int evaluationVersion = 2;

// JSON knows no NaN: null stands for it.
Json figure(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

Json toJson(const PictureError& error) {
    return {{"mseLinear", figure(error.mseLinear)},
            {"mseDisplay", figure(error.mseDisplay)},
            {"psnrDisplay", figure(error.psnrDisplay)},
            {"ssimDisplay", figure(error.ssimDisplay)},
            {"worstBlocksPsnr", figure(error.worstBlocksPsnr)},
            {"detailRatio", figure(error.detailRatio)}};
}

Json toJson(const FrameEvaluation& frame) {
    return {{"score", figure(frame.score)},
            {"bad", frame.bad},
            {"pulse", figure(frame.pulse)},
            {"inbetween", toJson(frame.inbetween)},
            {"meanOfKeyframes", toJson(frame.meanOfKeyframes)},
            {"disWarp", toJson(frame.disWarp)}};
}

Json toJson(const RiskQuality& quality) {
    Json caught = Json::object();
    for (std::size_t i = 0; i < quality.caught.size(); ++i)
        caught[fmt::format("{}", caughtShares[i])] = figure(quality.caught[i]);
    return {{"feature", quality.feature},         {"spearman", figure(quality.spearman)},
            {"rocArea", figure(quality.rocArea)}, {"averagePrecision", figure(quality.averagePrecision)},
            {"caught", std::move(caught)},        {"goodFlaggedAt98", figure(quality.goodFlagged)}};
}

Json toJson(const RiskAssessment& risk) {
    Json figures = Json::array(), pixels = Json::array();
    for (const RiskQuality& quality : risk.figures)
        figures.push_back(toJson(quality));
    for (const PixelQuality& map : risk.pixels)
        pixels.push_back({{"map", map.map}, {"rocArea", figure(map.rocArea)}});
    return {{"frames", risk.frames},
            {"bad", risk.bad},
            {"badFlagged", figure(risk.badFlagged)},
            {"goodFlagged", figure(risk.goodFlagged)},
            {"medianRatio", figure(risk.medianRatio)},
            {"figures", std::move(figures)},
            {"pixels", std::move(pixels)}};
}

void write(const std::filesystem::path& file, const Json& document) {
    writeTextAtomically(file, document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

double readFigure(const Value& value) {
    return value.isNull() ? std::numeric_limits<double>::quiet_NaN() : value.number();
}

PictureError readError(const Value& value) {
    PictureError error;
    error.mseLinear = readFigure(value["mseLinear"]);
    error.mseDisplay = value["mseDisplay"].figureFromZero();
    error.psnrDisplay = value["psnrDisplay"].number();
    error.ssimDisplay = readFigure(value["ssimDisplay"]);
    error.worstBlocksPsnr = value["worstBlocksPsnr"].number();
    return error;
}

} // namespace

EvaluatedShot readEvaluatedShot(const std::filesystem::path& file) {
    return readJson(
        readText(file, "make it with: inbetween evaluate OUT --reference REF"), file, [](const Value& value) {
            if (const int version = value["version"].integer<int>(); version != evaluationVersion)
                throw Invalid{fmt::format("version {} of evaluate.json is not known, only {}; evaluate again",
                                          version, evaluationVersion)};
            EvaluatedShot shot;
            value["frames"].forEach([&](const Value& frame) {
                FrameEvaluation evaluation;
                evaluation.frame = frame["frame"].integer<int>();
                evaluation.score = frame["score"].figureFromZero();
                evaluation.inbetween = readError(frame["inbetween"]);
                evaluation.bad = isBad(evaluation.inbetween);
                shot.frames.push_back(evaluation);
            });
            value["risk"]["pixels"].forEach([&](const Value& map) {
                shot.pixels.push_back({map["map"].text(), readFigure(map["rocArea"])});
            });
            return shot;
        });
}

void writeJointAssessment(const std::filesystem::path& file, const JointAssessment& joint) {
    Json shots = Json::array();
    for (const ShotAssessment& shot : joint.shots) {
        Json json{{"folder", shot.folder.string()}};
        json.update(toJson(shot.risk));
        shots.push_back(std::move(json));
    }
    write(file, {{"version", evaluationVersion},
                 {"tool", {{"name", "inbetween"}, {"version", versionString()}}},
                 {"all", toJson(joint.all)},
                 {"shots", std::move(shots)}});
}

void writeEvaluation(const std::filesystem::path& file, const Evaluation& evaluation,
                     const std::string& reference) {
    Json frames = Json::array();
    for (const FrameEvaluation& frame : evaluation.frames) {
        Json json{{"frame", frame.frame}};
        json.update(toJson(frame));
        frames.push_back(std::move(json));
    }
    write(file, {{"version", evaluationVersion},
                 {"tool", {{"name", "inbetween"}, {"version", versionString()}}},
                 {"reference", reference},
                 {"mean", toJson(evaluation.mean)},
                 {"risk", toJson(evaluation.risk)},
                 {"problems", evaluation.problems},
                 {"frames", std::move(frames)}});
}

} // namespace inbetween
