#include "inbetween/network.h"
#include "network/common.h"
#include "network/convolution.h"
#include "network/embedded_weights.h"
#include "network/ibmatch.h"

#include <tbb/task_arena.h>

namespace inbetween {
namespace {

ElementType matcherType(Precision wanted) {
    if (wanted == Precision::int8 || wanted == Precision::automatic)
        return hasBfloat16Arithmetic() ? ElementType::bfloat16 : ElementType::float32;
    return elementType(wanted);
}

} // namespace

struct Matcher::Impl {
    ModelInfo info;
    Precision precision;
    IbMatch net;

    Impl(const Safetensors& file, std::span<const std::byte> bytes, ElementType type)
        : info(modelInfo(file, bytes, "ibmatch")), precision(precisionOf(type)), net(file, type) {}
};

Matcher::Matcher(Precision precision) {
    const std::span<const std::byte> bytes = embeddedMatchWeights();
    impl_ = std::make_unique<Impl>(Safetensors("built in", bytes), bytes, matcherType(precision));
}

Matcher::~Matcher() = default;

const ModelInfo& Matcher::model() const {
    return impl_->info;
}

Precision Matcher::precision() const {
    return impl_->precision;
}

FlowPair Matcher::match(const View& view) const {
    checkSizes(view);
    // While it waits, a thread helps with these keyframes only.
    return tbb::this_task_arena::isolate([&] { return impl_->net.match(view); });
}

} // namespace inbetween
