// The records of a run's frames: as they leave the graph, were kept, or came back.
#pragma once

#include "inbetween/run.h"
#include "pipeline/frame.h"
#include "pipeline/journal.h"
#include "pipeline/output_folder.h"
#include "pipeline/shot_plan.h"

#include <string>
#include <vector>

namespace inbetween {

// Used by one thread at a time. What is given must live as long.
class FrameCollector {
public:
    FrameCollector(const RunOptions& options, const ShotPlan& plan, const ProgressCallback& progress,
                   RunResult& result);

    void report(RunEvent event, int frame = 0, const std::string& message = {}) const;
    void collect(Frame& frame, Journal& journal);
    // Of every frame of the plan, in no order. Lays those that came back into the output folder.
    std::vector<ManifestFrame> records(const OutputFolder& output);

private:
    void compareWithEarlier(ManifestFrame& record);

    const RunOptions& options_;
    const ShotPlan& plan_;
    const ProgressCallback& progress_;
    RunResult& result_;
    std::vector<ManifestFrame> made_; // those that failed, too
    int done_ = 0;
    const int total_;
};

} // namespace inbetween
