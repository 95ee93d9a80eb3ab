#include "results.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace roofline {

std::string table(const Results& r) {
    std::string text = fmt::format("{}, {}, one thread; processor time, medians of {}\n\n", r.processor,
                                   r.instructionSet, r.repetitions);
    const auto line = [&]<class... T>(fmt::format_string<T...> format, T&&... values) {
        text += fmt::format(format, std::forward<T>(values)...) + "\n";
    };
    for (const Results::Peak& peak : r.peaks)
        line("convolution peak, {:<9} {:>8.0f} GFLOP/s", peak.arithmetic, peak.gflops);
    line("memory bandwidth (triad)    {:>8.1f} GB/s\n", r.bandwidthGBps);
    line("{:<13}{:<10}{:>8}{:>12}{:>14}{:>8}   GFLOP/s of", "layer", "", "GFLOP", "shape peak", "as it runs",
         "share");
    for (const Results::Layer& layer : r.layers)
        line("{:<13}{:<10}{:>8.1f}{:>12.0f}{:>14}{:>8}   {}", layer.name, layer.arithmetic, layer.gflop,
             layer.peakGflops, layer.gflops > 0 ? fmt::format("{:.0f}", layer.gflops) : "-",
             layer.gflops > 0 ? fmt::format("{:.0f}%", 100 * layer.gflops / layer.peakGflops) : "-",
             layer.implementation);
    line("\n{:<8}{:>14}{:>14}   MB/s, OpenEXR alone", "EXR", "decode", "encode");
    for (const Results::Exr& exr : r.exr)
        line("{:<8}{:>14.0f}{:>14.0f}", exr.compression, exr.decodeMBps, exr.encodeMBps);
    line("\n{:<20}{:>8}{:>8}   limit", "station", "ms", "share");
    for (const Results::Station& station : r.stations)
        line("{:<20}{:>8.0f}{:>7.0f}%   {}", station.name, station.milliseconds, 100 * station.share,
             station.limit);
    line("\n{:<44}{:>8}", "where the network's time goes", "ms");
    for (const Results::Step& step : r.steps)
        line("{:<44}{:>8.0f}", step.name, step.milliseconds);
    return text;
}

std::string json(const Results& r) {
    using Json = nlohmann::ordered_json;
    Json peaks = Json::array(), layers = Json::array(), exr = Json::array(), stations = Json::array(),
         steps = Json::array();
    for (const Results::Peak& p : r.peaks)
        peaks.push_back({{"arithmetic", p.arithmetic}, {"gflops", p.gflops}});
    for (const Results::Layer& l : r.layers)
        layers.push_back({{"name", l.name},
                          {"arithmetic", l.arithmetic},
                          {"gflop", l.gflop},
                          {"flopsPerByte", l.flopsPerByte},
                          {"peakGflops", l.peakGflops},
                          {"gflops", l.gflops > 0 ? Json(l.gflops) : Json()},
                          {"implementation", l.implementation}});
    for (const Results::Exr& e : r.exr)
        exr.push_back(
            {{"compression", e.compression}, {"decodeMBps", e.decodeMBps}, {"encodeMBps", e.encodeMBps}});
    for (const Results::Station& s : r.stations)
        stations.push_back(
            {{"name", s.name}, {"limit", s.limit}, {"milliseconds", s.milliseconds}, {"share", s.share}});
    for (const Results::Step& s : r.steps)
        steps.push_back({{"name", s.name}, {"milliseconds", s.milliseconds}});
    return Json{{"processor", r.processor},        {"instructionSet", r.instructionSet},
                {"repetitions", r.repetitions},    {"bandwidthGBps", r.bandwidthGBps},
                {"peaks", std::move(peaks)},       {"layers", std::move(layers)},
                {"exr", std::move(exr)},           {"stations", std::move(stations)},
                {"networkSteps", std::move(steps)}}
               .dump(2) +
           "\n";
}

