#include "evaluate/risk_plot.h"

#include "base/atomic_file.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <iterator>

namespace inbetween {
namespace {

constexpr int side = 300, margin = 56, panels = 3;

struct Drawn {
    const char *figure, *label, *colour;
};
constexpr Drawn drawn[] = {{"verdict", "Inbetween", "#0b6e4f"},
                           {"angleStdRad", "spread of flow angles alone", "#c1121f"},
                           {"warpDisagreement", "disagreement of the warped keyframes", "#e09f3e"},
                           {"networkError", "the network's own estimate", "#335c9d"}};

// One square of the picture; coordinates from 0 to 1, y upwards.
class Panel {
public:
    Panel(std::string& svg, int index, const char* title, const char* acrossName, const char* upName)
        : svg_(svg), x0_(margin + index * (side + margin + 14)) {
        fmt::format_to(std::back_inserter(svg_),
                       "<text x=\"{}\" y=\"20\" font-weight=\"bold\">{}</text>\n"
                       "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#999\"/>\n"
                       "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n"
                       "<text transform=\"translate({},{}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                       x0_, title, x0_, top, side, side, x0_ + side / 2, top + side + 36, acrossName,
                       x0_ - 40, top + side / 2, upName);
    }
    double x(double v) const { return x0_ + side * std::clamp(v, 0.0, 1.0); }
    double y(double v) const { return top + side * (1 - std::clamp(v, 0.0, 1.0)); }
    void tick(double at, const std::string& label) {
        fmt::format_to(std::back_inserter(svg_),
                       "<path d=\"M{:.1f} {}v{} M{} {:.1f}h{}\" stroke=\"#ddd\"/>\n"
                       "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n"
                       "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                       x(at), top, side, x0_, y(at), side, x(at), top + side + 16, label, x0_ - 6, y(at) + 4,
                       label);
    }
    void line(const std::vector<std::pair<double, double>>& points, const char* colour,
              const char* more = "") {
        svg_ += "<polyline fill=\"none\" stroke-width=\"1.8\" points=\"";
        for (const auto& [across, up] : points)
            fmt::format_to(std::back_inserter(svg_), "{:.1f},{:.1f} ", x(across), y(up));
        fmt::format_to(std::back_inserter(svg_), "\" stroke=\"{}\" {}/>\n", colour, more);
    }

    static constexpr int top = 34;

private:
    std::string& svg_;
    int x0_;
};

// From 60 to 10 dB, as places from 0 to 1.
double place(double error) {
    return error > 0 ? (60 + 20 * std::log10(error)) / 50 : 0.0;
}

} // namespace

void writeRiskPlot(const std::filesystem::path& file, const std::vector<RiskRow>& rows,
                   const RiskAssessment& risk) {
    const std::vector<std::string> names = riskFigureNames();
    std::vector<bool> bad;
    for (const RiskRow& row : rows)
        bad.push_back(row.bad);
    const int wide = margin + panels * (side + margin + 14),
              high = Panel::top + side + 50 + 18 * int(std::size(drawn));
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" "
        "fill=\"#fff\"/>\n",
        wide, high);
    Panel caught(svg, 0, "Bad frames caught", "share of frames rendered after all",
                 "share of the bad frames");
    Panel precision(svg, 1, "Precision and recall", "share of the bad frames flagged",
                    "bad among the flagged");
    Panel scatter(svg, 2, "Predicted and measured", "measured error, dB", "predicted error, dB");
    for (double at : {0.0, 0.25, 0.5, 0.75, 1.0})
        for (Panel* panel : {&caught, &precision})
            panel->tick(at, fmt::format("{:.0f}%", 100 * at));
    for (int dB : {60, 50, 40, 30, 20, 10})
        scatter.tick((60 - dB) / 50.0, std::to_string(dB));
    scatter.line({{0, 0}, {1, 1}}, "#999", "stroke-dasharray=\"4 4\"");

    int legend = Panel::top + side + 58;
    for (const Drawn& curve : drawn) {
        const auto at = std::size_t(std::find(names.begin(), names.end(), curve.figure) - names.begin());
        std::vector<double> figures;
        for (const RiskRow& row : rows)
            figures.push_back(row.figures[at]);
        std::vector<std::pair<double, double>> shares, precisions;
        for (const CurvePoint& point : riskCurve(figures, bad)) {
            shares.emplace_back(point.share, point.recall);
            precisions.emplace_back(point.recall, point.precision);
        }
        caught.line(shares, curve.colour);
        precision.line(precisions, curve.colour);
        fmt::format_to(
            std::back_inserter(svg),
            "<rect x=\"{}\" y=\"{}\" width=\"18\" height=\"4\" fill=\"{}\"/><text x=\"{}\" y=\"{}\">{}: rank "
            "correlation {:.2f}, ROC area {:.2f}</text>\n",
            margin, legend - 6, curve.colour, margin + 26, legend, curve.label, risk.figures[at].spearman,
            risk.figures[at].rocArea);
        legend += 18;
    }
    for (const RiskRow& row : rows)
        if (!std::isnan(row.figures[1]))
            fmt::format_to(
                std::back_inserter(svg),
                "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\" fill-opacity=\"0.6\"/>\n",
                scatter.x(place(row.error)), scatter.y(place(row.figures[1])),
                row.bad ? "#c1121f" : "#0b6e4f");
    fmt::format_to(std::back_inserter(svg),
                   "<text x=\"{:.0f}\" y=\"{}\">red: bad frames (PSNR under 30 dB, or the worst 5% of blocks "
                   "under 22 dB)</text>\n</svg>\n",
                   scatter.x(0) - 40, Panel::top + side + 58);
    writeTextAtomically(file, svg);
}

} // namespace inbetween
