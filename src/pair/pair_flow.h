// Estimated flow between two keyframes: of use to the gap between them and to both gaps beside it.
#pragma once

#include "inbetween/image.h"
#include "inbetween/motion.h"
#include "inbetween/view.h"

#include <functional>
#include <optional>
#include <tbb/collaborative_call_once.h>

namespace inbetween {

struct EstimatedFlow {
    FlowPair classical;
    std::optional<FlowPair> largeDisplacement; // with large displacement; not across a cut, where patches
                                               // would only find what looks alike
};
struct PairFlow {
    EstimatedFlow upright;
    std::optional<EstimatedFlow> rotated; // once more, with both pictures turned: other errors
    bool cut = false;
    Box canvas; // that they lie on
};
enum class FlowDepth { classical, largeDisplacement, secondPass }; // each holds the ones before, too

// Computed by the first who asks; who comes meanwhile helps, or waits.
class SharedPairFlow {
public:
    struct Source {
        const View* view = nullptr; // null: nothing can be known
        Box canvas;
    };
    // Null where nothing can be known. What `source` throws goes to the caller, and the next one tries again.
    const PairFlow* get(FlowDepth depth, const std::function<Source()>& source);

private:
    tbb::collaborative_once_flag classicalOnce_, largeDisplacementOnce_, secondPassOnce_;
    std::optional<PairFlow> flow_;
};

} // namespace inbetween
