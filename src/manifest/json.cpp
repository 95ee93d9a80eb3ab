// The manifest as JSON; manifest.schema.json describes it.
#include "base/atomic_file.h"
#include "inbetween/error.h"
#include "inbetween/manifest.h"
#include "manifest/frame_json.h"
#include "manifest/json.h"
#include "manifest/names.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

namespace inbetween {
namespace {

using Json = nlohmann::ordered_json;

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

Json toJson(const RiskRegion& region) {
    return {{"x", region.box.min.x},
            {"y", region.box.min.y},
            {"width", width(region.box)},
            {"height", height(region.box)},
            {"score", figure(region.score)}};
}

Json toJson(const ManifestFrame& frame) {
    Json regions = Json::array();
    for (const RiskRegion& region : frame.regions)
        regions.push_back(toJson(region));
    return {{"frame", frame.frame},
            {"key0", frame.key0},
            {"key1", frame.key1},
            {"time", frame.time},
            {"status", nameOf(statusNames, frame.status)},
            {"path", frame.path},
            {"pixelHash", frame.pixelHash},
            {"inputHash", frame.inputHash},
            {"motionSource", frame.motionSource},
            {"verdict", nameOf(verdictNames, frame.verdict)},
            {"reasons", frame.reasons},
            {"error", frame.error},
            {"badSamples", frame.badSamples},
            {"risk",
             {{"score", figure(frame.score)},
              {"cut", frame.cut},
              {"features", toJson(frame.features)},
              {"regions", std::move(regions)}}}};
}

Json toJson(const Manifest& manifest) {
    const Manifest::Totals totals = manifest.totals();
    const double share = manifest.verdictOptions.maxRerenderShare;
    const double rate = manifest.framesPerSecond;
    Json frames = Json::array();
    for (const ManifestFrame& frame : manifest.frames)
        frames.push_back(toJson(frame));
    return {{"version", manifest.version},
            {"tool", {{"name", manifest.tool}, {"version", manifest.toolVersion}}},
            {"model",
             {{"name", manifest.modelName}, {"version", manifest.modelVersion}, {"hash", manifest.modelHash}}},
            {"instructionSet", manifest.instructionSet},
            {"precision", manifest.precision},
            {"sourcePattern", manifest.sourcePattern},
            {"outputPattern", manifest.outputPattern},
            {"framesPerSecond", std::isfinite(rate) && rate > 0 ? rate : 0.0},
            {"verdictOptions",
             {{"threshold", figure(manifest.verdictOptions.threshold)},
              {"maxRerenderShare", share >= 0 ? Json(std::min(share, 1.0)) : Json()}}},
            {"totals",
             {{"rendered", totals.rendered},
              {"generated", totals.generated},
              {"flagged", totals.flagged},
              {"failed", totals.failed},
              {"rendersSavedShare", totals.rendersSavedShare}}},
            {"keyframes", manifest.keyframes},
            {"rerender", manifest.rerenderFrames()},
            {"problems", manifest.problems},
            {"frames", std::move(frames)}};
}

struct Invalid {
    std::string message;
};

// A value of the document and the way to it, which every complaint names.
class Value {
public:
    Value(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}

    Value operator[](std::string_view key) const {
        if (!json_.is_object())
            fail("must be an object");
        const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
        const auto found = json_.find(std::string(key));
        if (found == json_.end())
            throw Invalid{fmt::format("{} is missing", path)};
        return {*found, path};
    }

    // each(element, index)
    template <class Each> void forEach(const Each& each) const {
        if (!json_.is_array())
            fail("must be a list");
        for (std::size_t i = 0; i < json_.size(); ++i)
            each(Value(json_[i], fmt::format("{}[{}]", path_, i)));
    }

    std::string text() const {
        if (!json_.is_string())
            fail("must be a text");
        return json_.get<std::string>();
    }

    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        forEach([&](const Value& element) { all.push_back(element.text()); });
        return all;
    }

    bool flag() const {
        if (!json_.is_boolean())
            fail("must be true or false");
        return json_.get<bool>();
    }

    template <class Integer> Integer integer(Integer least = std::numeric_limits<Integer>::min()) const {
        constexpr Integer most = std::numeric_limits<Integer>::max();
        bool fits = false;
        if (json_.is_number_unsigned())
            fits = std::in_range<Integer>(json_.get<std::uint64_t>()) && json_.get<Integer>() >= least;
        else if (json_.is_number_integer())
            fits = std::in_range<Integer>(json_.get<std::int64_t>()) && json_.get<Integer>() >= least;
        if (!fits)
            fail(fmt::format("must be a whole number from {} to {}", least, most));
        return json_.get<Integer>();
    }

    double number() const {
        if (!json_.is_number() || !std::isfinite(json_.get<double>()))
            fail("must be a number");
        return json_.get<double>();
    }

    // What figure() wrote: null is NaN.
    double figureFromZero() const {
        if (json_.is_null())
            return std::numeric_limits<double>::quiet_NaN();
        const double value = number();
        if (value < 0)
            fail("must not be below 0");
        return value;
    }

