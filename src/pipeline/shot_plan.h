// Which frames of a shot a run makes, and from what: found once, never changed afterwards.
#pragma once

#include "inbetween/run.h"
#include "pipeline/frame_identity.h"
#include "rendered/rendered_frames.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace inbetween {

struct PlannedFrame {
    ManifestFrame record;                // to be completed, or as an earlier run left it
    bool isKept = false;                 // made from the same input by an earlier run, and still there
    std::vector<RenderedRegion> regions; // that came back, to be set in
};

struct PlannedGap {
    int key0 = 0, key1 = 0;
    std::optional<int> before, after; // neighbouring keyframes, to which things move on from here
    std::vector<PlannedFrame> frames; // ascending
    std::string error;                // why nothing can be made here

    bool hasWork() const;
};

// A keyframe that came back: a frame of the output as it is.
struct PlannedRendered {
    ManifestFrame record; // without hashes
    std::filesystem::path file;
};

struct ShotPlan {
    Sequence sequence;                    // frames that came back are among its keyframes
    RenderedStore rendered;               // what came back
    std::map<int, ManifestFrame> earlier; // what an earlier run left, of any part
    std::map<int, FileStamps> stamps;     // of the keyframes, from before their bytes were hashed
    // Of the part to make:
    std::set<int> ownGaps; // by the keyframe before each
    std::vector<PlannedGap> gaps;
    std::vector<ManifestFrame> notMade; // frames of gaps that cannot be filled
    std::vector<PlannedRendered> cameBack;

    int framesToMake() const;
    int framesKept() const;
    // Does a frame lie in this part: in one of its gaps, or on the keyframe before one?
    bool isOwn(int frame) const;
};

// The sequence, and what came back of it. The vectors are looked at where there is an output folder. Throws
// Error(usage, input).
struct LoadedShot {
    Sequence sequence;
    RenderedStore rendered;
    std::string vectors; // the reading to use: RunOptions::vectors, or what the keyframes were found to need
};
LoadedShot loadShot(const RunOptions& options);

// Without an identity nothing is known to be kept, and no keyframe is read. Frames of an earlier run are
// looked at with `threads` threads.
ShotPlan planShot(LoadedShot shot, const RunOptions& options, const FrameIdentity* identity, int threads);

// The input hash of a frame of a gap, as if the neighbouring keyframes were these.
std::string inputHash(const FrameIdentity& identity, const Sequence& sequence, const PlannedGap& gap,
                      const PlannedFrame& frame, std::optional<int> before, std::optional<int> after);

// Somebody meant to render such a frame: it is told apart from the ones that nobody asked for.
bool isUnusableKeyframe(const SequenceProblem& problem);

// The frame between two keyframes, nothing known of it yet.
ManifestFrame plannedRecord(int key0, int key1, int frame, const FramePattern& pattern);
// A frame for which nothing was written, and why.
void markNotMade(ManifestFrame& record, FrameStatus status, const std::string& why);

} // namespace inbetween
