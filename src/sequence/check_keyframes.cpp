#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/sequence.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <map>
#include <set>

namespace inbetween {
namespace {

struct CheckedKeyframe {
    SequenceFrame frame;
    ExrInfo info;
};
using Checked = std::vector<CheckedKeyframe>;

SequenceProblem problem(SequenceProblem::Kind kind, const SequenceFrame& frame, const std::string& message) {
    return {kind, frame.number, frame.path, message};
}

// What most keyframes have; of equals the earliest.
template <class Property> auto majority(const Checked& keyframes, Property property) {
    using Value = decltype(property(keyframes.front().info));
    std::vector<std::pair<Value, int>> votes;
    for (const CheckedKeyframe& key : keyframes) {
        const Value value = property(key.info);
        const auto it = std::find_if(votes.begin(), votes.end(),
                                     [&](const auto& vote) { return vote.first == value; });
        if (it == votes.end())
            votes.push_back({value, 1});
        else
            ++it->second;
    }
    return std::max_element(votes.begin(), votes.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

// Keeps the keyframes that have what most have; the others become problems with the message that `explain`
// finds.
template <class Property, class Explain>
void keepMajority(Checked& keyframes, std::vector<SequenceProblem>& problems, SequenceProblem::Kind kind,
                  Property property, Explain explain) {
    if (keyframes.empty())
        return;
    const auto usual = majority(keyframes, property);
    std::erase_if(keyframes, [&](const CheckedKeyframe& key) {
        const auto value = property(key.info);
        if (value == usual)
            return false;
        problems.push_back(
            problem(kind, key.frame,
                    fmt::format("{}: {}; render it again", key.frame.path.string(), explain(value, usual))));
        return true;
    });
}

Box displayWindow(const ExrInfo& info) {
    return info.displayWindow;
}

std::string explainSize(const Box& here, const Box& usual) {
    const auto size = [](const Box& b) {
        return fmt::format("{}x{} at {},{}", width(b), height(b), b.min.x, b.min.y);
    };
    return fmt::format("the display window is {}, that of the other keyframes {}", size(here), size(usual));
}

using Names = std::set<std::string>;

Names channelNames(const ExrInfo& info) {
    Names names;
    for (const ExrInfo::PartInfo& part : info.parts)
        for (const ExrInfo::ChannelInfo& channel : part.channels)
            names.insert(info.parts.size() > 1 ? part.name + ":" + channel.name : channel.name);
    return names;
}

std::string explainChannels(const Names& here, const Names& usual) {
    const auto difference = [](const Names& a, const Names& b) {
        constexpr std::size_t most = 8;
        std::vector<std::string> names;
        std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(names));
        const std::size_t more = names.size() > most ? names.size() - most : 0;
        names.resize(names.size() - more);
        return names.empty() ? "nothing"
                             : fmt::format("{}{}", fmt::join(names, ", "),
                                           more ? fmt::format(" and {} more", more) : "");
    };
    return fmt::format(
        "the channels differ from those of the other keyframes: it lacks {}, and has {} besides",
        difference(usual, here), difference(here, usual));
}

} // namespace

Sequence checkKeyframes(Sequence sequence, const ReadOptions& options) {
    Checked keyframes;
    std::vector<SequenceProblem> found;
    for (const SequenceFrame& frame : sequence.keyframes) {
        try {
            keyframes.push_back({frame, readExrInfo(frame.path, options)});
        } catch (const Error& error) {
            found.push_back(problem(SequenceProblem::Kind::unreadable, frame, error.what()));
        }
    }
    keepMajority(keyframes, found, SequenceProblem::Kind::otherSize, displayWindow, explainSize);
    keepMajority(keyframes, found, SequenceProblem::Kind::otherChannels, channelNames, explainChannels);
    if (keyframes.size() < 2)
        throw Error(ErrorKind::input,
                    fmt::format("{}: fewer than two of the {} keyframes can be used together{}{}",
                                (sequence.pattern.directory / sequence.pattern.text()).string(),
                                sequence.keyframes.size(), found.empty() ? "" : "; ",
                                found.empty() ? "" : found.front().message));
    sequence.keyframes.clear();
    for (const CheckedKeyframe& key : keyframes)
        sequence.keyframes.push_back(key.frame);
    sequence.problems.insert(sequence.problems.end(), found.begin(), found.end());
    findGaps(sequence);
    return sequence;
}

} // namespace inbetween
