#include "describe.h"
#include "log.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

using namespace inbetween;

namespace {

std::string boxText(const Box& box) {
    return fmt::format("{}x{} at ({}, {})", width(box), height(box), box.min.x, box.min.y);
}

const char* typeName(SampleType type) {
    switch (type) {
    case SampleType::half:
        return "half";
    case SampleType::float32:
        return "float";
    case SampleType::uint32:
        return "uint";
    }
    return "";
}

// "beauty", or "pass, moves as Env". Of a part that is alone the roles have no name.
std::string roleOf(const std::string& part, const std::string& layer, const std::vector<GroupRoles>& groups) {
    for (const bool alone : {false, true})
        for (const GroupRoles& group : groups)
            for (const LayerRoles& roles : group.layers)
                if (shown(roles.layer) == layer && (alone ? roles.part.empty() : roles.part == part))
                    return fmt::format("{}{}", fmt::join(roles.roles, ", "),
                                       groups.size() > 1 ? ", moves as " + shown(group.name) : "");
    return "";
}

// Channels grouped by layer: "diffuse: R G B (half)", and what they are taken for.
std::string layerLines(const ExrInfo::PartInfo& part, const std::vector<GroupRoles>& groups) {
    std::map<std::string, std::vector<std::string>> layers;
    std::map<std::string, SampleType> types;
    for (const auto& channel : part.channels) {
        const std::string name = shown(channel.name);
        const std::size_t dot = name.rfind('.');
        const std::string layer = dot == std::string::npos ? "" : name.substr(0, dot);
        layers[layer].push_back(dot == std::string::npos ? name : name.substr(dot + 1));
        types[layer] = channel.type;
    }
    // Files keep channels by name, A B G R; people say R G B A and X Y Z W.
    const auto place = [](const std::string& name) {
        const std::size_t at = std::string("RGBAXYZW").find(name);
        return name.size() == 1 && at != std::string::npos ? at : std::string::npos;
    };
    for (auto& [layer, names] : layers)
        std::stable_sort(names.begin(), names.end(),
                         [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
    std::string text;
    for (const auto& [layer, names] : layers)
        text += fmt::format("    {:<28} {:<16} {}\n", layer.empty() ? "(no layer)" : layer,
                            fmt::format("{} ({})", fmt::join(names, " "), typeName(types[layer])),
                            roleOf(part.name, layer, groups));
    return text;
}

std::string motionLine(const std::vector<GroupRoles>& groups) {
    std::vector<std::string> names;
    for (const GroupRoles& group : groups)
        names.push_back(shown(group.name));
    if (groups.empty())
        return "";
    if (groups.size() == 1)
        return "  motion: one, that of the beauty; every layer follows it\n";
    return fmt::format(
        "  motion: {} that are found one by one ({}); about {} times the time of one; layers that move "
        "with the beauty can be named with --passes\n",
        groups.size(), fmt::join(names, ", "), groups.size());
}

std::string countsOf(const RunResult& result) {
    std::string text = fmt::format("{} frames made", result.made);
    if (result.kept > 0)
        text += fmt::format(", {} kept from before", result.kept);
    if (result.failed > 0)
        text += fmt::format(", {} failed", result.failed);
    return text;
}

std::string framesText(const UnfilledGap& gap) {
    return long(gap.key1) - gap.key0 == 2 ? std::to_string(gap.key0 + 1)
                                          : fmt::format("{}-{}", gap.key0 + 1, gap.key1 - 1);
}

double decibels(double rmse) {
    return rmse > 0 ? std::min(100.0, -20.0 * std::log10(rmse)) : 100.0;
}

std::string memoryText(const WorkPlan& work) {
    const auto gigabytes = [](std::size_t bytes) { return double(bytes) / double(1 << 30); };
    std::string text = fmt::format(
        "  memory: {:.1f} GiB at once ({} frames of {:.2f}, {} gaps of {:.2f}), of a budget of {:.1f}\n",
        gigabytes(work.framesInFlight * work.frameBytes + work.gapsInFlight * work.gapBytes),
        work.framesInFlight, gigabytes(work.frameBytes), work.gapsInFlight, gigabytes(work.gapBytes),
        gigabytes(work.budgetBytes));
    if (work.groups > 1)
        text += fmt::format("  {} groups of layers have a motion each: about {} times the work of one\n",
                            work.groups, work.groups);
    if (!work.hasNeighbours)
        text += "  over 10 million pixels: no second pass, and no neighbouring gaps to learn motion from\n";
    return text;
}

std::string duration(double seconds) {
    return seconds < 60     ? fmt::format("{:.0f} s", seconds)
           : seconds < 3600 ? fmt::format("{:.1f} min", seconds / 60)
                            : fmt::format("{:.1f} h", seconds / 3600);
}

std::string counted(std::size_t count, const char* one, const char* many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "30.8 dB, limit 33.8 dB": the score and its worst blocks in one figure, which the verdict goes by.
std::string figureText(const ManifestFrame& frame, const VerdictOptions& options) {
    const double figure = verdictFigure(frame, options), limit = flaggedFrom(options);
    if (options.by != RiskMeasure::error)
        return fmt::format("{:.2f}, limit {:.2f}", figure, limit);
    std::string text = fmt::format("predicted {:.1f} dB, limit {:.1f} dB", decibels(figure), decibels(limit));
    if (const double correction = measuredCorrection(frame); correction > 1)
        text += fmt::format("; its boxes had {:.1f} times the error predicted",
                            frame.splicedMeasured / (frame.factor * frame.splicedPredicted));
    if (frame.finalVerdict() == Verdict::partial)
        text += fmt::format("; {:.0f}% of a frame in {}", 100 * frame.boxCost,
                            counted(frame.regions.size(), "box", "boxes"));
    return text;
}

} // namespace

std::string describe(const ExrInfo& info, const std::vector<GroupRoles>& groups) {
    std::string text = fmt::format("  display window {}\n", boxText(info.displayWindow));
    if (!info.generatedBy.empty())
        text += fmt::format("  generated by Inbetween {}, not rendered\n", shown(info.generatedBy));
    for (const auto& part : info.parts) {
        text += fmt::format("  part{}{}: {}, {}, data window {}\n",
                            part.name.empty() ? "" : " " + shown(part.name),
                            part.view.empty() ? "" : " (view " + shown(part.view) + ")", part.storage,
                            part.compression, boxText(part.dataWindow));
        if (!part.complete)
            text += "    incomplete: lines or tiles are missing; render or copy it again\n";
        else if (part.cutOff)
            text += "    cut off: the file ends before its last lines or tiles; render or copy it again\n";
        text += layerLines(part, groups);
    }
    return text + motionLine(groups);
}

std::string describe(const Plan& plan) {
    std::vector<int> keys;
    for (const SequenceFrame& key : plan.sequence.keyframes)
        keys.push_back(key.number);
    std::string text =
        fmt::format("{}\n  keyframes: {} ({})\n",
                    shown((plan.sequence.pattern.directory / plan.sequence.pattern.text()).string()),
                    keys.size(), formatFrameList(keys));
    for (const Companion& companion : plan.sequence.companions)
        text += fmt::format("  with {}: {}\n", shown(companion.layer),
                            shown((companion.pattern.directory / companion.pattern.text()).string()));
    text += describe(plan.firstKeyframe, plan.groups);
    if (plan.firstKeyframe.framesPerSecond > 0)
        text += fmt::format("  {:g} frames per second\n", plan.firstKeyframe.framesPerSecond);
    for (const SequenceProblem& problem : plan.sequence.problems)
        text += fmt::format("  problem: {}\n", problem.message);
    for (const UnfilledGap& gap : plan.sequence.unfilled)
        text += fmt::format("  would not make: {}: {}\n", framesText(gap), gap.why);
    const auto frames = [&](const char* what, const std::vector<int>& numbers) {
        if (!numbers.empty())
            text += fmt::format("  {}: {} frames ({})\n", what, numbers.size(), formatFrameList(numbers));
    };
    if (plan.make.empty())
        text += fmt::format("  would make: nothing, {}\n",
                            plan.keep.empty() ? "no frame is missing" : "every frame is there");
    frames("would make", plan.make);
    frames("would keep from before", plan.keep);
    frames("came back rendered", plan.cameBack);
    if (!plan.make.empty())
        text += memoryText(plan.work);
    return text;
}

std::string describePart(const RunResult& result, const RunOptions& options) {
    return fmt::format("{} in {}, {}\nwhen every part is done: inbetween merge {}\n", countsOf(result),
                       options.out.string(), manifestPath({}, options.part).string(), options.out.string());
}

std::string describeRenders(const Manifest& manifest) {
    const Manifest::Totals totals = manifest.totals();
    const std::vector<int> whole = manifest.rerenderFrames(), partial = manifest.partialFrames();
    std::string text;
    if (!whole.empty())
        text += fmt::format("render after all: {} ({}, rerender.txt)\n", formatFrameList(whole),
                            counted(whole.size(), "frame", "frames"));
    if (!partial.empty()) {
        std::size_t boxes = 0;
        for (const ManifestFrame& frame : manifest.frames)
            boxes += frame.finalVerdict() == Verdict::partial ? frame.regions.size() : 0;
        text += fmt::format("render boxes of: {} ({} in {}, regions.txt)\n", formatFrameList(partial),
                            counted(boxes, "box", "boxes"), counted(partial.size(), "frame", "frames"));
    }
    if (totals.overBudget > 0) {
        std::vector<int> left;
        for (const ManifestFrame& frame : manifest.frames)
            if (frame.overBudget && frame.finalVerdict() == Verdict::keep)
                left.push_back(frame.frame);
        text += fmt::format("over the budget: {} ({} predicted bad and kept; --max-rerender)\n",
                            formatFrameList(left), counted(left.size(), "frame", "frames"));
    }
    if (text.empty())
        text = "nothing to render after all\n";
    return text + fmt::format("renders saved: {:.0f}% of the shot's frames (cost {:.2f} of {}{})\n",
                              100 * totals.rendersSavedShare, totals.cost, totals.all,
                              totals.secondsOfAll ? fmt::format("; {} of {}", duration(*totals.secondsOfCost),
                                                                duration(*totals.secondsOfAll))
                                                  : "");
}

std::string describe(const RunResult& result, const std::filesystem::path& out) {
    std::string text = fmt::format("{} in {}\n", countsOf(result), out.string());
    int shown = 0;
    for (const ManifestFrame& frame : result.manifest.frames) {
        if (frame.finalVerdict() == Verdict::keep)
            continue;
        if (++shown > 10) {
            text += "  ... (all reasons are in manifest.csv)\n";
            break;
        }
        text += fmt::format("  {}: {}{}\n", frame.frame,
                            frame.status == FrameStatus::complete
                                ? figureText(frame, result.manifest.verdictOptions) + "; "
                                : "",
                            fmt::join(frame.reasons, "; "));
    }
    return text + describeRenders(result.manifest);
}

std::string describe(const Evaluation& e, const std::filesystem::path& out) {
    std::string text = "PSNR in the display view, dB (higher is better); SSIM in brackets\n"
                       "frame      in-between          mean of keyframes   DIS warp\n";
    const auto row = [](const std::string& name, const FrameEvaluation& f) {
        const auto cell = [](const PictureError& p) {
            return fmt::format("{:6.2f} ({:.4f})", p.psnrDisplay, p.ssimDisplay);
        };
        return fmt::format("{:<10} {:<19} {:<19} {}\n", name, cell(f.inbetween), cell(f.meanOfKeyframes),
                           cell(f.disWarp));
    };
    for (const FrameEvaluation& frame : e.frames)
        text += row(std::to_string(frame.frame), frame);
    text += row("mean", e.mean);
    text += fmt::format("gain over the mean of the keyframes: {:+.2f} dB; over the DIS warp: {:+.2f} dB\n",
                        e.mean.inbetween.psnrDisplay - e.mean.meanOfKeyframes.psnrDisplay,
                        e.mean.inbetween.psnrDisplay - e.mean.disWarp.psnrDisplay);
    text +=
        fmt::format("fine detail beside the reference: {:.0f}%; beside the keyframes: {:.0f}% (under 95% it "
                    "pulses when played)\n",
                    100 * e.mean.inbetween.detailRatio, 100 * (1 + e.mean.pulse));
    text += describe(e.risk);
    for (const std::string& problem : e.problems)
        text += fmt::format("problem: {}\n", problem);
    text += fmt::format("written: {}, risk.svg\n", (out / "evaluate.json").string());
    return text;
}

std::string describe(const RiskAssessment& risk) {
    const auto percent = [](double share) {
        return std::isnan(share) ? std::string("-") : fmt::format("{:.0f}%", 100 * share);
    };
    const auto number = [](double v) { return std::isnan(v) ? std::string("-") : fmt::format("{:.3f}", v); };
    std::string text = fmt::format("risk: {} frames, {} of them bad (PSNR under {:.0f} dB, or the worst 5% "
                                   "of blocks under {:.0f} dB); flagged: "
                                   "{} of the bad, {} of the good\n"
                                   "{:<23} {:>8} {:>8} {:>9}  {:>28}  {:>16}\n",
                                   risk.frames, risk.bad, leastGoodPsnr, leastGoodBlocksPsnr,
                                   percent(risk.badFlagged), percent(risk.goodFlagged), "", "rank", "ROC",
                                   "average", "bad frames among the worst", "good flagged when");
    text += fmt::format("{:<23} {:>8} {:>8} {:>9} ", "", "corr.", "area", "precision");
    for (const double share : caughtShares)
        text += fmt::format(" {:>4.0f}%", 100 * share);
    text += fmt::format("   {:.0f}% of the bad are\n", 100 * wantedRecall);
    for (const RiskQuality& q : risk.figures) {
        text += fmt::format("{:<23} {:>8} {:>8} {:>9} ", q.feature, number(q.spearman), number(q.rocArea),
                            number(q.averagePrecision));
        for (const double caught : q.caught)
            text += fmt::format(" {:>5}", percent(caught));
        text += fmt::format("   {:>5}\n", percent(q.goodFlagged));
    }
    if (!std::isnan(risk.medianRatio))
        text += fmt::format("score over measured error, median: {:.2f}\n", risk.medianRatio);
    if (!risk.pixels.empty())
        text += "ROC area within the frames (pixels with an error over 22 dB):";
    for (const PixelQuality& map : risk.pixels)
        text += fmt::format(" {} {}", map.map, number(map.rocArea));
    return risk.pixels.empty() ? text : text + "\n";
}

std::string describe(const JointAssessment& joint) {
    std::string text = fmt::format("{:<32} {:>6} {:>5} {:>11} {:>12} {:>10} {:>9} {:>10}\n", "shot", "frames",
                                   "bad", "bad flagged", "good flagged", "rank corr.", "ROC area",
                                   "pixel ROC");
    const auto row = [](const std::string& name, const RiskAssessment& risk) {
        const auto cell = [](double v, const char* form) {
            return std::isnan(v) ? std::string("-") : fmt::format(fmt::runtime(form), v);
        };
        const auto map = std::find_if(risk.pixels.begin(), risk.pixels.end(), [](const PixelQuality& pixels) {
            return pixels.map == "predictedError";
        });
        return fmt::format("{:<32} {:>6} {:>5} {:>11} {:>12} {:>10} {:>9} {:>10}\n", name, risk.frames,
                           risk.bad, cell(100 * risk.badFlagged, "{:.0f}%"),
                           cell(100 * risk.goodFlagged, "{:.0f}%"),
                           cell(risk.figures.at(1).spearman, "{:.2f}"),
                           cell(risk.figures.front().rocArea, "{:.2f}"),
                           map == risk.pixels.end() ? "-" : cell(map->rocArea, "{:.2f}"));
    };
    for (const ShotAssessment& shot : joint.shots)
        text += row(shot.folder.filename().empty() ? shot.folder.parent_path().filename().string()
                                                   : shot.folder.filename().string(),
                    shot.risk);
    return text + row("all", joint.all) + describe(joint.all);
}
