// The report that run, merge and update leave beside the manifest they wrote.
#pragma once

#include <filesystem>

// OUT/report.html. The frames are done by then: a report that cannot be made, or lacks pictures, is a warning
// in one line and fails nothing.
void writeReportAtEnd(const std::filesystem::path& out, int threads, bool quiet);
