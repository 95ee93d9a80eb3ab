#include "pipeline/pair_flow.h"

#include "inbetween/risk.h"

namespace inbetween {

const PairFlow* SharedPairFlow::get(FlowDepth depth, const std::function<Source()>& source) {
    tbb::collaborative_call_once(classicalOnce_, [&] {
        const auto [view, canvas, failed] = source();
        failed_ = failed;
        if (!view)
            return;
        PairFlow flow{{estimateFlow(*view), {}}, {}, false, canvas};
        flow.cut = isCut(*view, &flow.upright.classical);
        flow_ = std::move(flow);
    });
    const auto onceMore = [&](tbb::collaborative_once_flag& once, const auto& compute) {
        tbb::collaborative_call_once(once, [&] {
            const Source from = source();
            failed_ = from.failed;
            if (from.view)
                compute(*from.view);
        });
    };
    if (flow_ && depth >= FlowDepth::far && !flow_->cut)
        onceMore(farOnce_, [&](const View& view) {
            flow_->upright.far = withFarMotion(view, flow_->upright.classical);
        });
    if (flow_ && depth >= FlowDepth::turned && !flow_->cut)
        onceMore(turnedOnce_, [&](const View& view) {
            EstimatedFlow turned{estimateFlow(view, false, Orientation::turned), {}};
            turned.far = withFarMotion(view, turned.classical, Orientation::turned);
            flow_->turned = std::move(turned);
        });
    return flow_ ? &*flow_ : nullptr;
}

} // namespace inbetween
