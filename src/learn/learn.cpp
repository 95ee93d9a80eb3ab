#include "inbetween/learn.h"

#include "evaluate/evaluation_json.h"
#include "inbetween/error.h"
#include "manifest/json_value.h"
#include "review/decisions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/ml.hpp>
#include <set>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr int fewestOfAKind = 3;      // to learn anything
constexpr int fewestForFeatures = 30; // to learn more than where on the predicted error to draw the line
constexpr int fewestOfAKindForFeatures = 8;
constexpr double alike = 0.25;       // standard deviations, in every input
constexpr double leastRocArea = 0.6; // a classifier that cannot tell better than so is not used
constexpr double steepness = 4;      // of the default curve, in the logarithm of the predicted error

struct Example {
    ManifestFrame frame;
    std::string shot;
    bool rerender = false;
};

bool isJudged(const ManifestFrame& frame) {
    return frame.status == FrameStatus::complete && frame.spliced.empty() && !std::isnan(frame.score);
}

void addDecided(const Manifest& manifest, const std::string& shot, std::vector<Example>& examples) {
    for (const ManifestFrame& frame : manifest.frames)
        if (isJudged(frame) && frame.decision)
            examples.push_back({frame, shot, frame.decision->verdict != Verdict::keep});
}

void addMeasured(const fs::path& folder, const Manifest& manifest, std::vector<Example>& examples) {
    std::map<int, bool> bad;
    for (const FrameEvaluation& frame : readEvaluatedShot(folder / "evaluate.json").frames)
        bad[frame.frame] = frame.bad;
    std::set<int> known;
    for (const ManifestFrame& frame : manifest.frames) {
        known.insert(frame.frame);
        if (const auto at = bad.find(frame.frame); at != bad.end() && isJudged(frame))
            examples.push_back({frame, folder.string(), at->second});
    }
    for (const auto& [frame, isBad] : bad)
        if (!known.contains(frame))
            throw Error(ErrorKind::input,
                        fmt::format("{}: tells of frame {}, which the manifest does not know; evaluate again",
                                    (folder / "evaluate.json").string(), frame));
}

// The folder of the run that a decisions.json is about.
fs::path folderOf(const fs::path& file, const std::vector<fs::path>& shots) {
    struct About {
        std::string identity, pattern;
    };
    const About about = readJson(
        readText(file, "is it the decisions.json that the report saved?"), file, [](const Value& value) {
            return About{value["manifest"]["identity"].text(), value["manifest"]["sourcePattern"].text()};
        });
    std::vector<fs::path> folders = shots;
    folders.push_back(file.has_parent_path() ? file.parent_path() : fs::path("."));
    for (const fs::path& folder : folders)
        if (std::error_code error; fs::exists(folder / "manifest.json", error) &&
                                   shotIdentity(readManifest(folder / "manifest.json")) == about.identity)
            return folder;
    throw Error(
        ErrorKind::input,
        fmt::format("{}: these are decisions on the shot {}, made with another model, or its folder is not "
                    "here; name it with --shots OUT",
                    file.string(), about.pattern));
}

std::vector<Example> readExamples(const LearnOptions& options, std::vector<std::string>& notices) {
    std::vector<Example> examples;
    for (const fs::path& given : options.decisions) {
        std::error_code error;
        if (!fs::is_directory(given, error)) {
            const fs::path folder = folderOf(given, options.shots);
            const ReviewResult read = decide(readManifest(folder / "manifest.json"), readText(given, ""),
                                             given, {.by = "unnamed", .skipChanged = true});
            if (!read.skipped.empty())
                notices.push_back(
                    fmt::format("{}: {} decisions are on frames that have changed since; they are left out",
                                given.string(), read.skipped.size()));
            addDecided(read.manifest, folder.string(), examples);
            continue;
        }
        const Manifest manifest = readManifest(given / "manifest.json");
        if (options.measured)
            addMeasured(given, manifest, examples);
        else
            addDecided(manifest, given.string(), examples);
    }
    return examples;
}

