// Estimated flow between two keyframes: of use to the gap between them and to both gaps beside it.
#pragma once

#include "inbetween/image.h"
#include "inbetween/motion.h"
#include "inbetween/view.h"

#include <functional>
#include <memory>
#include <optional>
#include <tbb/collaborative_call_once.h>

namespace inbetween {

struct PairFlow {
    FlowPair flow;                     // with far motion, but across a cut
    std::optional<FlowPair> classical; // what it was before
    bool cut = false;
    Box canvas; // that it lies on
};
// `view` is of the canvas.
PairFlow estimatePairFlow(const View& view, const Box& canvas);

// Computed by the first who asks; who comes meanwhile helps, or waits.
class SharedPairFlow {
public:
    // `compute` gives none where nothing can be known; what it throws goes to the caller, and the next one tries again.
    const PairFlow* get(const std::function<std::optional<PairFlow>()>& compute) {
        tbb::collaborative_call_once(once_, [&] { flow_ = compute(); });
        return flow_ ? &*flow_ : nullptr;
    }

private:
    tbb::collaborative_once_flag once_;
    std::optional<PairFlow> flow_;
};

} // namespace inbetween
