// What travels through a run: gaps from the source to their frames, frames from there to the sink.
#pragma once

#include "inbetween/groups.h"
#include "inbetween/manifest.h"
#include "pair/pair.h"
#include "rendered/rendered_frames.h"

#include <array>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace inbetween {

// A keyframe in memory: one image for each group of channels that moves together (a view, a view layer).
struct Keyframe {
    int number = 0;
    std::vector<ChannelGroup> layout; // of the groups in the file's image
    std::vector<std::shared_ptr<const Image>> groups;
    std::map<int, std::string> missingFiles{}; // Image::missingFiles
};

// Throws Error as findGroups does.
std::shared_ptr<const Keyframe> keyframeOf(int number, Image image, const RoleOptions& roles);

// What the frames of a gap share: a pair for each group.
struct GapPairs {
    std::vector<ChannelGroup> layout;
    std::vector<Pair> groups;
    std::map<int, std::string> missingFiles;  // of companions: nothing is made of them, and why
    std::shared_ptr<const Keyframe> rendered; // the frame to be made, where it is known: self-calibration
};

// The motion of one group of a frame.
struct FrameGroup {
    MotionPrior prior;
    Field field;
};

// One in-between on its way through the stages.
struct Frame {
    ManifestFrame record;                // an error in it: no further stage touches the frame
    std::vector<RenderedRegion> regions; // that came back, to be set in
    std::shared_ptr<const GapPairs> gap; // null where nothing is to be made
    bool isAcrossCut = false;            // found before anything was made, so nothing is
    std::vector<FrameGroup> groups;
    Image image;              // of all groups
    RiskMaps maps;            // of all groups
    Box canvas;               // where the maps lie
    double measuredError = 0; // in the unit of verdicts, where GapPairs::rendered is known

    bool isWell() const { return gap && record.error.empty(); }
};

// The flows between two keyframes, one a group, and of the gaps beside theirs.
struct GapFlows {
    using Groups = std::vector<std::shared_ptr<SharedPairFlow>>;
    Groups own, before, after; // before, after: empty where there is no neighbouring gap to learn from
};

// A gap with frames to make, as the source hands it over.
struct GapWork {
    enum Key { before, first, second, after };
    std::array<std::shared_ptr<const Keyframe>, 4> keys; // before and after may be null
    int key0 = 0, key1 = 0;                              // frame numbers of first and second
    GapFlows flows;
    std::map<int, std::string> missingFiles; // that one of first and second lacks
    std::string error;                       // why nothing can be made here
    std::vector<std::unique_ptr<Frame>> frames;

    int length() const { return key1 - key0; }
};

// Leaves out, of all keyframes, the companions' files that one of the `needed` ones lacks, or that have other
// channels in them; another keyframe whose files are not the same then is left out itself.
void keepCommonFiles(GapWork& work, const RoleOptions& roles,
                     const std::vector<GapWork::Key>& needed = {GapWork::first, GapWork::second});

// What went wrong, in words that help a person.
std::string reasonOf(const std::exception& error);

} // namespace inbetween
