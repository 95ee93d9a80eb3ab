#include "pair/pair_flow.h"

#include "inbetween/risk.h"

namespace inbetween {

const PairFlow* SharedPairFlow::get(FlowDepth depth, const std::function<Source()>& source) {
    tbb::collaborative_call_once(classicalOnce_, [&] {
        const auto [view, canvas] = source();
        if (!view)
            return;
        PairFlow flow{{estimateFlow(*view), {}}, {}, false, canvas};
        flow.cut = isCut(*view, &flow.upright.classical);
        flow_ = std::move(flow);
    });
    const auto onceMore = [&](tbb::collaborative_once_flag& once, const auto& compute) {
        tbb::collaborative_call_once(once, [&] {
            if (const Source from = source(); from.view)
                compute(*from.view);
        });
    };
    if (flow_ && depth >= FlowDepth::largeDisplacement && !flow_->cut)
        onceMore(largeDisplacementOnce_, [&](const View& view) {
            flow_->upright.largeDisplacement = withLargeDisplacement(view, flow_->upright.classical);
        });
    if (flow_ && depth >= FlowDepth::secondPass && !flow_->cut)
        onceMore(secondPassOnce_, [&](const View& view) {
            EstimatedFlow rotated{estimateFlow(view, false, Orientation::rotated), {}};
            rotated.largeDisplacement = withLargeDisplacement(view, rotated.classical, Orientation::rotated);
            flow_->rotated = std::move(rotated);
        });
    return flow_ ? &*flow_ : nullptr;
}

} // namespace inbetween
