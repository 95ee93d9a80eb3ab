#include "report_at_end.h"

#include "log.h"

#include "inbetween/report.h"

#include <fmt/format.h>

using namespace inbetween;

void writeReportAtEnd(const std::filesystem::path& out, int threads, bool quiet) {
    std::string problem;
    try {
        const ReportResult report = writeReport(out, {.threads = threads});
        if (!report.problems.empty())
            problem = fmt::format("{} ({} problems)", report.problems.front(), report.problems.size());
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty() && !quiet)
        logWarning(fmt::format("report.html: {}", problem));
}
