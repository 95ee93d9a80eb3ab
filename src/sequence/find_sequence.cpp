#include "inbetween/error.h"
#include "inbetween/layer_sequences.h"
#include "inbetween/sequence.h"
#include "sequence/sequences_in.h"

#include <algorithm>
#include <fmt/format.h>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

using Files = NumberedFiles;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", path.string(), why));
}

std::string describe(const std::vector<Files>& groups, const fs::path& directory) {
    constexpr std::size_t most = 6;
    std::string text;
    for (std::size_t i = 0; i < std::min(groups.size(), most); ++i) {
        const std::vector<int> numbers = numbersOf(groups[i]);
        text += fmt::format("{}{} ({}{}{}, {} {})", i ? ", " : "", patternOf(groups[i], directory).text(),
                            numbers.front(), numbers.size() > 1 ? "-" : "",
                            numbers.size() > 1 ? std::to_string(numbers.back()) : "", numbers.size(),
                            numbers.size() == 1 ? "frame" : "frames");
    }
    if (groups.size() > most)
        text += fmt::format(", and {} more", groups.size() - most);
    return text;
}

std::string whatIsThere(const fs::path& directory) {
    NumberedGroups groups = groupFiles(directory);
    std::vector<Files>& all = groups.sequences;
    all.insert(all.end(), groups.unlikely.begin(), groups.unlikely.end());
    return all.empty() ? "the folder has no numbered .exr files" : "there is " + describe(all, directory);
}

// Of a sequence and stray files with the same name but for numbers: does one of them have a frame that the
// sequence lacks, as where a frame is there in another version only?
bool hasOthersFrames(const std::vector<Files>& groups, const Files& sequence) {
    const auto shape = [](const Files& files) {
        std::string name = files.front().path.filename().string();
        std::erase_if(name, [](char c) { return c >= '0' && c <= '9'; });
        return name;
    };
    const std::vector<int> numbers = numbersOf(sequence);
    return std::any_of(groups.begin(), groups.end(), [&](const Files& other) {
        return shape(other) == shape(sequence) &&
               !std::binary_search(numbers.begin(), numbers.end(), other.front().name.number);
    });
}

Files onlySequence(const NumberedGroups& groups, const fs::path& directory) {
    std::vector<Files> sequences;
    for (const Files& files : groups.sequences)
        if (numbersOf(files).size() > 1)
            sequences.push_back(files);
    if (sequences.size() == 1 && !hasOthersFrames(groups.sequences, sequences.front()))
        return sequences.front();
    if (!sequences.empty()) {
        const std::string join = joinCommand(findLayerSequences(directory));
        fail(directory, fmt::format("the folder has several sequences: {}; give one of them as a pattern{}{}",
                                    describe(sequences.size() > 1 ? sequences : groups.sequences, directory),
                                    join.empty() ? "" : ", or all layers of the shot together: ", join));
    }
    if (!groups.unlikely.empty())
        fail(directory,
             fmt::format("the names differ in a version, a camera or a pass, not in a frame number: "
                         "{}; where it is the frame number, give that pattern",
                         describe(groups.unlikely, directory)));
    if (groups.sequences.empty()) {
        const std::string join = joinCommand(findLayerSequences(directory));
        fail(directory,
             fmt::format("the folder has no frames: no .exr file with a frame number in its name{}{}",
                         join.empty() ? "" : "; its folders look like the layers of a shot: ", join));
    }
    if (groups.sequences.size() > 1)
        fail(directory,
             fmt::format("no two frames belong together: {}; at least two keyframes of one name are needed",
                         describe(groups.sequences, directory)));
    return groups.sequences.front();
}

// Of the files of one frame the one whose name is as the pattern writes it is used; the others are problems.
void takeKeyframes(Sequence& sequence, Files files) {
    std::stable_sort(files.begin(), files.end(), [&](const NumberedFile& a, const NumberedFile& b) {
        if (a.name.number != b.name.number)
            return a.name.number < b.name.number;
        const fs::path wanted = sequence.pattern.path(a.name.number);
        return a.path == wanted && b.path != wanted;
    });
    for (const NumberedFile& file : files) {
        const int number = file.name.number;
        if (sequence.keyframes.empty() || sequence.keyframes.back().number != number)
            sequence.keyframes.push_back({number, file.path});
        else
            sequence.problems.push_back(
                {SequenceProblem::Kind::doubled, number, file.path,
                 fmt::format("{}: frame {} is there twice; {} is used, delete one of them",
                             file.path.string(), number,
                             sequence.keyframes.back().path.filename().string())});
    }
}

