#include "inbetween/learn.h"

#include "base/atomic_file.h"
#include "manifest/json_value.h"
#include "manifest/names.h"

#include <cmath>

namespace inbetween {
namespace {

constexpr int riskModelVersion = 1;
constexpr const char* riskModelKind = "inbetween risk model";

std::vector<std::string> inputNames() {
    std::vector<std::string> names{"verdictError", "score", "worstBlocks"};
    for (const auto& [name, member] : featureNames)
        names.emplace_back(name);
    return names;
}
static_assert(3 + featureNames.size() == riskModelInputs);

RiskModelInput readInputs(const Value& value) {
    RiskModelInput inputs{};
    std::size_t count = 0;
    value.forEach([&](const Value& element) {
        if (count < inputs.size())
            inputs[count] = element.number();
        ++count;
    });
    if (count != inputs.size())
        value.fail(fmt::format("must have {} numbers", inputs.size()));
    return inputs;
}

} // namespace

RiskModelInput riskModelInput(const ManifestFrame& frame) {
    static constexpr double least = 1e-4;
    const auto logarithm = [](double v) { return std::isnan(v) ? v : std::log(std::max(least, v)); };
    RiskModelInput inputs{logarithm(verdictError(frame.score, frame.worstBlocks)), logarithm(frame.score),
                          logarithm(frame.worstBlocks)};
    for (std::size_t i = 0; i < featureNames.size(); ++i)
        inputs[3 + i] = logarithm(frame.features.*featureNames[i].second);
    return inputs;
}

double RiskModel::probability(const ManifestFrame& frame) const {
    const RiskModelInput inputs = riskModelInput(frame);
    if (std::isnan(inputs[0]))
        return inputs[0];
    double sum = bias;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (!std::isnan(inputs[i]))
            sum += weight[i] * (inputs[i] - mean[i]) / scale[i];
    return 1 / (1 + std::exp(-sum));
}

RiskModel RiskModel::load(const std::filesystem::path& file) {
    return readJson(
        readText(file, "is it a risk model that inbetween learn wrote?"), file, [](const Value& value) {
            if (!value.has("kind") || value["kind"].text() != riskModelKind)
                throw Invalid{"this is no risk model; make one with: inbetween learn DECISIONS -o FILE"};
            if (const int version = value["version"].integer<int>(); version != riskModelVersion)
                throw Invalid{fmt::format(
                    "version {} of the risk model is not known, only {}; learn it again with this inbetween",
                    version, riskModelVersion)};
            if (value["inputs"].texts() != inputNames())
                throw Invalid{"the risk model is of other features; learn it again with this inbetween"};
            RiskModel model;
            model.basis = value["basis"].text();
            model.bias = value["bias"].number();
            model.mean = readInputs(value["mean"]);
            model.scale = readInputs(value["scale"]);
            model.weight = readInputs(value["weight"]);
            for (const double scale : model.scale)
                if (!(scale > 0))
                    value["scale"].fail("must be over 0");
            return model;
        });
}

void RiskModel::save(const std::filesystem::path& file) const {
    const Json json{{"kind", riskModelKind}, {"version", riskModelVersion},
                    {"basis", basis},        {"inputs", inputNames()},
                    {"bias", bias},          {"mean", mean},
                    {"scale", scale},        {"weight", weight}};
    writeTextAtomically(file, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

} // namespace inbetween
