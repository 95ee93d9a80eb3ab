// What was measured, in tables and pictures.
#pragma once

#include "contenders.h"

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace quality {

// How and on what it was measured.
struct Setting {
    std::string date, machine, model;
    std::vector<Contender> contenders;
    std::vector<int> gaps;
};

struct Mean {
    Measures measures;
    int shots = 0, frames = 0;
};
using Choice = std::function<bool(const Shot&, int frame)>;

// The mean over shots of the mean over their frames, of those that are chosen, so that every shot counts
// alike; nothing where there is none.
std::optional<Mean> meanOf(const std::vector<Row>& rows, const std::string& contender, int gap,
                           const Choice& choice);

// What quality is measured over: no shot that is there for risk alone.
bool countsForQuality(const Shot& shot, int frame);

// Classes of motion by what a twentieth of the pixels exceed, in pixels a frame: "under 2", "2 to 5", ...
inline constexpr double motionLimitsPx[] = {2, 5, 10, 20};
std::vector<std::string> motionNames();
int motionClass(double px);

std::string markdown(const std::vector<Row>& rows, const Setting& setting);
// The same as data, with the plots that plot.py draws.
std::string json(const std::vector<Row>& rows, const Setting& setting);

// A dot a contender and line; values that are missing leave no dot.
struct DotPlot {
    std::string title, axis;
    std::vector<std::string> lines;
    struct Series {
        std::string name;
        std::vector<std::optional<double>> values; // one a line
    };
    std::vector<Series> series;
};
nlohmann::json toJson(const DotPlot& plot);

DotPlot plotByClass(const std::vector<Row>& rows, const Setting& setting, int gap);
DotPlot plotByMotion(const std::vector<Row>& rows, const Setting& setting, int gap);
DotPlot plotByGap(const std::vector<Row>& rows, const Setting& setting);

} // namespace quality
