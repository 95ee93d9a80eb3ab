// The oneTBB flow graph that runs the stages; the stages themselves know nothing of it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace inbetween {

// One gap to fill. `frames` are indices into the caller's list of frames, in output order over all gaps.
struct GapWork {
    std::size_t gap = 0;
    std::vector<std::size_t> frames;
};

// The stages, as functions of indices. They must not throw: what fails is the frame's own status.
// read is called for one gap at a time, in order; all others from several threads at once, each frame passing
// through them in this order; collect for one frame at a time, in output order.
struct GraphStages {
    std::function<void(std::size_t gap)> read;
    std::function<void(std::size_t gap)> prepare; // view and pair motion
    std::function<void(std::size_t frame)> motion;
    std::function<void(std::size_t frame)> network;
    std::function<void(std::size_t frame)> synthesis;
    std::function<void(std::size_t frame)> risk;
    std::function<void(std::size_t frame)> write;
    std::function<void(std::size_t frame)> collect;
    std::function<void(std::size_t gap)> release; // after the last of the gap's frames was collected
};

struct GraphLimits {
    int threads = 1;
    std::size_t gapsInFlight = 2;
    std::size_t framesInFlight = 2;
};

// Returns when every frame was collected.
void runGraph(const std::vector<GapWork>& gaps, const GraphStages& stages, const GraphLimits& limits);

} // namespace inbetween
