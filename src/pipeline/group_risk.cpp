#include "pipeline/group_risk.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inbetween {
namespace {

constexpr Plane RiskMaps::*maps[] =
    {&RiskMaps::predictedError,        &RiskMaps::angleStdRad,       &RiskMaps::angleStdFineRad,
     &RiskMaps::angleStdCoarseRad,     &RiskMaps::forwardBackwardPx, &RiskMaps::warpDisagreement,
     &RiskMaps::structureDisagreement, &RiskMaps::flowDifferencePx,  &RiskMaps::occlusion};

bool isWorse(const GroupRisk& a, const GroupRisk& b) {
    return verdictError(a.risk.score, a.risk.worstBlocks) > verdictError(b.risk.score, b.risk.worstBlocks);
}

// The greater of the two at each pixel of `plane`, which lies on `canvas`.
void takeGreater(Plane& plane, const Box& canvas, const Plane& other, const Box& otherCanvas) {
    for (int y = 0; y < other.height; ++y) {
        float* row = plane.row(y + otherCanvas.min.y - canvas.min.y) + (otherCanvas.min.x - canvas.min.x);
        for (int x = 0; x < other.width; ++x)
            row[x] = std::max(row[x], other.at(x, y));
    }
}

RiskMaps joinMaps(const std::vector<GroupRisk>& groups, const Box& canvas) {
    RiskMaps joined;
    for (Plane RiskMaps::*map : maps) {
        joined.*map = Plane(width(canvas), height(canvas));
        for (const GroupRisk& group : groups)
            takeGreater(joined.*map, canvas, group.maps.*map, group.canvas);
    }
    return joined;
}

// Regions that overlap become one, as bad as the worse of them; worst first.
std::vector<RiskRegion> joinRegions(const std::vector<GroupRisk>& groups, const Box& canvas) {
    std::vector<RiskRegion> joined;
    for (const GroupRisk& group : groups)
        for (RiskRegion region : group.risk.regions) {
            const auto overlaps = [&](const RiskRegion& other) { return other.box.intersects(region.box); };
            for (auto at = joined.begin(); (at = std::ranges::find_if(joined, overlaps)) != joined.end();) {
                region.box.extendBy(at->box);
                region.score = std::max(region.score, at->score);
                joined.erase(at);
            }
            joined.push_back(region);
        }
    const double pixels = double(width(canvas)) * height(canvas);
    for (RiskRegion& region : joined)
        region.share = double(width(region.box)) * height(region.box) / pixels;
    std::ranges::stable_sort(joined, std::greater(), &RiskRegion::score);
    return joined;
}

// Block by block the worst of all groups: boxes have to make all of them good. Of groups on other canvases
// the blocks do not match; without a map a flagged frame is rendered whole.
ErrorMap joinErrors(const std::vector<GroupRisk>& groups) {
    ErrorMap joined = groups.front().risk.errors;
    for (const GroupRisk& group : groups) {
        const ErrorMap& errors = group.risk.errors;
        if (errors.canvas != joined.canvas || errors.levels.size() != joined.levels.size())
            return {};
        for (std::size_t i = 0; i < joined.levels.size(); ++i)
            joined.levels[i] = std::min(joined.levels[i], errors.levels[i]);
    }
    return joined;
}

} // namespace

GroupRisk joinRisks(std::vector<GroupRisk> groups) {
    if (groups.size() == 1)
        return std::move(groups.front());
    std::ranges::stable_sort(groups, isWorse);
    GroupRisk joined;
    for (const GroupRisk& group : groups)
        joined.canvas.extendBy(group.canvas);
    joined.name = groups.front().name;
    joined.risk.score = groups.front().risk.score;
    joined.risk.worstBlocks = groups.front().risk.worstBlocks;
    joined.risk.features = groups.front().risk.features;
    joined.risk.errors = joinErrors(groups);
    joined.risk.regions = joinRegions(groups, joined.canvas);
    for (const GroupRisk& group : groups) {
        joined.risk.cut = joined.risk.cut || group.risk.cut;
        for (const std::string& reason : group.risk.reasons)
            joined.risk.reasons.push_back(fmt::format("{}: {}", group.name, reason));
    }
    if (!groups.front().maps.predictedError.empty())
        joined.maps = joinMaps(groups, joined.canvas);
    return joined;
}

} // namespace inbetween
