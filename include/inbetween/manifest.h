// The manifest of a run: what was made, from what, how far it can be trusted.
#pragma once

#include "inbetween/groups.h"
#include "inbetween/render_times.h"
#include "inbetween/risk.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace inbetween {

inline constexpr int manifestVersion = 1;

// notMade: a cut, or a gap that is not bridged. rendered: it came back from the renderer, and its neighbours
// are made from it.
enum class FrameStatus { complete, failed, notMade, rendered };
// What a person said of a frame; it wins over what the score says.
struct Decision {
    Verdict verdict = Verdict::keep;
    std::string by, at, comment; // at: UTC, "2026-11-21T10:15:00Z"
    bool operator==(const Decision&) const = default;
};
// A companion's file of a frame.
struct CompanionFile {
    std::string path; // relative to the manifest's folder; empty where nothing was written
    std::string pixelHash, fileHash;
    std::string error; // why nothing was written
    bool operator==(const CompanionFile&) const = default;
};
struct ManifestFrame {
    int frame = 0;
    int key0 = 0, key1 = 0;
    double time = 0.5; // (0, 1)
    FrameStatus status = FrameStatus::complete;
    std::string path; // relative to the manifest's folder; empty where nothing was written
    std::string pixelHash;
    std::string fileHash;     // of the bytes of the file; empty where it is not known
    std::string inputHash;    // keyframes, model, precision and options that the frame depends on: for resume
    std::string motionSource; // "vectors", "estimated"
    double score = 0;
    double worstBlocks = 0; // Risk::worstBlocks; NaN where it is not known
    double factor = 1;      // of the shot's self-calibration; it is in score, worstBlocks and regions
    std::optional<double> rerenderProbability; // of a risk model
    RiskFeatures features;
    ErrorMap errors; // of what is left to be rendered; empty in manifests before 0.5
    // Partial: the boxes to render. Others: where the predicted error is over defaultRegionThreshold.
    std::vector<RiskRegion> regions;
    double boxCost = 1; // of these boxes, as a share of a frame, where the frame is partial
    bool cut = false;
    Verdict verdict = Verdict::keep; // by the score
    bool overBudget = false;         // predicted bad, and kept because the budget was used up
    std::optional<Decision> decision;
    std::vector<std::string> reasons;
    std::string error;                     // for a failed frame
    std::vector<std::string> notes;        // about its files, such as another compression than was asked for
    std::vector<CompanionFile> companions; // one for each of Manifest::companions, where the frame was made
    std::size_t badSamples = 0;
    std::vector<Box> spliced; // rendered regions that were set into the frame
    double splicedShare = 0;  // of the frame's pixels, [0, 1]
    // What those regions say of the prediction: root mean squares inside them, before they were set in.
    double splicedPredicted = 0, splicedMeasured = 0; // without the shot's factor; 0: not known

    bool lacksFile() const { // of a companion
        return std::any_of(companions.begin(), companions.end(),
                           [](const CompanionFile& file) { return file.path.empty(); });
    }
    Verdict finalVerdict() const { return decision ? decision->verdict : verdict; }
};
// What a frame costs, as a share of a frame: what was rendered of it, and what is still to be, boxes by area
// and overhead.
double renderedCost(const ManifestFrame& frame, double partialOverhead);

// What the frame's verdict goes by; NaN where it has none. Of a frame with rendered boxes in it: of what is
// left, corrected by what the boxes measured.
double verdictFigure(const ManifestFrame& frame, const VerdictOptions& options);
// How much more error the frame's rendered boxes measured than was predicted for them, as far as it tells of
// the rest; 1 where there are none.
double measuredCorrection(const ManifestFrame& frame);

