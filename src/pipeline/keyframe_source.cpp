#include "pipeline/keyframe_source.h"

#include "exr/memory_error.h"
#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

void extendBy(Box& box, const Keyframe& key) {
    for (const auto& group : key.groups)
        for (const Part& part : group->parts)
            box.extendBy(part.dataWindow);
}

void extendBy(Box& box, const ExrInfo& key) {
    for (const ExrInfo::PartInfo& part : key.parts)
        box.extendBy(part.dataWindow);
}

double pixelsOf(const Box& box) {
    return (double(box.max.x) - box.min.x + 1) * (double(box.max.y) - box.min.y + 1);
}

// Overscan that nobody expected is its own gap's trouble, and must not cost this one its memory.
template <class Key> bool isAboutAsLarge(const Key& key, const Box& canvas) {
    Box both = canvas;
    extendBy(both, key);
    constexpr double most = 2;
    return pixelsOf(both) <= most * pixelsOf(canvas);
}

} // namespace

KeyframeSource::KeyframeSource(const ShotPlan& plan, const FrameIdentity& identity, RoleOptions roles,
                               Reader reader)
    : plan_(plan), identity_(identity), roles_(std::move(roles)), reader_(std::move(reader)) {
    for (const PlannedGap& gap : plan.gaps)
        if (gap.hasWork())
            gaps_.push_back(&gap);
}

std::unique_ptr<GapWork> KeyframeSource::next() {
    const PlannedGap& gap = *gaps_.at(next_++);
    auto work = std::make_unique<GapWork>();
    work->key0 = gap.key0;
    work->key1 = gap.key1;
    work->error = gap.error;
    for (const PlannedFrame& planned : gap.frames)
        if (!planned.isKept) {
            work->frames.push_back(std::make_unique<Frame>());
            work->frames.back()->record = planned.record;
            work->frames.back()->regions = planned.regions;
        }
    if (work->error.empty()) {
        try {
            work->keys[GapWork::first] = needed(gap.key0);
            work->keys[GapWork::second] = needed(gap.key1);
            readNeighbours(*work, gap);
            keepCommonFiles(*work, roles_);
            shareFlows(*work, gap);
        } catch (const std::exception& error) {
            work->error = reasonOf(error);
        }
    }
    forgetUpTo(next_ < gaps_.size() ? gaps_[next_] : nullptr);
    return work;
}

const KeyframeSource::Held& KeyframeSource::hold(int number) {
    const auto held = held_.find(number);
    return held != held_.end() ? held->second : held_.emplace(number, read(number)).first->second;
}

KeyframeSource::Held KeyframeSource::read(int number) const {
    const SequenceFrame& key = *plan_.sequence.find(number);
    Held held;
    try {
        held.keyframe = keyframeOf(number, reader_(key), roles_);
    } catch (const MemoryError&) {
        throw; // another time it may be read
    } catch (const Error& error) {
        held.error = reasonOf(error);
        held.isDamaged = error.kind() == ErrorKind::input;
    }
    // What is made must be made of what its input hash tells of.
    if (plan_.stamps.at(number) != stampsOf(key))
        held = {nullptr, fmt::format("{}: was replaced while it was used; run again", key.path.string()),
                false};
    return held;
}

std::shared_ptr<const Keyframe> KeyframeSource::needed(int number) {
    const Held& held = hold(number);
    if (held.isDamaged)
        damaged_.insert(number);
    if (!held.keyframe)
        throw Error(ErrorKind::input, held.error);
    return held.keyframe;
}

std::shared_ptr<const Keyframe> KeyframeSource::neighbour(std::optional<int> number, const Box& canvas,
                                                          bool& failed) {
    if (!number)
        return nullptr;
    try {
        if (!held_.contains(*number) &&
            !isAboutAsLarge(readExrInfo(plan_.sequence.find(*number)->path), canvas))
            return nullptr;
        const Held& held = hold(*number);
        failed = !held.keyframe;
        const auto& key = held.keyframe;
        return key && isAboutAsLarge(*key, canvas) ? key : nullptr;
    } catch (const MemoryError&) {
        throw;
    } catch (const Error&) { // its own gap will say why
        failed = true;
        return nullptr;
    }
}

void KeyframeSource::readNeighbours(GapWork& work, const PlannedGap& gap) {
    Box canvas;
    extendBy(canvas, *work.keys[GapWork::first]);
    extendBy(canvas, *work.keys[GapWork::second]);
    if (pixelsOf(canvas) >= double(over4KPixels))
        return;
    bool beforeFailed = false, afterFailed = false;
    work.keys[GapWork::before] = neighbour(gap.before, canvas, beforeFailed);
    work.keys[GapWork::after] = neighbour(gap.after, canvas, afterFailed);
    if (!beforeFailed && !afterFailed)
        return;
    // What is made without a keyframe that could not be read this time must not be taken for what it would
    // have been.
    std::size_t made = 0;
    for (const PlannedFrame& planned : gap.frames)
        if (!planned.isKept)
            work.frames[made++]->record.inputHash = inputHash(identity_, plan_.sequence, gap, planned,
                                                              beforeFailed ? std::nullopt : gap.before,
                                                              afterFailed ? std::nullopt : gap.after);
}

void KeyframeSource::shareFlows(GapWork& work, const PlannedGap& gap) {
    const std::size_t groups = work.keys[GapWork::first]->groups.size();
    work.flows.own = flows(gap.key0, gap.key1, groups);
    if (work.keys[GapWork::before])
        work.flows.before = flows(*gap.before, gap.key0, groups);
    if (work.keys[GapWork::after])
        work.flows.after = flows(gap.key1, *gap.after, groups);
    lastFlows_ = {work.flows.own, {}, work.flows.after};
}

GapFlows::Groups KeyframeSource::flows(int key0, int key1, std::size_t groups) {
    auto& known = flows_[{key0, key1}];
    known.resize(groups);
    GapFlows::Groups shared;
    for (std::weak_ptr<SharedPairFlow>& flow : known) {
        shared.push_back(flow.lock());
        if (!shared.back())
            flow = shared.back() = std::make_shared<SharedPairFlow>();
    }
    return shared;
}

// Gaps come in ascending order: a keyframe that the next one does not reach back to is not needed any more.
void KeyframeSource::forgetUpTo(const PlannedGap* next) {
    if (!next)
        held_.clear(), lastFlows_ = {};
    else
        held_.erase(held_.begin(), held_.lower_bound(next->before.value_or(next->key0)));
}

} // namespace inbetween
