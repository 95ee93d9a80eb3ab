#include "command/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdexcept>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace {

struct Pipe {
    int read = -1, write = -1;
    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            throw std::runtime_error("pipe: " + std::string(std::strerror(errno)));
        read = ends[0];
        write = ends[1];
    }
    void closeWrite() {
        ::close(write);
        write = -1;
    }
    ~Pipe() {
        ::close(read);
        if (write >= 0)
            ::close(write);
    }
};

// Counts the files that come, go and are renamed in a folder.
class Watch {
public:
    explicit Watch(const std::filesystem::path& folder) {
        if (folder.empty())
            return;
        fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (fd < 0 || ::inotify_add_watch(fd, folder.c_str(), IN_CREATE | IN_DELETE | IN_MOVE) < 0)
            throw std::runtime_error("inotify: " + std::string(std::strerror(errno)));
    }
    ~Watch() {
        if (fd >= 0)
            ::close(fd);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    void read() {
        alignas(inotify_event) std::array<char, 4096> buffer;
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        for (ssize_t at = 0; at < n; ++changes)
            at += ssize_t(sizeof(inotify_event)) +
                  reinterpret_cast<const inotify_event*>(buffer.data() + at)->len;
    }

    int fd = -1; // poll passes over -1
    int changes = 0;
};

std::vector<std::string> environmentOf(const Process& process) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry; ++entry) {
        const std::string text = *entry;
        if (!process.environment.contains(text.substr(0, text.find('='))))
            all.push_back(text);
    }
    for (const auto& [name, value] : process.environment)
        all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

// Between fork and exec: only calls that are safe there. 125 is what `start` takes for "could not be
// started".
[[noreturn]] void become(const Process& process, const char* folder, char* const* arguments,
                         char* const* environment, int out, int err) {
    constexpr int cannotStart = 125;
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, 0);
    ::dup2(out, 1);
    ::dup2(err, 2);
    if (folder && ::chdir(folder) != 0)
        ::_exit(cannotStart);
    ::signal(SIGINT, SIG_DFL); // which a shell's background job ignores
    const rlimit noCore{0, 0};
    ::setrlimit(RLIMIT_CORE, &noCore);
    if (process.maxFileBytes) {
        const rlimit limit{rlim_t(*process.maxFileBytes), rlim_t(*process.maxFileBytes)};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
            ::_exit(cannotStart);
        ::signal(SIGXFSZ, process.dieOnLargeFile ? SIG_DFL : SIG_IGN);
    }
    if (process.maxMemoryBytes) {
        const rlimit limit{rlim_t(*process.maxMemoryBytes), rlim_t(*process.maxMemoryBytes)};
        if (::setrlimit(RLIMIT_AS, &limit) != 0)
            ::_exit(cannotStart);
    }
    // Without these capabilities the program that root starts is refused what file modes refuse to anybody.
    if (process.obeyPermissions && ::geteuid() == 0)
        for (const int capability : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER})
            if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
                ::_exit(cannotStart);
    ::execve(arguments[0], arguments, environment);
    ::_exit(cannotStart);
}

} // namespace

Outcome start(const Process& process) {
    std::vector<std::string> arguments{process.program};
    arguments.insert(arguments.end(), process.arguments.begin(), process.arguments.end());
    std::vector<std::string> environment = environmentOf(process);
    const std::vector<char*> argv = pointersTo(arguments), envp = pointersTo(environment);

    Watch watch(process.watched);
    Pipe out, err;
    const pid_t pid = ::fork();
    if (pid < 0)
        throw std::runtime_error("fork: " + std::string(std::strerror(errno)));
    if (pid == 0)
        become(process, process.folder.empty() ? nullptr : process.folder.c_str(), argv.data(), envp.data(),
               out.write, err.write);
    out.closeWrite();
    err.closeWrite();

    Outcome outcome;
    std::array<pollfd, 3> ends{pollfd{out.read, POLLIN, 0}, pollfd{err.read, POLLIN, 0},
                               pollfd{watch.fd, POLLIN, 0}};
    std::array<std::string*, 2> texts{&outcome.out, &outcome.err};
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    bool killed = false;
    const auto killWhenDue = [&] {
        const bool due = (process.killAfterLines >= 0 && std::count(outcome.err.begin(), outcome.err.end(),
                                                                    '\n') >= process.killAfterLines) ||
                         (process.killAfterChanges >= 0 && watch.changes >= process.killAfterChanges) ||
                         (process.killAfter && Clock::now() - begin >= *process.killAfter);
        if (due && !killed) {
            ::kill(pid, process.killWith);
            killed = true;
        }
    };
    killWhenDue();
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        const auto left = process.killAfter.value_or(std::chrono::microseconds(0)) - (Clock::now() - begin);
        const timespec wait{time_t(std::chrono::duration_cast<std::chrono::seconds>(left).count()),
                            long(std::chrono::duration_cast<std::chrono::nanoseconds>(left %
                                                                                      std::chrono::seconds(1))
                                     .count())};
        const bool isTimed = process.killAfter && !killed;
        if (isTimed && left <= left.zero())
            killWhenDue();
        if (::ppoll(ends.data(), ends.size(), isTimed && left > left.zero() ? &wait : nullptr, nullptr) < 0 &&
            errno != EINTR)
            break;
        if (ends[2].revents != 0)
            watch.read();
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (ends[i].fd < 0 || ends[i].revents == 0)
                continue;
            std::array<char, 4096> buffer;
            const ssize_t n = ::read(ends[i].fd, buffer.data(), buffer.size());
            if (n > 0)
                texts[i]->append(buffer.data(), std::size_t(n));
            else if (n == 0 || errno != EINTR)
                ends[i].fd = -1;
        }
        killWhenDue();
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status))
        outcome.signal = WTERMSIG(status);
    else
        outcome.exitCode = WEXITSTATUS(status);
    if (outcome.exitCode == 125)
        throw std::runtime_error("cannot start " + process.program);
    return outcome;
}

Outcome runCommand(std::vector<std::string> arguments) {
    Process process;
    process.arguments = std::move(arguments);
    return start(process);
}

std::vector<std::string> linesOf(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}