// What the frames were asked for with, so that an update can go on with it.
struct ManifestSettings {
    std::string vectors = "auto";
    std::vector<std::string> channels; // globs; empty: all
    RoleOptions roles;
    std::string compression = "keep", depth = "keep", precision = "auto", quality = "best";
    std::string model; // file; empty: built in
    int maxGap = 16;
    std::size_t maxPixels = 0;         // 0: the default of ReadOptions
    std::optional<std::string> frames; // keyframes that were chosen
    bool useGenerated = false;         // SequenceOptions::useGenerated
    bool riskMaps = false;
    bool selfCalibrate = true;
    std::string riskModel;   // file; empty: none
    bool keepFrames = true;  // false: the generated files are removed once everything is known of them
    std::string renderTimes; // file; empty: none
    bool operator==(const ManifestSettings&) const = default;
};

// What a shot's own keyframes say of the prediction: some were made again, from the in-betweens beside them,
// and measured.
struct SelfCalibration {
    struct Remade {
        int frame = 0;
        double predicted = 0,
               measured = 0; // verdictError() in the display view; predicted without the factor
        bool operator==(const Remade&) const = default;
    };
    std::vector<Remade> remade; // ascending; each cost three frames
    double factor = 1;          // on every predicted error of the shot
    std::string inputHash;      // of the keyframes, model, precision and options that this was measured with
    bool operator==(const SelfCalibration&) const = default;
};

struct Manifest {
    int version = manifestVersion;
    std::string tool = "inbetween", toolVersion;
    std::string modelName, modelVersion, modelHash;
    std::string instructionSet, precision;
    std::string sourcePattern, outputPattern;
    struct Companion {
        std::string sourcePattern, outputPattern; // as those of the first sequence
        bool operator==(const Companion&) const = default;
    };
    std::vector<Companion> companions; // sequences with other layers of the same frames
    double framesPerSecond = 24;
    std::vector<GroupRoles> groups; // what the layers were taken for, and which move together
    std::vector<int> keyframes;
    // To be rendered again, and no frame stands in for them: outside of those that can be used, or damaged in
    // a way that was found when their pixels were read (then among `keyframes`, too).
    std::vector<int> unusableKeyframes;
    std::vector<ManifestFrame> frames; // ascending
    std::vector<std::string> problems; // of the sequence, one line each
    VerdictOptions verdictOptions;
    RenderTimes renderTimes; // of the frames that it is known of
    std::optional<SelfCalibration> selfCalibration;
    ManifestSettings settings;

    struct Totals {
        int rendered = 0, generated = 0, flagged = 0,
            failed = 0;     // rendered: keyframes and frames that came back; flagged: boxes and whole frames
        int partial = 0;    // flagged, and boxes do
        int overBudget = 0; // predicted bad, and kept because the budget was used up
        int all = 0;        // frames of the shot
        double cost = 0;    // what was rendered and is to be, in frames
        double rendersSavedShare = 0; // 1 - cost / all
        // Of all frames, and of what was rendered and is to be; none where no render time is known. The time
        // of a frame that was not rendered lies between those of its neighbours.
        std::optional<double> secondsOfAll, secondsOfCost;
    };
    Totals totals() const;
    // Whole frames: final verdict rerender, and every frame or keyframe that is not there.
    std::vector<int> rerenderFrames() const;
    std::vector<int> partialFrames() const; // final verdict partial
};

// JSON as in manifest.schema.json; figures that are NaN or infinite are null there, and NaN when read. Each
// write is complete or absent. Throws Error(output).
void writeManifest(const std::filesystem::path& file, const Manifest& manifest);
void writeManifestCsv(const std::filesystem::path& file, const Manifest& manifest);
// "12,18-19\n": the whole frames.
void writeRerenderList(const std::filesystem::path& file, const Manifest& manifest);
// Everything above under its usual name, and the boxes (see rerender.h): manifest.json, manifest.csv,
// rerender.txt, regions.json and regions.txt.
void writeShotFiles(const std::filesystem::path& folder, const Manifest& manifest);
// Throws Error(input): not JSON, another version, a key that is missing or of the wrong type (named).
Manifest readManifest(const std::filesystem::path& file);

} // namespace inbetween
