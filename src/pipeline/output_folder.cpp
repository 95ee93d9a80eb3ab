#include "pipeline/output_folder.h"

#include "base/atomic_file.h"
#include "base/hash.h"
#include "base/text.h"
#include "inbetween/error.h"
#include "inbetween/version.h"
#include "pipeline/journal.h"
#include "pipeline/risk_map_file.h"
#include "sequence/frame_files.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <set>
#include <unistd.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

bool isWithin(const fs::path& inner, const fs::path& outer) {
    // A relative path that does not exist yet stays relative in weakly_canonical.
    const fs::path a = fs::weakly_canonical(fs::absolute(inner)),
                   b = fs::weakly_canonical(fs::absolute(outer));
    return std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

void requireOutside(const RunOptions& options, const fs::path& keys) {
    if (isWithin(options.out, keys))
        throw Error(ErrorKind::usage,
                    fmt::format("{}: the output folder is the keyframes' folder {} or lies inside it; "
                                "choose one outside",
                                options.out.string(), keys.string()));
    if (!options.trace.empty() && isWithin(options.trace, keys))
        throw Error(ErrorKind::usage,
                    fmt::format("{}: the trace would lie in the keyframes' folder; choose another one",
                                options.trace.string()));
}

void requireWritable(const fs::path& out) {
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
}

std::string boxesText(const std::vector<Box>& boxes) {
    std::string text;
    for (const Box& box : boxes)
        text += fmt::format("{}{}x{} at {},{}", text.empty() ? "" : "; ", width(box), height(box), box.min.x,
                            box.min.y);
    return text;
}

// In the folder, or in one right below it that is no link to elsewhere.
bool liesIn(const fs::path& out, const fs::path& file) {
    if (file.empty() || file.is_absolute() || file.filename() == "..")
        return false;
    const fs::path folder = file.parent_path();
    std::error_code ignored;
    return folder.empty() || (folder != ".." && folder.filename() == folder &&
                              fs::symlink_status(out / folder, ignored).type() == fs::file_type::directory);
}

// A manifest is a file that anybody may have written: only what lies in the folder and says itself that it
// was generated is removed.
bool removeGenerated(const fs::path& out, const fs::path& file) {
    if (!liesIn(out, file))
        return false;
    try {
        if (!stringAttribute(out / file, inputHashAttribute))
            return false;
    } catch (const std::exception&) {
        return false;
    }
    std::error_code ignored;
    return fs::remove(out / file, ignored);
}

// Those of a whole frame that came back come back with it.
void takeRenderedCompanions(ManifestFrame& record, const Sequence& sequence, const fs::path& out) {
    record.companions.clear();
    for (std::size_t i = 0; i < sequence.companions.size(); ++i) {
        const fs::path& source = sequence.find(record.frame)->companions[i];
        const fs::path path = sequence.companions[i].outputPath(record.frame);
        CompanionFile& file = record.companions.emplace_back();
        if (source.empty()) {
            file.error = fmt::format("{}: did not come back with the frame; render it, too",
                                     (out / path).string());
            record.reasons.push_back(file.error);
            continue;
        }
        copyIfDifferent(source, out / path);
        file.path = path.string();
        file.fileHash = hashOfFile(out / path);
        file.pixelHash = pixelHash(readExr(out / path));
    }
}

void removeRiskMap(const fs::path& out, const ManifestFrame& frame) {
    std::error_code ignored;
    fs::remove(riskMapPath(out, frame.path), ignored);
}

} // namespace

OutputFolder::OutputFolder(const RunOptions& options, const Sequence& sequence, const ModelInfo& model)
    : options_(options), write_(options.write) {
    const fs::path& out = options.out;
    if (out.empty())
        throw Error(ErrorKind::usage, "no output folder given; add -o OUT");
    requireOutside(options, sequence.pattern.directory.empty() ? fs::path(".") : sequence.pattern.directory);
    for (const Companion& companion : sequence.companions)
        requireOutside(options, companion.pattern.directory);
    requireWritable(out);
    if (!options.part.whole())
        makeFolderWithin(out, out / shardFolder);
    for (const Companion& companion : sequence.companions)
        if (!companion.folder.empty()) {
            makeFolderWithin(out, out / companion.folder);
            removeStaleTemporaries(out / companion.folder);
        }
    removeStaleTemporaries(out);
    removeStaleTemporaries(out / shardFolder);
    write_.attributes["inbetween:model"] = fmt::format("{} {} {}", model.name, model.version, model.hash);
    write_.attributes["inbetween:version"] = versionString();
}

