#include "pipeline/self_calibration.h"

#include "pipeline/pair.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace inbetween {
namespace {

struct Job {
    HoldOut keys;
    std::shared_ptr<const Image> image0, image1, truth;
    std::unique_ptr<Pair> pair;
    MotionPrior prior;
    Field field;
    std::optional<SelfCalibration::HeldOut> result;
    bool failed = false;

    double time() const { return double(keys.frame - keys.key0) / double(keys.key1 - keys.key0); }
};

// All but which keyframe it is, and whether it failed.
void forget(Job& job) {
    Job fresh;
    fresh.keys = job.keys;
    fresh.failed = job.failed;
    job = std::move(fresh);
}

// Root mean square over pixels and R, G, B of the error in the display view.
double measuredError(const Pair& pair, const Field& field, const Image& truth) {
    const ColourPlanes a = linearBeauty(*pair.key0, pair.roles, pair.canvas);
    const ColourPlanes b = linearBeauty(*pair.key1, pair.roles, pair.canvas);
    const ColourPlanes rendered = linearBeauty(truth, findRoles(truth), pair.canvas);
    double sum = 0;
    for (Plane ColourPlanes::*channel : {&ColourPlanes::r, &ColourPlanes::g, &ColourPlanes::b}) {
        const Plane made = synthesisePlane(a.*channel, b.*channel, field);
        for (std::size_t i = 0; i < made.values.size(); ++i) {
            const double d = double(displayCurve(made.values[i])) - displayCurve((rendered.*channel).values[i]);
            sum += d * d;
        }
    }
    return std::sqrt(sum / (3.0 * double(field.weight0.values.size())));
}

} // namespace

std::vector<HoldOut> keyframesToHoldOut(const Sequence& sequence, const std::set<int>& rendered) {
    std::vector<int> keys;
    for (const SequenceFrame& key : sequence.keyframes)
        if (!rendered.contains(key.number))
            keys.push_back(key.number);
    std::vector<HoldOut> candidates, chosen;
    for (std::size_t i = 1; i + 1 < keys.size(); ++i)
        if (keys[i + 1] - keys[i - 1] <= sequence.maxGap)
            candidates.push_back({keys[i - 1], keys[i], keys[i + 1]});
    if (candidates.size() <= std::size_t(mostHeldOut))
        return candidates;
    for (std::size_t i = 0; i < std::size_t(mostHeldOut); ++i)
        chosen.push_back(candidates[(2 * i + 1) * candidates.size() / (2 * std::size_t(mostHeldOut))]);
    return chosen;
}

double calibrationFactor(const std::vector<double>& logRatios, const SelfCalibrationConstants& constants) {
    double sum = 0;
    for (const double ratio : logRatios)
        sum += ratio - constants.usual;
    const double factor = std::exp(constants.strength * sum / (double(logRatios.size()) + 1));
    // In steps of a hundredth: a shot that grows by a few frames need not have all its scores changed.
    return std::round(100 * std::clamp(factor, leastCalibrationFactor, greatestCalibrationFactor)) / 100;
}

double calibrationFactor(const std::vector<SelfCalibration::HeldOut>& heldOut, const SelfCalibrationConstants& constants) {
    std::vector<double> logRatios;
    for (const SelfCalibration::HeldOut& key : heldOut)
        if (key.predicted > 0 && key.measured > 0)
            logRatios.push_back(std::log(key.measured / key.predicted));
    return calibrationFactor(logRatios, constants);
}

SelfCalibration selfCalibrate(const std::vector<HoldOut>& keyframes, const Sequence& sequence, const RunOptions& options,
                              const Network& network, const GraphLimits& limits, const std::string& inputHash) {
    std::vector<Job> jobs(keyframes.size());
    for (std::size_t i = 0; i < jobs.size(); ++i)
        jobs[i].keys = keyframes[i];
    std::vector<GapWork> work;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        work.push_back({i, {i}});

    // What fails here costs the shot a measurement, and no more; the frames themselves will say what is wrong.
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
        job.truth = read(job.keys.frame);
    });
    stages.prepare = stage([&](Job& job) {
        if (job.image0)
            job.pair = std::make_unique<Pair>(
                makePair(std::move(job.image0), std::move(job.image1), job.keys.key1 - job.keys.key0, options.vectors,
                         options.read.maxPixels));
        if (job.pair && (job.pair->cut || job.pair->still))
            job.pair.reset();
    });
    const auto frameStage = [&](auto body) {
        return stage([body](Job& job) {
            if (job.pair)
                body(job);
        });
    };
    stages.motion = frameStage([](Job& job) { job.prior = motionOf(*job.pair, job.time()); });
    stages.network = frameStage([&](Job& job) { job.field = network.infer(job.pair->view, job.prior, job.time()); });
    stages.synthesis = [](std::size_t) {};
    stages.risk = frameStage([](Job& job) {
        const Risk risk = assessRisk(riskInputOf(*job.pair, job.prior, job.field, job.time()));
        if (!risk.cut)
            job.result = SelfCalibration::HeldOut{job.keys.frame, risk.score, measuredError(*job.pair, job.field, *job.truth)};
    });
    stages.write = [](std::size_t) {};
    stages.collect = [&](std::size_t i) {
        const auto result = jobs[i].result;
        forget(jobs[i]);
        jobs[i].result = result;
    };
    stages.release = [](std::size_t) {};
    if (!work.empty())
        runGraph(work, stages, limits);

    SelfCalibration calibration;
    for (const Job& job : jobs)
        if (job.result)
            calibration.heldOut.push_back(*job.result);
    calibration.factor = calibrationFactor(calibration.heldOut);
    if (std::ranges::none_of(jobs, &Job::failed))
        calibration.inputHash = inputHash;
    return calibration;
}

} // namespace inbetween
