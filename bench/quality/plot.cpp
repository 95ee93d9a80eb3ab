#include "tables.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace quality {
namespace {

constexpr int left = 210, right = 30, top = 64, lineHeight = 30, bottom = 56, plotWidth = 620;
// Told apart without colour vision as well: Okabe and Ito's palette.
constexpr const char* colours[] = {"#999999", "#E69F00", "#CC79A7", "#56B4E9",
                                   "#0072B2", "#009E73", "#000000"};

} // namespace

std::string svg(const DotPlot& plot) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const DotPlot::Series& series : plot.series)
        for (const std::optional<double>& value : series.values)
            if (value) {
                low = std::min(low, *value);
                high = std::max(high, *value);
            }
    if (low > high)
        low = high = 0;
    constexpr double step = 5;
    low = std::floor(low / step) * step;
    high = std::max(low + step, std::ceil(high / step) * step);
    const auto x = [&](double value) { return left + plotWidth * (value - low) / (high - low); };
    const int lines = int(plot.lines.size()), height = top + lines * lineHeight + bottom,
              width = left + plotWidth + right;

    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" "
        "font-size=\"13\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
        width, height);
    text += fmt::format("<text x=\"12\" y=\"22\" font-size=\"16\">{}</text>\n", plot.title);
    double at = 20;
    for (std::size_t s = 0; s < plot.series.size(); ++s) {
        text += fmt::format("<circle cx=\"{:.0f}\" cy=\"42\" r=\"5\" fill=\"{}\"/><text x=\"{:.0f}\" "
                            "y=\"46\" font-size=\"11\">{}</text>\n",
                            at, colours[s % std::size(colours)], at + 8, plot.series[s].name);
        at += 22 + 5.7 * double(plot.series[s].name.size());
    }
    for (double value = low; value <= high + 1e-9; value += step)
        text += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" "
                            "stroke=\"#ddd\"/><text x=\"{0:.1f}\" y=\"{3}\" "
                            "text-anchor=\"middle\">{4:.0f}</text>\n",
                            x(value), top, height - bottom, height - bottom + 18, value);
    text += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", left + plotWidth / 2,
                        height - 12, plot.axis);
    for (int i = 0; i < lines; ++i) {
        const double y = top + (i + 0.5) * lineHeight;
        text += fmt::format("<text x=\"{}\" y=\"{:.0f}\" text-anchor=\"end\">{}</text><line x1=\"{}\" "
                            "x2=\"{}\" y1=\"{:.0f}\" y2=\"{:.0f}\" "
                            "stroke=\"#eee\"/>\n",
                            left - 10, y + 4, plot.lines[i], left, left + plotWidth, y, y);
        for (std::size_t s = 0; s < plot.series.size(); ++s)
            if (const std::optional<double>& value = plot.series[s].values[i])
                text += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.0f}\" r=\"5\" fill=\"{}\"><title>{}: "
                                    "{:.2f}</title></circle>\n",
                                    x(*value), y, colours[s % std::size(colours)], plot.series[s].name,
                                    *value);
    }
    return text + "</svg>\n";
}

} // namespace quality
