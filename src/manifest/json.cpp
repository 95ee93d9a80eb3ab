// The manifest as JSON; manifest.schema.json describes it.
#include "manifest/json.h"
#include "base/atomic_file.h"
#include "base/text.h"
#include "inbetween/manifest.h"
#include "manifest/frame_json.h"
#include "manifest/json_value.h"
#include "manifest/names.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace inbetween {
namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

// JSON knows no NaN: null stands for it.
Json figure(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

Json toJson(const RiskFeatures& features) {
    Json json = Json::object();
    for (const auto& [name, member] : featureNames)
        json[std::string(name)] = figure(features.*member);
    return json;
}

Json toJson(const Box& box) {
    return {{"x", box.min.x}, {"y", box.min.y}, {"width", width(box)}, {"height", height(box)}};
}

Json toJson(const RiskRegion& region) {
    Json json = toJson(region.box);
    json["score"] = figure(region.score);
    json["share"] = figure(region.share);
    return json;
}

// Two hexadecimal digits a block.
Json toJson(const ErrorMap& map) {
    std::string levels;
    for (const std::uint8_t level : map.levels)
        levels += fmt::format("{:02x}", level);
    return {{"side", ErrorMap::side},
            {"canvas", toJson(map.canvas)},
            {"window", toJson(map.window)},
            {"levels", std::move(levels)}};
}

Json toJson(const Decision& decision, Verdict byScore) {
    return {{"verdict", nameOf(verdictNames, decision.verdict)},
            {"scoreVerdict", nameOf(verdictNames, byScore)},
            {"by", decision.by},
            {"at", decision.at},
            {"comment", decision.comment}};
}

Json toJson(const CompanionFile& file) {
    return {{"path", utf8Name(file.path)},
            {"pixelHash", file.pixelHash},
            {"fileHash", file.fileHash},
            {"error", file.error}};
}

Json toJson(const ManifestFrame& frame) {
    Json regions = Json::array();
    for (const RiskRegion& region : frame.regions)
        regions.push_back(toJson(region));
    Json json{{"frame", frame.frame},
              {"key0", frame.key0},
              {"key1", frame.key1},
              {"time", frame.time},
              {"status", nameOf(statusNames, frame.status)},
              {"path", utf8Name(frame.path)},
              {"pixelHash", frame.pixelHash},
              {"fileHash", frame.fileHash},
              {"inputHash", frame.inputHash},
              {"motionSource", frame.motionSource},
              {"verdict", nameOf(verdictNames, frame.finalVerdict())},
              {"reasons", frame.reasons},
              {"error", frame.error},
              {"badSamples", frame.badSamples},
              {"risk",
               {{"score", figure(frame.score)},
                {"worstBlocks", figure(frame.worstBlocks)},
                {"factor", frame.factor},
                {"rerenderProbability",
                 frame.rerenderProbability ? figure(*frame.rerenderProbability) : Json()},
                {"cut", frame.cut},
                {"features", toJson(frame.features)},
                {"regions", std::move(regions)}}}};
    if (!frame.errors.empty())
        json["risk"]["errorMap"] = toJson(frame.errors);
    if (frame.verdict == Verdict::partial)
        json["boxCost"] = frame.boxCost;
    if (frame.overBudget)
        json["overBudget"] = true;
    if (!frame.notes.empty())
        json["notes"] = frame.notes;
    if (!frame.companions.empty()) {
        json["companions"] = Json::array();
        for (const CompanionFile& file : frame.companions)
            json["companions"].push_back(toJson(file));
    }
    if (frame.decision)
        json["decision"] = toJson(*frame.decision, frame.verdict);
    if (!frame.spliced.empty()) {
        Json boxes = Json::array();
        for (const Box& box : frame.spliced)
            boxes.push_back(toJson(box));
        json["spliced"] = {{"share", frame.splicedShare},
                           {"predicted", figure(frame.splicedPredicted)},
                           {"measured", figure(frame.splicedMeasured)},
                           {"regions", std::move(boxes)}};
    }
    return json;
}

Json toJson(const RoleOptions& roles) {
    return {{"beauty", roles.beauty},
            {"depth", roles.depth},
            {"vectors", roles.vectors},
            {"ids", roles.identifiers},
            {"passes", roles.passes}};
}

Json toJson(const GroupRoles& group) {
    Json layers = Json::array();
    for (const LayerRoles& layer : group.layers)
        layers.push_back({{"part", layer.part},
                          {"layer", layer.layer},
                          {"channels", layer.channels},
                          {"roles", layer.roles}});
    return {{"name", group.name}, {"layers", std::move(layers)}};
}

Json toJson(const ManifestSettings& settings) {
    return {{"vectors", settings.vectors},
            {"channels", settings.channels},
            {"roles", toJson(settings.roles)},
            {"compression", settings.compression},
            {"depth", settings.depth},
            {"precision", settings.precision},
            {"quality", settings.quality},
            {"model", settings.model},
            {"maxGap", settings.maxGap},
            {"maxPixels", settings.maxPixels},
            {"frames", settings.frames ? Json(*settings.frames) : Json()},
            {"useGenerated", settings.useGenerated},
            {"riskMaps", settings.riskMaps},
            {"selfCalibrate", settings.selfCalibrate},
            {"riskModel", settings.riskModel},
            {"keepFrames", settings.keepFrames},
            {"renderTimes", settings.renderTimes}};
}

Json toJson(const SelfCalibration& calibration) {
    Json remade = Json::array();
    for (const SelfCalibration::Remade& key : calibration.remade)
        remade.push_back({{"frame", key.frame}, {"predicted", key.predicted}, {"measured", key.measured}});
    return {{"factor", calibration.factor},
            {"inputHash", calibration.inputHash},
            {"remade", std::move(remade)}};
}

Json toJson(const Manifest& manifest) {
    const Manifest::Totals totals = manifest.totals();
    const double share = manifest.verdictOptions.maxRerenderShare, miss = manifest.verdictOptions.maxMiss;
    const int most = manifest.verdictOptions.maxRerenderFrames;
    const double rate = manifest.framesPerSecond;
    Json groups = Json::array(), frames = Json::array();
    for (const GroupRoles& group : manifest.groups)
        groups.push_back(toJson(group));
    for (const ManifestFrame& frame : manifest.frames)
        frames.push_back(toJson(frame));
    Json json{{"version", manifest.version},
              {"tool", {{"name", manifest.tool}, {"version", manifest.toolVersion}}},
              {"model",
               {{"name", manifest.modelName},
                {"version", manifest.modelVersion},
                {"hash", manifest.modelHash}}},
              {"instructionSet", manifest.instructionSet},
              {"precision", manifest.precision},
              {"sourcePattern", utf8Name(manifest.sourcePattern)},
              {"outputPattern", utf8Name(manifest.outputPattern)},
              {"framesPerSecond", std::isfinite(rate) && rate > 0 ? rate : 0.0},
              {"verdictOptions",
               {{"threshold", figure(manifest.verdictOptions.threshold)},
                {"maxRerenderShare", share >= 0 ? Json(std::min(share, 1.0)) : Json()},
                {"maxRerenderFrames", most >= 0 ? Json(most) : Json()},
                {"maxMiss", miss >= 0 ? Json(std::min(miss, 1.0)) : Json()},
                {"partialOverhead", manifest.verdictOptions.partialOverhead},
                {"by", nameOf(measureNames, manifest.verdictOptions.by)}}},
              {"selfCalibration", manifest.selfCalibration ? toJson(*manifest.selfCalibration) : Json()},
              {"settings", toJson(manifest.settings)},
              {"groups", std::move(groups)},
              {"totals",
               {{"rendered", totals.rendered},
                {"generated", totals.generated},
                {"flagged", totals.flagged},
                {"partial", totals.partial},
                {"overBudget", totals.overBudget},
                {"failed", totals.failed},
                {"cost", totals.cost},
                {"secondsOfAll", totals.secondsOfAll ? figure(*totals.secondsOfAll) : Json()},
                {"secondsOfCost", totals.secondsOfCost ? figure(*totals.secondsOfCost) : Json()},
                {"rendersSavedShare", totals.rendersSavedShare}}},
              {"keyframes", manifest.keyframes},
              {"rerender", manifest.rerenderFrames()},
              {"partial", manifest.partialFrames()},
              {"problems", manifest.problems},
              {"frames", std::move(frames)}};
    if (!manifest.renderTimes.empty()) {
        Json times = Json::array();
        for (const auto& [frame, seconds] : manifest.renderTimes)
            times.push_back({{"frame", frame}, {"seconds", seconds}});
        json["renderTimes"] = std::move(times);
    }
    if (!manifest.unusableKeyframes.empty())
        json["unusableKeyframes"] = manifest.unusableKeyframes;
    for (const Manifest::Companion& companion : manifest.companions)
        json["companions"].push_back({{"sourcePattern", utf8Name(companion.sourcePattern)},
                                      {"outputPattern", utf8Name(companion.outputPattern)}});
    return json;
}

Decision readDecision(const Value& value) {
    return {value["verdict"].oneOf(verdictNames), value["by"].text(), value["at"].text(),
            value["comment"].text()};
}

Box readBox(const Value& value) {
    const Imath::V2i min(value["x"].integer<int>(), value["y"].integer<int>());
    const auto last = [](int first, const Value& size) {
        const std::int64_t last = std::int64_t(first) + size.integer<int>(1) - 1;
        if (last > std::numeric_limits<int>::max())
            size.fail("is too large");
        return static_cast<int>(last);
    };
    return Box(min, {last(min.x, value["width"]), last(min.y, value["height"])});
}

double readShare(const Value& value) {
    const double share = value.number();
    if (!(share >= 0 && share <= 1))
        value.fail("must lie between 0 and 1");
    return share;
}

bool isThere(const Value& value, std::string_view key) {
    return value.has(key) && !value[key].isNull();
}

ErrorMap readErrorMap(const Value& value) {
    ErrorMap map;
    if (value["side"].integer<int>() != ErrorMap::side)
        value["side"].fail(fmt::format("must be {}", ErrorMap::side));
    map.canvas = readBox(value["canvas"]);
    map.window = readBox(value["window"]);
    if (intersection(map.canvas, map.window) != map.window)
        value["window"].fail("must lie within the canvas");
    const std::string levels = value["levels"].text();
    const double blocks = double(map.columns()) * map.rows();
    if (double(levels.size()) != 2 * blocks)
        value["levels"].fail(fmt::format("must have two digits for each of {} blocks", blocks));
    for (std::size_t i = 0; i < levels.size(); i += 2) {
        std::uint8_t level = 0;
        const char* end = levels.data() + i + 2;
        if (std::from_chars(levels.data() + i, end, level, 16).ptr != end)
            value["levels"].fail("must be hexadecimal digits");
        map.levels.push_back(level);
    }
    return map;
}

RiskRegion readRegion(const Value& value) {
    return {readBox(value), value["score"].figureFromZero(),
            value.has("share") ? readShare(value["share"]) : 0.0};
}

double readFactor(const Value& value) {
    const double factor = value.number();
    if (!(factor > 0))
        value.fail("must be over 0");
    return factor;
}

SelfCalibration readSelfCalibration(const Value& value) {
    SelfCalibration calibration;
    calibration.factor = readFactor(value["factor"]);
    calibration.inputHash = value["inputHash"].text();
    value["remade"].forEach([&](const Value& key) {
        calibration.remade.push_back({key["frame"].integer<int>(), key["predicted"].figureFromZero(),
                                      key["measured"].figureFromZero()});
    });
    return calibration;
}

// What is not in older manifests may be missing.
VerdictOptions readVerdictOptions(const Value& value) {
    VerdictOptions options;
    const Value threshold = value["threshold"], share = value["maxRerenderShare"];
    options.threshold = threshold.isNull() ? notANumber : threshold.number();
    options.maxRerenderShare = share.isNull() ? -1.0 : readShare(share);
    if (isThere(value, "maxRerenderFrames"))
        options.maxRerenderFrames = value["maxRerenderFrames"].integer<int>(0);
    if (isThere(value, "maxMiss"))
        options.maxMiss = readShare(value["maxMiss"]);
    else
        options.maxMiss = -1;
    if (value.has("partialOverhead")) // not in those before 0.5
        options.partialOverhead = readShare(value["partialOverhead"]);
    if (value.has("by"))
        options.by = value["by"].oneOf(measureNames);
    return options;
}

RoleOptions readRoles(const Value& value) {
    return {value["beauty"].text(), value["depth"].text(), value["vectors"].texts(), value["ids"].texts(),
            value["passes"].texts()};
}

GroupRoles readGroup(const Value& value) {
    GroupRoles group{value["name"].text(), {}};
    value["layers"].forEach([&](const Value& layer) {
        group.layers.push_back(
            {layer["part"].text(), layer["layer"].text(), layer["channels"].texts(), layer["roles"].texts()});
    });
    return group;
}

ManifestSettings readSettings(const Value& value) {
    ManifestSettings settings;
    settings.vectors = value["vectors"].text();
    settings.channels = value["channels"].texts();
    if (value.has("roles")) // this and the groups: not in those before 0.5
        settings.roles = readRoles(value["roles"]);
    settings.compression = value["compression"].text();
    settings.depth = value["depth"].text();
    settings.precision = value["precision"].text();
    settings.quality = value.has("quality") ? value["quality"].text() : "fast"; // not in those before 0.4
    settings.model = value["model"].text();
    settings.maxGap = value["maxGap"].integer<int>(2);
    if (value.has("maxPixels")) // not in those of 0.1
        settings.maxPixels = value["maxPixels"].integer<std::size_t>();
    if (!value["frames"].isNull())
        settings.frames = value["frames"].text();
    settings.useGenerated = value.has("useGenerated") && value["useGenerated"].flag();
    settings.riskMaps = value["riskMaps"].flag();
    settings.selfCalibrate = value.has("selfCalibrate") && value["selfCalibrate"].flag();
    if (value.has("riskModel"))
        settings.riskModel = value["riskModel"].text();
    settings.keepFrames = value["keepFrames"].flag();
    if (value.has("renderTimes")) // not in those before 0.5
        settings.renderTimes = value["renderTimes"].text();
    return settings;
}

CompanionFile readCompanionFile(const Value& value) {
    return {bytesOfName(value["path"].text()), value["pixelHash"].text(), value["fileHash"].text(),
            value["error"].text()};
}

ManifestFrame readFrame(const Value& value) {
    ManifestFrame frame;
    frame.frame = value["frame"].integer<int>();
    frame.key0 = value["key0"].integer<int>();
    frame.key1 = value["key1"].integer<int>();
    frame.time = value["time"].number();
    if (!(frame.time > 0 && frame.time < 1))
        value["time"].fail("must lie between 0 and 1");
    frame.status = value["status"].oneOf(statusNames);
    frame.path = bytesOfName(value["path"].text());
    frame.pixelHash = value["pixelHash"].text();
    if (value.has("fileHash")) // not in those of 0.1
        frame.fileHash = value["fileHash"].text();
    frame.inputHash = value["inputHash"].text();
    frame.motionSource = value["motionSource"].text();
    frame.verdict = value["verdict"].oneOf(verdictNames);
    if (value.has("decision")) {
        frame.decision = readDecision(value["decision"]);
        frame.verdict = value["decision"]["scoreVerdict"].oneOf(verdictNames);
    }
    if (value.has("spliced")) {
        const Value spliced = value["spliced"];
        frame.splicedShare = readShare(spliced["share"]);
        if (isThere(spliced, "predicted"))
            frame.splicedPredicted = spliced["predicted"].figureFromZero();
        if (isThere(spliced, "measured"))
            frame.splicedMeasured = spliced["measured"].figureFromZero();
        spliced["regions"].forEach([&](const Value& box) { frame.spliced.push_back(readBox(box)); });
    }
    if (value.has("boxCost"))
        frame.boxCost = readShare(value["boxCost"]);
    frame.overBudget = value.has("overBudget") && value["overBudget"].flag();
    frame.reasons = value["reasons"].texts();
    frame.error = value["error"].text();
    if (value.has("notes"))
        frame.notes = value["notes"].texts();
    if (value.has("companions"))
        value["companions"].forEach(
            [&](const Value& file) { frame.companions.push_back(readCompanionFile(file)); });
    frame.badSamples = value["badSamples"].integer<std::size_t>();
    const Value risk = value["risk"];
    frame.score = risk["score"].figureFromZero();
    frame.cut = risk["cut"].flag();
    frame.worstBlocks = risk.has("worstBlocks") ? risk["worstBlocks"].figureFromZero() : notANumber;
    if (risk.has("factor"))
        frame.factor = readFactor(risk["factor"]);
    if (isThere(risk, "rerenderProbability"))
        frame.rerenderProbability = readShare(risk["rerenderProbability"]);
    const Value features = risk["features"];
    for (std::size_t i = 0; i < featureNames.size(); ++i) {
        const auto& [name, member] = featureNames[i];
        frame.features.*member = i < oldFeatures || features.has(name) ? features[name].figureFromZero()
                                                                       : notANumber;
    }
    if (risk.has("errorMap"))
        frame.errors = readErrorMap(risk["errorMap"]);
    risk["regions"].forEach([&](const Value& region) { frame.regions.push_back(readRegion(region)); });
    return frame;
}

// "totals" and "rerender" follow from the rest and are not read.
Manifest readDocument(const Value& value) {
    Manifest manifest;
    manifest.version = value["version"].integer<int>();
    if (manifest.version != manifestVersion)
        throw Invalid{
            fmt::format("version {} of the manifest is not known, only {}; use the inbetween that wrote it",
                        manifest.version, manifestVersion)};
    manifest.tool = value["tool"]["name"].text();
    manifest.toolVersion = value["tool"]["version"].text();
    manifest.modelName = value["model"]["name"].text();
    manifest.modelVersion = value["model"]["version"].text();
    manifest.modelHash = value["model"]["hash"].text();
    manifest.instructionSet = value["instructionSet"].text();
    manifest.precision = value["precision"].text();
    manifest.sourcePattern = bytesOfName(value["sourcePattern"].text());
    manifest.outputPattern = bytesOfName(value["outputPattern"].text());
    if (value.has("companions"))
        value["companions"].forEach([&](const Value& companion) {
            manifest.companions.push_back({bytesOfName(companion["sourcePattern"].text()),
                                           bytesOfName(companion["outputPattern"].text())});
        });
    manifest.framesPerSecond = value["framesPerSecond"].number();
    if (manifest.framesPerSecond < 0)
        value["framesPerSecond"].fail("must not be below 0");
    manifest.verdictOptions = readVerdictOptions(value["verdictOptions"]);
    if (isThere(value, "selfCalibration") &&
        value["selfCalibration"].has("remade")) // older ones measured something else
        manifest.selfCalibration = readSelfCalibration(value["selfCalibration"]);
    if (value.has("settings")) // not in those of 0.9
        manifest.settings = readSettings(value["settings"]);
    if (value.has("groups"))
        value["groups"].forEach([&](const Value& group) { manifest.groups.push_back(readGroup(group)); });
    value["keyframes"].forEach([&](const Value& key) { manifest.keyframes.push_back(key.integer<int>()); });
    if (value.has("renderTimes"))
        value["renderTimes"].forEach([&](const Value& time) {
            const double seconds = time["seconds"].number();
            if (!(seconds > 0))
                time["seconds"].fail("must be over 0");
            manifest.renderTimes[time["frame"].integer<int>()] = seconds;
        });
    if (value.has("unusableKeyframes"))
        value["unusableKeyframes"].forEach(
            [&](const Value& key) { manifest.unusableKeyframes.push_back(key.integer<int>()); });
    manifest.problems = value["problems"].texts();
    value["frames"].forEach([&](const Value& frame) {
        manifest.frames.push_back(readFrame(frame));
        if (manifest.frames.size() > 1 && manifest.frames.back().frame <= manifest.frames.rbegin()[1].frame)
            frame["frame"].fail("must be greater than the one before it");
    });
    return manifest;
}

} // namespace

void writeManifest(const std::filesystem::path& file, const Manifest& manifest) {
    // Names are utf8Name(); what else is no UTF-8, which JSON must be, becomes U+FFFD.
    writeTextAtomically(file, toJson(manifest).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Manifest readManifest(const std::filesystem::path& file) {
    return parseManifest(readText(file, "is it the manifest.json of a run?"), file);
}

Manifest parseManifest(const std::string& text, const std::filesystem::path& file) {
    return readJson(text, file, readDocument);
}

std::string frameToJsonLine(const ManifestFrame& frame) {
    return toJson(frame).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<ManifestFrame> frameFromJsonLine(std::string_view line) {
    try {
        return readFrame(Value(Json::parse(line), ""));
    } catch (const Invalid&) {
        return std::nullopt;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

} // namespace inbetween
