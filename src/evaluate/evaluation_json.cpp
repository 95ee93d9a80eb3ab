#include "evaluate/evaluation_json.h"

#include "base/atomic_file.h"
#include "inbetween/version.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace inbetween {
namespace {

using Json = nlohmann::ordered_json;

constexpr int evaluationVersion = 1;

// JSON knows no NaN: null stands for it.
Json figure(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

Json toJson(const PictureError& error) {
    return {{"mseLinear", figure(error.mseLinear)},
            {"mseDisplay", figure(error.mseDisplay)},
            {"psnrDisplay", figure(error.psnrDisplay)},
            {"ssimDisplay", figure(error.ssimDisplay)},
            {"worstBlocksPsnr", figure(error.worstBlocksPsnr)}};
}

Json toJson(const FrameEvaluation& frame) {
    return {{"score", figure(frame.score)},
            {"inbetween", toJson(frame.inbetween)},
            {"meanOfKeyframes", toJson(frame.meanOfKeyframes)},
            {"disWarp", toJson(frame.disWarp)}};
}

} // namespace

void writeEvaluation(const std::filesystem::path& file, const Evaluation& evaluation, const std::string& reference) {
    Json frames = Json::array(), correlations = Json::array();
    for (const FrameEvaluation& frame : evaluation.frames) {
        Json json{{"frame", frame.frame}};
        json.update(toJson(frame));
        frames.push_back(std::move(json));
    }
    for (const RiskCorrelation& correlation : evaluation.correlations)
        correlations.push_back({{"feature", correlation.feature}, {"spearman", figure(correlation.spearman)}});
    const Json document{{"version", evaluationVersion},
                        {"tool", {{"name", "inbetween"}, {"version", versionString()}}},
                        {"reference", reference},
                        {"mean", toJson(evaluation.mean)},
                        {"correlations", std::move(correlations)},
                        {"problems", evaluation.problems},
                        {"frames", std::move(frames)}};
    writeTextAtomically(file, document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

} // namespace inbetween
