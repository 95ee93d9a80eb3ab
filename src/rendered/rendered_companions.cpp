#include "rendered/rendered_companions.h"

#include "base/atomic_file.h"
#include "rendered/rendered_frames.h"
#include "sequence/frame_pattern.h"

#include <algorithm>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> entriesOf(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
         it.increment(error))
        if (!it->path().filename().string().starts_with('.'))
            entries.push_back(it->path());
    std::ranges::sort(entries);
    return entries;
}

// Files that are called like another sequence's tell by their folder what they are.
bool mayBeIn(const Companion& companion, const fs::path& folder) {
    return companion.folder.empty() || folder.filename() == companion.folder ||
           folder.filename() == companion.pattern.directory.filename();
}

} // namespace

void storeCompanions(const fs::path& what, const fs::path& out, const Sequence& sequence,
                     const std::set<int>& frames) {
    std::error_code ignored;
    std::vector<fs::path> folders{fs::is_directory(what, ignored) ? what : what.parent_path()};
    for (const fs::path& entry : entriesOf(folders.front()))
        if (fs::is_directory(entry, ignored))
            folders.push_back(entry);
    for (const fs::path& folder : folders)
        for (const fs::path& file : entriesOf(folder))
            for (const Companion& companion : sequence.companions) {
                const auto name = matchPattern(companion.pattern, file.filename().string());
                if (!name || !frames.contains(name->number) || !mayBeIn(companion, folder))
                    continue;
                const fs::path target = out / renderedFolder / companion.outputPath(name->number);
                makeFolderWithin(out, target.parent_path());
                copyIfDifferent(file, target);
            }
}

std::vector<fs::path> storedCompanions(const fs::path& out, const Sequence& sequence, int frame) {
    std::vector<fs::path> files;
    for (const Companion& companion : sequence.companions) {
        const fs::path file = out / renderedFolder / companion.outputPath(frame);
        std::error_code ignored;
        files.push_back(fs::is_regular_file(file, ignored) ? file : fs::path());
    }
    return files;
}

std::set<std::string> companionFolders(const Sequence& sequence) {
    std::set<std::string> folders;
    for (const Companion& companion : sequence.companions)
        if (!companion.folder.empty())
            folders.insert({companion.folder, companion.pattern.directory.filename().string()});
    return folders;
}

} // namespace inbetween
