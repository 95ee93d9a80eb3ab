// The whole run on a folder of made 1920x1080 frames, with one thread and with all: the ratio says what
// threads give.
#include "inbetween/bench.h"
#include "inbetween/exr.h"
#include "inbetween/run.h"

#include <benchmark/benchmark.h>
#include <filesystem>
#include <fmt/format.h>
#include <tbb/info.h>
#include <unistd.h>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

constexpr int keyframes = 5;

struct Shot {
    fs::path folder = fs::temp_directory_path() / fmt::format("inbetween_run_bench_{}", getpid());
    Shot() {
        fs::create_directories(folder / "keys");
        WriteOptions options;
        options.compression = Compression::zip;
        for (int i = 0; i < keyframes; ++i)
            writeExr(folder / "keys" / fmt::format("shot.{:04d}.exr", 1 + 2 * i),
                     madeFrame(1920, 1080, 1 + 2 * i), options);
    }
    ~Shot() { fs::remove_all(folder); }
};

void wholeRun(benchmark::State& state) {
    static const Shot shot;
    RunOptions options;
    options.keys = (shot.folder / "keys").string();
    options.out = shot.folder / "out";
    options.threads = int(state.range(0));
    options.resume = false;
    int made = 0;
    for (auto _ : state)
        made += run(options).made;
    state.counters["frames/s"] = benchmark::Counter(made, benchmark::Counter::kIsRate);
}

} // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    auto* bench = benchmark::RegisterBenchmark("run/1920x1080_12_channels_zip", wholeRun);
    bench->ArgName("threads")->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();
    if (tbb::info::default_concurrency() > 1)
        bench->Arg(tbb::info::default_concurrency());
    benchmark::RunSpecifiedBenchmarks();
}
