// The main job: keyframes in; in-betweens, risk, manifest and re-render list out.
#pragma once

#include "inbetween/exr.h"
#include "inbetween/manifest.h"
#include "inbetween/network.h"
#include "inbetween/risk.h"
#include "inbetween/roles.h"
#include "inbetween/sequence.h"
#include "inbetween/shard.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace inbetween {

// best: where the motion is estimated, it is so once more on pictures that are turned by 180 degrees, the
// network runs for both, and the light is the mean. What the two do not agree on is told to risk. Twice the
// time; not over 10 million pixels.
enum class Quality { fast, best };
Quality parseQuality(const std::string& name); // fast|best; throws Error(usage)

struct RunOptions {
    std::string keys;                    // folder or pattern
    std::vector<std::string> companions; // folders or patterns with other layers of the same frames
    std::filesystem::path out; // made when it is not there; never the keyframes' folder nor inside it
    SequenceOptions sequence;
    ShotPart part; // the whole shot, or what this process makes of it; merge.h joins the parts
    ReadOptions read;
    RoleOptions roles;
    WriteOptions write;
    VerdictOptions verdict;
    std::string vectors = "auto"; // auto, none, or a convention's name
    std::filesystem::path model;  // empty: built in
    Precision precision = Precision::automatic;
    Quality quality = Quality::best;
    int threads = 0;             // 0: all that the process may use
    std::size_t memoryBytes = 0; // 0: half of what is free
    // Keyframes are made again, from the in-betweens beside them, and the prediction is corrected by what was
    // found: up to four of a shot, the same ones for every part of it. Only where there are three keyframes
    // or more.
    bool selfCalibrate = true;
    std::filesystem::path riskModel; // made by learn(); empty: none
    std::filesystem::path
        renderTimes;        // CSV, see render_times.h; empty: what the renderer left in the keyframes
    bool riskMaps = false;  // write OUT/risk/<frame>.exr
    bool resume = true;     // keep what is complete and still matches
    bool keepFrames = true; // false: a frame that was made from the same input need not be there any more
    bool verify = false;    // compare what is made with the manifest that is there
    std::filesystem::path trace; // where the time went, in Chrome's trace format; empty: not written
};

enum class RunEvent { started, frameDone, frameFailed, finished };
struct Progress {
    RunEvent event = RunEvent::started;
    int done = 0, total = 0;
    int frame = 0;
    std::string message; // one line; for failed frames the error
};
using ProgressCallback = std::function<void(const Progress&)>; // called from one thread at a time

struct RunResult {
    Manifest manifest;
    int made = 0, kept = 0, failed = 0; // kept: from an earlier run
    // One line for each keyframe that could not be used (unreadable, of another size, of other channels). The
    // frame that stands in for it is flagged.
    std::vector<std::string> unusableKeyframes;
    // With RunOptions::verify: frames that are, to the last sample, what the manifest of an earlier run says,
    // and one line for each that is not; the manifest keeps the hash it had.
    int verified = 0;
    std::vector<std::string> differing;
};

// Writes OUT/manifest.json, manifest.csv, rerender.txt and summary.json (what it took); for a part of a shot
// only OUT/shards/NAME.manifest.json and NAME.summary.json, whose verdicts are of the part alone. Throws
// Error(usage, input, output, model) for what makes the whole run impossible; what fails one frame alone is
// in the manifest.
RunResult run(const RunOptions& options, const ProgressCallback& progress = {});

// Removes the frames of a manifest that say of themselves that they were generated; a later run makes the
// same again. Returns how many.
int removeGeneratedFrames(const std::filesystem::path& out, const Manifest& manifest);

// What is in flight at once, and what that takes: an estimate, from the sizes of one keyframe.
struct WorkPlan {
    int threads = 1;
    std::size_t groups = 1; // of channels that move together: each takes its own motion
    std::size_t budgetBytes = 0, gapBytes = 0, frameBytes = 0; // in all; of a gap; of a frame
    std::size_t gapsInFlight = 1, framesInFlight = 1;
    bool hasSecondPass = false; // where the motion is estimated
    bool hasNeighbours = false; // the gaps beside one tell of its motion
};

// What `run` would do, without doing it: its own plan, of the part that the options name.
struct Plan {
    Sequence sequence;
    ExrInfo firstKeyframe;
    WorkPlan work;
    std::vector<int> make;     // frames to make
    std::vector<int> keep;     // made from the same input by an earlier run, and still in the output folder
    std::vector<int> cameBack; // rendered after all, and taken as they are
    std::vector<GroupRoles> groups; // its layers: what each is for, and which move together
    std::string problem;            // why `run` would refuse; empty where it would not
};
// Without an output folder nothing is kept.
Plan plan(const RunOptions& options);

} // namespace inbetween
