#include "inbetween/review.h"

#include "base/hash.h"
#include "base/text.h"
#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "manifest/json_value.h"
#include "manifest/names.h"
#include "review/decisions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

struct FrameDecision {
    int frame = 0;
    std::string pixelHash;
    std::optional<Decision> decision; // nothing: an earlier one is taken back
};

constexpr std::array<std::pair<std::optional<Verdict>, std::string_view>, 3> decisionNames{
    {{Verdict::keep, "keep"}, {Verdict::rerender, "rerender"}, {std::nullopt, "undecided"}}};

// "2026-11-21T10:15:00Z", so that times compare as texts; fractions of a second are dropped.
std::string readTime(const Value& value) {
    const std::string text = value.text();
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
    bool fits = text.size() > form.size() && text.back() == 'Z';
    for (std::size_t i = 0; fits && i < form.size(); ++i)
        fits = form[i] == 'd' ? std::isdigit(static_cast<unsigned char>(text[i])) != 0 : text[i] == form[i];
    if (!fits)
        value.fail("must be a time in UTC like 2026-11-21T10:15:00Z");
    return text.substr(0, form.size()) + "Z";
}

std::string readShortText(const Value& value) {
    constexpr std::size_t mostBytes = 10000;
    std::string text = value.text();
    if (text.size() > mostBytes)
        value.fail(fmt::format("must not be longer than {} bytes", mostBytes));
    return text;
}

FrameDecision readDecision(const Value& value, const ReviewOptions& options) {
    FrameDecision read;
    read.frame = value["frame"].integer<int>();
    read.pixelHash = value["pixelHash"].text();
    const auto verdict = value["verdict"].oneOf(decisionNames);
    std::string by = readShortText(value["by"]);
    const std::string at = readTime(value["at"]), comment = readShortText(value["comment"]);
    if (by.empty())
        by = options.by;
    if (by.empty())
        throw Invalid{
            fmt::format("frame {}: no one signed the decision; say who decided with --by NAME", read.frame)};
    if (verdict)
        read.decision = Decision{*verdict, by, at, comment};
    return read;
}

std::vector<FrameDecision> readDecisions(const Value& value, const Manifest& manifest,
                                         const ReviewOptions& options) {
    if (value["kind"].text() != "inbetween decisions")
        value["kind"].fail("must be \"inbetween decisions\"; the report saves such a file");
    if (const int version = value["version"].integer<int>(); version != decisionsVersion)
        throw Invalid{
            fmt::format("version {} of the decisions is not known, only {}; save them again from a report of "
                        "this inbetween",
                        version, decisionsVersion)};
    const Value shot = value["manifest"];
    if (shot["identity"].text() != shotIdentity(manifest)) {
        const std::string pattern = shot["sourcePattern"].text();
        throw Invalid{
            pattern == manifest.sourcePattern
                ? fmt::format("these are decisions on frames of another model; look at the new report")
                : fmt::format("these are decisions on another shot, {}, and not on {}", pattern,
                              manifest.sourcePattern)};
    }
    std::map<int, FrameDecision> byFrame;
    value["decisions"].forEach([&](const Value& element) {
        FrameDecision decision = readDecision(element, options);
        const int frame = decision.frame;
        if (!byFrame.emplace(frame, std::move(decision)).second)
            throw Invalid{fmt::format("frame {} is decided twice", frame)};
    });
    std::vector<FrameDecision> decisions;
    for (auto& [frame, decision] : byFrame)
        decisions.push_back(std::move(decision));
    return decisions;
}

// One line on all frames of a kind.
[[noreturn]] void refuse(const fs::path& file, const std::vector<int>& frames, std::string_view complaint) {
    throw Error(ErrorKind::input,
                fmt::format("{}: {} {}: {}; nothing was written", file.string(),
                            frames.size() > 1 ? "frames" : "frame", formatFrameList(frames), complaint));
}

} // namespace

std::string shotIdentity(const Manifest& manifest) {
    Hasher hasher;
    hasher.add("inbetween shot");
    hasher.add(manifest.sourcePattern);
    hasher.add(manifest.modelHash);
    return hasher.hex();
}

ReviewResult decide(Manifest manifest, const std::string& text, const fs::path& file,
                    const ReviewOptions& options) {
    ReviewResult result;
    result.manifest = std::move(manifest);
    const auto decisions = readJson(text, file, [&](const Value& value) {
        return readDecisions(value, result.manifest, options);
    });

    std::map<int, ManifestFrame*> frames;
    for (ManifestFrame& frame : result.manifest.frames)
        frames[frame.frame] = &frame;
    const std::vector<int>& keys = result.manifest.keyframes;
    std::vector<int> unknown, notThere;
    for (const FrameDecision& decision : decisions) {
        const auto found = frames.find(decision.frame);
        if (found == frames.end()) {
            // A frame that was rendered since is a keyframe now.
            const bool rendered = std::find(keys.begin(), keys.end(), decision.frame) != keys.end();
            (rendered ? result.skipped : unknown).push_back(decision.frame);
            continue;
        }
        ManifestFrame& frame = *found->second;
        if (frame.pixelHash != decision.pixelHash)
            result.skipped.push_back(decision.frame);
        else if (frame.status != FrameStatus::complete && decision.decision &&
                 decision.decision->verdict == Verdict::keep)
            notThere.push_back(decision.frame);
        else if (frame.decision == decision.decision)
            ++result.unchanged;
        else if (frame.decision && decision.decision && frame.decision->at > decision.decision->at)
            result.decidedLater.push_back(decision.frame);
        else {
            frame.decision = decision.decision;
            ++result.changed;
        }
    }
    if (!unknown.empty())
        refuse(file, unknown, "the manifest knows no such frame");
    if (!notThere.empty())
        refuse(file, notThere, "was not made and cannot be approved, only rendered");
    if (!result.skipped.empty() && !options.skipChanged)
        refuse(
            file, result.skipped,
            "changed since the report was made; look at a new report, or leave them out with --skip-changed");
    return result;
}

ReviewResult applyDecisions(const fs::path& out, const fs::path& file, const ReviewOptions& options) {
    ReviewResult result = decide(readManifest(out / "manifest.json"),
                                 readText(file, "is it the decisions.json that the report saved?"), file,
                                 options);
    writeShotFiles(out, result.manifest);
    return result;
}

} // namespace inbetween
