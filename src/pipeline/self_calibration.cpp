#include "pipeline/self_calibration.h"

#include "base/hash.h"
#include "inbetween/error.h"
#include "pipeline/flow_graph.h"
#include "pipeline/frame.h"
#include "pipeline/frame_maker.h"
#include "pipeline/journal.h"
#include "pipeline/settings.h"
#include "pipeline/shot_plan.h"
#include "risk/regions.h"
#include "sequence/frame_files.h"

#include <cmath>

namespace inbetween {
namespace {

constexpr double middle = 0.5; // a remade keyframe lies there, between its in-betweens

// In the display view, as verdicts go by it: root mean square, or that of the worst blocks.
double measuredError(const Pair& pair, const Field& field, const Image& rendered) {
    Plane error = squaredErrors(pair, field, rendered, pair.roles);
    double sum = 0;
    for (float& value : error.values) {
        sum += value;
        value = std::sqrt(value);
    }
    const double worst = worstBlocksMean(blockRms(error), error.width, error.height,
                                         [](double rms) { return rms * rms; });
    return verdictError(std::sqrt(sum / double(error.values.size())), std::sqrt(worst));
}

// Empty where a keyframe cannot be read; the others may do.
std::string hashOf(const std::vector<Remake>& keyframes, const Sequence& sequence,
                   const FrameIdentity& identity) {
    std::string hashes;
    try {
        for (const Remake& keys : keyframes)
            hashes += identity.hash(*sequence.find(keys.key0), *sequence.find(keys.key1), keys.frame) +
                      hashOfFiles(*sequence.find(keys.frame));
    } catch (const Error&) {
        return "";
    }
    return inbetween::hashOf(hashes);
}

// Makes keyframes again and measures them, by the stages that make frames. Failures cost the shot a
// measurement, and no more; the frames themselves will say what is wrong.
class Remaker {
public:
    Remaker(const Sequence& sequence, const RunOptions& options, const Network& network)
        : sequence_(sequence),
          options_(options),
          pair_(pairOptionsOf(options)),
          network_(network),
          maker_(network, {.pair = pair_}) {}

    std::unique_ptr<GapWork> read(const Remake& keys) const {
        auto work = std::make_unique<GapWork>();
        work->frames.push_back(std::make_unique<Frame>());
        work->frames.front()->record.frame = keys.frame;
        work->frames.front()->record.time = middle;
        try {
            work->keys[GapWork::before] = read(keys.key0);
            work->keys[GapWork::second] = read(keys.key1);
            work->keys[GapWork::first] = read(keys.frame);
            keepCommonFiles(*work, options_.roles, {GapWork::before, GapWork::first, GapWork::second});
        } catch (const std::exception& error) {
            work->frames.front()->record.error = reasonOf(error);
        }
        return work;
    }

    // The pairs are those of the in-betweens beside the keyframe.
    void prepare(GapWork& work) const {
        Frame& frame = *work.frames.front();
        if (!frame.record.error.empty())
            return;
        try {
            auto pairs = std::make_shared<GapPairs>();
            pairs->rendered = work.keys[GapWork::first];
            pairs->layout = pairs->rendered->layout;
            for (std::size_t group = 0; group < pairs->rendered->groups.size(); ++group) {
                auto pair = pairOf(work, group);
                if (!pair)
                    return;
                pairs->groups.push_back(std::move(*pair));
            }
            frame.gap = std::move(pairs);
        } catch (const std::exception& error) {
            frame.record.error = reasonOf(error);
        }
    }

    std::vector<Stage> stages() const {
        return {{"motion", [this](Frame& frame) { maker_.motion(frame); }},
                {"network", [this](Frame& frame) { maker_.network(frame); }},
                {"risk", [this](Frame& frame) {
                     for (std::size_t g = 0; g < frame.groups.size(); ++g)
                         frame.measuredError = std::max(frame.measuredError,
                                                        measuredError(frame.gap->groups[g],
                                                                      frame.groups[g].field,
                                                                      *frame.gap->rendered->groups[g]));
                     maker_.risk(frame);
                 }}};
    }

private:
    std::shared_ptr<const Keyframe> read(int number) const {
        return keyframeOf(number,
                          readFrameFiles(*sequence_.find(number), sequence_.companions, options_.read),
                          options_.roles);
    }

    std::optional<Pair> pairOf(const GapWork& work, std::size_t group) const {
        const Keyframe &key0 = *work.keys[GapWork::before], &key = *work.keys[GapWork::first],
                       &key1 = *work.keys[GapWork::second];
        PairOptions options = pair_;
        options.roles = key.layout.at(group).roles;
        return pairOfInBetweens({key0.number, key.number, key1.number}, key0.groups.at(group),
                                key.groups.at(group), key1.groups.at(group), network_, options);
    }

