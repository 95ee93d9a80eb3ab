// How long frames took to render, as far as somebody knows.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace inbetween {

using RenderTimes = std::map<int, double>; // seconds by frame; over 0

// What the renderer left in the file's header, in seconds: attributes called rendertime, render_time,
// rendertime_s or total_time, in any case and behind any prefix ("cycles.ViewLayer.total_time"), as a number
// of seconds or as "1:02:03.45". Of several the greatest. Nothing where there is none, or it is 0. Throws
// Error(input).
std::optional<double> renderSeconds(const std::filesystem::path& exr);
// "62.5", "1:02.5" or "0:01:02.5"; nothing for another text, or one that is not over 0.
std::optional<double> parseSeconds(const std::string& text);

// Lines "frame,time", the time as parseSeconds() takes it; a first line of words is a heading, others that do
// not fit become problems and are left out. Throws Error(input): the file cannot be read, or has no time in
// it.
RenderTimes readRenderTimes(const std::filesystem::path& csv, std::vector<std::string>& problems);

// Of a frame whose time nobody knows: between those of the nearest ones that are known, by distance. `times`
// is not empty.
double secondsOf(const RenderTimes& times, int frame);

} // namespace inbetween
