// One process, many frames: does it grow? long_run FRAMES [FOLDER] writes small keyframes, makes FRAMES
// in-betweens in one run, and looks at this process after each of them: memory and open files must be after
// the last what they were after the first, and the frames no slower. Prints a table; exit code 1 where
// something grew.
#include "command/pictures.h"
#include "inbetween/run.h"
#include "support/exr_files.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Sample {
    double cpuSeconds = 0; // of all threads: other work on the machine does not count
    std::size_t residentBytes = 0;
    int openFiles = 0;
};

Sample sampleNow() {
    std::size_t size = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    const auto files = std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
    return {double(std::clock()) / CLOCKS_PER_SEC, resident * std::size_t(::sysconf(_SC_PAGESIZE)),
            int(files)};
}

// The same five pictures over and over; copies, as every file has a stamp of its own.
void writeKeyframes(const fs::path& folder, int frames) {
    fs::create_directories(folder);
    for (int i = 0; i <= frames; ++i)
        if (i < 5)
            writePicture(framePath(folder, 2 * i), movingSquare(i));
        else
            fs::copy_file(framePath(folder, 2 * (i % 5)), framePath(folder, 2 * i));
}

} // namespace

int main(int argc, char** argv) {
    const int frames = argc > 1 ? std::atoi(argv[1]) : 0;
    if (frames < 20) {
        std::fputs("usage: long_run FRAMES (20 or more)\n", stderr);
        return 2;
    }
    const inbetween::test::TemporaryFolder folder;
    writeKeyframes(folder / "keys", frames);
    inbetween::RunOptions options;
    options.keys = (folder / "keys").string();
    options.out = folder / "out";
    options.memoryBytes = std::size_t(1) << 30;
    std::vector<Sample> samples{sampleNow()};
    const inbetween::RunResult result = inbetween::run(options, [&](const inbetween::Progress& progress) {
        if (progress.event == inbetween::RunEvent::frameDone ||
            progress.event == inbetween::RunEvent::frameFailed)
            samples.push_back(sampleNow());
    });
    if (result.made != frames) {
        std::printf("%d of %d frames were made\n", result.made, frames);
        return 1;
    }

    std::puts("frames  resident MB  open files  CPU seconds a frame");
    const auto secondsAFrame = [&](std::size_t from, std::size_t to) {
        return (samples[to].cpuSeconds - samples[from].cpuSeconds) / double(to - from);
    };
    const std::size_t last = samples.size() - 1;
    for (std::size_t i = 10, before = 0; before < last; before = i, i = std::min(last, i * 2))
        std::printf("%6zu %12.1f %11d %20.4f\n", i, double(samples[i].residentBytes) / 1e6,
                    samples[i].openFiles, secondsAFrame(before, i));

    // The most of the first frames and of the last: what is in flight comes and goes. The manifest's own
    // record of a frame takes some kilobytes; a picture that is not given back takes more.
    const auto mostOf = [&](std::size_t from, std::size_t to, auto member) {
        auto most = samples[from].*member;
        for (std::size_t i = from; i <= to; ++i)
            most = std::max(most, samples[i].*member);
        return most;
    };
    constexpr std::size_t bytesOfRecord = 16 << 10, slack = 16 << 20;
    constexpr int filesInFlight = 8; // those that are being read and written at the moment
    const std::size_t tenth = std::max<std::size_t>(10, last / 10);
    const std::size_t atFirst = mostOf(1, tenth, &Sample::residentBytes),
                      atLast = mostOf(last - tenth, last, &Sample::residentBytes);
    const int filesAtFirst = mostOf(1, tenth, &Sample::openFiles),
              filesAtLast = mostOf(last - tenth, last, &Sample::openFiles);
    std::printf("resident: %.1f MB at first, %.1f MB at last; open files: %d and %d; the last tenth took "
                "%.2f times as long as the first\n",
                double(atFirst) / 1e6, double(atLast) / 1e6, filesAtFirst, filesAtLast,
                secondsAFrame(last - tenth, last) / secondsAFrame(0, tenth));
    const bool grew = atLast > atFirst + slack + bytesOfRecord * last ||
                      filesAtLast > filesAtFirst + filesInFlight;
    std::puts(grew ? "it grew" : "it did not grow");
    return grew ? 1 : 0;
}
