#include "inbetween/run.h"

#include "base/atomic_file.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/text.h"
#include "exr/memory_error.h"
#include "inbetween/error.h"
#include "inbetween/large_memory.h"
#include "inbetween/learn.h"
#include "inbetween/version.h"
#include "manifest/verdicts.h"
#include "motion/vectors.h"
#include "pipeline/flow_graph.h"
#include "pipeline/frame_check.h"
#include "pipeline/frame_identity.h"
#include "pipeline/journal.h"
#include "pipeline/memory_budget.h"
#include "pipeline/pair.h"
#include "pipeline/risk_map_file.h"
#include "pipeline/self_calibration.h"
#include "pipeline/settings.h"
#include "pipeline/stage_times.h"
#include "pipeline/summary.h"
#include "update/rendered_frames.h"
#include "update/splice.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <unistd.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

// One in-between on its way through the stages.
struct FrameJob {
    ManifestFrame record;
    const std::vector<RenderedRegion>* regions = nullptr; // that came back
    std::shared_ptr<Pair> pair;                           // null where reading failed
    MotionPrior prior;
    Field field;
    Image image;
    RiskMaps maps;
    bool pairIsCut = false; // found before anything was made, so nothing is
    bool made = false;      // false: kept from an earlier run, or not made at all
};

struct GapJob {
    Gap gap;
    std::shared_ptr<const Image> key0, key1;
    std::shared_ptr<Pair> pair;
    std::shared_ptr<SharedPairFlow> flow, flowBefore, flowAfter; // of the pair, and of those beside it
    std::string error;                                           // why nothing can be made here
    std::vector<std::size_t> frames;                             // indices of FrameJobs to make
};

std::string reasonOf(const std::exception& e) {
    // bad_alloc says nothing that helps a person.
    return dynamic_cast<const std::bad_alloc*>(&e)
               ? "out of memory; give --memory a smaller budget or use fewer threads"
               : printable(e.what());
}

