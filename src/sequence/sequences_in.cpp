#include "sequence/sequences_in.h"

#include "inbetween/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <strings.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

bool isExr(const std::string& name) {
    return ::strcasecmp(fs::path(name).extension().c_str(), ".exr") == 0;
}

// The padding that most files agree with. Without any leading zero the shortest number tells.
int commonPadding(const NumberedFiles& files) {
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

} // namespace

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
        throw Error(ErrorKind::input,
                    fmt::format("{}: the folder cannot be read: {}", directory.string(), error.message()));
    std::sort(names.begin(), names.end());
    return names;
}

NumberedGroups groupFiles(const fs::path& directory) {
    std::vector<std::string> names = fileNames(directory);
    std::erase_if(names, [](const std::string& name) { return !isExr(name); });
    return groupByFrame(names, directory);
}

std::vector<NumberedFiles> sequencesIn(const fs::path& directory) {
    return groupFiles(directory).sequences;
}

std::vector<int> numbersOf(const NumberedFiles& files) {
    std::vector<int> numbers;
    for (const NumberedFile& file : files)
        numbers.push_back(file.name.number);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

FramePattern patternOf(const NumberedFiles& files, const fs::path& directory) {
    return {directory, files.front().name.prefix, files.front().name.suffix, commonPadding(files)};
}

} // namespace inbetween
