#include "pipeline/settings.h"

#include "inbetween/error.h"

#include <fmt/format.h>
#include <initializer_list>

namespace inbetween {
namespace {

template <class Value, class Parse>
std::string nameOf(Value value, std::initializer_list<const char*> names, const Parse& parse) {
    for (const char* name : names)
        if (parse(name) == value)
            return name;
    return *names.begin();
}

} // namespace

Quality parseQuality(const std::string& name) {
    if (name == "fast")
        return Quality::fast;
    if (name == "best")
        return Quality::best;
    throw Error(ErrorKind::usage, fmt::format("quality \"{}\" is unknown; there are fast and best", name));
}

PairOptions pairOptionsOf(const RunOptions& options) {
    return {options.vectors, options.read.maxPixels, {}, options.quality == Quality::best};
}

ManifestSettings settingsOf(const RunOptions& options) {
    ManifestSettings settings;
    settings.vectors = options.vectors;
    settings.channels = options.read.channels;
    settings.roles = options.roles;
    settings.compression = nameOf(options.write.compression,
                                  {"keep", "none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a",
                                   "dwaa", "dwab"},
                                  parseCompression);
    settings.depth = nameOf(options.write.depth, {"keep", "half", "float"}, parseDepth);
    settings.precision = nameOf(options.precision);
    settings.quality = nameOf(options.quality, {"fast", "best"}, parseQuality);
    if (!options.model.empty())
        settings.model = std::filesystem::absolute(options.model).lexically_normal().string();
    settings.maxGap = options.sequence.maxGap;
    if (options.read.maxPixels != ReadOptions().maxPixels)
        settings.maxPixels = options.read.maxPixels;
    settings.frames = options.sequence.frames;
    settings.useGenerated = options.sequence.useGenerated;
    settings.riskMaps = options.riskMaps;
    settings.selfCalibrate = options.selfCalibrate;
    if (!options.riskModel.empty())
        settings.riskModel = std::filesystem::absolute(options.riskModel).lexically_normal().string();
    settings.keepFrames = options.keepFrames;
    if (!options.renderTimes.empty())
        settings.renderTimes = std::filesystem::absolute(options.renderTimes).lexically_normal().string();
    return settings;
}

void applySettings(const ManifestSettings& settings, RunOptions& options) {
    options.vectors = settings.vectors;
    options.read.channels = settings.channels;
    options.roles = settings.roles;
    options.write.compression = parseCompression(settings.compression);
    options.write.depth = parseDepth(settings.depth);
    options.precision = parsePrecision(settings.precision);
    options.quality = parseQuality(settings.quality);
    options.model = settings.model;
    options.sequence.maxGap = settings.maxGap;
    if (settings.maxPixels > 0)
        options.read.maxPixels = settings.maxPixels;
    options.sequence.frames = settings.frames;
    options.sequence.useGenerated = settings.useGenerated;
    options.riskMaps = settings.riskMaps;
    options.selfCalibrate = settings.selfCalibrate;
    options.riskModel = settings.riskModel;
    options.keepFrames = settings.keepFrames;
    if (std::error_code ignored;
        std::filesystem::exists(settings.renderTimes, ignored)) // it may be gone since
        options.renderTimes = settings.renderTimes;
}

} // namespace inbetween
