// A film of generated manifests, no pixels: 2,000 shots of 85 frames (170,000), each made in 8 shards.
// Merging every shot with its re-render list, and the index over all, in seconds and in the memory of the
// greatest shot. The folder is $TMPDIR: on a disk that is busy, waiting for its syncs (six a shot) is most of
// the time; /dev/shm shows the work alone.
#include "inbetween/merge.h"
#include "inbetween/shard.h"

#include <benchmark/benchmark.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <sys/resource.h>
#include <unistd.h>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

constexpr int shards = 8, framesAShot = 85; // keyframes 1, 3, 5, ... 85

ManifestFrame madeUpFrame(int shot, int number) {
    ManifestFrame frame;
    frame.frame = number;
    frame.key0 = number - 1;
    frame.key1 = number + 1;
    frame.path = fmt::format("beauty.{:04}.exr", number);
    frame.pixelHash = fmt::format("{:032x}", shot * 1000 + number);
    frame.inputHash = fmt::format("{:032x}", shot * 7777 + number);
    frame.motionSource = "vectors";
    frame.score = double((shot * 131 + number * 17) % 1000) / 20000;
    frame.features = {0.41231, 0.23213, 0.011231, 0.021312, 12.123123, 0.0213123};
    for (int i = 0; i < (shot + number) % 4; ++i)
        frame.regions.push_back({Box({i * 100, 200}, {i * 100 + 63, 263}), 0.05});
    frame.reasons = {"motion over 12 pixels a frame and occlusion in 2% of the frame"};
    return frame;
}

// The shards' manifests of every shot, written once; most of what a film is.
struct Film {
    int shots;
    fs::path folder;
    explicit Film(int shots)
        : shots(shots),
          folder(fs::temp_directory_path() / fmt::format("inbetween_film_{}_{}", getpid(), shots)) {
        for (int shot = 0; shot < shots; ++shot) {
            fs::create_directories(path(shot) / shardFolder);
            Sequence sequence;
            Manifest manifest;
            manifest.toolVersion = manifest.modelVersion = "1";
            manifest.sourcePattern = fmt::format("/film/keys/{:04}/beauty.####.exr", shot);
            manifest.outputPattern = "beauty.####.exr";
            for (int key = 1; key <= framesAShot; key += 2) {
                sequence.keyframes.push_back({key, {}});
                manifest.keyframes.push_back(key);
            }
            findGaps(sequence);
            for (int index = 1; index <= shards; ++index) {
                const ShotPart part{index, shards, {}};
                manifest.frames.clear();
                for (const int key0 : gapsOf(sequence, part))
                    manifest.frames.push_back(madeUpFrame(shot, key0 + 1));
                writeManifest(manifestPath(path(shot), part), manifest);
            }
        }
    }
    ~Film() { fs::remove_all(folder); }
    fs::path path(int shot) const {
        return folder / fmt::format("seq{:02}", shot / 100) / fmt::format("shot{:04}", shot);
    }
};

const Film& film(int shots) {
    static std::unique_ptr<Film> current;
    if (!current || current->shots != shots)
        current = std::make_unique<Film>(shots);
    return *current;
}

double peakMegabytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) / 1024;
}

void mergeAll(const Film& film) {
    for (int shot = 0; shot < film.shots; ++shot) {
        MergeOptions options;
        options.folders = {film.path(shot)};
        options.checkFiles = false; // there are no pixels
        merge(options);
    }
}

void mergeShots(benchmark::State& state) {
    const Film& shots = film(int(state.range(0)));
    for (auto _ : state)
        mergeAll(shots);
    state.counters["peakMB"] = peakMegabytes(); // of the process so far
    state.counters["frames"] = double(shots.shots) * framesAShot;
}

void indexShots(benchmark::State& state) {
    const Film& shots = film(int(state.range(0)));
    mergeAll(shots);
    for (auto _ : state)
        writeIndex(shots.folder / "index.html", summariseShots({shots.folder}, shots.folder));
    state.counters["peakMB"] = peakMegabytes();
    state.counters["frames"] = double(shots.shots) * framesAShot;
    state.counters["pageKB"] = double(fs::file_size(shots.folder / "index.html")) / 1024;
}

// A fifth of the film first: memory that does not grow with it shows as the same peak.
BENCHMARK(mergeShots)
    ->Arg(400)
    ->Arg(2000)
    ->ArgName("shots")
    ->Unit(benchmark::kSecond)
    ->UseRealTime()
    ->Iterations(1);
BENCHMARK(indexShots)
    ->Arg(400)
    ->Arg(2000)
    ->ArgName("shots")
    ->Unit(benchmark::kSecond)
    ->UseRealTime()
    ->Iterations(1);

} // namespace

BENCHMARK_MAIN();
