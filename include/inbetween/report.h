// report.html: a shot to look at and decide on, in one file that needs nothing else.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace inbetween {

struct ReportOptions {
    std::string reference; // folder or pattern of rendered frames: evaluates first. Empty: OUT/evaluate.json,
                           // if there
    double maxMegabytes = 30; // of the whole file, 10^6 bytes; pictures shrink to fit
    int pictureWidth = 1280;  // pixels, at most; never over that of the frames
    int threads = 0;          // 0: all that the process may use
};
struct ReportResult {
    std::filesystem::path file;
    std::size_t bytes = 0;
    int pictures = 0, pictureWidth = 0;
    std::vector<std::string>
        problems; // pictures that could not be made, one line each; the report says so too
};

// Writes OUT/report.html from the manifest and the pictures of the folder that `run` wrote. What cannot be
// read is left out of the report and said. Throws Error(input): no manifest, no such reference;
// Error(output).
ReportResult writeReport(const std::filesystem::path& out, const ReportOptions& options = {});

} // namespace inbetween
