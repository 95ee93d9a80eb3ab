#include "inbetween/sequence.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace inbetween {
namespace {

using Kind = UnfilledGap::Kind;

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

std::string missingText(int key0, int key1) {
    return long(key1) - key0 == 2 ? fmt::format("frame {}", key0 + 1)
                                  : fmt::format("frames {}-{}", key0 + 1, key1 - 1);
}

// Beyond the first and the last keyframe that can be used.
UnfilledGap upToUnusable(const Sequence& sequence, int key0, int key1) {
    const int unusable = sequence.find(key0) ? key1 : key0;
    return {Kind::keyframeUnusable, key0, key1,
            fmt::format("{}: cannot be used, and there is no keyframe beyond it; render it again",
                        sequence.pattern.path(unusable).string())};
}

UnfilledGap betweenDifferent(const SequenceFrame& key0, const SequenceFrame& key1, const std::string& why) {
    return {Kind::keyframesDiffer, key0.number, key1.number,
            fmt::format("{}: {}; render {}, or one of these two keyframes like the other", key1.path.string(),
                        why, missingText(key0.number, key1.number))};
}

} // namespace

std::vector<int> Sequence::bounds() const {
    std::vector<int> numbers;
    for (const SequenceFrame& key : keyframes)
        numbers.push_back(key.number);
    const auto isBeyond = [&](int number) {
        return keyframes.empty() || number < keyframes.front().number || number > keyframes.back().number;
    };
    std::copy_if(unusable.begin(), unusable.end(), std::back_inserter(numbers), isBeyond);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

void findGaps(Sequence& sequence) {
    sequence.gaps.clear();
    sequence.unfilled.clear();
    std::erase_if(sequence.problems,
                  [](const SequenceProblem& p) { return p.kind == SequenceProblem::Kind::gapTooLarge; });
    const std::vector<int> bounds = sequence.bounds();
    for (std::size_t i = 1; i < bounds.size(); ++i) {
        const int key0 = bounds[i - 1], key1 = bounds[i];
        if (long(key1) - key0 < 2)
            continue;
        const SequenceFrame *first = sequence.find(key0), *second = sequence.find(key1);
        if (!first || !second) {
            sequence.unfilled.push_back(upToUnusable(sequence, key0, key1));
        } else if (long(key1) - key0 > sequence.maxGap) {
            sequence.problems.push_back(tooLarge(sequence, key0, key1));
            sequence.unfilled.push_back(
                {Kind::tooLarge, key0, key1,
                 fmt::format("the gap between {} and {} is over --max-gap {}", key0, key1, sequence.maxGap)});
        } else if (const std::string why = difference(*first, *second); !why.empty()) {
            sequence.unfilled.push_back(betweenDifferent(*first, *second, why));
        } else {
            Gap gap{key0, key1, {}};
            for (int n = key0 + 1; n < key1; ++n)
                gap.missing.push_back(n);
            sequence.gaps.push_back(std::move(gap));
        }
    }
    std::stable_sort(sequence.problems.begin(), sequence.problems.end(),
                     [](const SequenceProblem& a, const SequenceProblem& b) { return a.frame < b.frame; });
}

} // namespace inbetween
