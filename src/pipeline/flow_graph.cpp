#include "pipeline/flow_graph.h"

#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace inbetween {
namespace {

struct GapMessage {
    std::size_t index = 0; // into the list of gaps
};
struct FrameMessage {
    std::size_t order = 0; // over all gaps
    std::size_t gap = 0, frame = 0;
};

} // namespace

void runGraph(const std::vector<GapWork>& gaps, const GraphStages& stages, const GraphLimits& limits) {
    using namespace tbb::flow;

    std::vector<std::size_t> firstOrder(gaps.size());
    std::vector<std::size_t> remaining(gaps.size());
    for (std::size_t i = 0, order = 0; i < gaps.size(); order += gaps[i].frames.size(), ++i) {
        firstOrder[i] = order;
        remaining[i] = gaps[i].frames.size();
    }

    const tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                      std::size_t(limits.threads));
    tbb::task_arena arena(limits.threads);
    arena.execute([&] {
        graph g;

        std::size_t next = 0;
        input_node<GapMessage> source(g, [&](tbb::flow_control& control) {
            if (next == gaps.size()) {
                control.stop();
                return GapMessage{};
            }
            return GapMessage{next++};
        });
        limiter_node<GapMessage> gapLimiter(g, limits.gapsInFlight);
        // One reader, in order: a keyframe shared by two gaps is decoded once and handed on.
        function_node<GapMessage, GapMessage> read(g, serial, [&](GapMessage m) {
            stages.read(gaps[m.index].gap);
            return m;
        });
        function_node<GapMessage, GapMessage> prepare(g, unlimited, [&](GapMessage m) {
            stages.prepare(gaps[m.index].gap);
            return m;
        });
        using Split = multifunction_node<GapMessage, std::tuple<FrameMessage>>;
        Split split(g, unlimited, [&](GapMessage m, Split::output_ports_type& ports) {
            for (std::size_t i = 0; i < gaps[m.index].frames.size(); ++i)
                std::get<0>(ports).try_put({firstOrder[m.index] + i, m.index, gaps[m.index].frames[i]});
        });
        // Gaps are prepared side by side and may finish out of order; frames are let in by their order, so
        // that the ones the collector waits for are never kept out by later ones.
        sequencer_node<FrameMessage> inOrder(g, [](const FrameMessage& m) { return m.order; });
        limiter_node<FrameMessage> frameLimiter(g, limits.framesInFlight);
        const auto stage = [&](const std::function<void(std::size_t)>& body) {
            return function_node<FrameMessage, FrameMessage>(g, unlimited, [&body](FrameMessage m) {
                body(m.frame);
                return m;
            });
        };
        auto motion = stage(stages.motion);
        auto network = stage(stages.network);
        auto synthesis = stage(stages.synthesis);
        auto risk = stage(stages.risk);
        auto write = stage(stages.write);
        sequencer_node<FrameMessage> finished(g, [](const FrameMessage& m) { return m.order; });
        using Collect = multifunction_node<FrameMessage, std::tuple<continue_msg, continue_msg>>;
        Collect collect(g, serial, [&](FrameMessage m, Collect::output_ports_type& ports) {
            stages.collect(m.frame);
            std::get<0>(ports).try_put({});
            if (--remaining[m.gap] == 0) {
                stages.release(gaps[m.gap].gap);
                std::get<1>(ports).try_put({});
            }
        });

        make_edge(source, gapLimiter);
        make_edge(gapLimiter, read);
        make_edge(read, prepare);
        make_edge(prepare, split);
        make_edge(output_port<0>(split), inOrder);
        make_edge(inOrder, frameLimiter);
        make_edge(frameLimiter, motion);
        make_edge(motion, network);
        make_edge(network, synthesis);
        make_edge(synthesis, risk);
        make_edge(risk, write);
        make_edge(write, finished);
        make_edge(finished, collect);
        make_edge(output_port<0>(collect), frameLimiter.decrementer());
        make_edge(output_port<1>(collect), gapLimiter.decrementer());

        source.activate();
        g.wait_for_all();
    });
}

} // namespace inbetween
