// Loaded into the command with LD_PRELOAD: system calls on files of one folder fail at will.
//   FAULT_FOLDER  whose files are meant
//   FAULT_CALL    open, write, fsync, rename, close or read
//   FAULT_AT      the how-manieth of these calls fails, from 1; 0: none
//   FAULT_ERRNO   with this error, or: flip (write alters a byte and succeeds), replace (FAULT_FROM is
//   renamed over FAULT_TO
//                 before the call goes on)
//   FAULT_LASTS   1: and every later one, too
//   FAULT_CLOCK   seconds that the clock of the day leaps ahead and back at each look
//   FAULT_REPORT  file for how many calls there were, and the most address space that the process had, in
//   bytes
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <sys/uio.h>
#include <unistd.h>

namespace {

std::string setting(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

struct Faults {
    const std::string folder = setting("FAULT_FOLDER"), call = setting("FAULT_CALL"),
                      error = setting("FAULT_ERRNO");
    const long at = std::atol(setting("FAULT_AT").c_str());
    const bool lasts = setting("FAULT_LASTS") == "1";
    std::atomic<long> calls{0};

    bool isMeant(const char* path) const {
        return !folder.empty() && path && std::string_view(path).starts_with(folder);
    }
    bool isMeant(int fd) const {
        char path[4096] = "";
        const ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path - 1);
        return n > 0 && isMeant(path);
    }
};

Faults& faults() {
    static Faults* const all = new Faults; // the last calls come when statics are gone
    return *all;
}

template <class Function> Function real(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

enum class Fate { goesOn, fails, isAltered };

// What is to become of this call.
template <class File> Fate fateOf(const char* call, File file) {
    Faults& all = faults();
    if (all.call != call || !all.isMeant(file))
        return Fate::goesOn;
    const long number = ++all.calls;
    if (number != all.at && !(all.lasts && all.at > 0 && number > all.at))
        return Fate::goesOn;
    if (all.error == "flip")
        return Fate::isAltered;
    if (all.error == "replace") {
        real<decltype(&::rename)>("rename")(setting("FAULT_FROM").c_str(), setting("FAULT_TO").c_str());
        return Fate::goesOn;
    }
    errno = std::atoi(all.error.c_str());
    return Fate::fails;
}

int openedWith(const char* name, const char* path, int flags, mode_t mode) {
    return real<decltype(&::open)>(name)(path, flags, mode);
}

[[gnu::destructor]] void report() {
    const std::string file = setting("FAULT_REPORT");
    if (file.empty())
        return;
    long kilobytes = 0;
    if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
        char line[256];
        while (std::fgets(line, sizeof line, status))
            std::sscanf(line, "VmPeak: %ld", &kilobytes);
        std::fclose(status);
    }
    if (std::FILE* out = std::fopen(file.c_str(), "w")) {
        std::fprintf(out, "%ld %ld\n", faults().calls.load(), kilobytes * 1024);
        std::fclose(out);
    }
}

} // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fateOf("open", path) == Fate::fails ? -1 : openedWith("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fateOf("open", path) == Fate::fails ? -1 : openedWith("open64", path, flags, mode);
}

std::FILE* fopen(const char* path, const char* mode) {
    return fateOf("open", path) == Fate::fails ? nullptr : real<decltype(&::fopen)>("fopen")(path, mode);
}

std::FILE* fopen64(const char* path, const char* mode) {
    return fateOf("open", path) == Fate::fails ? nullptr : real<decltype(&::fopen)>("fopen64")(path, mode);
}

int mkostemps(char* pattern, int suffix, int flags) {
    return fateOf("open", static_cast<const char*>(pattern)) == Fate::fails
               ? -1
               : real<decltype(&::mkostemps)>("mkostemps")(pattern, suffix, flags);
}

ssize_t write(int fd, const void* bytes, size_t count) {
    switch (fateOf("write", fd)) {
    case Fate::fails:
        return -1;
    case Fate::isAltered: {
        std::string altered(static_cast<const char*>(bytes), count);
        altered[count / 2] = char(altered[count / 2] ^ 1);
        return real<decltype(&::write)>("write")(fd, altered.data(), count);
    }
    default:
        return real<decltype(&::write)>("write")(fd, bytes, count);
    }
}

ssize_t writev(int fd, const iovec* parts, int count) {
    return fateOf("write", fd) == Fate::fails ? -1 : real<decltype(&::writev)>("writev")(fd, parts, count);
}

ssize_t read(int fd, void* bytes, size_t count) {
    return fateOf("read", fd) == Fate::fails ? -1 : real<decltype(&::read)>("read")(fd, bytes, count);
}

ssize_t pread(int fd, void* bytes, size_t count, off_t at) {
    return fateOf("read", fd) == Fate::fails ? -1 : real<decltype(&::pread)>("pread")(fd, bytes, count, at);
}

int fsync(int fd) {
    return fateOf("fsync", fd) == Fate::fails ? -1 : real<decltype(&::fsync)>("fsync")(fd);
}

int close(int fd) {
    if (fateOf("close", fd) == Fate::fails) { // as the kernel does it: the descriptor is gone all the same
        const int error = errno;
        real<decltype(&::close)>("close")(fd);
        errno = error;
        return -1;
    }
    return real<decltype(&::close)>("close")(fd);
}

int rename(const char* from, const char* to) {
    return fateOf("rename", to) == Fate::fails ? -1 : real<decltype(&::rename)>("rename")(from, to);
}

int clock_gettime(clockid_t clock, timespec* time) {
    const int result = real<decltype(&::clock_gettime)>("clock_gettime")(clock, time);
    static const long leap = std::atol(setting("FAULT_CLOCK").c_str());
    static std::atomic<long> looks{0};
    if (clock == CLOCK_REALTIME)
        time->tv_sec += ++looks % 2 ? leap : -leap;
    return result;
}

} // extern "C"
