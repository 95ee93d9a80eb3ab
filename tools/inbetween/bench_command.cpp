#include "commands.h"
#include "log.h"
#include "run_arguments.h"

#include "inbetween/bench.h"
#include "inbetween/error.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

struct Arguments {
    BenchOptions options;
    std::vector<std::string> sizes{"1920x1080", "2048x1080", "4096x2160", "5120x2700"};
    std::string compression = "zip", precision = "auto", memory, work, json;
    std::string
        measureIn; // set in the processes that this command starts: measure the one size, in this folder
};

void parseSize(const std::string& text, BenchOptions& options) {
    constexpr int most = 16384;
    const char* const end = text.data() + text.size();
    const auto width = std::from_chars(text.data(), end, options.width);
    const bool cross = width.ptr != end && *width.ptr == 'x';
    const auto height = std::from_chars(cross ? width.ptr + 1 : end, end, options.height);
    if (width.ec != std::errc() || height.ec != std::errc() || height.ptr != end || options.width < 16 ||
        options.height < 16 || options.width > most || options.height > most)
        throw Error(ErrorKind::usage,
                    fmt::format("--size: '{}' is not a size from 16x16 to {}x{}; write 1920x1080", text, most,
                                most));
}

// Gone with everything in it when the scope ends.
class WorkFolder {
public:
    explicit WorkFolder(const std::string& wanted) {
        std::error_code error;
        const fs::path parent = wanted.empty() ? fs::temp_directory_path(error) : fs::path(wanted);
        if (error || !fs::is_directory(parent, error))
            throw Error(ErrorKind::usage,
                        fmt::format("--work: {} is not a folder; name one with room for the frames",
                                    parent.empty() ? "the system's temporary folder" : parent.string()));
        std::string name = (fs::absolute(parent) / "inbetween-bench-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            throw Error(ErrorKind::usage,
                        fmt::format("--work: {}: no folder can be made in it: {}; name another one",
                                    parent.string(), std::generic_category().message(errno)));
        path_ = name;
    }
    ~WorkFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// The signals that ask a program to end reach the process that measures, and this one lives on to clean up.
constexpr int endingSignals[] = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t endedBy = 0, measuringProcess = 0;

class EndingSignals {
public:
    EndingSignals() {
        struct sigaction forward {};
        forward.sa_handler = [](int signal) {
            endedBy = signal;
            if (measuringProcess > 0)
                ::kill(measuringProcess, signal);
        };
        ::sigemptyset(&set_);
        for (const int signal : endingSignals) {
            struct sigaction before {};
            ::sigaction(signal, nullptr, &before);
            if (before.sa_handler == SIG_IGN) // nohup, or a shell's background job: it is to go on
                continue;
            ::sigaction(signal, &forward, nullptr);
            ::sigaddset(&set_, signal);
        }
    }
    ~EndingSignals() {
        for (const int signal : endingSignals)
            if (::sigismember(&set_, signal) == 1)
                ::signal(signal, SIG_DFL);
    }
    EndingSignals(const EndingSignals&) = delete;
    EndingSignals& operator=(const EndingSignals&) = delete;
    const sigset_t* set() const { return &set_; }

private:
    sigset_t set_;
};

// A process of its own for each size: its peak of memory is that size's alone, and where memory does not
// suffice the sizes before it are measured all the same. Returns its exit code; what went wrong it has said
// itself.
int measureInProcess(const Arguments& a, const std::string& size, const fs::path& folder,
                     const EndingSignals& signals) {
    std::vector<std::string> texts{"inbetween",     "bench",
                                   "--size",        size,
                                   "--frames",      std::to_string(a.options.keyframes),
                                   "--compression", a.compression,
                                   "--precision",   a.precision,
                                   "--threads",     std::to_string(a.options.threads),
                                   "--measure-in",  folder.string()};
    if (!a.memory.empty())
        texts.insert(texts.end(), {"--memory", a.memory});
    std::vector<char*> arguments;
    for (std::string& text : texts)
        arguments.push_back(text.data());
    arguments.push_back(nullptr);

    // From here until it is known whom to forward signals to, they wait.
    sigset_t before;
    ::sigprocmask(SIG_BLOCK, signals.set(), &before);
    if (endedBy) {
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        return exitSomeFailed;
    }
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &before);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t process = 0;
    const int error = ::posix_spawn(&process, "/proc/self/exe", nullptr, &attributes, arguments.data(),
                                    environ);
    ::posix_spawnattr_destroy(&attributes);
    measuringProcess = process;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (error != 0)
        throw Error(ErrorKind::output,
                    fmt::format("{}: no process to measure in can be started: {}; run again", size,
                                std::generic_category().message(error)));
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    measuringProcess = 0;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (!endedBy)
        logError(fmt::format(
            "{}: the process that measures was ended by signal {}, as where memory does not suffice; give "
            "--memory a smaller budget or leave this --size out",
            size, WTERMSIG(status)));
    return exitSomeFailed;
}

void checkRoom(const Arguments& a, const BenchOptions& size, const fs::path& folder) {
    const double frameBytes = 2.0 * madeFrameChannels * size.width * size.height;
    const double needed = frameBytes * (2 * a.options.keyframes - 1); // at most: what does not compress
    std::error_code error;
    const fs::space_info space = fs::space(folder, error);
    if (!error && double(space.available) < needed)
        throw Error(
            ErrorKind::output,
            fmt::format("{}: {}x{} may need {:.1f} GB, and {:.1f} are free; name another folder with --work, "
                        "or take fewer --frames",
                        folder.parent_path().string(), size.width, size.height, needed / 1e9,
                        double(space.available) / 1e9));
}