bool isWithin(const fs::path& inner, const fs::path& outer) {
    // A relative path that does not exist yet stays relative in weakly_canonical.
    const fs::path a = fs::weakly_canonical(fs::absolute(inner)),
                   b = fs::weakly_canonical(fs::absolute(outer));
    return std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

// Keyframes are never overwritten, and a second run must not take generated frames for keyframes.
void prepareOutput(const RunOptions& options, const Sequence& sequence) {
    const fs::path& out = options.out;
    if (out.empty())
        throw Error(ErrorKind::usage, "no output folder given; add -o OUT");
    const fs::path keys = sequence.pattern.directory.empty() ? fs::path(".") : sequence.pattern.directory;
    if (isWithin(out, keys))
        throw Error(ErrorKind::usage,
                    fmt::format("{}: the output folder is the keyframes' folder {} or lies inside it; "
                                "choose one outside",
                                out.string(), keys.string()));
    if (!options.trace.empty() && isWithin(options.trace, keys))
        throw Error(ErrorKind::usage,
                    fmt::format("{}: the trace would lie in the keyframes' folder; choose another one",
                                options.trace.string()));
    std::error_code error;
    fs::create_directories(out, error);
    if (error || !fs::is_directory(out))
        throw Error(ErrorKind::usage,
                    fmt::format("{}: cannot make the output folder: {}; choose another one", out.string(),
                                error ? error.message() : "a file is in its place"));
    if (::access(out.c_str(), W_OK | X_OK) != 0)
        throw Error(ErrorKind::usage,
                    fmt::format("{}: the output folder cannot be written to: {}, or choose another one",
                                out.string(), systemError(errno)));
    if (!options.part.whole())
        makeFolderWithin(out, out / shardFolder);
    removeStaleTemporaries(out);
    removeStaleTemporaries(out / shardFolder);
}

void checkOptions(const RunOptions& options) {
    if (options.vectors != "auto" && options.vectors != "none")
        parseVectorFormat(options.vectors);
    if (!(options.verdict.threshold >= 0)) // NaN, too
        throw Error(ErrorKind::usage, "--threshold: a number from 0 on is needed");
    if (options.verdict.by == RiskMeasure::model && options.riskModel.empty())
        throw Error(ErrorKind::usage,
                    "--risk model: no model is given; add --risk-model FILE (see inbetween learn)");
}

// Somebody meant to render such a frame: it is told apart from the ones that nobody asked for.
bool isUnusableKeyframe(const SequenceProblem& problem) {
    using Kind = SequenceProblem::Kind;
    return problem.kind == Kind::unreadable || problem.kind == Kind::otherSize ||
           problem.kind == Kind::otherChannels;
}

int threadCount(int wanted) {
    return wanted > 0 ? wanted : std::max(1, tbb::info::default_concurrency());
}

std::string boxesText(const std::vector<Box>& boxes) {
    std::string text;
    for (const Box& box : boxes)
        text += fmt::format("{}{}x{} at {},{}", text.empty() ? "" : "; ", width(box), height(box), box.min.x,
                            box.min.y);
    return text;
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
    record.fileHash.clear();
    record.inputHash.clear();
    record.motionSource.clear();
    record.score = 1.0;
    record.verdict = Verdict::rerender;
    if (status == FrameStatus::failed)
        record.error = why;
    record.reasons = {why};
}

// A manifest is a file that anybody may have written: only what lies in the folder and says itself that it
// was generated is removed.
bool removeGenerated(const fs::path& out, const ManifestFrame& frame) {
    if (frame.path.empty() || fs::path(frame.path).filename() != frame.path)
        return false;
    try {
        if (!stringAttribute(out / frame.path, inputHashAttribute))
            return false;
    } catch (const std::exception&) {
        return false;
    }
    std::error_code ignored;
    return fs::remove(out / frame.path, ignored);
}

class Run {
public:
    Run(const RunOptions& options, const ProgressCallback& progress)
        : options_(options),
          progress_(progress),
          sequence_(loadSequence(options)),
          rendered_(takeRendered(sequence_, options.out, options.read)),
          network_(options.model, options.precision) {
        if (!options.riskModel.empty())
            riskModel_ = RiskModel::load(options.riskModel);
    }

    RunResult operator()() {
        prepareOutput(options_, sequence_);
        const int threads = threadCount(options_.threads);
        setExrThreads(threads);
        planFrames(threads);
        report(RunEvent::started, 0, "");
        calibrate(threads);
        makeFrames(threads);
        flagStandIns();
        removeOldFrames();
        finish();
        summarise(threads);
        report(RunEvent::finished, 0, "");
        return std::move(result_);
    }

    static Sequence loadSequence(const RunOptions& options) {
        checkOptions(options);
        return checkKeyframes(findSequence(options.keys, options.sequence), options.read);
    }

private:
    void planFrames(int threads) {
        const StageRecorder::Scope scope(recorder_, "plan");
        earlier_ = earlierFrames(options_.out);
        if (options_.verify && earlier_.empty())
            throw Error(ErrorKind::usage,
                        fmt::format("{}: there is no manifest to compare with; run without --verify first",
                                    options_.out.string()));
        std::vector<std::size_t> found; // frames that an earlier run made from the same input
        ownGaps_ = gapsOf(sequence_, options_.part);
        for (const Gap& gap : sequence_.gaps) {
            if (!ownGaps_.contains(gap.key0))
                continue;
            GapJob job;
            job.gap = gap;
            for (const int frame : gap.missing) {
                FrameJob work;
                work.record = plannedFrame(gap, frame, sequence_.pattern);
                const auto regions = rendered_.regions.find(frame);
                if (regions != rendered_.regions.end())
                    work.regions = &regions->second;
                const std::vector<const SequenceFrame*> beside{neighbourKey(gap.key0, -1),
                                                               neighbourKey(gap.key1, 1)};
                for (const SequenceFrame* key :
                     {sequence_.find(gap.key0), sequence_.find(gap.key1), beside[0], beside[1]})
                    if (key)
                        stamps_.try_emplace(key->number, FileStamp::of(key->path));
                try {
                    work.record.inputHash = hashOf(gap, work, beside);
                } catch (const std::exception& e) {
                    job.error = reasonOf(e);
                }
                work.made = true;
                const auto before = earlier_.find(frame);
                if (options_.resume && job.error.empty() && before != earlier_.end() &&
                    before->second.inputHash == work.record.inputHash)
                    found.push_back(frames_.size());
                job.frames.push_back(frames_.size());
                frames_.push_back(std::move(work));
            }
            gaps_.push_back(std::move(job));
        }
        keepWhatHolds(found, threads);
        // Gaps that are too wide: their frames are named, so that nobody takes them for done.
        for (std::size_t i = 0; i + 1 < sequence_.keyframes.size(); ++i) {
            const int key0 = sequence_.keyframes[i].number, key1 = sequence_.keyframes[i + 1].number;
            if (key1 - key0 <= options_.sequence.maxGap || !ownGaps_.contains(key0))
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
        for (const auto& [frame, path] : rendered_.frames)
            if (isOwn(frame))
                addRenderedFrame(frame, path);
        total_ = int(std::count_if(frames_.begin(), frames_.end(), [](const FrameJob& f) { return f.made; }));
    }

    std::string hashOf(const Gap& gap, const FrameJob& frame,
                       const std::vector<const SequenceFrame*>& beside) const {
        return identity_.hash(*sequence_.find(gap.key0), *sequence_.find(gap.key1), frame.record.frame,
                              beside, frame.regions ? *frame.regions : std::vector<RenderedRegion>());
    }

    // The keyframe before (-1) or after (1) another one, to which things move on from there. Null where the
    // gap is too wide. Not a frame that was rendered after all: the gaps beside it would have to be made
    // again, and judged again.
    const SequenceFrame* neighbourKey(int number, int direction) const {
        const auto& keys = sequence_.keyframes;
        auto at = std::size_t(sequence_.find(number) - keys.data());
        while (direction < 0 ? at-- > 0 : ++at < keys.size())
            if (!rendered_.frames.contains(keys[at].number))
                return std::abs(keys[at].number - number) <= sequence_.maxGap ? &keys[at] : nullptr;
        return nullptr;
    }

    // A frame that came back is final: OUT has it in place of the generated one.
    void addRenderedFrame(int frame, const fs::path& path) {
        const auto& keys = sequence_.keyframes;
        const auto isOfKeys = [&](const SequenceFrame& key) {
            return !rendered_.frames.contains(key.number);
        };
        const auto at = std::find_if(keys.begin(), keys.end(),
                                     [&](const SequenceFrame& key) { return key.number == frame; });
        const auto before = std::find_if(std::make_reverse_iterator(at), keys.rend(), isOfKeys);
        const auto after = std::find_if(at, keys.end(), isOfKeys);
        FrameJob work;
        work.record = plannedFrame({before->number, after->number, {}}, frame, sequence_.pattern);
        work.record.status = FrameStatus::rendered;
        try {
            work.record.inputHash = hashOfFile(path);
            const auto known = earlier_.find(frame);
            const bool same = known != earlier_.end() && known->second.status == FrameStatus::rendered &&
                              known->second.inputHash == work.record.inputHash;
            work.record.pixelHash = same ? known->second.pixelHash : pixelHash(readExr(path, options_.read));
            copyIfDifferent(path, options_.out / work.record.path);
            work.record.fileHash = work.record.inputHash;
            std::error_code ignored;
            fs::remove(riskMapPath(options_.out, work.record.path), ignored);
        } catch (const std::exception& e) {
            markNotMade(work.record, FrameStatus::failed, reasonOf(e));
            ++result_.failed;
        }
        frames_.push_back(std::move(work));
    }

    void keepWhatHolds(const std::vector<std::size_t>& found, int threads) {
        std::vector<char> holds(found.size(), false); // not bool: written to by several threads
        tbb::task_arena(threads).execute([&] {
            parallelRows(
                int(found.size()),
                [&](int i) {
                    const ManifestFrame& planned = frames_[found[i]].record;
                    holds[i] = stillHolds(earlier_.at(planned.frame), planned);
                },
                1);
        });
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (!holds[i])
                continue;
            FrameJob& job = frames_[found[i]];
            job.record = earlier_.at(job.record.frame);
            job.made = false;
            ++result_.kept;
            if (options_.verify && job.record.status == FrameStatus::complete)
                ++result_.verified; // read and compared just now
        }
        for (GapJob& gap : gaps_)
            std::erase_if(gap.frames, [&](std::size_t i) { return !frames_[i].made; });
    }

    // Is the frame of an earlier run, made from the same input, still there, and to the last sample?
    bool stillHolds(const ManifestFrame& earlier, const ManifestFrame& planned) const {
        if (earlier.status == FrameStatus::notMade)
            return true;
        if (earlier.status != FrameStatus::complete || earlier.path != planned.path)
            return false;
        if (options_.riskMaps && !fs::exists(riskMapPath(options_.out, earlier.path)))
            return false;
        try {
            const fs::path path = options_.out / earlier.path;
            if (!options_.keepFrames && !options_.verify && !fs::exists(path))
                return true;
            return stringAttribute(path, inputHashAttribute) == planned.inputHash &&
                   pixelsDiffer(path, earlier, options_.read.maxPixels).empty();
        } catch (const std::exception&) {
            return false; // gone, or damaged: it is made again
        }
    }

    GraphLimits limits(int threads) const {
        const std::size_t budget = options_.memoryBytes ? options_.memoryBytes : defaultMemoryBytes();
        return limitsFor(budget, threads, readExrInfo(sequence_.keyframes.front().path), options_.quality);
    }

    double factor() const { return calibration_ ? calibration_->factor : 1.0; }

    // Every part of a shot makes the same keyframes again, so that its figures are those of one run.
    void calibrate(int threads) {
        if (!options_.selfCalibrate || selfCalibration.strength <= 0)
            return;
        std::set<int> rendered;
        for (const auto& [frame, path] : rendered_.frames)
            rendered.insert(frame);
        const std::vector<Remake> keyframes = keyframesToRemake(sequence_, rendered);
        if (keyframes.empty())
            return;
        const StageRecorder::Scope scope(recorder_, "self-calibration");
        std::string inputHash;
        try {
            inputHash = hashOf(keyframes);
        } catch (const Error&) { // a keyframe cannot be read; the others may do
        }
        if (options_.resume && !inputHash.empty())
            calibration_ = earlierCalibration(options_.out, inputHash);
        if (calibration_)
            return;
        calibration_ = selfCalibrate(keyframes, sequence_, options_, network_, limits(threads), inputHash);
    }

    std::string hashOf(const std::vector<Remake>& keyframes) const {
        std::string hashes;
        for (const Remake& keys : keyframes)
            hashes += identity_.hash(*sequence_.find(keys.key0), *sequence_.find(keys.key1), keys.frame) +
                      hashOfFile(sequence_.find(keys.frame)->path);
        return inbetween::hashOf(hashes);
    }

    // What was kept from an earlier run has the factor of that time in its figures.
    void bringToFactor(ManifestFrame& record) const {
        if (record.status != FrameStatus::complete || record.factor == factor())
            return;
        const double ratio = factor() / record.factor;
        for (double* figure : {&record.score, &record.worstBlocks})
            *figure = std::min(1.0, *figure * ratio);
        for (RiskRegion& region : record.regions)
            region.score = std::min(1.0, region.score * ratio);
        record.factor = factor();
    }

    void makeFrames(int threads) {
        std::vector<GapWork> work;
        for (std::size_t i = 0; i < gaps_.size(); ++i)
            if (!gaps_[i].frames.empty())
                work.push_back({i, gaps_[i].frames});
        if (work.empty())
            return;

        Journal journal(options_.out, options_.part);
        journal_ = &journal;
        GraphStages stages;
        stages.read = [this](std::size_t i) { read(gaps_[i]); };
        stages.prepare = [this](std::size_t i) { prepare(gaps_[i]); };
        stages.motion = frameStage([](FrameJob& job) {
            job.prior = motionOf(*job.pair, job.record.time);
            job.record.motionSource = job.pair->still                             ? "none"
                                      : job.prior.source == MotionSource::vectors ? "vectors"
                                                                                  : "estimated";
        });
        stages.network = frameStage([this](FrameJob& job) {
            job.field = fieldOf(*job.pair, network_, std::move(job.prior), job.record.time);
        });
        stages.synthesis = frameStage([](FrameJob& job) {
            SynthesisStats stats;
            job.image = inBetween(*job.pair, job.field, job.record.time, &stats);
            job.record.badSamples = stats.badSamples;
            job.field.spread = {}; // risk, which takes as much memory as anything, does not ask for it
            if (job.field.second)
                job.field.second->spread = {};
        });
        stages.risk = frameStage([this](FrameJob& job) {
            const Pair& pair = *job.pair;
            RiskInput input = riskInputOf(pair, job.field, job.record.time);
            input.factor = factor();
            Risk risk = assessRisk(input, options_.riskMaps || job.regions ? &job.maps : nullptr);
            job.record.score = risk.score;
            job.record.worstBlocks = risk.worstBlocks;
            job.record.factor = input.factor;
            job.record.cut = risk.cut; // doubtful ones are made, and flagged whatever the threshold
            job.record.features = risk.features;
            job.record.regions = std::move(risk.regions);
            job.record.reasons = std::move(risk.reasons);
            if (job.regions)
                setInRegions(job.image, *job.regions, pair.roles, pair.canvas, options_.read, job.maps,
                             job.record);
        });
        stages.write = frameStage([this](FrameJob& job) { write(job); });
        stages.collect = [this](std::size_t i) { collect(frames_[i]); };
        stages.release = [this](std::size_t i) { release(gaps_[i]); };
        runGraph(work,
                 recorder_.measured(
                     stages, [this](std::size_t i) { return frames_[i].record.frame; },
                     [this](std::size_t i) { return gaps_[i].gap.key0; }),
                 limits(threads));
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
        job.flow = sharedFlow(job.gap.key0, job.gap.key1);
        if (const SequenceFrame* key = neighbourKey(job.gap.key0, -1))
            job.flowBefore = sharedFlow(key->number, job.gap.key0);
        if (const SequenceFrame* key = neighbourKey(job.gap.key1, 1))
            job.flowAfter = sharedFlow(job.gap.key1, key->number);
        lastFlows_ = {job.flow,
                      job.flowAfter}; // the next gap's, though this one may be done before that is read
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

    // The reader's alone.
    std::shared_ptr<SharedPairFlow> sharedFlow(int key0, int key1) {
        std::weak_ptr<SharedPairFlow>& known = flows_[{key0, key1}];
        std::shared_ptr<SharedPairFlow> flow = known.lock();
        if (!flow)
            known = flow = std::make_shared<SharedPairFlow>();
        return flow;
    }

    // A keyframe beside a gap. Null where it was replaced meanwhile.
    std::shared_ptr<const Image> readNeighbour(const SequenceFrame& key, const Box& canvas) const {
        if (!isAboutAsLarge(readExrInfo(key.path), canvas))
            return nullptr;
        auto image = std::make_shared<const Image>(readExr(key.path, options_.read));
        return stamps_.at(key.number) == FileStamp::of(key.path) ? image : nullptr;
    }

    // Overscan that nobody expected is its own gap's trouble, and must not cost this one its memory.
    static bool isAboutAsLarge(const ExrInfo& key, const Box& canvas) {
        Box both = canvas;
        for (const ExrInfo::PartInfo& part : key.parts)
            both.extendBy(part.dataWindow);
        constexpr double most = 2;
        return double(width(both)) * height(both) <= most * width(canvas) * height(canvas);
    }

    void curvePaths(GapJob& job) {
        const SequenceFrame* keys[2] = {neighbourKey(job.gap.key0, -1), neighbourKey(job.gap.key1, 1)};
        const auto beside = [&](int which, SharedPairFlow* flow, int number) {
            const SequenceFrame* key = keys[which];
            const auto read = [this, key, &job] { return readNeighbour(*key, job.pair->canvas); };
            return key ? NeighbourGap{flow, std::abs(key->number - number), read} : NeighbourGap{};
        };
        inbetween::curvePaths(*job.pair, beside(0, job.flowBefore.get(), job.gap.key0),
                              beside(1, job.flowAfter.get(), job.gap.key1), options_.read.maxPixels);
        // What was made without a keyframe that could not be read this time must not be taken for what it
        // would have been.
        const bool failed[2] = {job.flowBefore && job.flowBefore->failed(),
                                job.flowAfter && job.flowAfter->failed()};
        if (!failed[0] && !failed[1])
            return;
        for (const std::size_t i : job.frames) {
            FrameJob& frame = frames_[i];
            frame.record.inputHash = hashOf(job.gap, frame,
                                            {failed[0] ? nullptr : keys[0], failed[1] ? nullptr : keys[1]});
        }
    }

    std::shared_ptr<const Image> readKeyframe(int number) {
        const fs::path& path = sequence_.find(number)->path;
        std::shared_ptr<const Image> image;
        std::exception_ptr damage;
        try {
            image = std::make_shared<const Image>(readExr(path, options_.read));
        } catch (const MemoryError&) {
            throw;
        } catch (const Error&) {
            damage = std::current_exception();
        }
        // What is made must be made of what its input hash tells of.
        if (stamps_.at(number) != FileStamp::of(path))
            throw Error(ErrorKind::input,
                        fmt::format("{}: was replaced while it was used; run again", path.string()));
        if (damage) {
            damagedKeys_.insert(number);
            std::rethrow_exception(damage);
        }
        return image;
    }

    void prepare(GapJob& job) {
        if (job.error.empty()) {
            try {
                job.pair = std::make_shared<Pair>(makePair(std::move(job.key0), std::move(job.key1),
                                                           job.gap.key1 - job.gap.key0,
                                                           pairOptionsOf(options_), job.flow.get()));
                curvePaths(job);
            } catch (const std::exception& e) {
                job.error = reasonOf(e);
            }
        }
        for (const std::size_t i : job.frames) {
            if (!job.error.empty())
                frames_[i].record.error = job.error;
            else if (job.pair->cut)
                frames_[i].record.cut = frames_[i].pairIsCut = true;
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
        if (!job.record.spliced.empty())
            write.attributes["inbetween:renderedRegions"] = boxesText(job.record.spliced);
        if (options_.riskMaps)
            writeRiskMaps(riskMapPath(options_.out, job.record.path), job.maps, job.pair->canvas,
                          job.pair->key0->displayWindow);
        const fs::path file = options_.out / job.record.path;
        job.record.pixelHash = writeExr(file, job.image, write);
        job.record.fileHash = hashOfFile(file);
    }

    void collect(FrameJob& job) {
        ++done_;
        ManifestFrame& record = job.record;
        if (!record.error.empty()) {
            markNotMade(record, FrameStatus::failed, std::string(record.error));
            ++result_.failed;
            report(RunEvent::frameFailed, record.frame, record.error);
        } else {
            if (job.pairIsCut)
                markCut(record);
            else
                ++result_.made;
            if (options_.verify)
                compareWithEarlier(record);
            journal_->append(record);
            report(RunEvent::frameDone, record.frame, "");
        }
        job.pair.reset();
        job.prior = {}; // where a stage failed
        job.field = {};
        job.image = {};
        job.maps = {};
    }

    // The manifest keeps the hash it had, so that nobody takes another frame for the same one later.
    void compareWithEarlier(ManifestFrame& record) {
        const auto known = earlier_.find(record.frame);
        if (known == earlier_.end() || known->second.status != FrameStatus::complete)
            return;
        const ManifestFrame& before = known->second;
        if (before.inputHash != record.inputHash)
            result_.differing.push_back(
                fmt::format("frame {}: was made from other keyframes, with other settings, another model "
                            "or on another kind of processor than the manifest says",
                            record.frame));
        else if (before.pixelHash != record.pixelHash)
            result_.differing.push_back(fmt::format("frame {}: has the pixel hash {}, the manifest says {}",
                                                    record.frame, record.pixelHash, before.pixelHash));
        else
            ++result_.verified;
        if (before.inputHash == record.inputHash)
            record.pixelHash = before.pixelHash;
    }

    static void markCut(ManifestFrame& record) {
        const std::string inputHash = record.inputHash;
        markNotMade(record, FrameStatus::notMade,
                    fmt::format("cut between {} and {}", record.key0, record.key1));
        record.inputHash = inputHash; // a later run need not look again
    }

    void release(GapJob& job) {
        job.pair.reset();
        job.flow = job.flowBefore = job.flowAfter = nullptr;
    }

    // Where a keyframe was left out, the in-between at its place is better than nothing, and no more than
    // that.
    void flagStandIns() {
        for (FrameJob& job : frames_)
            std::erase_if(job.record.reasons,
                          [](const std::string& reason) { return reason.starts_with(standsInReason); });
        for (const SequenceProblem& problem : sequence_.problems) {
            if (!isUnusableKeyframe(problem))
                continue;
            result_.unusableKeyframes.push_back(problem.message);
            for (FrameJob& job : frames_)
                if (job.record.frame == problem.frame)
                    job.record.reasons.insert(job.record.reasons.begin(), standsInReason + problem.message);
        }
    }

    // Frames of an earlier run that are none of this one's: rendered since, across a cut now, or failed.
    // Whoever takes all files of the folder must not take those.
    void removeOldFrames() const {
        std::set<std::string> current;
        for (const FrameJob& job : frames_)
            if (job.record.status == FrameStatus::complete || job.record.status == FrameStatus::rendered)
                current.insert(job.record.path);
        for (const auto& [number, record] : earlier_) {
            if (!isOwn(number))
                continue; // another part's to keep
            if (!current.contains(record.path) && removeGenerated(options_.out, record)) {
                std::error_code ignored;
                fs::remove(riskMapPath(options_.out, record.path), ignored);
            }
        }
    }

    // Does a frame lie in this part: in one of its gaps, or on the keyframe before one?
    bool isOwn(int frame) const {
        if (options_.part.whole())
            return true;
        const auto& keys = sequence_.keyframes;
        const auto after = std::upper_bound(keys.begin(), keys.end(), frame,
                                            [](int number, const SequenceFrame& key) {
                                                return number < key.number;
                                            });
        return after != keys.begin() && ownGaps_.contains(std::prev(after)->number);
    }

    void finish() {
        const StageRecorder::Scope scope(recorder_, "manifest");
        std::sort(frames_.begin(), frames_.end(),
                  [](const FrameJob& a, const FrameJob& b) { return a.record.frame < b.record.frame; });
        Manifest& manifest = result_.manifest;
        manifest.toolVersion = versionString();
        manifest.modelName = network_.model().name;
        manifest.modelVersion = network_.model().version;
        manifest.modelHash = network_.model().hash;
        manifest.instructionSet = network_.instructionSet();
        manifest.precision = nameOf(network_.precision());
        manifest.sourcePattern = (fs::absolute(sequence_.pattern.directory) / sequence_.pattern.text())
                                     .lexically_normal()
                                     .string();
        manifest.outputPattern = sequence_.pattern.text();
        const double rate = readExrInfo(sequence_.keyframes.front().path).framesPerSecond;
        manifest.framesPerSecond = rate > 0 ? rate : 24;
        for (const SequenceFrame& key : sequence_.keyframes)
            if (!rendered_.frames.contains(key.number))
                manifest.keyframes.push_back(key.number);
        for (const SequenceProblem& problem : sequence_.problems) {
            manifest.problems.push_back(problem.message);
            if (isUnusableKeyframe(problem) &&
                (problem.frame < manifest.keyframes.front() || problem.frame > manifest.keyframes.back()))
                damagedKeys_.insert(problem.frame);
        }
        manifest.unusableKeyframes.assign(damagedKeys_.begin(), damagedKeys_.end());
        manifest.verdictOptions = options_.verdict;
        manifest.settings = settingsOf(options_);

        manifest.selfCalibration = calibration_;
        for (FrameJob& job : frames_) {
            bringToFactor(job.record);
            job.record.rerenderProbability = riskModel_ && job.record.status == FrameStatus::complete
                                                 ? std::optional(riskModel_->probability(job.record))
                                                 : std::nullopt;
            manifest.frames.push_back(std::move(job.record));
        }
        decideVerdicts(manifest);
        writeManifest(manifestPath(options_.out, options_.part), manifest);
        if (options_.part.whole()) {
            writeManifestCsv(options_.out / "manifest.csv", manifest);
            writeRerenderList(options_.out / "rerender.txt", manifest);
        }
        Journal::remove(options_.out, options_.part); // the manifest says it all
    }

    void summarise(int threads) const {
        RunSummary summary;
        summary.before = usedBefore_;
        summary.after = ResourceUse::now();
        summary.seconds = recorder_.seconds();
        summary.threads = threads;
        summary.total = int(frames_.size());
        summary.stages = recorder_.times();
        writeSummary(summaryPath(options_.out, options_.part), summary, result_);
        if (!options_.trace.empty())
            recorder_.writeTrace(options_.trace);
    }

    void report(RunEvent event, int frame, const std::string& message) const {
        if (progress_)
            progress_({event, done_, total_, frame, message});
    }

    const RunOptions& options_;
    const ProgressCallback& progress_;
    const ResourceUse usedBefore_ = ResourceUse::now();
    StageRecorder recorder_{!options_.trace.empty()};
    Sequence sequence_;
    RenderedStore rendered_; // what came back; its whole frames are keyframes of sequence_
    Network network_;
    const FrameIdentity identity_{options_, network_.model().hash, network_.precision(),
                                  network_.instructionSet()};
    std::optional<RiskModel> riskModel_;
    std::optional<SelfCalibration>
        calibration_;       // none where no keyframe could be made again, or nobody wanted it
    std::set<int> ownGaps_; // of the part to make, by the keyframe before each
    std::vector<GapJob> gaps_;
    std::vector<FrameJob> frames_;
    std::map<int, ManifestFrame> earlier_; // what an earlier run left
    std::shared_ptr<const Image> lastKey_; // the reader's: key1 of the gap before
    int lastKeyNumber_ = 0;
    std::map<std::pair<int, int>, std::weak_ptr<SharedPairFlow>> flows_; // the reader's
    std::vector<std::shared_ptr<SharedPairFlow>> lastFlows_;             // the reader's
    std::map<int, FileStamp> stamps_; // of the keyframes, from before their bytes were hashed
    std::set<int> damagedKeys_;       // to be rendered again, and no frame is made at their place
    Journal* journal_ = nullptr;
    int done_ = 0, total_ = 0;
    RunResult result_;
};

} // namespace

int removeGeneratedFrames(const fs::path& out, const Manifest& manifest) {
    int removed = 0;
    for (const ManifestFrame& frame : manifest.frames)
        if (frame.status == FrameStatus::complete)
            removed += removeGenerated(out, frame);
    return removed;
}

RunResult run(const RunOptions& options, const ProgressCallback& progress) {
    RunResult result = Run(options, progress)();
    releaseIdleMemory();
    return result;
}

Plan plan(const RunOptions& options) {
    Plan plan;
    plan.sequence = Run::loadSequence(options);
    takeRendered(plan.sequence, options.out, options.read);
    plan.firstKeyframe = readExrInfo(plan.sequence.keyframes.front().path);
    for (const Gap& gap : plan.sequence.gaps)
        plan.toMake += int(gap.missing.size());
    return plan;
}

} // namespace inbetween
