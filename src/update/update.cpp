#include "inbetween/update.h"

#include "inbetween/error.h"
#include "pipeline/settings.h"
#include "rendered/rendered_companions.h"
#include "rendered/rendered_frames.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

RunOptions optionsOf(const UpdateOptions& update, const Manifest& manifest) {
    RunOptions options;
    applySettings(manifest.settings, options);
    options.keys = update.keys.empty() ? (update.out / manifest.sourcePattern).string() : update.keys;
    for (const Manifest::Companion& companion : manifest.companions)
        options.companions.push_back((update.out / companion.sourcePattern).string());
    options.out = update.out;
    options.verdict = manifest.verdictOptions;
    options.threads = update.threads;
    options.memoryBytes = update.memoryBytes;
    options.write.readBack = update.verifyWrites;
    return options;
}

std::map<int, const ManifestFrame*> byNumber(const Manifest& manifest) {
    std::map<int, const ManifestFrame*> frames;
    for (const ManifestFrame& frame : manifest.frames)
        frames[frame.frame] = &frame;
    return frames;
}

// Whole frames and those of which boxes are wanted, ascending.
std::vector<int> askedFor(const Manifest& manifest) {
    const std::vector<int> whole = manifest.rerenderFrames(), partial = manifest.partialFrames();
    std::vector<int> both;
    std::set_union(whole.begin(), whole.end(), partial.begin(), partial.end(), std::back_inserter(both));
    return both;
}

Sequence keyframesOf(const RunOptions& options) {
    Sequence sequence = findSequence(options.keys, options.sequence);
    addCompanions(sequence, options.companions);
    return checkKeyframes(std::move(sequence), options.read);
}

// Takes the files that came back, one after the other.
class Intake {
public:
    Intake(const RunOptions& options, const Manifest& manifest, UpdateResult& result)
        : options_(options),
          result_(result),
          sequence_(keyframesOf(options)),
          frames_(byNumber(manifest)),
          asked_(askedFor(manifest)),
          stored_(openRenderedStore(options.out, sequence_.pattern)) {}

    void take(const std::string& what) {
        for (const RenderedFile& file :
             findRenderedFiles(what, sequence_.pattern, result_.refused, companionFolders(sequence_))) {
            try {
                if (const std::string why = take(file); !why.empty())
                    result_.refused.push_back(fmt::format("{}: {}", file.path.string(), why));
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::output)
                    throw; // the next one could not be kept either
                result_.refused.push_back(error.what());
            }
        }
        std::set<int> frames;
        for (const auto& [frame, path] : stored_.frames)
            frames.insert(frame);
        storeCompanions(what, options_.out, sequence_, frames);
    }

private:
    // Why a file is not taken; empty where it is.
    std::string take(const RenderedFile& file) {
        const auto frame = frames_.find(file.frame);
        if (sequence_.find(file.frame))
            return fmt::format(
                "frame {} is a keyframe already; put it among the keyframes and run again to replace it",
                file.frame);
        if (frame == frames_.end())
            return fmt::format("the shot has no frame {} between its keyframes; check the number in the name",
                               file.frame);
        if (const std::string why = misfit(file.path, file.frame, sequence_, options_.read); !why.empty())
            return why + "; render it again";
        const Image image = readExr(file.path, options_.read);
        const ManifestFrame& record = *frame->second;
        const std::vector<Box> expected = windowsBetween(keyframeInfo(before(file.frame)),
                                                         keyframeInfo(after(file.frame)), record.time);
        const auto box = renderedBox(image, expected,
                                     readExr(sequence_.find(before(file.frame))->path, options_.read));
        return box ? takeRegion(file, *box, record) : takeFrame(file);
    }

    std::string takeFrame(const RenderedFile& file) {
        const auto [first, isNew] = taken_.emplace(file.frame, file.path);
        if (!isNew)
            return fmt::format("frame {} came back twice; {} is used", file.frame, first->second.string());
        if (storeFrame(options_.out, sequence_.pattern, file))
            notice(file);
        stored_.frames[file.frame] = file.path;
        return "";
    }

    std::string takeRegion(const RenderedFile& file, const Box& box, const ManifestFrame& record) {
        if (stored_.frames.contains(file.frame))
            return fmt::format("frame {} has come back whole; a region of it is not needed", file.frame);
        if (box.isEmpty())
            return "there is nothing in it; render it again";
        if (record.status != FrameStatus::complete)
            return fmt::format(
                "it shows a region of frame {}, of which nothing was made; render the whole frame",
                file.frame);
        if (storeRegion(options_.out, sequence_.pattern, file, box))
            notice(file);
        return "";
    }

    void notice(const RenderedFile& file) {
        if (!std::binary_search(asked_.begin(), asked_.end(), file.frame))
            result_.notices.push_back(
                fmt::format("{}: frame {} was not on the re-render list; it is taken all the same",
                            file.path.string(), file.frame));
    }

    const ExrInfo& keyframeInfo(int number) {
        const auto known = infos_.find(number);
        return known != infos_.end()
                   ? known->second
                   : infos_.emplace(number, readExrInfo(sequence_.find(number)->path, options_.read))
                         .first->second;
    }

    // The keyframes beside a frame that is none.
    int before(int frame) const {
        int number = sequence_.keyframes.front().number;
        for (const SequenceFrame& key : sequence_.keyframes)
            if (key.number < frame)
                number = key.number;
        return number;
    }
    int after(int frame) const {
        for (const SequenceFrame& key : sequence_.keyframes)
            if (key.number > frame)
                return key.number;
        return sequence_.keyframes.back().number;
    }

    const RunOptions& options_;
    UpdateResult& result_;
    Sequence sequence_;
    std::map<int, const ManifestFrame*> frames_;
    std::vector<int> asked_;
    RenderedStore stored_;
    std::map<int, fs::path> taken_;
    std::map<int, ExrInfo> infos_;
};

void compare(UpdateResult& result) {
    const auto before = byNumber(result.before);
    const std::vector<int> asked = askedFor(result.before), left = askedFor(result.run.manifest);
    for (const ManifestFrame& now : result.run.manifest.frames) {
        const auto found = before.find(now.frame);
        const ManifestFrame* then = found == before.end() ? nullptr : found->second;
        if (now.status == FrameStatus::rendered) {
            if (!then || then->status != FrameStatus::rendered || then->pixelHash != now.pixelHash)
                result.rendered.push_back(now.frame);
        } else if (now.status == FrameStatus::complete) {
            const bool same = then && then->status == now.status && then->pixelHash == now.pixelHash;
            const bool newRegions = then ? then->spliced != now.spliced : !now.spliced.empty();
            (same ? result.kept : newRegions ? result.spliced : result.remade).push_back(now.frame);
        }
    }
    std::set_intersection(asked.begin(), asked.end(), left.begin(), left.end(),
                          std::back_inserter(result.missing));
}

} // namespace

UpdateResult update(const UpdateOptions& options, const ProgressCallback& progress) {
    UpdateResult result;
    result.before = readManifest(options.out / "manifest.json");
    if (options.rendered.empty())
        throw Error(ErrorKind::usage, "no rendered frames were given; add --rendered DIR");
    const RunOptions runOptions = optionsOf(options, result.before);
    Intake intake(runOptions, result.before, result);
    for (const std::string& what : options.rendered)
        intake.take(what);
    result.run = run(runOptions, progress);
    if (!runOptions.keepFrames)
        removeGeneratedFrames(options.out, result.run.manifest);
    compare(result);
    return result;
}

} // namespace inbetween