double millisecondsOf(const BenchResult& result, const std::string& stage) {
    for (const BenchResult::Stage& s : result.stages)
        if (s.name == stage)
            return 1e3 * s.seconds;
    return 0;
}

void printHeader(const Arguments& a, const BenchResult& first) {
    const std::string processor = processorName();
    say(fmt::format("{}, {} threads, {} ({})\n{} keyframes at each size, {} half channels, {}; milliseconds "
                    "of one in-between in each stage\n\n"
                    "{:<12}{:>12}{:>13}{:>11}{:>9}{:>11}{:>8}{:>9}{:>11}{:>7}{:>8}\n",
                    processor.empty() ? "unknown processor" : processor, first.threads, first.precision,
                    first.instructionSet, a.options.keyframes, madeFrameChannels, first.compression, "size",
                    "frames/hour", "CPU s/frame", "memory", "read", "view+pair", "motion", "network",
                    "synthesis", "risk", "write"));
}

void printRow(const BenchResult& r) {
    const auto ms = [&](const char* stage) { return millisecondsOf(r, stage); };
    fmt::print(
        "{:<12}{:>12.0f}{:>13.2f}{:>8.2f} GB{:>9.0f}{:>11.0f}{:>8.0f}{:>9.0f}{:>11.0f}{:>7.0f}{:>8.0f}\n",
        fmt::format("{}x{}", r.width, r.height), r.framesPerHour(), r.cpuSeconds / r.framesMade,
        double(r.peakMemoryBytes) / 1e9, ms("read"), ms("prepare"), ms("motion"), ms("network"),
        ms("synthesis"), ms("risk"), ms("write"));
    std::fflush(stdout); // the next size takes a while
}

int measureAll(const Arguments& a) {
    if (!a.json.empty() &&
        (!fs::is_directory(fs::absolute(a.json).parent_path()) || fs::is_directory(a.json)))
        throw Error(ErrorKind::usage,
                    fmt::format("--json: {} cannot be written; name a file in a folder that is there",
                                a.json));
    std::vector<BenchOptions> sizes;
    for (const std::string& size : a.sizes) {
        sizes.push_back(a.options);
        parseSize(size, sizes.back());
    }
    const EndingSignals signals;
    const WorkFolder work(a.work);
    std::vector<BenchResult> results;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const fs::path folder = work.path() / std::to_string(i);
        fs::create_directory(folder);
        checkRoom(a, sizes[i], folder);
        if (const int code = measureInProcess(a, a.sizes[i], folder, signals); code != exitDone || endedBy)
            return code;
        results.push_back(readBenchRun(sizes[i], folder));
        fs::remove_all(folder);
        if (i == 0)
            printHeader(a, results.front());
        printRow(results.back());
    }
    if (!a.json.empty())
        writeBenchJson(a.json, a.options, results);
    return exitDone;
}

int execute(Arguments& a) {
    a.options.compression = parseCompression(a.compression);
    if (a.options.compression == Compression::keep)
        throw Error(ErrorKind::usage,
                    "--compression: made keyframes have none to keep; name one, such as zip");
    a.options.precision = parsePrecision(a.precision);
    if (!a.memory.empty())
        a.options.memoryBytes = parseBytes(a.memory);
    if (!a.measureIn.empty()) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL); // nobody would clean up after it
        parseSize(a.sizes.front(), a.options);
        benchRun(a.options, a.measureIn);
        return exitDone;
    }
    const int code = measureAll(a);
    if (endedBy) // all is cleaned up: end as a program does that knows nothing of signals
        ::raise(endedBy);
    return code;
}

} // namespace

SubCommand addBenchCommand(CLI::App& parent) {
    auto a = std::make_shared<Arguments>();
    CLI::App* app =
        parent.add_subcommand("bench",
                              "Measure how many frames an hour this machine makes, and where the time goes");
    app->add_option(
        "--size", a->sizes,
        "Instead of 1920x1080, 2048x1080, 4096x2160 and 5120x2700: this size, and those after it");
    app->add_option("--frames", a->options.keyframes,
                    "Keyframes to make at each size; more measure longer, and what only a short shot "
                    "costs counts less")
        ->capture_default_str()
        ->check(CLI::Range(2, 1000));
    app->add_option("--compression", a->compression,
                    "none, rle, zips, zip, piz, pxr24, b44, b44a, dwaa or dwab")
        ->capture_default_str();
    app->add_option("--precision", a->precision, "As for `run`")->capture_default_str();
    app->add_option("--threads", a->options.threads, "As for `run`")
        ->capture_default_str()
        ->check(CLI::Range(0, 4096));
    app->add_option("--memory", a->memory, "As for `run`");
    app->add_option(
        "--work", a->work,
        "Folder for the frames, which are removed at the end (default: the system's temporary folder)");
    app->add_option("--json", a->json, "Write the figures to this file, too");
    app->add_option("--measure-in", a->measureIn)->group("");
    app->footer(
        "Examples:\n"
        "  inbetween bench\n"
        "  inbetween bench --size 4096x2160 --threads 16 --memory 32G --frames 9 --json machine.json\n\n"
        "Frames are made, not rendered: texture that pans, RGBA, depth, vectors and normals. A shot's "
        "self-calibration,\n"
        "up to twelve frames more, is not in the figures.");
    return {app, [a] { return execute(*a); }};
}
