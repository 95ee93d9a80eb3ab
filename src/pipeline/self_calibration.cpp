#include "pipeline/self_calibration.h"

#include "pipeline/settings.h"
#include "risk/regions.h"

#include <cmath>
#include <utility>

namespace inbetween {
namespace {

constexpr double middle = 0.5; // a remade keyframe lies there, between its in-betweens

struct Job {
    Remake keys;
    std::shared_ptr<const Image> image0, image, image1;
    std::unique_ptr<Pair> pair; // of the in-betweens
    MotionPrior prior;
    Field field;
    std::optional<SelfCalibration::Remade> result;
    bool failed = false;
};

// All but which keyframe it is, and whether it failed.
void forget(Job& job) {
    Job fresh;
    fresh.keys = job.keys;
    fresh.failed = job.failed;
    job = std::move(fresh);
}

// In the display view, as verdicts go by it: root mean square, or that of the worst blocks.
double measuredError(const Pair& pair, const Field& field, const Image& rendered) {
    Plane error = squaredErrors(pair, field, rendered);
    double sum = 0;
    for (float& value : error.values) {
        sum += value;
        value = std::sqrt(value);
    }
    const double worst = worstBlocksMean(blockRms(error), error.width, error.height,
                                         [](double rms) { return rms * rms; });
    return verdictError(std::sqrt(sum / double(error.values.size())), std::sqrt(worst));
}

} // namespace

std::vector<Remake> keyframesToRemake(const Sequence& sequence, const std::set<int>& rendered) {
    std::vector<int> keys;
    for (const SequenceFrame& key : sequence.keyframes)
        if (!rendered.contains(key.number))
            keys.push_back(key.number);
    std::vector<Remake> candidates, chosen;
    for (std::size_t i = 1; i + 1 < keys.size(); ++i) {
        const Remake keyframe{keys[i - 1], keys[i], keys[i + 1]};
        if (keyframe.distance() > 0 &&
            std::max(keys[i] - keys[i - 1], keys[i + 1] - keys[i]) <= sequence.maxGap)
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
            curvePaths(pair, {}, {&flow1, gap1, [&] { return image1; }}, options.maxPixels);
        else
            curvePaths(pair, {&flow0, gap0, [&] { return image0; }}, {}, options.maxPixels);
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

SelfCalibration selfCalibrate(const std::vector<Remake>& keyframes, const Sequence& sequence,
                              const RunOptions& options, const Network& network, const GraphLimits& limits,
                              const std::string& inputHash) {
    std::vector<Job> jobs(keyframes.size());
    for (std::size_t i = 0; i < jobs.size(); ++i)
        jobs[i].keys = keyframes[i];
    std::vector<GapWork> work;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        work.push_back({i, {i}});

    // What fails here costs the shot a measurement, and no more; the frames themselves will say what is
    // wrong.
    const auto stage = [&](auto body) {
        return [&jobs, body](std::size_t i) {
            Job& job = jobs[i];
            try {
                body(job);
            } catch (const std::exception&) {
                job.failed = true;
                forget(job);
            }
        };
    };
    const auto read = [&](int number) {
        return std::make_shared<const Image>(readExr(sequence.find(number)->path, options.read));
    };
    GraphStages stages;
    stages.read = stage([&](Job& job) {
        job.image0 = read(job.keys.key0);
        job.image1 = read(job.keys.key1);
        job.image = read(job.keys.frame);
    });
    stages.prepare = stage([&](Job& job) {
        if (!job.image)
            return;
        auto pair = pairOfInBetweens(job.keys, std::exchange(job.image0, nullptr), job.image,
                                     std::exchange(job.image1, nullptr), network, pairOptionsOf(options));
        if (pair)
            job.pair = std::make_unique<Pair>(std::move(*pair));
    });
    const auto frameStage = [&](auto body) {
        return stage([body](Job& job) {
            if (job.pair)
                body(job);
        });
    };
    stages.motion = frameStage([](Job& job) { job.prior = motionOf(*job.pair, middle); });
    stages.network = frameStage(
        [&](Job& job) { job.field = fieldOf(*job.pair, network, std::move(job.prior), middle); });
    stages.synthesis = [](std::size_t) {};
    stages.risk = frameStage([](Job& job) {
        const Risk risk = assessRisk(riskInputOf(*job.pair, job.field, middle));
        if (!risk.cut)
            job.result = SelfCalibration::Remade{job.keys.frame, verdictError(risk.score, risk.worstBlocks),
                                                 measuredError(*job.pair, job.field, *job.image)};
    });
    stages.write = [](std::size_t) {};
    stages.collect = [&](std::size_t i) {
        const auto result = jobs[i].result;
        forget(jobs[i]);
        jobs[i].result = result;
    };
    stages.release = [](std::size_t) {};
    GraphLimits own = limits;
    own.gapsInFlight = own.framesInFlight; // a keyframe takes a frame's memory before it comes to its own
    if (!work.empty())
        runGraph(work, stages, own);

    SelfCalibration calibration;
    for (const Job& job : jobs)
        if (job.result)
            calibration.remade.push_back(*job.result);
    calibration.factor = calibrationFactor(calibration.remade);
    if (std::ranges::none_of(jobs, &Job::failed))
        calibration.inputHash = inputHash;
    return calibration;
}

} // namespace inbetween
