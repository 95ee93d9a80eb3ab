#include "inbetween/vector_check.h"

#include "base/parallel.h"
#include "inbetween/error.h"
#include "inbetween/roles.h"
#include "inbetween/view.h"
#include "motion/vectors.h"
#include "pair/pair.h"
#include "sequence/frame_files.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <tbb/task_arena.h>
#include <vector>

namespace inbetween {
namespace {

constexpr int mostPairs = 3;
constexpr double samplesEach = 60'000; // of a keyframe: so many tell as much as all
constexpr double explains = 0.9;       // the most that may remain
constexpr double aboutAsWell = 1.05;   // of the best reading
constexpr double clearlyBetter = 0.75; // than the names' reading; less may be noise that is averaged away

// Two keyframes, and every step-th of their vectors as they are in the file.
struct Compared {
    View view;
    std::vector<Plane> raw[2];
    std::array<int, 2> size;
    int step;
};

std::vector<const Gap*> gapsToCompare(const Sequence& sequence) {
    std::vector<const Gap*> gaps;
    const auto length = [](const Gap& gap) { return gap.key1 - gap.key0; };
    for (const Gap& gap : sequence.gaps)
        if (length(gap) == length(sequence.gaps.front()))
            gaps.push_back(&gap);
    if (gaps.size() <= std::size_t(mostPairs))
        return gaps;
    return {gaps.front(), gaps[gaps.size() / 2], gaps.back()};
}

Compared read(const Sequence& sequence, const Gap& gap, const ReadOptions& options,
              const RoleOptions& wanted) {
    const Image images[2] = {readFrameFiles(*sequence.find(gap.key0), sequence.companions, options),
                             readFrameFiles(*sequence.find(gap.key1), sequence.companions, options)};
    Box canvas;
    for (const Image& image : images)
        for (const Part& part : image.parts)
            canvas.extendBy(part.dataWindow);
    const double pixels = double(width(canvas)) * height(canvas);
    if (pixels > double(options.maxPixels))
        throw Error(ErrorKind::input, fmt::format("{}: its data window is too far away from the next one's",
                                                  images[0].path.string()));
    Compared out;
    out.size = {width(canvas), height(canvas)};
    out.step = std::max(1, int(std::sqrt(pixels / samplesEach)));
    const ChannelRoles roles[2] = {findRoles(images[0], wanted), findRoles(images[1], wanted)};
    out.view = makeView(linearBeauty(images[0], roles[0], canvas), linearBeauty(images[1], roles[1], canvas));
    for (int i = 0; i < 2; ++i)
        for (const ChannelRef& ref : roles[i].vector)
            if (ref) {
                const Part& part = images[i].parts[ref.part];
                out.raw[i].push_back(
                    everyNth(planeOnCanvas(part, part.channels[ref.channel], canvas), out.step));
            }
    return out;
}

class Readings {
public:
    Readings(int planes, int gap) : gap_(gap), formats_(vectorFormats(planes, gap)), sums_(formats_.size()) {}

    void add(const Compared& pair) {
        parallelRows(
            int(formats_.size()),
            [&](int i) {
                const RendererVectors of0 = toRendererVectors(formats_[i], pair.raw[0], pair.size);
                const RendererVectors of1 = toRendererVectors(formats_[i], pair.raw[1], pair.size);
                sums_[i] += mismatch(pair.view, of0, of1, gap_, pair.step);
            },
            1);
    }

