#include "inbetween/merge.h"

#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "inbetween/shard.h"
#include "manifest/names.h"
#include "manifest/verdicts.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t mostMissingListed = 100000; // a damaged manifest may miss every number there is

struct MadePart {
    fs::path file, folder; // the manifest, and the folder that its paths are relative to
    Manifest manifest;
};

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorKind::input, message);
}

std::vector<MadePart> readParts(const MergeOptions& options) {
    std::vector<MadePart> parts;
    for (const fs::path& folder : options.folders) {
        const std::vector<fs::path> files = shardManifests(folder);
        if (files.empty())
            refuse(fmt::format("{}: there is no shard's manifest in it; make the parts with: inbetween run "
                               "KEYS -o {} --shard 1/16",
                               (folder / shardFolder).string(), folder.string()));
        for (const fs::path& file : files) {
            try {
                parts.push_back({file, folder, readManifest(file)});
            } catch (const Error& error) {
                refuse(fmt::format("{}; run this part again, it keeps the frames that are complete",
                                   error.what()));
            }
        }
    }
    return parts;
}

std::string companionsText(const Manifest& manifest) {
    std::string text;
    for (const Manifest::Companion& companion : manifest.companions)
        text += (text.empty() ? "" : ", ") + companion.sourcePattern;
    return text;
}

// What must be alike in every part of a shot, in words.
std::vector<std::pair<const char*, std::string>> commonFacts(const Manifest& m, bool allowMixed) {
    std::vector<std::pair<const char*, std::string>> facts{
        {"shot", m.sourcePattern},
        {"version of inbetween", m.tool + " " + m.toolVersion},
        {"model", fmt::format("{} {} {}", m.modelName, m.modelVersion, m.modelHash)},
        {"names of the frames", m.outputPattern},
        {"companions", companionsText(m)},
        {"keyframes", formatFrameList(m.keyframes)},
        {"frame rate", fmt::format("{}", m.framesPerSecond)},
        {"problems of the keyframes", fmt::format("{}", fmt::join(m.problems, "; "))},
        {"threshold", fmt::format("{}", m.verdictOptions.threshold)},
        {"share to render",
         fmt::format("{} {}", m.verdictOptions.maxRerenderShare, m.verdictOptions.maxRerenderFrames)},
        {"tolerated miss rate", fmt::format("{}", m.verdictOptions.maxMiss)},
        {"overhead of a box", fmt::format("{}", m.verdictOptions.partialOverhead)},
        {"kind of verdict", std::string(nameOf(measureNames, m.verdictOptions.by))},
        {"self-calibration", m.selfCalibration ? fmt::format("{}", m.selfCalibration->factor) : "none"},
    };
    if (!allowMixed) {
        facts.emplace_back("instruction set", m.instructionSet);
        facts.emplace_back("precision", m.precision);
    }
    return facts;
}

std::string shortened(const std::string& text) {
    return text.size() <= 200 ? text : text.substr(0, 200) + "...";
}

void requireOneShot(const std::vector<MadePart>& parts, const MergeOptions& options) {
    const MadePart& first = parts.front();
    const auto expected = commonFacts(first.manifest, options.allowMixed);
    for (const MadePart& part : parts) {
        const auto facts = commonFacts(part.manifest, options.allowMixed);
        for (std::size_t i = 0; i < facts.size(); ++i) {
            const std::string name = facts[i].first;
            if (facts[i].second == expected[i].second ||
                (options.verdict && (name == "threshold" || name == "share to render")))
                continue;
            const bool byNode = name == "instruction set" || name == "precision";
            refuse(fmt::format(
                "{}: another {} ('{}') than in {} ('{}'); {}", part.file.string(), name,
                shortened(facts[i].second), first.file.string(), shortened(expected[i].second),
                byNode ? "their bits may differ: run one of them again on the other kind of node, or join "
                         "them all the same with --allow-mixed"
                       : "run one of them again, or delete it if it is not part of this shot"));
        }
        if (part.manifest.settings != first.manifest.settings)
            refuse(fmt::format("{}: was made with other options than {}; run one of them again",
                               part.file.string(), first.file.string()));
    }
}

bool isThere(const ManifestFrame& frame) {
    return frame.status == FrameStatus::complete || frame.status == FrameStatus::rendered;
}

