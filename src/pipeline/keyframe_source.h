// The keyframes of a shot, read from the disk once each, in order; and the gaps between them, ready to fill.
#pragma once

#include "pipeline/flow_graph.h"
#include "pipeline/frame.h"
#include "pipeline/shot_plan.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace inbetween {

// Used by one thread at a time.
class KeyframeSource {
public:
    using Reader = std::function<Image(const SequenceFrame&)>;

    // The plan and the identity must live as long.
    KeyframeSource(const ShotPlan& plan, const FrameIdentity& identity, RoleOptions roles, Reader reader);

    std::size_t gaps() const { return gaps_.size(); } // that have frames to make
    // The next gap with its keyframes, and the neighbouring ones where they can tell of its motion: up to
    // four in all, shared with the gaps beside it. Where one of the two in the middle cannot be read, or was
    // replaced since the plan was made, the gap has an error. To be called once for each gap.
    std::unique_ptr<GapWork> next();
    // Keyframes that turned out to be damaged when their pixels were read.
    const std::set<int>& damaged() const { return damaged_; }

private:
    struct Held {
        std::shared_ptr<const Keyframe> keyframe; // null: it cannot be used
        std::string error;                        // why
        bool isDamaged = false;                   // by what it holds, not by what happened while it was read
    };
    const Held& hold(int number);
    Held read(int number) const;
    std::shared_ptr<const Keyframe> needed(int number);
    std::shared_ptr<const Keyframe> neighbour(std::optional<int> number, const Box& canvas, bool& failed);
    void readNeighbours(GapWork& work, const PlannedGap& gap);
    void shareFlows(GapWork& work, const PlannedGap& gap);
    GapFlows::Groups flows(int key0, int key1, std::size_t groups);
    void forgetUpTo(const PlannedGap* next);

    const ShotPlan& plan_;
    const FrameIdentity& identity_;
    const RoleOptions roles_;
    const Reader reader_;
    std::vector<const PlannedGap*> gaps_;
    std::size_t next_ = 0;
    std::map<int, Held> held_; // those that the next gap needs, too
    std::map<std::pair<int, int>, std::vector<std::weak_ptr<SharedPairFlow>>> flows_;
    GapFlows lastFlows_; // of use to the next gap, though this one may be done before that is read
    std::set<int> damaged_;
};

} // namespace inbetween
