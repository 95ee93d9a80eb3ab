#include "inbetween/run.h"

#include "base/atomic_file.h"
#include "base/text.h"
#include "inbetween/error.h"
#include "inbetween/version.h"
#include "pipeline/flow_graph.h"
#include "pipeline/frame_identity.h"
#include "pipeline/journal.h"
#include "pipeline/memory_budget.h"
#include "pipeline/pair.h"
#include "pipeline/risk_map_file.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <tbb/info.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

// One in-between on its way through the stages.
struct FrameJob {
    ManifestFrame record;
    std::shared_ptr<Pair> pair; // null where reading failed
    MotionPrior prior;
    Field field;
    Image image;
    RiskMaps maps;
    bool made = false;          // false: kept from an earlier run, or not made at all
};

struct GapJob {
    Gap gap;
    std::shared_ptr<const Image> key0, key1;
    std::shared_ptr<Pair> pair;
    std::string error;                // why nothing can be made here
    std::vector<std::size_t> frames;  // indices of FrameJobs to make
};

std::string reasonOf(const std::exception& e) {
    // bad_alloc says nothing that helps a person.
    return dynamic_cast<const std::bad_alloc*>(&e) ? "out of memory; give --memory a smaller budget or use fewer threads"
                                                   : printable(e.what());
}

