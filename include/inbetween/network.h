// The interpolation network, on oneDNN.
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
    std::string name;    // "ibnet2"
    std::string version; // from the file's metadata
    std::string hash;    // XXH3-128 of the file, hex
    std::string source;  // "built in" or the path
};

// Immutable after construction; infer() may be called from several threads at once.
class Network {
public:
    // An empty path takes the weights that are built in. Throws Error(model): the file, the layer, expected,
    // actual.
    explicit Network(const std::filesystem::path& weights = {}, Precision precision = Precision::automatic);
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    const ModelInfo& model() const;
    Precision precision() const;        // never automatic
    std::string instructionSet() const; // what oneDNN dispatches to, e.g. "AVX512_CORE_BF16"

    // Runs on the calling thread's TBB arena; the bits do not depend on its size.
    // time in (0, 1). Any canvas size from 1x1. The field takes the place of the prior: move it in.
    Field infer(const View& view, MotionPrior prior, double time) const;
    // The same with everything turned by 180 degrees and played backwards on the way in, and back on the way
    // out. A network does not see it then as it sees it otherwise: where the two differ, neither is sure.
    Field inferRotated(View view, MotionPrior prior, double time) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The field that the prior gives alone, without a network: weights from time, confidence and depth order.
Field fieldFromPrior(MotionPrior prior, double time);

} // namespace inbetween
