#include "inbetween/merge.h"

#include "base/atomic_file.h"
#include "base/text.h"
#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "manifest/csv.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <set>
#include <tuple>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

constexpr int mostLevels = 4;

void findShots(const fs::path& folder, int levels, std::set<fs::path>& shots) {
    std::error_code error;
    if (fs::exists(folder / "manifest.json", error)) {
        shots.insert(folder.lexically_normal());
        return;
    }
    if (levels == 0)
        return;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (entry.is_directory(error) && !entry.is_symlink(error)) // a link may lead round in a circle
            findShots(entry.path(), levels - 1, shots);
}

double shareToRender(const ShotSummary& shot) {
    return shot.frames > 0 ? double(shot.totals.flagged) / shot.frames : 0.0;
}

ShotSummary summarise(const fs::path& folder, const fs::path& relativeTo) {
    ShotSummary shot;
    shot.folder = folder;
    shot.name = fs::absolute(folder)
                    .lexically_normal()
                    .lexically_proximate(fs::absolute(relativeTo).lexically_normal())
                    .string();
    try {
        const Manifest manifest = readManifest(folder / "manifest.json");
        shot.totals = manifest.totals();
        shot.frames = int(manifest.keyframes.size() + manifest.frames.size());
        shot.rerender = formatFrameList(manifest.rerenderFrames());
        for (const ManifestFrame& frame : manifest.frames)
            if (frame.status == FrameStatus::complete && !(frame.score <= shot.worstScore)) {
                shot.worstScore = std::isnan(frame.score) ? 1.0 : frame.score;
                shot.worstFrame = frame.frame;
            }
    } catch (const Error& error) {
        shot.problem = error.what();
    }
    return shot;
}

std::string html(std::string_view text) {
    std::string escaped;
    for (const char c : printable(text))
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        case '\'':
            escaped += "&#39;";
            break;
        default:
            escaped += c;
        }
    return escaped;
}

// A relative link: anything but letters, digits and what paths hold is percent-encoded, so that no name
// becomes a scheme.
std::string link(const std::string& path) {
    std::string encoded = "./";
    for (const unsigned char c : path)
        if (std::isalnum(c) || std::string_view("/._-").find(char(c)) != std::string_view::npos)
            encoded += char(c);
        else
            encoded += fmt::format("%{:02X}", c);
    return encoded;
}

std::string decibels(double rmse) {
    return rmse > 0 ? fmt::format("{:.1f}", std::min(100.0, -20.0 * std::log10(rmse))) : "";
}