    const Sequence& sequence_;
    const RunOptions& options_;
    const PairOptions pair_;
    const Network& network_;
    const FrameMaker maker_;
};

} // namespace

std::vector<Remake> keyframesToRemake(const Sequence& sequence, const std::set<int>& rendered) {
    std::vector<SequenceFrame> keys = sequence.keyframes;
    std::erase_if(keys, [&](const SequenceFrame& key) { return rendered.contains(key.number); });
    std::vector<Remake> candidates, chosen;
    for (std::size_t i = 1; i + 1 < keys.size(); ++i) {
        const Remake keyframe{keys[i - 1].number, keys[i].number, keys[i + 1].number};
        if (keyframe.distance() > 0 &&
            std::max(keyframe.frame - keyframe.key0, keyframe.key1 - keyframe.frame) <= sequence.maxGap &&
            difference(keys[i - 1], keys[i]).empty() && difference(keys[i], keys[i + 1]).empty())
            candidates.push_back(keyframe);
    }
    if (candidates.size() <= std::size_t(mostRemade))
        return candidates;
    for (std::size_t i = 0; i < std::size_t(mostRemade); ++i)
        chosen.push_back(candidates[(2 * i + 1) * candidates.size() / (2 * std::size_t(mostRemade))]);
    return chosen;
}

std::optional<Pair> pairOfInBetweens(const Remake& keys, const std::shared_ptr<const Image>& image0,
                                     const std::shared_ptr<const Image>& image,
                                     const std::shared_ptr<const Image>& image1, const Network& network,
                                     const PairOptions& options) {
    // As a run makes them: each with what the gap on the keyframe's other side knows of the motion.
    const int gap0 = keys.frame - keys.key0, gap1 = keys.key1 - keys.frame;
    SharedPairFlow flow0, flow1;
    const auto made = [&](bool isFirst) -> std::shared_ptr<const Image> {
        Pair pair = isFirst ? makePair(image0, image, gap0, options, &flow0)
                            : makePair(image, image1, gap1, options, &flow1);
        if (pair.cut || pair.still)
            return nullptr;
        if (isFirst)
            curvePaths(pair, {}, {&flow1, gap1, image1}, options.maxPixels);
        else
            curvePaths(pair, {&flow0, gap0, image0}, {}, options.maxPixels);
        const double time = double(isFirst ? gap0 - keys.distance() : keys.distance()) / pair.gap;
        return std::make_shared<Image>(
            inBetween(pair, fieldOf(pair, network, motionOf(pair, time), time), time));
    };
    const auto before = made(true);
    const auto after = before ? made(false) : nullptr;
    if (!after)
        return std::nullopt;
    Pair pair = makePair(before, after, 2 * keys.distance(), options);
    return pair.cut || pair.still ? std::nullopt : std::optional(std::move(pair));
}

double calibrationFactor(const std::vector<double>& logRatios, const SelfCalibrationConstants& constants) {
    double sum = 0;
    for (const double ratio : logRatios)
        sum += ratio - constants.usual;
    const double factor = std::exp(constants.strength * sum / (double(logRatios.size()) + 1));
    // In steps of a hundredth: a shot that grows by a few frames need not have all its scores changed.
    return std::round(100 * std::clamp(factor, leastCalibrationFactor, greatestCalibrationFactor)) / 100;
}

double calibrationFactor(const std::vector<SelfCalibration::Remade>& remade,
                         const SelfCalibrationConstants& constants) {
    std::vector<double> logRatios;
    for (const SelfCalibration::Remade& key : remade)
        if (key.predicted > 0 && key.measured > 0)
            logRatios.push_back(std::log(key.measured / key.predicted));
    return calibrationFactor(logRatios, constants);
}

std::optional<SelfCalibration> selfCalibrate(const ShotPlan& plan, const RunOptions& options,
                                             const Network& network, const FrameIdentity& identity,
                                             const GraphLimits& limits) {
    if (selfCalibration.strength <= 0)
        return std::nullopt;
    std::set<int> rendered;
    for (const auto& [frame, path] : plan.rendered.frames)
        rendered.insert(frame);
    const std::vector<Remake> keyframes = keyframesToRemake(plan.sequence, rendered);
    if (keyframes.empty())
        return std::nullopt;
    const std::string inputHash = hashOf(keyframes, plan.sequence, identity);
    if (options.resume && !inputHash.empty())
        if (auto earlier = earlierCalibration(options.out, inputHash))
            return earlier;

    const Remaker remaker(plan.sequence, options, network);
    SelfCalibration calibration;
    bool anyFailed = false;
    const auto collect = [&](const std::unique_ptr<Frame>& frame) {
        const ManifestFrame& record = frame->record;
        if (!record.error.empty())
            anyFailed = true;
        else if (frame->gap && !record.cut)
            calibration.remade.push_back(
                {record.frame, verdictError(record.score, record.worstBlocks), frame->measuredError});
    };
    GraphLimits own = limits;
    own.gapsInFlight = own.framesInFlight; // a keyframe takes a frame's memory before it comes to its own
    runGraph(
        {keyframes.size(), [&](std::size_t i) { return remaker.read(keyframes[i]); }},
        [&](GapWork& work) { remaker.prepare(work); }, remaker.stages(), collect, own);
    calibration.factor = calibrationFactor(calibration.remade);
    if (!anyFailed)
        calibration.inputHash = inputHash;
    return calibration;
}

} // namespace inbetween
