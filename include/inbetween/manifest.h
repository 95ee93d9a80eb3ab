// The manifest of a run: what was made, from what, how far it can be trusted.
#pragma once

#include "inbetween/risk.h"

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
    std::vector<RiskRegion> regions;
    bool cut = false;
    Verdict verdict = Verdict::keep; // by the score
    std::optional<Decision> decision;
    std::vector<std::string> reasons;
    std::string error; // for a failed frame
    std::size_t badSamples = 0;
    std::vector<Box> spliced; // rendered regions that were set into the frame
    double splicedShare = 0;  // of the frame's pixels, [0, 1]

    Verdict finalVerdict() const { return decision ? decision->verdict : verdict; }
};

// What the frames were asked for with, so that an update can go on with it.
struct ManifestSettings {
    std::string vectors = "auto";
    std::vector<std::string> channels; // globs; empty: all
    std::string compression = "keep", depth = "keep", precision = "auto", quality = "best";
    std::string model; // file; empty: built in
    int maxGap = 16;
    std::size_t maxPixels = 0;         // 0: the default of ReadOptions
    std::optional<std::string> frames; // keyframes that were chosen
    bool riskMaps = false;
    bool selfCalibrate = true;
    std::string riskModel;  // file; empty: none
    bool keepFrames = true; // false: the generated files are removed once everything is known of them
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
    double framesPerSecond = 24;
    std::vector<int> keyframes;
    // To be rendered again, and no frame stands in for them: outside of those that can be used, or damaged in
    // a way that was found when their pixels were read (then among `keyframes`, too).
    std::vector<int> unusableKeyframes;
    std::vector<ManifestFrame> frames; // ascending
    std::vector<std::string> problems; // of the sequence, one line each
    VerdictOptions verdictOptions;
    std::optional<SelfCalibration> selfCalibration;
    ManifestSettings settings;

    struct Totals {
        int rendered = 0, generated = 0, flagged = 0,
            failed = 0; // rendered: keyframes and frames that came back
        // (complete and finally kept, less the shares of them that were rendered) / all frames of the shot
        double rendersSavedShare = 0;
    };
    Totals totals() const;
    std::vector<int> rerenderFrames()
        const; // final verdict rerender, and every frame or keyframe that is not there
};

// JSON as in manifest.schema.json; figures that are NaN or infinite are null there, and NaN when read. Each
// write is complete or absent. Throws Error(output).
void writeManifest(const std::filesystem::path& file, const Manifest& manifest);
void writeManifestCsv(const std::filesystem::path& file, const Manifest& manifest);
void writeRerenderList(const std::filesystem::path& file, const Manifest& manifest); // "12,18-19\n"
// Throws Error(input): not JSON, another version, a key that is missing or of the wrong type (named).
Manifest readManifest(const std::filesystem::path& file);

} // namespace inbetween