constexpr const char* pageHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Inbetween: all shots</title>
<style>
:root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }
h1 { font-size: 1.3em; } dl { display: flex; flex-wrap: wrap; gap: 0 2.5em; } dt { opacity: .7; } dd { margin: 0; font-size: 1.5em; }
table { border-collapse: collapse; width: 100%; } th, td { padding: .25em .6em; text-align: right; border-bottom: 1px solid #8884; }
th { position: sticky; top: 0; background: Canvas; } th:first-child, td:first-child, .list { text-align: left; }
td { font-variant-numeric: tabular-nums; } .list { overflow-wrap: anywhere; max-width: 24em; } .bad { color: #d33; font-weight: 600; }
</style></head><body>
<h1>All shots, worst first</h1>
)";

std::string page(const fs::path& file, const std::vector<ShotSummary>& shots) {
    Manifest::Totals all;
    std::int64_t frames = 0, unreadable = 0;
    double saved = 0;
    for (const ShotSummary& shot : shots) {
        all.rendered += shot.totals.rendered;
        all.generated += shot.totals.generated;
        all.flagged += shot.totals.flagged;
        all.failed += shot.totals.failed;
        frames += shot.frames;
        saved += shot.totals.rendersSavedShare * shot.frames;
        unreadable += !shot.problem.empty();
    }
    std::string text = pageHead;
    const auto figure = [&](std::string_view name, const std::string& value) {
        text += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
    };
    text += "<dl>\n";
    figure("shots", std::to_string(shots.size()));
    figure("frames", std::to_string(frames));
    figure("rendered", std::to_string(all.rendered));
    figure("generated", std::to_string(all.generated));
    figure("render after all", std::to_string(all.flagged));
    figure("failed", std::to_string(all.failed));
    figure("renders saved", fmt::format("{:.1f}%", frames > 0 ? 100.0 * saved / double(frames) : 0.0));
    if (unreadable > 0)
        figure("shots that cannot be read", std::to_string(unreadable));
    text +=
        "</dl>\n<table><thead><tr><th>shot<th>frames<th>rendered<th>generated<th>failed<th>render after all"
        "<th>renders saved<th>worst frame<th>dB<th class=\"list\">frames to render</tr></thead><tbody>\n";
    for (const ShotSummary& shot : shots) {
        if (!shot.problem.empty()) {
            text += fmt::format("<tr><td>{}<td class=\"list bad\" colspan=\"9\">{}</tr>\n", html(shot.name),
                                html(shot.problem));
            continue;
        }
        // The report may be made later: the link is to where it will be.
        const std::string report = (fs::path(shot.name) / "report.html").string();
        const bool linked = fs::exists(shot.folder / "report.html") && !fs::path(shot.name).is_absolute();
        text += fmt::format("<tr><td>{}{}{}<td>{}<td>{}<td>{}<td{}>{}<td>{}<td>{:.1f}%<td>{}<td>{}<td "
                            "class=\"list\">{}</tr>\n",
                            linked ? fmt::format("<a href=\"{}\">", link(report)) : "", html(shot.name),
                            linked ? "</a>" : "", shot.frames, shot.totals.rendered, shot.totals.generated,
                            shot.totals.failed > 0 ? " class=\"bad\"" : "", shot.totals.failed,
                            shot.totals.flagged, 100 * shot.totals.rendersSavedShare,
                            shot.worstScore > 0 ? std::to_string(shot.worstFrame) : "",
                            decibels(shot.worstScore), shot.rerender);
    }
    text += fmt::format("</tbody></table>\n<p>The same as a table for spreadsheets: {}</p>\n</body></html>\n",
                        html(fs::path(file).replace_extension(".csv").filename().string()));
    return text;
}

} // namespace

std::vector<ShotSummary> summariseShots(const std::vector<fs::path>& folders, const fs::path& relativeTo) {
    std::set<fs::path> found;
    for (const fs::path& folder : folders) {
        const std::size_t before = found.size();
        findShots(folder, mostLevels, found);
        if (found.size() == before && !fs::exists(folder / "manifest.json"))
            throw Error(ErrorKind::input,
                        fmt::format("{}: there is no manifest.json in it nor {} levels below; give folders "
                                    "that inbetween run or inbetween merge wrote",
                                    folder.string(), mostLevels));
    }
    std::vector<ShotSummary> shots;
    for (const fs::path& folder : found)
        shots.push_back(summarise(folder, relativeTo));
    std::stable_sort(shots.begin(), shots.end(), [](const ShotSummary& a, const ShotSummary& b) {
        const auto rank = [](const ShotSummary& shot) {
            return std::make_tuple(!shot.problem.empty(), shot.totals.failed > 0, shareToRender(shot),
                                   shot.worstScore);
        };
        return rank(a) > rank(b);
    });
    return shots;
}

void writeIndex(const fs::path& file, const std::vector<ShotSummary>& shots) {
    std::string csv = "shot,frames,rendered,generated,failed,flagged,rendersSavedShare,worstFrame,worstScore,"
                      "rerender,problem\n";
    for (const ShotSummary& shot : shots)
        fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{},{},{},{},{}\n", textCell(shot.name),
                       shot.frames, shot.totals.rendered, shot.totals.generated, shot.totals.failed,
                       shot.totals.flagged, shot.totals.rendersSavedShare,
                       shot.worstScore > 0 ? std::to_string(shot.worstFrame) : "", shot.worstScore,
                       textCell(shot.rerender), textCell(shot.problem));
    writeTextAtomically(file, page(file, shots));
    writeTextAtomically(fs::path(file).replace_extension(".csv"), csv);
}

} // namespace inbetween
