// Who makes the frames between the keyframes.
#pragma once

#include "measures.h"
#include "shot.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace quality {

struct Contender {
    std::string key, title;
    bool network = false; // made by inbetween::run, and kept as EXR
};
const std::vector<Contender>& contenders();

struct FrameMeasures {
    int frame = 0;
    Measures measures;
};
struct Row {
    std::string contender;
    int gap = 2;
    const Shot* shot = nullptr;
    std::vector<FrameMeasures> frames;
};

struct MeasureOptions {
    std::filesystem::path work;
    std::filesystem::path model; // empty: built in
};

// All of `chosen` on one shot at one gap. What was measured before, from the same files and by the same
// model, is taken from WORK/measured. Frames that a contender did not make (across a cut) are left out.
std::vector<Row> measureShot(const Shot& shot, int gap, const std::vector<Contender>& chosen,
                             const MeasureOptions& options);

// Makes the in-betweens of a network contender in WORK/runs; frames that are there and still match are kept.
void runNetwork(const Contender& contender, const Shot& shot, int gap, const MeasureOptions& options);

// ffmpeg's minterpolate on display-view pictures: all frames of the shot at `gap`, keyframes included. 16-bit
// RGB in, but the filter itself works on 8-bit YUV 4:4:4; what comes back is clipped to [0, 1]. The last
// keyframe is given twice, since the filter leaves out the last gap.
std::vector<inbetween::ColourPlanes> minterpolate(const std::vector<inbetween::ColourPlanes>& keys, int gap,
                                                  const std::filesystem::path& scratch);

} // namespace quality