    // The simplest first.
    std::vector<VectorReading> all() const {
        std::vector<VectorReading> readings;
        for (std::size_t i = 0; i < formats_.size(); ++i)
            readings.push_back({formatText(formats_[i]), sums_[i].remaining()});
        return readings;
    }

private:
    int gap_;
    std::vector<VectorFormat> formats_;
    std::vector<Mismatch> sums_;
};

// In units of the picture, so that small ones are not taken for none.
bool tellOfMotion(const Compared& pair, const std::string& convention) {
    VectorFormat format = parseVectorFormat(convention);
    format.normalised = true;
    return tellOfMotion(toRendererVectors(format, pair.raw[0], pair.size)) ||
           tellOfMotion(toRendererVectors(format, pair.raw[1], pair.size));
}

void choose(VectorCheck& check) {
    const std::vector<VectorReading> simplestFirst = check.readings;
    std::ranges::stable_sort(check.readings, {}, &VectorReading::remaining);
    check.remaining = std::ranges::find(simplestFirst, check.named, &VectorReading::convention)->remaining;
    const double least = check.readings.front().remaining;
    if (least <= clearlyBetter * check.remaining && least <= explains)
        check.best = std::ranges::find_if(simplestFirst, [&](const VectorReading& r) {
                         return r.remaining <= aboutAsWell * least;
                     })->convention;
    else if (check.remaining <= explains)
        check.best = check.named;
}

std::string comparedText(const VectorCheck& check) {
    return check.pairs > 1 ? fmt::format("{} pairs of keyframes", check.pairs)
                           : fmt::format("keyframes {} and {}", check.key0, check.key1);
}

std::string percent(double share) {
    return fmt::format("{:.0f}%", 100 * std::min(share, 9.99));
}

std::string whatIsWrong(const VectorCheck& check) {
    return fmt::format("vectors: read as {}, {} of the difference of {} remains", check.named,
                       percent(check.remaining), comparedText(check));
}

double remainingOf(const VectorCheck& check, const std::string& convention) {
    return std::ranges::find(check.readings, convention, &VectorReading::convention)->remaining;
}

} // namespace

VectorCheck checkVectors(const Sequence& sequence, const ReadOptions& options, const RoleOptions& wanted) {
    if (sequence.gaps.empty())
        throw Error(ErrorKind::input,
                    fmt::format("{}: there is no gap to compare keyframes across; expected two keyframes "
                                "with a frame missing between them",
                                sequence.pattern.text()));
    const std::vector<const Gap*> gaps = gapsToCompare(sequence);
    VectorCheck check;
    check.key0 = gaps.front()->key0;
    check.key1 = gaps.front()->key1;
    check.named =
        findRoles(readFrameOutline(*sequence.find(check.key0), sequence.companions), wanted).vectorConvention;
    if (check.named.empty())
        return check;
    check.moving = false;
    std::optional<Readings> readings;
    std::size_t planes = 0;
    std::exception_ptr damage;
    for (const Gap* gap : gaps) {
        try {
            const Compared pair = read(sequence, *gap, options, wanted);
            if (!readings)
                readings.emplace(int(planes = pair.raw[0].size()), gap->key1 - gap->key0);
            if (planes == 0 || pair.raw[0].size() != planes || pair.raw[1].size() != planes)
                continue;
            if (check.pairs++ == 0) {
                check.key0 = gap->key0;
                check.key1 = gap->key1;
            }
            check.moving |= tellOfMotion(pair, check.named);
            readings->add(pair);
        } catch (const Error&) { // its own gap will say why
            damage = std::current_exception();
        }
    }
    if (check.pairs == 0 && damage)
        std::rethrow_exception(damage);
    if (check.moving) {
        check.readings = readings->all();
        choose(check);
    }
    return check;
}

std::string describe(const VectorCheck& check) {
    if (check.named.empty())
        return "vectors: the files carry none that are known by name; motion is estimated";
    if (!check.moving)
        return fmt::format("vectors: all 0 in {}: the picture stands still, or they were written with motion "
                           "blur on; where it moves, motion is estimated",
                           comparedText(check));
    if (check.best == check.named)
        return fmt::format("vectors: {} fits: {} of the difference of {} remains when they are followed",
                           check.named, percent(check.remaining), comparedText(check));
    if (check.best.empty())
        return whatIsWrong(check) + "; no reading of them explains the motion, it is estimated where they do "
                                    "not help";
    return fmt::format("{}; read as {} only {}: `run` reads them so; --vectors {} asks for it",
                       whatIsWrong(check), check.best, percent(remainingOf(check, check.best)), check.best);
}

std::string chooseVectors(const RunOptions& options, Sequence& sequence) {
    if (options.vectors == "none" || sequence.gaps.empty())
        return options.vectors;
    VectorCheck check;
    try {
        tbb::task_arena arena(options.threads > 0 ? options.threads : tbb::task_arena::automatic);
        const ReadOptions whole{.channels = {},
                                .maxPixels = options.read.maxPixels}; // vectors guide, asked or not
        check = arena.execute([&] { return checkVectors(sequence, whole, options.roles); });
    } catch (const Error&) { // the frames themselves will say why
        return options.vectors;
    }
    const bool wasAsked = options.vectors != "auto";
    const std::string reading = wasAsked ? formatText(parseVectorFormat(options.vectors)) : check.named;
    if (!check.moving || check.best.empty() || check.best == reading)
        return options.vectors;
    const auto asked = std::ranges::find(check.readings, reading, &VectorReading::convention);
    if (asked == check.readings.end() || clearlyBetter * asked->remaining <= remainingOf(check, check.best))
        return options.vectors;
    check.named = reading;
    check.remaining = asked->remaining;
    sequence.problems.push_back(
        {SequenceProblem::Kind::vectors,
         0,
         {},
         fmt::format("{}; read as {} only {}: {}", whatIsWrong(check), check.best,
                     percent(remainingOf(check, check.best)),
                     wasAsked ? fmt::format("leave --vectors {} out", options.vectors)
                              : fmt::format("they are read so; --vectors {} keeps to the names' reading",
                                            reading))});
    return wasAsked ? options.vectors : check.best;
}

} // namespace inbetween