// The classifier over some inputs (by index), the others having no weight.
RiskModel train(const std::vector<const Example*>& examples, const std::vector<std::size_t>& inputs) {
    RiskModel model;
    model.scale.fill(1);
    std::vector<RiskModelInput> values;
    for (const Example* example : examples)
        values.push_back(riskModelInput(example->frame));
    for (const std::size_t i : inputs) {
        double sum = 0, squares = 0, count = 0;
        for (const RiskModelInput& value : values)
            if (!std::isnan(value[i])) {
                sum += value[i];
                squares += value[i] * value[i];
                ++count;
            }
        model.mean[i] = count > 0 ? sum / count : 0.0;
        const double variance = count > 0 ? squares / count - model.mean[i] * model.mean[i] : 0.0;
        model.scale[i] = variance > 1e-8 ? std::sqrt(variance) : 1.0;
    }
    cv::Mat samples(int(examples.size()), int(inputs.size()), CV_32F),
        labels(int(examples.size()), 1, CV_32F);
    for (int row = 0; row < samples.rows; ++row) {
        for (int column = 0; column < samples.cols; ++column) {
            const std::size_t i = inputs[std::size_t(column)];
            const double value = values[std::size_t(row)][i];
            samples.at<float>(row, column) = std::isnan(value)
                                                 ? 0.0f
                                                 : float((value - model.mean[i]) / model.scale[i]);
        }
        labels.at<float>(row, 0) = examples[std::size_t(row)]->rerender ? 1.0f : 0.0f;
    }
    const auto classifier = cv::ml::LogisticRegression::create();
    classifier->setTrainMethod(cv::ml::LogisticRegression::BATCH);
    classifier->setRegularization(cv::ml::LogisticRegression::REG_L2);
    classifier->setLearningRate(0.3);
    classifier->setIterations(2000);
    classifier->train(samples, cv::ml::ROW_SAMPLE, labels);
    const cv::Mat learnt = classifier->get_learnt_thetas();
    model.bias = learnt.at<float>(0, 0);
    for (std::size_t column = 0; column < inputs.size(); ++column)
        model.weight[inputs[column]] = learnt.at<float>(0, int(column) + 1);
    return model;
}

bool bothKinds(const std::vector<const Example*>& examples) {
    return std::any_of(examples.begin(), examples.end(), [](const Example* e) { return e->rerender; }) &&
           std::any_of(examples.begin(), examples.end(), [](const Example* e) { return !e->rerender; });
}

struct Trial {
    double rocArea = notANumber, rightShare = notANumber;
};

// Each part is told by a classifier that has seen the others only.
Trial crossValidate(const std::vector<Example>& examples, const std::vector<std::size_t>& inputs) {
    std::map<std::string, int> shots;
    for (const Example& example : examples)
        shots.emplace(example.shot, int(shots.size()));
    constexpr int parts = 5;
    const bool byShot = shots.size() >= 3;
    std::vector<int> partOf;
    for (std::size_t i = 0; i < examples.size(); ++i)
        partOf.push_back(byShot ? shots.at(examples[i].shot) % parts : int(i % parts));
    std::vector<double> told;
    std::vector<bool> truth;
    for (int part = 0; part < parts; ++part) {
        std::vector<const Example*> seen;
        for (std::size_t i = 0; i < examples.size(); ++i)
            if (partOf[i] != part)
                seen.push_back(&examples[i]);
        if (!bothKinds(seen))
            continue;
        const RiskModel model = train(seen, inputs);
        for (std::size_t i = 0; i < examples.size(); ++i)
            if (partOf[i] == part) {
                told.push_back(model.probability(examples[i].frame));
                truth.push_back(examples[i].rerender);
            }
    }
    Trial trial;
    if (told.empty())
        return trial;
    trial.rocArea = riskQuality("", told, told, truth).rocArea;
    double right = 0;
    for (std::size_t i = 0; i < told.size(); ++i)
        right += (told[i] >= 0.5) == truth[i];
    trial.rightShare = right / double(told.size());
    return trial;
}