std::string svg(const Results& r) {
    // Told apart without colour vision as well: Okabe and Ito's palette.
    constexpr const char* colours[] = {"#0072B2", "#E69F00", "#009E73"};
    constexpr int left = 70, top = 50, plotWidth = 560, plotHeight = 380, barsLeft = 840, barsWidth = 300,
                  width = 1200;
    const int height = std::max(top + plotHeight + 60, top + 22 * int(r.stations.size()) + 40);
    const double lowX = 1, highX = 4096, lowY = 8, highY = 4096;
    const auto x = [&](double v) { return left + plotWidth * std::log(v / lowX) / std::log(highX / lowX); };
    const auto y = [&](double v) {
        return top + plotHeight * (1 - std::log(v / lowY) / std::log(highY / lowY));
    };
    std::string text;
    const auto put = [&]<class... T>(fmt::format_string<T...> format, T&&... values) {
        text += fmt::format(format, std::forward<T>(values)...) + "\n";
    };
    put("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" "
        "font-size=\"12\">\n"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>",
        width, height);
    put("<text x=\"{}\" y=\"24\" font-size=\"15\">The network's layers under the roofs of one thread: "
        "{}</text>",
        left, r.processor);
    for (double v = lowX; v <= highX; v *= 4)
        put("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#eee\"/><text x=\"{0:.1f}\" "
            "y=\"{3}\" "
            "text-anchor=\"middle\">{4:.0f}</text>",
            x(v), top, top + plotHeight, top + plotHeight + 18, v);
    for (double v = lowY; v <= highY; v *= 2)
        put("<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#eee\"/><text x=\"{3}\" "
            "y=\"{4:.1f}\" "
            "text-anchor=\"end\">{5:.0f}</text>",
            left, left + plotWidth, y(v), left - 6, y(v) + 4, v);
    put("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">operations a byte touched</text>",
        left + plotWidth / 2, top + plotHeight + 38);
    put("<text transform=\"translate(18 {}) rotate(-90)\" text-anchor=\"middle\">GFLOP/s</text>",
        top + plotHeight / 2);
    for (std::size_t p = 0; p < r.peaks.size(); ++p) {
        const Results::Peak& peak = r.peaks[p];
        const char* colour = colours[p % std::size(colours)];
        const double ridge = peak.gflops / r.bandwidthGBps, foot = std::max(lowX, lowY / r.bandwidthGBps);
        put("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}L{} {:.1f}\" fill=\"none\" stroke=\"{}\" "
            "stroke-width=\"2\"/>",
            x(foot), y(foot * r.bandwidthGBps), x(ridge), y(peak.gflops), left + plotWidth, y(peak.gflops),
            colour);
        put("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\" fill=\"{}\">{}: {:.0f}</text>",
            left + plotWidth - 4, y(peak.gflops) - 5, colour, peak.arithmetic, peak.gflops);
        for (const Results::Layer& layer : r.layers)
            if (layer.arithmetic == peak.arithmetic && layer.gflops > 0)
                put("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\" "
                    "fill-opacity=\"0.6\"><title>{}, {}: {:.0f} of {:.0f} "
                    "GFLOP/s</title></circle>",
                    x(layer.flopsPerByte), y(layer.gflops), 2 + 1.2 * std::sqrt(layer.gflop), colour,
                    layer.name, layer.arithmetic, layer.gflops, layer.peakGflops);
    }
    put("<text x=\"{}\" y=\"24\" font-size=\"15\">Share of its limit that each station reaches</text>",
        barsLeft - 150);
    for (std::size_t i = 0; i < r.stations.size(); ++i) {
        const Results::Station& station = r.stations[i];
        const double at = top + 22 * double(i), length = barsWidth * std::min(1.0, station.share);
        put("<text x=\"{0}\" y=\"{1:.0f}\" text-anchor=\"end\">{2}</text><rect x=\"{3}\" y=\"{4:.0f}\" "
            "width=\"{5:.1f}\" height=\"14\" "
            "fill=\"#56B4E9\"><title>{6}</title></rect><text x=\"{7:.1f}\" y=\"{1:.0f}\">{8:.0f}%</text>",
            barsLeft - 8, at + 12, station.name, barsLeft, at, length, station.limit, barsLeft + length + 5,
            100 * station.share);
    }
    return text + "</svg>\n";
}

} // namespace roofline