    bool isNull() const { return json_.is_null(); }

    template <class Names> auto oneOf(const Names& names) const {
        const std::string word = text();
        for (const auto& [value, name] : names)
            if (name == word)
                return value;
        std::string known;
        for (const auto& [value, name] : names)
            known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
        fail(fmt::format("must be one of {}", known));
    }

    [[noreturn]] void fail(std::string_view complaint) const {
        throw Invalid{fmt::format("{} {}", path_.empty() ? "the document" : path_, complaint)};
    }

private:
    const Json& json_;
    std::string path_;
};

RiskRegion readRegion(const Value& value) {
    RiskRegion region;
    const Imath::V2i min(value["x"].integer<int>(), value["y"].integer<int>());
    const auto last = [](int first, const Value& size) {
        const std::int64_t last = std::int64_t(first) + size.integer<int>(1) - 1;
        if (last > std::numeric_limits<int>::max())
            size.fail("is too large");
        return static_cast<int>(last);
    };
    region.box = Box(min, {last(min.x, value["width"]), last(min.y, value["height"])});
    region.score = value["score"].figureFromZero();
    return region;
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
    frame.path = value["path"].text();
    frame.pixelHash = value["pixelHash"].text();
    frame.inputHash = value["inputHash"].text();
    frame.motionSource = value["motionSource"].text();
    frame.verdict = value["verdict"].oneOf(verdictNames);
    frame.reasons = value["reasons"].texts();
    frame.error = value["error"].text();
    frame.badSamples = value["badSamples"].integer<std::size_t>();
    const Value risk = value["risk"];
    frame.score = risk["score"].figureFromZero();
    frame.cut = risk["cut"].flag();
    const Value features = risk["features"];
    for (const auto& [name, member] : featureNames)
        frame.features.*member = features[name].figureFromZero();
    risk["regions"].forEach([&](const Value& region) { frame.regions.push_back(readRegion(region)); });
    return frame;
}

// "totals" and "rerender" follow from the rest and are not read.
Manifest readDocument(const Value& value) {
    Manifest manifest;
    manifest.version = value["version"].integer<int>();
    if (manifest.version != manifestVersion)
        throw Invalid{fmt::format("version {} of the manifest is not known, only {}; use the inbetween that wrote it",
                                  manifest.version, manifestVersion)};
    manifest.tool = value["tool"]["name"].text();
    manifest.toolVersion = value["tool"]["version"].text();
    manifest.modelName = value["model"]["name"].text();
    manifest.modelVersion = value["model"]["version"].text();
    manifest.modelHash = value["model"]["hash"].text();
    manifest.instructionSet = value["instructionSet"].text();
    manifest.precision = value["precision"].text();
    manifest.sourcePattern = value["sourcePattern"].text();
    manifest.outputPattern = value["outputPattern"].text();
    manifest.framesPerSecond = value["framesPerSecond"].number();
    if (manifest.framesPerSecond < 0)
        value["framesPerSecond"].fail("must not be below 0");
    const Value options = value["verdictOptions"];
    const Value threshold = options["threshold"], share = options["maxRerenderShare"];
    manifest.verdictOptions.threshold =
        threshold.isNull() ? std::numeric_limits<double>::quiet_NaN() : threshold.number();
    manifest.verdictOptions.maxRerenderShare = share.isNull() ? -1.0 : share.number();
    if (!share.isNull() && !(share.number() >= 0 && share.number() <= 1))
        share.fail("must lie between 0 and 1");
    value["keyframes"].forEach([&](const Value& key) { manifest.keyframes.push_back(key.integer<int>()); });
    manifest.problems = value["problems"].texts();
    value["frames"].forEach([&](const Value& frame) {
        manifest.frames.push_back(readFrame(frame));
        if (manifest.frames.size() > 1 && manifest.frames.back().frame <= manifest.frames.rbegin()[1].frame)
            frame["frame"].fail("must be greater than the one before it");
    });
    return manifest;
}

std::string readText(const std::filesystem::path& file) {
    std::error_code ignored;
    std::ifstream stream(file, std::ios::binary);
    if (stream && !std::filesystem::is_directory(file, ignored)) {
        std::ostringstream text;
        text << stream.rdbuf();
        if (!stream.bad())
            return std::move(text).str();
    }
    throw Error(ErrorKind::input, fmt::format("{}: cannot be read; is it the manifest.json of a run?", file.string()));
}

} // namespace

void writeManifest(const std::filesystem::path& file, const Manifest& manifest) {
    // File names need not be UTF-8, JSON must be: bytes that are not become U+FFFD.
    writeTextAtomically(file, toJson(manifest).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Manifest readManifest(const std::filesystem::path& file) {
    return parseManifest(readText(file), file);
}

Manifest parseManifest(const std::string& text, const std::filesystem::path& file) {
    try {
        return readDocument(Value(Json::parse(text), ""));
    } catch (const Invalid& invalid) {
        throw Error(ErrorKind::input, fmt::format("{}: {}", file.string(), invalid.message));
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::input, fmt::format("{}: not a complete JSON document: {}", file.string(), error.what()));
    }
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
