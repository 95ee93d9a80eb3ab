// The folder that a run fills: the names of its files, their headers, and what of an earlier run goes.
#pragma once

#include "inbetween/run.h"
#include "pipeline/frame.h"
#include "pipeline/shot_plan.h"

#include <filesystem>
#include <vector>

namespace inbetween {

class OutputFolder {
public:
    // Makes the folder, and takes away what a killed run left half written. Throws Error(usage) where it
    // cannot be written to, and where it lies among the keyframes: those are never overwritten, and a second
    // run must not take generated frames for keyframes. The options must live as long.
    OutputFolder(const RunOptions& options, const Sequence& sequence, const ModelInfo& model);

    // The frame's files and its maps; completes the record with their hashes. Throws Error(output).
    void write(Frame& frame, const Sequence& sequence) const;
    // Lays a frame that came back in place of the generated one; completes its record, with what an earlier
    // run knew of it. What goes wrong is in the record.
    ManifestFrame takeRendered(const PlannedRendered& planned, const ShotPlan& plan) const;
    // Frames of an earlier run that are none of this one's: rendered since, across a cut now, or failed.
    // Whoever takes all files of the folder must not take those.
    void removeOthers(const ShotPlan& plan, const std::vector<ManifestFrame>& current) const;
    // The manifest and what goes with it, after which the journal has nothing more to say.
    void finish(const Manifest& manifest) const;

private:
    void writeCompanions(Frame& frame, const Sequence& sequence, const WriteOptions& write) const;

    const RunOptions& options_;
    WriteOptions write_; // with what all frames say in their headers
};

} // namespace inbetween