int countContradictions(const std::vector<Example>& examples, const RiskModel& standard) {
    std::set<std::size_t> contradictory;
    for (std::size_t i = 0; i < examples.size(); ++i) {
        const RiskModelInput a = riskModelInput(examples[i].frame);
        for (std::size_t j = i + 1; j < examples.size(); ++j) {
            if (examples[i].rerender == examples[j].rerender)
                continue;
            const RiskModelInput b = riskModelInput(examples[j].frame);
            bool same = true;
            for (std::size_t k = 0; same && k < a.size(); ++k)
                same = std::isnan(a[k]) || std::isnan(b[k]) ||
                       std::abs(a[k] - b[k]) < alike * standard.scale[k];
            if (same) {
                contradictory.insert(i);
                contradictory.insert(j);
            }
        }
    }
    return int(contradictory.size());
}

// Even odds at the default threshold of the predicted error.
RiskModel defaultModel() {
    RiskModel model;
    model.basis = "nothing: the default threshold of the predicted error";
    model.scale.fill(1);
    model.mean[0] = std::log(VerdictOptions{}.threshold);
    model.weight[0] = steepness;
    return model;
}

} // namespace

LearnResult learn(const LearnOptions& options) {
    LearnResult result;
    const std::vector<Example> examples = readExamples(options, result.notices);
    if (examples.empty())
        throw Error(ErrorKind::input,
                    options.measured
                        ? "none of these shots has a frame that was measured; run inbetween evaluate first"
                        : "nobody has decided on any frame of these shots; decide in the report and take it "
                          "in with inbetween review apply, or learn with --measured");
    result.examples = int(examples.size());
    std::vector<const Example*> all;
    std::vector<double> errors;
    std::vector<bool> truth;
    for (const Example& example : examples) {
        result.rerender += example.rerender;
        all.push_back(&example);
        errors.push_back(verdictError(example.frame.score, example.frame.worstBlocks));
        truth.push_back(example.rerender);
    }
    result.rocArea = result.rightShare = notANumber;
    result.rocAreaOfError = riskQuality("", errors, errors, truth).rocArea;
    const int fewest = std::min(result.rerender, result.examples - result.rerender);
    if (fewest < fewestOfAKind) {
        result.notices.push_back(
            fewest == 0 ? fmt::format("all {} examples are to {}: there is nothing to tell apart; the model "
                                      "is the default threshold",
                                      result.examples, result.rerender > 0 ? "render" : "keep")
                        : fmt::format("only {} of {} examples are to {}, {} are needed to learn; the model "
                                      "is the default threshold",
                                      fewest, result.examples, fewest == result.rerender ? "render" : "keep",
                                      fewestOfAKind));
        result.model = defaultModel();
        return result;
    }

    std::vector<std::size_t> everything(riskModelInputs);
    for (std::size_t i = 0; i < everything.size(); ++i)
        everything[i] = i;
    const std::vector<std::size_t> errorAlone{0};
    const RiskModel whole = train(all, everything);
    result.contradictions = countContradictions(examples, whole);
    if (result.contradictions > 0)
        result.notices.push_back(fmt::format("{} of {} examples contradict others that look alike",
                                             result.contradictions, result.examples));
    const Trial simple = crossValidate(examples, errorAlone), rich = crossValidate(examples, everything);
    const bool enough = result.examples >= fewestForFeatures && fewest >= fewestOfAKindForFeatures;
    const bool useFeatures = enough && rich.rocArea > simple.rocArea;
    const Trial& trial = useFeatures ? rich : simple;
    result.rocArea = trial.rocArea;
    result.rightShare = trial.rightShare;
    if (!enough)
        result.notices.push_back(fmt::format(
            "{} examples ({} to render) are few for {} features; the model draws the line on the predicted "
            "error alone",
            result.examples, result.rerender, riskModelInputs));
    else if (!useFeatures)
        result.notices.push_back(
            "the features tell no more than the predicted error does; the model draws the line on it alone");
    if (std::isnan(trial.rocArea) || trial.rocArea < leastRocArea) {
        result.notices.push_back("on frames that it had not seen, the classifier told hardly better than "
                                 "chance; the model is the default "
                                 "threshold");
        result.model = defaultModel();
        return result;
    }
    result.model = useFeatures ? whole : train(all, errorAlone);
    result.model.basis = fmt::format("{} {} frames, {} of them to render; {}", result.examples,
                                     options.measured ? "measured" : "decided", result.rerender,
                                     useFeatures ? "all features" : "the predicted error alone");
    return result;
}

} // namespace inbetween
