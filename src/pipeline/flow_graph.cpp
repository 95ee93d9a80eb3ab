#include "pipeline/flow_graph.h"

#include "pipeline/frame.h"

#include <deque>
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace inbetween {
namespace {

using namespace tbb::flow;

// Messages are copied by the graph: what they carry is owned once all the same, and leaves with the last one.
struct GapMessage {
    std::size_t firstOrder = 0; // of its frames, over all gaps
    std::shared_ptr<GapWork> work;
};
struct FrameMessage {
    std::size_t order = 0;
    std::shared_ptr<std::size_t> left; // frames of its gap that were not yet at the sink
    std::shared_ptr<std::unique_ptr<Frame>> frame;
};

void runStage(const Stage& stage, Frame& frame) {
    if (!frame.isWell())
        return;
    try {
        stage.function(frame);
    } catch (const std::exception& error) {
        frame.record.error = reasonOf(error);
        frame.gap.reset();
        frame.groups.clear();
    }
}

} // namespace

void runGraph(const GapSource& source, const std::function<void(GapWork&)>& prepare,
              const std::vector<Stage>& stages, const std::function<void(std::unique_ptr<Frame>)>& sink,
              const GraphLimits& limits) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                      std::size_t(limits.threads));
    tbb::task_arena arena(limits.threads);
    arena.execute([&] {
        graph g;

        std::size_t next = 0, order = 0;
        input_node<std::size_t> gaps(g, [&](tbb::flow_control& flow) {
            if (next == source.gaps)
                flow.stop();
            return next < source.gaps ? next++ : next;
        });
        limiter_node<std::size_t> gapLimiter(g, limits.gapsInFlight);
        // One reader, in order: a keyframe shared by several gaps is decoded once and handed on.
        function_node<std::size_t, GapMessage> read(g, serial, [&](std::size_t gap) {
            GapMessage message{order, source.read(gap)};
            order += message.work->frames.size();
            return message;
        });
        using Prepare = multifunction_node<GapMessage, std::tuple<FrameMessage>>;
        Prepare prepared(g, unlimited, [&](const GapMessage& message, Prepare::output_ports_type& ports) {
            prepare(*message.work);
            std::vector<std::unique_ptr<Frame>> frames = std::move(message.work->frames);
            *message.work = {}; // the graph may keep the message for a while
            const auto left = std::make_shared<std::size_t>(frames.size());
            for (std::size_t i = 0; i < frames.size(); ++i)
                std::get<0>(ports).try_put({message.firstOrder + i, left,
                                            std::make_shared<std::unique_ptr<Frame>>(std::move(frames[i]))});
        });
        // Gaps are prepared side by side and may finish out of order; frames are let in by their order, so
        // that the ones the sink waits for are never kept out by later ones.
        const auto orderOf = [](const FrameMessage& message) { return message.order; };
        sequencer_node<FrameMessage> inOrder(g, orderOf);
        limiter_node<FrameMessage> frameLimiter(g, limits.framesInFlight);
        using StageNode = function_node<FrameMessage, FrameMessage>;
        std::deque<StageNode> nodes; // which do not move
        for (const Stage& stage : stages)
            nodes.emplace_back(g, unlimited, [&stage](const FrameMessage& message) {
                runStage(stage, **message.frame);
                return message;
            });
        sequencer_node<FrameMessage> finished(g, orderOf);
        using Collect = multifunction_node<FrameMessage, std::tuple<continue_msg, continue_msg>>;
        Collect collect(g, serial, [&](const FrameMessage& message, Collect::output_ports_type& ports) {
            sink(std::move(*message.frame));
            std::get<0>(ports).try_put({});
            if (--*message.left == 0)
                std::get<1>(ports).try_put({});
        });

        make_edge(gaps, gapLimiter);
        make_edge(gapLimiter, read);
        make_edge(read, prepared);
        make_edge(output_port<0>(prepared), inOrder);
        make_edge(inOrder, frameLimiter);
        sender<FrameMessage>* last = &frameLimiter;
        for (StageNode& node : nodes) {
            make_edge(*last, node);
            last = &node;
        }
        make_edge(*last, finished);
        make_edge(finished, collect);
        make_edge(output_port<0>(collect), frameLimiter.decrementer());
        make_edge(output_port<1>(collect), gapLimiter.decrementer());

        gaps.activate();
        g.wait_for_all();
    });
}

} // namespace inbetween
