#include "inbetween/render_times.h"

#include "base/text.h"
#include "inbetween/error.h"

#include <charconv>
#include <fmt/format.h>
#include <fstream>

namespace inbetween {

RenderTimes readRenderTimes(const std::filesystem::path& csv, std::vector<std::string>& problems) {
    std::ifstream stream(csv);
    if (!stream)
        throw Error(ErrorKind::input,
                    fmt::format("{}: cannot be read; give a CSV file of lines like 12,62.5", csv.string()));
    RenderTimes times;
    std::string line;
    for (int number = 1; std::getline(stream, line); ++number) {
        if (!line.empty() && line.back() == '\r')
            line.pop_back();
        if (line.empty())
            continue;
        int frame = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), frame);
        const std::size_t comma = std::size_t(end - line.data());
        const bool isLine = error == std::errc() && comma < line.size() && line[comma] == ',';
        const auto seconds = isLine ? parseSeconds(line.substr(comma + 1)) : std::nullopt;
        if (seconds)
            times[frame] = *seconds;
        else if (isLine || number > 1) // the first may be a heading
            problems.push_back(fmt::format("{}: line {}, '{}', is no frame and time over 0 like 12,62.5 or "
                                           "12,1:02.5; it is left out",
                                           csv.string(), number, printable(line)));
    }
    if (times.empty())
        throw Error(ErrorKind::input,
                    fmt::format("{}: there is no render time in it; write lines like 12,62.5", csv.string()));
    return times;
}

double secondsOf(const RenderTimes& times, int frame) {
    const auto after = times.lower_bound(frame);
    if (after == times.end())
        return times.rbegin()->second;
    if (after->first == frame || after == times.begin())
        return after->second;
    const auto& [frame0, seconds0] = *std::prev(after);
    const double t = double(frame - frame0) / double(after->first - frame0);
    return (1 - t) * seconds0 + t * after->second;
}

} // namespace inbetween
