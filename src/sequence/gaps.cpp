#include "inbetween/sequence.h"

#include <algorithm>
#include <fmt/format.h>

namespace inbetween {
namespace {

SequenceProblem tooLarge(const Sequence& sequence, long key0, long key1) {
    const std::string missing = key1 - key0 == 2 ? fmt::format("frame {} is", key0 + 1)
                                                 : fmt::format("frames {}-{} are", key0 + 1, key1 - 1);
    return {SequenceProblem::Kind::gapTooLarge,
            static_cast<int>(key0 + 1),
            {},
            fmt::format(
                "{}: {} missing, {} frames from keyframe {} to {}, and gaps over {} are not bridged; render "
                "some of them, or raise --max-gap",
                (sequence.pattern.directory / sequence.pattern.text()).string(), missing, key1 - key0, key0,
                key1, sequence.maxGap)};
}

} // namespace

void findGaps(Sequence& sequence) {
    sequence.gaps.clear();
    std::erase_if(sequence.problems,
                  [](const SequenceProblem& p) { return p.kind == SequenceProblem::Kind::gapTooLarge; });
    for (std::size_t i = 1; i < sequence.keyframes.size(); ++i) {
        const long key0 = sequence.keyframes[i - 1].number, key1 = sequence.keyframes[i].number;
        if (key1 - key0 < 2)
            continue;
        if (key1 - key0 > sequence.maxGap) {
            sequence.problems.push_back(tooLarge(sequence, key0, key1));
            continue;
        }
        Gap gap{static_cast<int>(key0), static_cast<int>(key1), {}};
        for (long n = key0 + 1; n < key1; ++n)
            gap.missing.push_back(static_cast<int>(n));
        sequence.gaps.push_back(std::move(gap));
    }
    std::stable_sort(sequence.problems.begin(), sequence.problems.end(),
                     [](const SequenceProblem& a, const SequenceProblem& b) { return a.frame < b.frame; });
}

} // namespace inbetween
