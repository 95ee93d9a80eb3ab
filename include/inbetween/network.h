// The interpolation network and the matching network, on oneDNN.
#pragma once

#include "inbetween/motion.h"
#include "inbetween/synthesis.h"
#include "inbetween/view.h"

#include <filesystem>
#include <memory>
#include <string>

namespace inbetween {

// automatic: bfloat16 where the processor has it, else int8 where it has VNNI.
enum class Precision { automatic, float32, bfloat16, int8 };
Precision parsePrecision(const std::string& name); // auto|float32|bfloat16|int8; throws Error(usage)
const char* nameOf(Precision precision);

struct ModelInfo {
    std::string name;    // "ibnet2", "ibmatch"
    std::string version; // from the file's metadata
    std::string hash;    // XXH3-128 of the file, hex
    std::string source;  // "built in" or the path
};

// Immutable after construction; infer() may be called from several threads at once.
class Network {
public:
    // An empty path takes the weights that are built in. Throws Error(model): the file, the layer, expected, actual.
    explicit Network(const std::filesystem::path& weights = {}, Precision precision = Precision::automatic);
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    const ModelInfo& model() const;
    Precision precision() const;               // never automatic
    std::string instructionSet() const;        // what oneDNN dispatches to, e.g. "AVX512_CORE_BF16"

    // Runs on the calling thread's TBB arena; the bits do not depend on its size.
    // time in (0, 1). Any canvas size from 1x1. The field takes the place of the prior: move it in.
    Field infer(const View& view, MotionPrior prior, double time) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Finds where everything in one keyframe is in the other, with a network that compares them over all distances. Immutable after
// construction; match() may be called from several threads at once.
class Matcher {
public:
    // The weights that are built in. int8 is not there: it takes the next best. Throws Error(usage) for a precision that the
    // processor does not have.
    explicit Matcher(Precision precision = Precision::automatic);
    ~Matcher();
    Matcher(const Matcher&) = delete;
    Matcher& operator=(const Matcher&) = delete;

    const ModelInfo& model() const;
    Precision precision() const; // float32 or bfloat16

    // Works on pictures of about 1280x720 pixels; the flow is no finer than they are. With agreement. Any canvas from 1x1. Runs
    // on the calling thread's TBB arena; the bits do not depend on its size.
    FlowPair match(const View& view) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The field that the prior gives alone, without a network: weights from time, confidence and depth order.
Field fieldFromPrior(MotionPrior prior, double time);

} // namespace inbetween
