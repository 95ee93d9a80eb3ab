#include "preview/shot.h"

#include "base/text.h"
#include "inbetween/error.h"

#include <fmt/format.h>

namespace inbetween {
namespace {

constexpr std::int64_t mostFrames = 1'000'000;

std::string verdictWords(const ManifestFrame& frame) {
    if (frame.decision)
        return frame.finalVerdict() == Verdict::keep ? ", approved" : ", a render is asked for";
    return frame.finalVerdict() == Verdict::keep ? "" : ", flagged";
}

ShotFrame shotFrame(const ManifestFrame& frame, const std::filesystem::path& out) {
    ShotFrame shown{.number = frame.frame};
    const bool rendered = frame.status == FrameStatus::rendered;
    if (rendered || frame.status == FrameStatus::complete) {
        shown.file = out / frame.path;
        shown.label = rendered ? fmt::format("{} rendered", frame.frame)
                               : fmt::format("{} generated{}", frame.frame, verdictWords(frame));
        return shown;
    }
    const std::string why = !frame.error.empty()    ? frame.error
                            : frame.reasons.empty() ? "it is on the re-render list"
                                                    : frame.reasons.front();
    shown.slate = fmt::format("{} {}: {}", frame.frame,
                              frame.status == FrameStatus::failed ? "failed" : "not rendered",
                              printable(why));
    return shown;
}

} // namespace

std::vector<ShotFrame> shotFrames(const Manifest& manifest, const std::filesystem::path& out,
                                  const std::map<int, std::filesystem::path>& keys) {
    std::map<int, ShotFrame> known;
    for (const int key : manifest.keyframes) {
        ShotFrame shown{.number = key, .label = fmt::format("{} keyframe", key), .keyframe = true};
        if (const auto found = keys.find(key); found != keys.end())
            shown.file = found->second;
        else
            shown.slate = fmt::format("{} missing: the keyframe is not there any more", key);
        known.emplace(key, std::move(shown));
    }
    for (const ManifestFrame& frame : manifest.frames)
        known.insert_or_assign(frame.frame, shotFrame(frame, out));
    if (known.empty())
        throw Error(ErrorKind::input,
                    fmt::format("{}: has no frames; run again", (out / "manifest.json").string()));
    const int first = known.begin()->first, last = known.rbegin()->first;
    if (std::int64_t(last) - first >= mostFrames)
        throw Error(ErrorKind::input, fmt::format("{}: frames {} to {} are too many for a movie",
                                                  (out / "manifest.json").string(), first, last));
    std::vector<ShotFrame> shot;
    for (int number = first; number <= last; ++number)
        if (const auto found = known.find(number); found != known.end())
            shot.push_back(std::move(found->second));
        else
            shot.push_back(
                {.number = number, .slate = fmt::format("{} not rendered: not in the manifest", number)});
    return shot;
}

} // namespace inbetween