void selectKeyframes(Sequence& sequence, const std::string& frameList) {
    const std::vector<int> wanted = parseFrameList(frameList);
    std::vector<int> missing;
    for (int number : wanted)
        if (!sequence.find(number))
            missing.push_back(number);
    const auto unwanted = [&](int number) {
        return !std::binary_search(wanted.begin(), wanted.end(), number);
    };
    std::erase_if(sequence.keyframes, [&](const SequenceFrame& f) { return unwanted(f.number); });
    std::erase_if(sequence.problems, [&](const SequenceProblem& p) { return unwanted(p.frame); });
    const fs::path name = sequence.pattern.directory / sequence.pattern.text();
    if (sequence.keyframes.size() < 2)
        fail(name, fmt::format("of the keyframes asked for ({}) {}; at least two are needed", frameList,
                               sequence.keyframes.empty() ? "none is there" : "only one is there"));
    if (!missing.empty())
        sequence.problems.push_back(
            {SequenceProblem::Kind::askedForButMissing,
             missing.front(),
             {},
             fmt::format("{}: {} {} asked for as {}, but not there; render {}, or correct --frames",
                         name.string(), formatFrameList(missing), missing.size() == 1 ? "was" : "were",
                         missing.size() == 1 ? "a keyframe" : "keyframes",
                         missing.size() == 1 ? "it" : "them")});
}

Sequence makeSequence(const FramePattern& pattern, const Files& files, const SequenceOptions& options) {
    Sequence sequence;
    sequence.pattern = pattern;
    sequence.maxGap = options.maxGap;
    sequence.useGenerated = options.useGenerated;
    takeKeyframes(sequence, files);
    if (sequence.keyframes.size() < 2)
        fail(sequence.keyframes.front().path, "this is the only frame; at least two keyframes are needed");
    if (options.frames)
        selectKeyframes(sequence, *options.frames);
    findGaps(sequence);
    return sequence;
}

Sequence findInFolder(const fs::path& directory, const SequenceOptions& options) {
    const Files files = onlySequence(groupFiles(directory), directory);
    return makeSequence(patternOf(files, directory), files, options);
}

Sequence findByPattern(const FramePattern& pattern, const SequenceOptions& options) {
    std::error_code ignored;
    const fs::path text = pattern.directory / pattern.text();
    if (!fs::is_directory(pattern.directory, ignored))
        fail(text, fmt::format("there is no folder {}", pattern.directory.string()));
    Files files;
    for (const std::string& file : fileNames(pattern.directory))
        if (auto name = matchPattern(pattern, file))
            files.push_back({*name, pattern.directory / file});
    if (files.empty())
        fail(text, fmt::format("no file has such a name; {}", whatIsThere(pattern.directory)));
    return makeSequence(pattern, files, options);
}

} // namespace

const SequenceFrame* Sequence::find(int number) const {
    const auto it = std::lower_bound(keyframes.begin(), keyframes.end(), number,
                                     [](const SequenceFrame& f, int n) { return f.number < n; });
    return it != keyframes.end() && it->number == number ? &*it : nullptr;
}

Sequence findSequence(const std::string& what, const SequenceOptions& options) {
    if (what.empty())
        throw Error(ErrorKind::input,
                    "no keyframes were given: give a folder, or a pattern such as shot.####.exr");
    const fs::path path(what);
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status))
        return findInFolder(path, options);
    if (fs::exists(status)) {
        const auto name = splitName(path.filename().string());
        const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
        const std::string hint = name ? fmt::format(" or the pattern {}",
                                                    patternOf({{*name, path}}, folder).text())
                                      : "";
        fail(path, fmt::format("this is one file; give its folder{}", hint));
    }
    if (const auto pattern = parsePattern(path))
        return findByPattern(*pattern, options);
    if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
        fail(path, error.message());
    fail(path, "there is no such folder; give a folder, or a pattern such as shot.####.exr");
}

} // namespace inbetween
