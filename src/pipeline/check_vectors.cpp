#include "inbetween/vector_check.h"

#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "motion/vectors.h"
#include "pipeline/pair.h"
#include "sequence/frame_files.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

namespace inbetween {
namespace {

constexpr int step = 3;              // pixels: a ninth of them tells as much
constexpr double explains = 0.9;     // the most that may remain
constexpr double aboutAsWell = 1.05; // of the best reading

} // namespace

VectorCheck checkVectors(const Sequence& sequence, const ReadOptions& options) {
    if (sequence.gaps.empty())
        throw Error(ErrorKind::input,
                    fmt::format("{}: there is no gap to compare keyframes across; expected two keyframes "
                                "with a frame missing between them",
                                sequence.pattern.text()));
    const Gap& gap = sequence.gaps.front();
    VectorCheck check;
    check.key0 = gap.key0;
    check.key1 = gap.key1;
    const int frames = gap.key1 - gap.key0;
    const auto read = [&](int number) {
        return std::make_shared<Image>(readFrameFiles(*sequence.find(number), sequence.companions, options));
    };
    const Pair pair = makePair(read(gap.key0), read(gap.key1), frames, {"none", options.maxPixels});
    if (!pair.roles.vector[0])
        return check;
    check.named = pair.roles.vectorConvention;
    const std::vector<Plane> raw0 = rawVectors(*pair.key0, pair.roles, pair.canvas);
    const std::vector<Plane> raw1 = rawVectors(*pair.key1, pair.roles, pair.canvas);
    const auto remaining = [&](const std::string& format) {
        return remainingDifference(pair.view, toRendererVectors(format, raw0),
                                   toRendererVectors(format, raw1), frames, step);
    };
    const std::string longest = check.named + ":normalised"; // so that small units are not taken for none
    check.moving = tellOfMotion(toRendererVectors(longest, raw0)) ||
                   tellOfMotion(toRendererVectors(longest, raw1));
    if (!check.moving)
        return check;
    check.remaining = remaining(check.named);
    for (const VectorFormat& format : vectorFormats(int(raw0.size()), frames))
        check.readings.push_back({formatText(format), remaining(formatText(format))});
    const std::vector<VectorReading> simplestFirst = check.readings;
    std::ranges::stable_sort(check.readings, {}, &VectorReading::remaining);
    const double least = check.readings.front().remaining;
    if (least > explains)
        return check;
    if (check.remaining <= aboutAsWell * least)
        check.best = check.named;
    else
        check.best = std::ranges::find_if(simplestFirst, [&](const VectorReading& r) {
                         return r.remaining <= aboutAsWell * least;
                     })->convention;
    return check;
}

std::string describe(const VectorCheck& check) {
    const auto percent = [](double share) { return fmt::format("{:.0f}%", 100 * std::min(share, 9.99)); };
    const std::string keys = fmt::format("keyframes {} and {}", check.key0, check.key1);
    if (check.named.empty())
        return "vectors: the files carry none that are known by name; motion is estimated";
    if (!check.moving)
        return fmt::format(
            "vectors: all 0 in {}, as renderers write them with motion blur on; motion is estimated", keys);
    if (check.best == check.named)
        return fmt::format("vectors: {} fits: {} of the difference of {} remains when they are followed",
                           check.named, percent(check.remaining), keys);
    const std::string wrong = fmt::format("vectors: read as {}, {} of the difference of {} remains",
                                          check.named, percent(check.remaining), keys);
    if (check.best.empty())
        return wrong + "; no convention explains the motion, it will be estimated where they do not help";
    const auto best = std::ranges::find(check.readings, check.best, &VectorReading::convention);
    return fmt::format("{}; read as {} only {}: use --vectors {}", wrong, check.best,
                       percent(best->remaining), check.best);
}

} // namespace inbetween
