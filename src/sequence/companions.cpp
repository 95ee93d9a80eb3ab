#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "sequence/layer_words.h"

#include <algorithm>
#include <fmt/format.h>

namespace inbetween {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& why) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", what, why));
}

std::string textOf(const FramePattern& pattern) {
    return (pattern.directory / pattern.text()).string();
}

bool isSame(const FramePattern& a, const FramePattern& b) {
    std::error_code ignored;
    return a.prefix == b.prefix && a.suffix == b.suffix &&
           std::filesystem::equivalent(a.directory, b.directory, ignored);
}

// Names that would clash go to a folder called like the layer; those that a run uses itself are not for it.
std::string outputFolder(const Sequence& sequence, const FramePattern& pattern, const std::string& layer) {
    const auto clashes = [&](const FramePattern& other) { return other.text() == pattern.text(); };
    const auto& companions = sequence.companions;
    if (!clashes(sequence.pattern) &&
        std::ranges::none_of(companions, [&](const Companion& other) { return clashes(other.pattern); }))
        return "";
    std::string folder = layer;
    const auto isTaken = [&] {
        return std::ranges::find(companions, folder, &Companion::folder) != companions.end() ||
               folder == "rendered" || folder == "risk" || folder == "shards";
    };
    while (isTaken())
        folder += "_";
    return folder;
}

void addCompanion(Sequence& sequence, const std::string& what) {
    SequenceOptions all;
    all.useGenerated = true; // looked at where it is read
    const Sequence found = findSequence(what, all);
    const auto isGiven = [&](const Companion& other) { return isSame(other.pattern, found.pattern); };
    if (isSame(sequence.pattern, found.pattern) || std::ranges::any_of(sequence.companions, isGiven))
        fail(what, "this sequence is given twice; leave it out once");
    std::vector<int> missing;
    for (SequenceFrame& key : sequence.keyframes) {
        const SequenceFrame* file = found.find(key.number);
        key.companions.push_back(file ? file->path : std::filesystem::path());
        if (!file)
            missing.push_back(key.number);
    }
    if (missing.size() == sequence.keyframes.size())
        fail(what, fmt::format("it has none of the frames of {}; give sequences of one shot",
                               textOf(sequence.pattern)));
    const std::string layer = layerName(found.pattern, sequence.pattern);
    sequence.companions.push_back({found.pattern, layer, outputFolder(sequence, found.pattern, layer)});
    if (!missing.empty())
        sequence.problems.push_back(
            {SequenceProblem::Kind::askedForButMissing,
             missing.front(),
             {},
             fmt::format("{}: keyframes {} are missing, and so will be its frames beside them; render them",
                         textOf(found.pattern), formatFrameList(missing))});
}

} // namespace

std::filesystem::path Companion::outputPath(int frame) const {
    return std::filesystem::path(folder) / pattern.path(frame).filename();
}

void addCompanions(Sequence& sequence, const std::vector<std::string>& companions) {
    for (const std::string& what : companions)
        addCompanion(sequence, what);
}

} // namespace inbetween