void OutputFolder::write(Frame& frame, const Sequence& sequence) const {
    ManifestFrame& record = frame.record;
    WriteOptions write = write_;
    write.attributes["inbetween:keyframe0"] = sequence.find(record.key0)->path.filename().string();
    write.attributes["inbetween:keyframe1"] = sequence.find(record.key1)->path.filename().string();
    write.attributes["inbetween:time"] = fmt::format("{:.6g}", record.time);
    write.attributes[inputHashAttribute] = record.inputHash;
    if (!record.spliced.empty())
        write.attributes["inbetween:renderedRegions"] = boxesText(record.spliced);
    if (options_.riskMaps)
        writeRiskMaps(riskMapPath(options_.out, record.path), frame.maps, frame.canvas,
                      frame.image.displayWindow);
    writeCompanions(frame, sequence, write);
    const fs::path file = options_.out / record.path;
    record.pixelHash = writeExr(file, takeFile(frame.image, 0), write, &record.notes);
    record.fileHash = hashOfFile(file);
}

// Takes their parts out of the frame's image.
void OutputFolder::writeCompanions(Frame& frame, const Sequence& sequence, const WriteOptions& write) const {
    ManifestFrame& record = frame.record;
    const std::map<int, std::string>& missing = frame.gap->missingFiles;
    record.companions.clear();
    for (std::size_t i = 0; i < sequence.companions.size(); ++i) {
        const Companion& companion = sequence.companions[i];
        CompanionFile& file = record.companions.emplace_back();
        if (const auto why = missing.find(int(i) + 1); why != missing.end()) {
            file.error = why->second;
            record.reasons.push_back(
                fmt::format("nothing is made of its {}: {}", companion.layer, file.error));
            continue;
        }
        WriteOptions own = write;
        own.attributes["inbetween:keyframe0"] = sequence.find(record.key0)->companions[i].filename().string();
        own.attributes["inbetween:keyframe1"] = sequence.find(record.key1)->companions[i].filename().string();
        const fs::path path = companion.outputPath(record.frame);
        file.path = path.string();
        std::vector<std::string> notes;
        file.pixelHash = writeExr(options_.out / path, takeFile(frame.image, int(i) + 1), own, &notes);
        file.fileHash = hashOfFile(options_.out / path);
        for (const std::string& note : notes)
            record.notes.push_back(fmt::format("{}: {}", companion.layer, note));
    }
}

ManifestFrame OutputFolder::takeRendered(const PlannedRendered& planned, const ShotPlan& plan) const {
    ManifestFrame record = planned.record;
    try {
        record.inputHash = hashOfFile(planned.file);
        const auto known = plan.earlier.find(record.frame);
        const bool same = known != plan.earlier.end() && known->second.status == FrameStatus::rendered &&
                          known->second.inputHash == record.inputHash;
        record.pixelHash = same ? known->second.pixelHash : pixelHash(readExr(planned.file, options_.read));
        copyIfDifferent(planned.file, options_.out / record.path);
        record.fileHash = record.inputHash;
        takeRenderedCompanions(record, plan.sequence, options_.out);
        removeRiskMap(options_.out, record);
    } catch (const std::exception& error) {
        markNotMade(record, FrameStatus::failed, reasonOf(error));
    }
    return record;
}

void OutputFolder::removeOthers(const ShotPlan& plan, const std::vector<ManifestFrame>& current) const {
    std::set<std::string> paths;
    for (const ManifestFrame& frame : current)
        if (frame.status == FrameStatus::complete || frame.status == FrameStatus::rendered) {
            paths.insert(frame.path);
            for (const CompanionFile& file : frame.companions)
                paths.insert(file.path);
        }
    for (const auto& [number, record] : plan.earlier) {
        const bool isOwn = options_.part.whole() || plan.isOwn(number); // else another part's to keep
        if (!isOwn)
            continue;
        if (!paths.contains(record.path) && removeGenerated(options_.out, record.path))
            removeRiskMap(options_.out, record);
        for (const CompanionFile& file : record.companions)
            if (!paths.contains(file.path))
                removeGenerated(options_.out, file.path);
    }
}

void OutputFolder::finish(const Manifest& manifest) const {
    if (options_.part.whole())
        writeShotFiles(options_.out, manifest);
    else
        writeManifest(manifestPath(options_.out, options_.part), manifest);
    Journal::remove(options_.out, options_.part);
}

int removeGeneratedFrames(const fs::path& out, const Manifest& manifest) {
    int removed = 0;
    for (const ManifestFrame& frame : manifest.frames)
        if (frame.status == FrameStatus::complete) {
            removed += removeGenerated(out, frame.path);
            for (const CompanionFile& file : frame.companions)
                removeGenerated(out, file.path);
        }
    return removed;
}

} // namespace inbetween
