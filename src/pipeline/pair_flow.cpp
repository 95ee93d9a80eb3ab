#include "pipeline/pair_flow.h"

#include "inbetween/risk.h"

namespace inbetween {

const PairFlow* SharedPairFlow::get(bool far, const std::function<Source()>& source) {
    tbb::collaborative_call_once(classicalOnce_, [&] {
        const auto [view, canvas, failed] = source();
        failed_ = failed;
        if (!view)
            return;
        PairFlow flow{estimateFlow(*view), false, canvas, {}};
        flow.cut = isCut(*view, &flow.classical);
        flow_ = std::move(flow);
    });
    if (flow_ && far && !flow_->cut)
        tbb::collaborative_call_once(farOnce_, [&] {
            const Source from = source();
            failed_ = from.failed;
            if (from.view)
                flow_->far = withFarMotion(*from.view, flow_->classical);
        });
    return flow_ ? &*flow_ : nullptr;
}

} // namespace inbetween
