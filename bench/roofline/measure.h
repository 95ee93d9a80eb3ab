// Processor time of one thread, taken in turns: what is measured and its limit see the same moods of the
// machine.
#pragma once

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace roofline {

// Of the whole process, which has one thread at work. Unlike the wall's, it does not count other programs'
// turns.
inline double cpuSeconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

inline double timed(const std::function<void()>& body) {
    const double begin = cpuSeconds();
    body();
    return cpuSeconds() - begin;
}

inline double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

struct Timed {
    std::function<void()> body;
    std::function<void()> setUp = [] {}; // before each, not measured
    std::vector<double> seconds{};       // one a repetition
    void measure() {
        setUp();
        seconds.push_back(timed(body));
    }
    double typical() const { return median(seconds); }
};

// The median of the ratios of one repetition each.
inline double ratio(const std::vector<double>& limit, const std::vector<double>& measured) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < measured.size(); ++i)
        ratios.push_back(limit[i] / measured[i]);
    return median(ratios);
}

} // namespace roofline