bool isWithin(const fs::path& inner, const fs::path& outer) {
    const fs::path a = fs::weakly_canonical(inner), b = fs::weakly_canonical(outer);
    return std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

// Keyframes are never overwritten, and a second run must not take generated frames for keyframes.
void prepareOutput(const fs::path& out, const Sequence& sequence) {
    if (out.empty())
        throw Error(ErrorKind::usage, "no output folder given; add -o OUT");
    const fs::path keys = sequence.pattern.directory.empty() ? fs::path(".") : sequence.pattern.directory;
    if (isWithin(out, keys))
        throw Error(ErrorKind::usage, fmt::format("{}: the output folder is the keyframes' folder {} or lies inside it; "
                                                  "choose one outside",
                                                  out.string(), keys.string()));
    std::error_code error;
    fs::create_directories(out, error);
    if (error || !fs::is_directory(out))
        throw Error(ErrorKind::usage, fmt::format("{}: cannot make the output folder: {}", out.string(),
                                                   error ? error.message() : "a file is in its place"));
    removeStaleTemporaries(out);
}

int threadCount(int wanted) {
    return wanted > 0 ? wanted : std::max(1, tbb::info::default_concurrency());
}

ManifestFrame plannedFrame(const Gap& gap, int frame, const FramePattern& pattern) {
    ManifestFrame record;
    record.frame = frame;
    record.key0 = gap.key0;
    record.key1 = gap.key1;
    record.time = double(frame - gap.key0) / double(gap.key1 - gap.key0);
    record.path = pattern.path(frame).filename().string();
    return record;
}

// A frame for which nothing was written, and why.
void markNotMade(ManifestFrame& record, FrameStatus status, const std::string& why) {
    record.status = status;
    record.path.clear();
    record.pixelHash.clear();
    record.inputHash.clear();
    record.motionSource.clear();
    record.score = 1.0;
    record.verdict = Verdict::rerender;
    if (status == FrameStatus::failed)
        record.error = why;
    record.reasons = {why};
}

class Run {
public:
    Run(const RunOptions& options, const ProgressCallback& progress)
        : options_(options), progress_(progress), sequence_(loadSequence(options)),
          network_(options.model, options.precision) {}

    RunResult operator()() {
        prepareOutput(options_.out, sequence_);
        const int threads = threadCount(options_.threads);
        setExrThreads(threads);
        planFrames();
        report(RunEvent::started, 0, "");
        makeFrames(threads);
        finish();
        return std::move(result_);
    }

    static Sequence loadSequence(const RunOptions& options) {
        return checkKeyframes(findSequence(options.keys, options.sequence), options.read);
    }

private:
    void planFrames() {
        const FrameIdentity identity(options_, network_.model().hash, network_.precision(), network_.instructionSet());
        const auto earlier = options_.resume ? earlierFrames(options_.out) : std::map<int, ManifestFrame>();
        for (const Gap& gap : sequence_.gaps) {
            GapJob job;
            job.gap = gap;
            for (const int frame : gap.missing) {
                FrameJob work;
                work.record = plannedFrame(gap, frame, sequence_.pattern);
                try {
                    work.record.inputHash = identity.hash(*sequence_.find(gap.key0), *sequence_.find(gap.key1), frame);
                } catch (const std::exception& e) {
                    job.error = reasonOf(e);
                }
                const auto before = earlier.find(frame);
                if (job.error.empty() && before != earlier.end() && stillHolds(before->second, work.record)) {
                    work.record = before->second;
                    ++result_.kept;
                } else {
                    work.made = true;
                    job.frames.push_back(frames_.size());
                }
                frames_.push_back(std::move(work));
            }
            gaps_.push_back(std::move(job));
        }
        // Gaps that are too wide: their frames are named, so that nobody takes them for done.
        for (std::size_t i = 0; i + 1 < sequence_.keyframes.size(); ++i) {
            const int key0 = sequence_.keyframes[i].number, key1 = sequence_.keyframes[i + 1].number;
            if (key1 - key0 <= options_.sequence.maxGap)
                continue;
            for (int frame = key0 + 1; frame < key1; ++frame) {
                FrameJob work;
                work.record = plannedFrame({key0, key1, {}}, frame, sequence_.pattern);
                markNotMade(work.record, FrameStatus::notMade,
                            fmt::format("the gap between {} and {} is over --max-gap {}", key0, key1,
                                        options_.sequence.maxGap));
                frames_.push_back(std::move(work));
            }
        }
        total_ = int(std::count_if(frames_.begin(), frames_.end(), [](const FrameJob& f) { return f.made; }));
    }

    // Is the frame of an earlier run complete, and would this run make the same one again?
    bool stillHolds(const ManifestFrame& earlier, const ManifestFrame& planned) const {
        if (earlier.inputHash != planned.inputHash)
            return false;
        if (earlier.status == FrameStatus::notMade)
            return true;
        if (earlier.status != FrameStatus::complete || earlier.path != planned.path)
            return false;
        if (options_.riskMaps && !fs::exists(riskMapPath(options_.out, earlier.path)))
            return false;
        try {
            return stringAttribute(options_.out / earlier.path, inputHashAttribute) == planned.inputHash;
        } catch (const Error&) {
            return false; // gone, or damaged: it is made again
        }
    }

    void makeFrames(int threads) {
        std::vector<GapWork> work;
        for (std::size_t i = 0; i < gaps_.size(); ++i)
            if (!gaps_[i].frames.empty())
                work.push_back({i, gaps_[i].frames});
        if (work.empty())
            return;

        Journal journal(options_.out);
        journal_ = &journal;
        const std::size_t budget = options_.memoryBytes ? options_.memoryBytes : defaultMemoryBytes();
        const GraphLimits limits = limitsFor(budget, threads, readExrInfo(sequence_.keyframes.front().path));
        GraphStages stages;
        stages.read = [this](std::size_t i) { read(gaps_[i]); };
        stages.prepare = [this](std::size_t i) { prepare(gaps_[i]); };
        stages.motion = frameStage([](FrameJob& job) {
            const Pair& pair = *job.pair;
            MotionInput input;
            input.view = &pair.view;
            input.gap = pair.gap;
            input.flow = pair.flow ? &*pair.flow : nullptr;
            if (!pair.vectors0.empty()) {
                input.vectors0 = &pair.vectors0;
                input.vectors1 = &pair.vectors1;
            }
            if (!pair.depth0.empty()) {
                input.depth0 = &pair.depth0;
                input.depth1 = &pair.depth1;
            }
            job.prior = motionPrior(input, job.record.time);
            job.record.motionSource = job.prior.source == MotionSource::vectors ? "vectors" : "estimated";
        });
        stages.network = frameStage([this](FrameJob& job) {
            job.field = network_.infer(job.pair->view, job.prior, job.record.time);
        });
        stages.synthesis = frameStage([](FrameJob& job) {
            const Pair& pair = *job.pair;
            job.image = imageBetween(*pair.key0, *pair.key1, job.record.time, unitedWindows(*pair.key0, *pair.key1));
            SynthesisStats stats;
            synthesise(*pair.key0, *pair.key1, pair.roles, pair.canvas, job.field, job.image, &stats);
            job.record.badSamples = stats.badSamples;
        });
        stages.risk = frameStage([this](FrameJob& job) {
            const Pair& pair = *job.pair;
            RiskInput input;
            input.view = &pair.view;
            input.prior = &job.prior;
            input.field = &job.field;
            input.canvas = pair.canvas;
            input.gap = pair.gap;
            input.time = job.record.time;
            Risk risk = assessRisk(input, options_.riskMaps ? &job.maps : nullptr);
            job.record.score = risk.score;
            job.record.features = risk.features;
            job.record.regions = std::move(risk.regions);
            job.record.reasons = std::move(risk.reasons);
        });
        stages.write = frameStage([this](FrameJob& job) { write(job); });
        stages.collect = [this](std::size_t i) { collect(frames_[i]); };
        stages.release = [this](std::size_t i) { release(gaps_[i]); };
        runGraph(work, stages, limits);
        journal_ = nullptr;
    }

    // A stage for frames that are well so far; what it throws becomes the frame's own failure.
    template <class Body> std::function<void(std::size_t)> frameStage(Body body) {
        return [this, body](std::size_t i) {
            FrameJob& job = frames_[i];
            if (!job.pair || !job.record.error.empty())
                return;
            try {
                body(job);
            } catch (const std::exception& e) {
                job.record.error = reasonOf(e);
                job.pair.reset();
            }
        };
    }

    void read(GapJob& job) {
        try {
            job.key0 = lastKey_ && lastKeyNumber_ == job.gap.key0 ? lastKey_ : readKeyframe(job.gap.key0);
            lastKey_.reset();
            job.key1 = readKeyframe(job.gap.key1);
            lastKey_ = job.key1;
            lastKeyNumber_ = job.gap.key1;
        } catch (const std::exception& e) {
            job.error = reasonOf(e);
        }
    }

    std::shared_ptr<const Image> readKeyframe(int number) const {
        return std::make_shared<const Image>(readExr(sequence_.find(number)->path, options_.read));
    }

    void prepare(GapJob& job) {
        if (job.error.empty()) {
            try {
                job.pair = std::make_shared<Pair>(
                    makePair(std::move(job.key0), std::move(job.key1), job.gap.key1 - job.gap.key0, options_.vectors));
            } catch (const std::exception& e) {
                job.error = reasonOf(e);
            }
        }
        for (const std::size_t i : job.frames) {
            if (!job.error.empty())
                frames_[i].record.error = job.error;
            else if (job.pair->cut)
                frames_[i].record.cut = true;
            else
                frames_[i].pair = job.pair;
        }
    }

    void write(FrameJob& job) {
        WriteOptions write = options_.write;
        const ModelInfo& model = network_.model();
        write.attributes["inbetween:keyframe0"] = sequence_.find(job.record.key0)->path.filename().string();
        write.attributes["inbetween:keyframe1"] = sequence_.find(job.record.key1)->path.filename().string();
        write.attributes["inbetween:time"] = fmt::format("{:.6g}", job.record.time);
        write.attributes["inbetween:model"] = fmt::format("{} {} {}", model.name, model.version, model.hash);
        write.attributes["inbetween:version"] = versionString();
        write.attributes[inputHashAttribute] = job.record.inputHash;
        if (options_.riskMaps)
            writeRiskMaps(riskMapPath(options_.out, job.record.path), job.maps, job.pair->canvas,
                          job.pair->key0->displayWindow);
        job.record.pixelHash = writeExr(options_.out / job.record.path, job.image, write);
    }

    void collect(FrameJob& job) {
        ++done_;
        ManifestFrame& record = job.record;
        if (!record.error.empty()) {
            markNotMade(record, FrameStatus::failed, std::string(record.error));
            ++result_.failed;
            report(RunEvent::frameFailed, record.frame, record.error);
        } else {
            if (record.cut)
                markCut(record);
            else
                ++result_.made;
            journal_->append(record);
            report(RunEvent::frameDone, record.frame, "");
        }
        job.pair.reset();
        job.prior = {};
        job.field = {};
        job.image = {};
        job.maps = {};
    }

    static void markCut(ManifestFrame& record) {
        const std::string inputHash = record.inputHash;
        markNotMade(record, FrameStatus::notMade, fmt::format("cut between {} and {}", record.key0, record.key1));
        record.inputHash = inputHash; // a later run need not look again
    }

    void release(GapJob& job) { job.pair.reset(); }

    void finish() {
        std::sort(frames_.begin(), frames_.end(),
                  [](const FrameJob& a, const FrameJob& b) { return a.record.frame < b.record.frame; });
        Manifest& manifest = result_.manifest;
        manifest.toolVersion = versionString();
        manifest.modelName = network_.model().name;
        manifest.modelVersion = network_.model().version;
        manifest.modelHash = network_.model().hash;
        manifest.instructionSet = network_.instructionSet();
        manifest.precision = network_.precision() == Precision::bfloat16 ? "bfloat16" : "float32";
        manifest.sourcePattern = (fs::absolute(sequence_.pattern.directory) / sequence_.pattern.text()).lexically_normal().string();
        manifest.outputPattern = sequence_.pattern.text();
        const double rate = readExrInfo(sequence_.keyframes.front().path).framesPerSecond;
        manifest.framesPerSecond = rate > 0 ? rate : 24;
        for (const SequenceFrame& key : sequence_.keyframes)
            manifest.keyframes.push_back(key.number);
        for (const SequenceProblem& problem : sequence_.problems)
            manifest.problems.push_back(problem.message);
        manifest.verdictOptions = options_.verdict;

        std::vector<ScoredFrame> scored;
        for (FrameJob& job : frames_)
            scored.push_back({job.record.frame, job.record.score, job.record.status != FrameStatus::complete});
        const std::vector<Verdict> verdicts = decideVerdicts(scored, options_.verdict);
        for (std::size_t i = 0; i < frames_.size(); ++i) {
            frames_[i].record.verdict = verdicts[i];
            manifest.frames.push_back(std::move(frames_[i].record));
        }
        writeManifest(options_.out / "manifest.json", manifest);
        writeManifestCsv(options_.out / "manifest.csv", manifest);
        writeRerenderList(options_.out / "rerender.txt", manifest);
        Journal::remove(options_.out); // the manifest says it all
        report(RunEvent::finished, 0, "");
    }

    void report(RunEvent event, int frame, const std::string& message) const {
        if (progress_)
            progress_({event, done_, total_, frame, message});
    }

    const RunOptions& options_;
    const ProgressCallback& progress_;
    Sequence sequence_;
    Network network_;
    std::vector<GapJob> gaps_;
    std::vector<FrameJob> frames_;
    std::shared_ptr<const Image> lastKey_; // the reader's: key1 of the gap before
    int lastKeyNumber_ = 0;
    Journal* journal_ = nullptr;
    int done_ = 0, total_ = 0;
    RunResult result_;
};

} // namespace

RunResult run(const RunOptions& options, const ProgressCallback& progress) {
    return Run(options, progress)();
}

Plan plan(const RunOptions& options) {
    Plan plan;
    plan.sequence = Run::loadSequence(options);
    plan.firstKeyframe = readExrInfo(plan.sequence.keyframes.front().path);
    for (const Gap& gap : plan.sequence.gaps)
        plan.toMake += int(gap.missing.size());
    return plan;
}

} // namespace inbetween
