#include "pipeline/memory_budget.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

std::optional<std::size_t> readNumber(const fs::path& path) {
    std::ifstream file(path);
    std::size_t value = 0;
    if (file >> value)
        return value;
    return std::nullopt; // "max", or a file that is not there
}

// The value of `key` in a file of lines "key value"; 0 where it is not.
std::size_t readKey(const fs::path& path, const std::string& key) {
    std::ifstream file(path);
    std::string name;
    for (std::size_t value = 0; file >> name >> value;)
        if (name == key)
            return value;
    return 0;
}

struct CgroupFiles {
    const char *limit, *used, *fileCache; // the last: a key of memory.stat
};
constexpr CgroupFiles version1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr CgroupFiles version2{"memory.max", "memory.current", "inactive_file"};

std::optional<std::size_t> memoryLeftIn(const fs::path& cgroup, const CgroupFiles& files) {
    const auto limit = readNumber(cgroup / files.limit), used = readNumber(cgroup / files.used);
    if (!limit || !used)
        return std::nullopt;
    const std::size_t held = *used - std::min(*used, readKey(cgroup / "memory.stat", files.fileCache));
    return *limit - std::min(*limit, held);
}

std::size_t availableMemory() {
    std::ifstream meminfo("/proc/meminfo");
    std::string key;
    std::size_t kilobytes = 0;
    for (std::string line; meminfo >> key >> kilobytes && std::getline(meminfo, line);)
        if (key == "MemAvailable:")
            return kilobytes * 1024;
    return std::size_t(2) << 30;
}

} // namespace

std::optional<std::size_t> memoryLeftByCgroups(const fs::path& ofProcess, const fs::path& root) {
    std::optional<std::size_t> least;
    std::ifstream file(ofProcess);
    // Lines as 0::/path (version 2) and 4:memory,hugetlb:/path (version 1).
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos)
            continue;
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        const bool is2 = controllers == ",,";
        if (!is2 && controllers.find(",memory,") == std::string::npos)
            continue;
        const CgroupFiles& files = is2 ? version2 : version1;
        const fs::path mounted = is2 ? root : root / "memory";
        // Within a container the path may be the host's, and not be there: the mount's own files then hold
        // the limit.
        for (fs::path inner = fs::path(line.substr(second + 1)).relative_path();;
             inner = inner.parent_path()) {
            if (const auto left = memoryLeftIn(mounted / inner, files))
                least = std::min(least.value_or(*left), *left);
            if (inner.empty())
                break;
        }
    }
    return least;
}

std::size_t defaultMemoryBytes() {
    const std::size_t available = availableMemory();
    return std::min(available,
                    memoryLeftByCgroups("/proc/self/cgroup", "/sys/fs/cgroup").value_or(available)) /
           2;
}

} // namespace inbetween
