// The oneTBB flow graph that runs the stages; the stages themselves know nothing of it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace inbetween {

struct Frame;
struct GapWork;

// Hands over the gaps to fill, each with its frames, in output order. `read` is called for one gap at a time,
// ascending.
struct GapSource {
    std::size_t gaps = 0;
    std::function<std::unique_ptr<GapWork>(std::size_t gap)> read;
};

// Called from several threads, for frames that are well alone. What it throws becomes the frame's own error.
struct Stage {
    const char* name;
    std::function<void(Frame&)> function;
};

struct GraphLimits {
    int threads = 1;
    std::size_t gapsInFlight = 2;
    std::size_t framesInFlight = 2;
};

// Each gap is read and prepared (its frames get what they share), then each of its frames passes through the
// stages in their order and reaches the sink: one frame at a time, in output order, those that failed too. A
// gap is in flight until the sink had its last frame. `read` and `prepare` must not throw. Returns when every
// frame was at the sink.
void runGraph(const GapSource& source, const std::function<void(GapWork&)>& prepare,
              const std::vector<Stage>& stages, const std::function<void(std::unique_ptr<Frame>)>& sink,
              const GraphLimits& limits);

} // namespace inbetween
