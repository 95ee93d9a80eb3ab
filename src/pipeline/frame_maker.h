// The stages between the keyframes and a finished frame: computing alone, no input or output.
#pragma once

#include "inbetween/network.h"
#include "pipeline/flow_graph.h"
#include "pipeline/frame.h"

#include <vector>

namespace inbetween {

// Constant: used by all threads at once.
class FrameMaker {
public:
    struct Options {
        PairOptions pair;
        double factor = 1;     // on predicted errors: see RiskInput
        bool keepMaps = false; // the maps behind the score, of every frame
    };
    // The network must live as long.
    FrameMaker(const Network& network, const Options& options) : network_(network), options_(options) {}

    // Gives the frames of a gap their pairs, or the reason why there are none.
    void prepare(GapWork& work) const;

    void motion(Frame& frame) const;
    void network(Frame& frame) const;
    void synthesis(Frame& frame) const; // then joins the groups
    void risk(Frame& frame) const;      // the frame's is that of its worst group
    std::vector<Stage> stages() const;  // these four

private:
    Pair pairOf(const GapWork& work, std::size_t group) const;

    const Network& network_;
    const Options options_;
};

} // namespace inbetween
