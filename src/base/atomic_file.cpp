#include "base/atomic_file.h"

#include "base/text.h"
#include "inbetween/error.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace inbetween {
namespace {

constexpr std::string_view temporarySuffix = ".part";

[[noreturn]] void fail(const std::filesystem::path& target, const char* what, int error) {
    throw Error(ErrorKind::output,
                fmt::format("{}: cannot {}: {}", target.string(), what, systemError(error)));
}

// The mask can only be read by setting it: once, so that threads that do it at the same time cannot leave 0
// behind.
mode_t fileCreationMask() {
    static const mode_t mask = [] {
        const mode_t current = ::umask(0);
        ::umask(current);
        return current;
    }();
    return mask;
}

void syncPath(const std::filesystem::path& path, int flags, const std::filesystem::path& target) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
    if (fd < 0)
        fail(target, "open for syncing", errno);
    const int rc = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    // Some network file systems refuse to sync folders; the data itself is safe by then.
    if (rc != 0 && error != EINVAL && error != ENOTSUP && error != EROFS)
        fail(target, "sync", error);
}

// This machine's name without the characters that part a temporary's name.
std::string hostName() {
    char name[65] = "";
    ::gethostname(name, sizeof name - 1);
    std::string host(name);
    std::erase_if(host, [](char c) { return c == '.' || c == '-' || c == '/'; });
    return host.substr(0, 20);
}

// Is nobody writing this temporary any more? Its name says who did: ".NAME.HOST-PID-XXXXXX.part". Processes
// of other machines cannot be asked; a day is longer than any write.
bool isStale(const std::filesystem::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    const std::string owner = name.substr(0, name.size() - temporarySuffix.size());
    const std::string mine = hostName() + "-";
    if (const std::size_t dot = owner.rfind('.'); owner.compare(dot + 1, mine.size(), mine) == 0) {
        pid_t pid = 0;
        const char* digits = owner.data() + dot + 1 + mine.size();
        const auto [end, failed] = std::from_chars(digits, owner.data() + owner.size(), pid);
        if (failed == std::errc() && *end == '-' && pid > 0)
            return ::kill(pid, 0) != 0 && errno == ESRCH;
    }
    std::error_code error;
    const auto written = entry.last_write_time(error);
    return !error && std::filesystem::file_time_type::clock::now() - written > std::chrono::hours(24);
}

} // namespace

void writeFileAtomically(const std::filesystem::path& target,
                         const std::function<void(const std::filesystem::path&)>& write) {
    const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
    // A name of up to 255 bytes must leave room for the suffix.
    const std::string pattern = (folder / fmt::format(".{}.{}-{}-XXXXXX{}",
                                                      target.filename().string().substr(0, 200), hostName(),
                                                      ::getpid(), temporarySuffix))
                                    .string();
    std::vector<char> name(pattern.begin(), pattern.end());
    name.push_back('\0');
    const int fd = ::mkostemps(name.data(), static_cast<int>(temporarySuffix.size()), O_CLOEXEC);
    if (fd < 0)
        fail(target, "write", errno);
    ::fchmod(fd, 0666 & ~fileCreationMask());
    ::close(fd);
    const std::filesystem::path temporary(name.data());
    try {
        write(temporary);
        syncPath(temporary, O_RDONLY, target);
        if (::rename(temporary.c_str(), target.c_str()) != 0)
            fail(target, "rename the finished file", errno);
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    syncPath(folder, O_RDONLY | O_DIRECTORY, target);
}

void writeTextAtomically(const std::filesystem::path& target, std::string_view text) {
    writeFileAtomically(target, [&](const std::filesystem::path& path) {
        const int fd = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            fail(target, "write", errno);
        while (!text.empty()) {
            const ssize_t n = ::write(fd, text.data(), text.size());
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0) {
                const int error = errno;
                ::close(fd);
                fail(target, "write", error);
            }
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        if (::close(fd) != 0)
            fail(target, "write", errno);
    });
}

void makeFolderWithin(const std::filesystem::path& root, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        throw Error(ErrorKind::output, fmt::format("{}: cannot make the folder: {}", folder.string(),
                                                   systemError(error.value())));
    const std::filesystem::path outer = std::filesystem::canonical(root, error);
    const std::filesystem::path inner = error ? outer : std::filesystem::canonical(folder, error);
    if (error || std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first != outer.end())
        throw Error(ErrorKind::output, fmt::format("{}: a symbolic link leads out of {}; remove it",
                                                   folder.string(), root.string()));
}

void dropFromCache(const std::filesystem::path& file) {
    syncPath(file, O_RDONLY, file); // what is not on the disk yet cannot be dropped
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(file, "read back", errno);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
}

int removeStaleTemporaries(const std::filesystem::path& folder) {
    int removed = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (name.size() > temporarySuffix.size() + 8 && name.front() == '.' &&
            name.ends_with(temporarySuffix) && entry.is_regular_file(error) && isStale(entry))
            removed += std::filesystem::remove(entry.path(), error);
    }
    return removed;
}

} // namespace inbetween
