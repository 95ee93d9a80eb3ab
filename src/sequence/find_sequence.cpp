#include "inbetween/error.h"
#include "inbetween/sequence.h"
#include "sequence/frame_pattern.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <map>
#include <strings.h>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

struct NumberedFile {
    NumberedName name;
    fs::path path;
};
using Files = std::vector<NumberedFile>;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", path.string(), why));
}

std::vector<std::string> fileNames(const fs::path& directory) {
    std::error_code error;
    fs::directory_iterator it(directory, error);
    std::vector<std::string> names;
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
        std::error_code ignored;
        const std::string name = it->path().filename().string();
        // Temporaries are hidden files. A broken link stays: it becomes a keyframe that cannot be read, not a
        // gap.
        if (!name.starts_with('.') && !it->is_directory(ignored))
            names.push_back(name);
    }
    if (error)
        fail(directory, fmt::format("the folder cannot be read: {}", error.message()));
    std::sort(names.begin(), names.end());
    return names;
}

bool isExr(const std::string& name) {
    return ::strcasecmp(fs::path(name).extension().c_str(), ".exr") == 0;
}

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

// All sequences of the folder, by prefix and suffix; ".EXR" of a re-rendered frame belongs to ".exr".
std::vector<Files> groupFiles(const fs::path& directory) {
    std::map<std::pair<std::string, std::string>, Files> groups;
    for (const std::string& file : fileNames(directory))
        if (isExr(file))
            if (auto name = splitName(file))
                groups[{name->prefix, lowerCase(name->suffix)}].push_back({*name, directory / file});
    std::vector<Files> list;
    for (auto& [key, files] : groups)
        list.push_back(std::move(files));
    return list;
}

std::vector<int> numbersOf(const Files& files) {
    std::vector<int> numbers;
    for (const NumberedFile& file : files)
        numbers.push_back(file.name.number);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

// The padding that most files agree with. Without any leading zero the shortest number tells.
int commonPadding(const Files& files) {
    std::map<int, int> votes;
    int shortest = 10;
    for (const NumberedFile& file : files) {
        const int digits = static_cast<int>(file.name.digits.size());
        shortest = std::min(shortest, digits + (file.name.number < 0));
        if (digits > 1 && file.name.digits.front() == '0')
            ++votes[digits + (file.name.number < 0)];
    }
    if (votes.empty())
        return shortest;
    return std::max_element(votes.begin(), votes.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

FramePattern patternOf(const Files& files, const fs::path& directory) {
    return {directory, files.front().name.prefix, files.front().name.suffix, commonPadding(files)};
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
    const std::vector<Files> groups = groupFiles(directory);
    return groups.empty() ? "the folder has no numbered .exr files"
                          : "there is " + describe(groups, directory);
}

Files onlySequence(const std::vector<Files>& groups, const fs::path& directory) {
    std::vector<Files> sequences;
    for (const Files& files : groups)
        if (numbersOf(files).size() > 1)
            sequences.push_back(files);
    if (sequences.size() == 1)
        return sequences.front();
    if (sequences.size() > 1)
        fail(directory, fmt::format("the folder has several sequences: {}; give one of them as a pattern",
                                    describe(sequences, directory)));
    if (groups.empty())
        fail(directory, "the folder has no frames: no .exr file with a frame number in its name");
    if (groups.size() > 1)
        fail(directory,
             fmt::format("no two frames belong together: {}; at least two keyframes of one name are needed",
                         describe(groups, directory)));
    return groups.front();
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
