#include "tables.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>

namespace quality {
namespace {

void add(Measures& sum, const Measures& m, double weight) {
    sum.psnr += weight * m.psnr;
    sum.ssim += weight * m.ssim;
    sum.smape += weight * m.smape;
    sum.flip += weight * m.flip;
    sum.detail += weight * m.detail;
    sum.pulse += weight * m.pulse;
}

std::vector<const Shot*> shotsOf(const std::vector<Row>& rows) {
    std::vector<const Shot*> shots;
    for (const Row& row : rows)
        if (std::find(shots.begin(), shots.end(), row.shot) == shots.end())
            shots.push_back(row.shot);
    return shots;
}

std::vector<std::string> classesOf(const std::vector<Row>& rows) {
    std::vector<std::string> names;
    for (const Shot* shot : shotsOf(rows))
        if (std::find(names.begin(), names.end(), shot->kind) == names.end())
            names.push_back(shot->kind);
    return names;
}

Choice ofClass(const std::string& kind) {
    return [kind](const Shot& shot, int) { return shot.kind == kind; };
}
Choice ofShot(const Shot* wanted) {
    return [wanted](const Shot& shot, int) { return &shot == wanted; };
}
Choice ofMotion(int wanted) {
    return [wanted](const Shot& shot, int frame) {
        return countsForQuality(shot, frame) && motionClass(shot.motionAt(frame).fast) == wanted;
    };
}
bool withVectors(const Shot& shot, int frame) {
    return countsForQuality(shot, frame) && shot.vectors;
}
bool withoutVectors(const Shot& shot, int frame) {
    return countsForQuality(shot, frame) && !shot.vectors;
}

std::optional<double> psnrOf(const std::vector<Row>& rows, const std::string& contender, int gap,
                             const Choice& choice) {
    const std::optional<Mean> mean = meanOf(rows, contender, gap, choice);
    return mean ? std::optional(mean->measures.psnr) : std::nullopt;
}

std::string cell(const std::optional<double>& value, int digits = 2) {
    return value ? fmt::format(" {:.{}f} |", *value, digits) : std::string(" |");
}

std::string header(const std::string& first, const std::vector<Contender>& contenders) {
    std::string text = "| " + first + " |", rule = "| --- |";
    for (const Contender& c : contenders) {
        text += " " + c.title + " |";
        rule += " ---: |";
    }
    return text + "\n" + rule + "\n";
}

std::string detailLine(const std::vector<Row>& rows, const Setting& setting, int gap,
                       const std::string& name) {
    std::string text = "| " + name + " |";
    for (const Contender& c : setting.contenders) {
        const std::optional<Mean> mean = meanOf(rows, c.key, gap, ofClass(name));
        text += mean ? fmt::format(" {:.2f} ({:+.0f}%) |", mean->measures.detail, 100 * mean->measures.pulse)
                     : std::string(" |");
    }
    return text + "\n";
}

std::string psnrLine(const std::vector<Row>& rows, const Setting& setting, int gap, const std::string& name,
                     const Choice& choice) {
    std::string text = "| " + name + " |";
    for (const Contender& c : setting.contenders)
        text += cell(psnrOf(rows, c.key, gap, choice));
    return text + "\n";
}

std::string overview(const std::vector<Row>& rows, const Setting& setting, int gap) {
    std::string text = fmt::format("### Gap {}\n| | PSNR | SSIM | SMAPE | FLIP | detail | pulse | PSNR, "
                                   "shots with vectors | PSNR, without "
                                   "|\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
                                   gap);
    for (const Contender& c : setting.contenders) {
        const std::optional<Mean> all = meanOf(rows, c.key, gap, countsForQuality);
        if (!all)
            continue;
        const Measures& m = all->measures;
        text += fmt::format("| {} | {:.2f} | {:.4f} | {:.4f} | {:.4f} | {:.2f} | {:+.0f}% |", c.title, m.psnr,
                            m.ssim, m.smape, m.flip, m.detail, 100 * m.pulse) +
                cell(psnrOf(rows, c.key, gap, withVectors)) + cell(psnrOf(rows, c.key, gap, withoutVectors)) +
                "\n";
    }
    return text + "\n";
}

// The better of the two that a user has without us, by its mean.
std::optional<double> bestPeer(const std::vector<Row>& rows, int gap, const Choice& choice) {
    const auto dis = psnrOf(rows, "dis", gap, choice), mci = psnrOf(rows, "minterpolate", gap, choice);
    return dis && mci ? std::optional(std::max(*dis, *mci)) : std::nullopt;
}

std::string goals(const std::vector<Row>& rows) {
    std::string text;
    const auto colour = psnrOf(rows, "colour", 2, countsForQuality),
               peer = bestPeer(rows, 2, countsForQuality);
    if (colour && peer)
        text += fmt::format("- Colour only: {:+.2f} dB over the better of DIS warp and minterpolate.\n",
                            *colour - *peer);
    const auto layers = psnrOf(rows, "layers", 2, withVectors), peerThere = bestPeer(rows, 2, withVectors),
               floor = psnrOf(rows, "floor", 2, withVectors);
    if (layers && peerThere && floor)
        text += fmt::format("- With layers, on shots that carry vectors: {:+.2f} dB over the same; {:.0f}% "
                            "of the distance from "
                            "there to the noise floor.\n",
                            *layers - *peerThere, 100 * (*layers - *peerThere) / (*floor - *peerThere));
    std::vector<std::string> behindPeer, behindMean;
    for (const std::string& kind : classesOf(rows)) {
        const auto mean = psnrOf(rows, "mean", 2, ofClass(kind)), peers = bestPeer(rows, 2, ofClass(kind));
        for (const char* key : {"colour", "layers"}) {
            const auto ours = psnrOf(rows, key, 2, ofClass(kind));
            if (ours && mean && *ours < *mean)
                behindMean.push_back(fmt::format("{} ({}, {:+.2f} dB)", kind, key, *ours - *mean));
            if (ours && peers && *ours < *peers)
                behindPeer.push_back(fmt::format("{} ({}, {:+.2f} dB)", kind, key, *ours - *peers));
        }
    }
    const auto list = [](const std::vector<std::string>& names) {
        return names.empty() ? std::string("none") : fmt::format("{}", fmt::join(names, ", "));
    };
    text += "- Classes in which the network is behind DIS warp or minterpolate: " + list(behindPeer) + ".\n";
    text += "- Classes in which the network is behind the mean of the keyframes: " + list(behindMean) + ".\n";
    return text;
}

} // namespace

bool countsForQuality(const Shot& shot, int) {
    return shot.countsInMeans();
}

std::optional<Mean> meanOf(const std::vector<Row>& rows, const std::string& contender, int gap,
                           const Choice& choice) {
    constexpr Measures none{0, 0, 0, 0, 0, 0};
    Mean mean{none};
    for (const Row& row : rows) {
        if (row.contender != contender || row.gap != gap)
            continue;
        Measures sum = none;
        int frames = 0;
        for (const FrameMeasures& f : row.frames)
            if (choice(*row.shot, f.frame)) {
                add(sum, f.measures, 1);
                ++frames;
            }
        if (frames == 0)
            continue;
        add(mean.measures, sum, 1.0 / frames);
        mean.frames += frames;
        ++mean.shots;
    }
    if (mean.shots == 0)
        return std::nullopt;
    Measures whole = none;
    add(whole, mean.measures, 1.0 / mean.shots);
    mean.measures = whole;
    return mean;
}

std::vector<std::string> motionNames() {
    std::vector<std::string> names;
    const std::size_t count = std::size(motionLimitsPx);
    for (std::size_t i = 0; i <= count; ++i)
        names.push_back(i == 0       ? fmt::format("under {} px", motionLimitsPx[0])
                        : i == count ? fmt::format("over {} px", motionLimitsPx[count - 1])
                                     : fmt::format("{} to {} px", motionLimitsPx[i - 1], motionLimitsPx[i]));
    return names;
}

int motionClass(double px) {
    return int(std::upper_bound(std::begin(motionLimitsPx), std::end(motionLimitsPx), px) -
               std::begin(motionLimitsPx));
}

std::string markdown(const std::vector<Row>& rows, const Setting& setting) {
    const auto counted = [&] {
        int n = 0;
        for (const Shot* shot : shotsOf(rows))
            n += shot->countsInMeans();
        return n;
    }();
    std::string text = fmt::format("# Quality\n{}. {} Model: {}.\n\n", setting.date, setting.machine,
                                   setting.model);
    text +=
        fmt::format("Means over {} shots, of their frames; PSNR, SSIM and FLIP in the display view, SMAPE of "
                    "linear values "
                    "(FLIP and SMAPE: less is better). The noise floor is measured on two frames a shot.\n\n",
                    counted);
    text += goals(rows) + "\n";
    for (int gap : setting.gaps)
        text += overview(rows, setting, gap);
    for (int gap : setting.gaps) {
        text += fmt::format("### PSNR by class, gap {}\n", gap) + header("class", setting.contenders);
        for (const std::string& kind : classesOf(rows))
            text += psnrLine(rows, setting, gap, kind, ofClass(kind));
        text +=
            fmt::format("\n### Detail by class, gap {}\nOver that of the truth; in brackets over that of the "
                        "keyframes beside it, less 1.\n\n",
                        gap) +
            header("class", setting.contenders);
        for (const std::string& kind : classesOf(rows))
            text += detailLine(rows, setting, gap, kind);
        text +=
            fmt::format(
                "\n### PSNR by motion, gap {}\nPixels a frame that a twentieth of the picture exceeds.\n\n",
                gap) +
            header("motion", setting.contenders);
        for (int i = 0; i < int(motionNames().size()); ++i)
            text += psnrLine(rows, setting, gap, motionNames()[i], ofMotion(i));
        text += "\n";
    }
    text += fmt::format("### Every shot, gap {}\nK: samples a pixel of a keyframe; key: PSNR of a keyframe "
                        "against its clean "
                        "version; motion: what a twentieth of the pixels exceed, px a frame.\n\n",
                        setting.gaps.front()) +
            header("shot (class; K; key; motion)", setting.contenders);
    for (const Shot* shot : shotsOf(rows)) {
        double fast = 0;
        for (const auto& [frame, motion] : shot->motion)
            fast += motion.fast / double(shot->motion.size());
        const std::string name = fmt::format("{} ({}{}; {}; {:.1f} dB; {:.1f} px)", shot->name, shot->kind,
                                             shot->vectors ? "" : ", no vectors", shot->samples,
                                             shot->keyframePsnr, fast);
        text += psnrLine(rows, setting, setting.gaps.front(), name, ofShot(shot));
    }
    return text;
}

std::string json(const std::vector<Row>& rows, const Setting& setting) {
    nlohmann::json shots = nlohmann::json::object();
    for (const Shot* shot : shotsOf(rows)) {
        nlohmann::json& s = shots[shot->name];
        s = {{"class", shot->kind},
             {"vectors", shot->vectors},
             {"samples", shot->samples},
             {"keyframePsnr", shot->keyframePsnr}};
        for (const Contender& c : setting.contenders)
            for (int gap : setting.gaps)
                if (const auto mean = meanOf(rows, c.key, gap, ofShot(shot)))
                    s["gap" + std::to_string(gap)][c.key] =
                        {{"psnr", std::round(100 * mean->measures.psnr) / 100},
                         {"ssim", std::round(1e4 * mean->measures.ssim) / 1e4},
                         {"smape", std::round(1e4 * mean->measures.smape) / 1e4},
                         {"flip", std::round(1e4 * mean->measures.flip) / 1e4},
                         {"detail", std::round(1e3 * mean->measures.detail) / 1e3},
                         {"pulse", std::round(1e3 * mean->measures.pulse) / 1e3}};
    }
    const int firstGap = setting.gaps.front();
    return nlohmann::json{{"date", setting.date},
                          {"machine", setting.machine},
                          {"model", setting.model},
                          {"shots", shots},
                          {"plots",
                           {{"by_class", toJson(plotByClass(rows, setting, firstGap))},
                            {"by_motion", toJson(plotByMotion(rows, setting, firstGap))},
                            {"by_gap", toJson(plotByGap(rows, setting))}}}}
               .dump(1) +
           "\n";
}

nlohmann::json toJson(const DotPlot& plot) {
    nlohmann::json series = nlohmann::json::array();
    for (const DotPlot::Series& s : plot.series) {
        nlohmann::json values = nlohmann::json::array();
        for (const std::optional<double>& value : s.values)
            values.push_back(value ? nlohmann::json(std::round(100 * *value) / 100) : nlohmann::json());
        series.push_back({{"name", s.name}, {"values", values}});
    }
    return {{"title", plot.title}, {"axis", plot.axis}, {"lines", plot.lines}, {"series", series}};
}

DotPlot plotByClass(const std::vector<Row>& rows, const Setting& setting, int gap) {
    DotPlot plot{fmt::format("By class, gap {}", gap), "PSNR in the display view, dB", classesOf(rows), {}};
    for (const Contender& c : setting.contenders) {
        plot.series.push_back({c.title, {}});
        for (const std::string& kind : plot.lines)
            plot.series.back().values.push_back(psnrOf(rows, c.key, gap, ofClass(kind)));
    }
    return plot;
}

DotPlot plotByMotion(const std::vector<Row>& rows, const Setting& setting, int gap) {
    DotPlot plot{fmt::format("By motion a frame, gap {}", gap),
                 "PSNR in the display view, dB",
                 motionNames(),
                 {}};
    for (const Contender& c : setting.contenders) {
        plot.series.push_back({c.title, {}});
        for (int i = 0; i < int(plot.lines.size()); ++i)
            plot.series.back().values.push_back(psnrOf(rows, c.key, gap, ofMotion(i)));
    }
    return plot;
}

DotPlot plotByGap(const std::vector<Row>& rows, const Setting& setting) {
    DotPlot plot{"By gap", "PSNR in the display view, dB", {}, {}};
    for (int gap : setting.gaps)
        plot.lines.push_back(fmt::format("gap {}", gap));
    for (const Contender& c : setting.contenders) {
        plot.series.push_back({c.title, {}});
        for (int gap : setting.gaps)
            plot.series.back().values.push_back(psnrOf(rows, c.key, gap, countsForQuality));
    }
    return plot;
}

} // namespace quality
