#include "pipeline/pair_flow.h"

#include "inbetween/risk.h"
#include "pipeline/pair.h" // largePixels

#include <utility>

namespace inbetween {

PairFlow estimatePairFlow(const View& view, const Box& canvas) {
    PairFlow out{estimateFlow(view), {}, false, canvas};
    out.cut = isCut(view, &out.flow);
    if (out.cut) // across it patches would only find what looks alike
        return out;
    FlowPair far = withFarMotion(view, out.flow);
    if (view.key0.r.values.size() < largePixels)
        out.classical = std::move(out.flow);
    out.flow = std::move(far);
    return out;
}

} // namespace inbetween