// Frames by number, each from one part: where several have it, from one that made it.
std::map<int, std::pair<ManifestFrame, const MadePart*>> joinFrames(const std::vector<MadePart>& parts) {
    std::map<int, std::pair<ManifestFrame, const MadePart*>> joined;
    for (const MadePart& part : parts) {
        for (const ManifestFrame& frame : part.manifest.frames) {
            const auto [at, isNew] = joined.try_emplace(frame.frame, frame, &part);
            if (isNew)
                continue;
            auto& [known, from] = at->second;
            if (isThere(known) && isThere(frame) && known.pixelHash != frame.pixelHash)
                refuse(fmt::format(
                    "frame {} is in {} and in {}, with different pixels; delete the older manifest, or run "
                    "both parts again",
                    frame.frame, from->file.string(), part.file.string()));
            if (!isThere(known) && isThere(frame))
                at->second = {frame, &part};
        }
    }
    return joined;
}

// "; the shards 3/16, 5/16 are missing", where the names of those that are there say so.
std::string missingShards(const std::vector<MadePart>& parts) {
    std::set<int> counts, present;
    for (const MadePart& part : parts) {
        const ShotPart shard = shardFromName(partName(part.file));
        counts.insert(shard.count);
        present.insert(shard.index);
    }
    if (counts.size() != 1 || *counts.begin() == 0)
        return "";
    std::vector<std::string> absent;
    for (int index = 1; index <= *counts.begin() && absent.size() < 20; ++index)
        if (!present.contains(index))
            absent.push_back(fmt::format("{}/{}", index, *counts.begin()));
    if (absent.empty())
        return "";
    return fmt::format(": there is no manifest of shard {}", fmt::join(absent, ", "));
}

void requireAllFrames(const std::vector<MadePart>& parts,
                      const std::map<int, std::pair<ManifestFrame, const MadePart*>>& joined) {
    std::vector<int> missing;
    const std::vector<int>& keys = parts.front().manifest.keyframes;
    for (std::size_t i = 0; i + 1 < keys.size(); ++i)
        for (int frame = keys[i] + 1; frame < keys[i + 1] && missing.size() < mostMissingListed; ++frame)
            if (!joined.contains(frame))
                missing.push_back(frame);
    if (!missing.empty())
        refuse(fmt::format("{}: {} {} in no part of the shot{}; run what is missing, then merge again",
                           parts.front().file.parent_path().string(),
                           missing.size() == 1 ? fmt::format("frame {}", missing.front())
                                               : "frames " + shortened(formatFrameList(missing)),
                           missing.size() == 1 ? "is" : "are", missingShards(parts)));
}

std::string joinedWords(const std::vector<MadePart>& parts, std::string Manifest::*member) {
    std::set<std::string> words;
    for (const MadePart& part : parts)
        words.insert(part.manifest.*member);
    return fmt::format("{}", fmt::join(words, ", "));
}

} // namespace

Manifest merge(const MergeOptions& options) {
    if (options.folders.empty() || (options.out.empty() && options.folders.size() != 1))
        throw Error(ErrorKind::usage,
                    "several folders are to be joined; say with -o where their manifest goes");
    const fs::path out = options.out.empty() ? options.folders.front() : options.out;
    const std::vector<MadePart> parts = readParts(options);
    requireOneShot(parts, options);
    const auto joined = joinFrames(parts);
    requireAllFrames(parts, joined);

    Manifest manifest = parts.front().manifest;
    manifest.instructionSet = joinedWords(parts, &Manifest::instructionSet);
    manifest.precision = joinedWords(parts, &Manifest::precision);
    if (options.verdict)
        manifest.verdictOptions = *options.verdict;
    std::set<int> unusable; // each part knows of those that it read
    for (const MadePart& part : parts)
        unusable.insert(part.manifest.unusableKeyframes.begin(), part.manifest.unusableKeyframes.end());
    manifest.unusableKeyframes.assign(unusable.begin(), unusable.end());
    manifest.frames.clear();
    for (const auto& [number, entry] : joined) {
        const auto& [frame, part] = entry;
        const fs::path file = part->folder / frame.path;
        std::error_code error;
        if (options.checkFiles && manifest.settings.keepFrames && isThere(frame) && !fs::exists(file, error))
            refuse(fmt::format("{}: frame {} is gone, {} says that it was made; run this part again",
                               file.string(), number, part->file.string()));
        manifest.frames.push_back(frame);
        const auto fromOut = [&, folder = part->folder](const std::string& path) {
            return path.empty() ? path
                                : fs::absolute(folder / path)
                                      .lexically_normal()
                                      .lexically_proximate(fs::absolute(out).lexically_normal())
                                      .string();
        };
        manifest.frames.back().path = fromOut(frame.path);
        for (CompanionFile& companion : manifest.frames.back().companions)
            companion.path = fromOut(companion.path);
    }
    decideVerdicts(manifest);

    std::error_code error;
    fs::create_directories(out, error);
    if (error)
        throw Error(ErrorKind::output,
                    fmt::format("{}: cannot make the folder: {}", out.string(), error.message()));
    writeShotFiles(out, manifest);
    return manifest;
}

} // namespace inbetween
