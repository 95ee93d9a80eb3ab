// Each station of the data's way by itself, on one 1920x1080 pair.
#include "stage_fixture.h"

#include "inbetween/evaluate.h"
#include "inbetween/risk.h"
#include "inbetween/sequence.h"

#include <benchmark/benchmark.h>
#include <fstream>
#include <tbb/info.h>
#include <tbb/task_arena.h>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

// CPU is that of all threads together: the figure that holds on a machine that others use, too.
void asMeasured(benchmark::internal::Benchmark* bench) {
    bench->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
}

void megapixels(benchmark::State& state) {
    state.counters["MP/s"] = benchmark::Counter(double(fixtureWidth) * fixtureHeight / 1e6,
                                                benchmark::Counter::kIsIterationInvariantRate);
}

void sequence(benchmark::State& state) {
    const fs::path folder = workFolder() / "sequence";
    fs::create_directories(folder);
    for (int i = 1; i <= 2000; i += 2)
        std::ofstream(folder / ("shot." + std::to_string(10000 + i) + ".exr"));
    for (auto _ : state)
        benchmark::DoNotOptimize(findSequence(folder.string()));
}
BENCHMARK(sequence)->Name("sequence/1000_keyframes")->Apply(asMeasured);

void readAndWrite(benchmark::State& state, const char* compression, bool reading) {
    const fs::path file = workFolder() / (std::string(compression) + ".exr");
    WriteOptions options;
    options.compression = parseCompression(compression);
    writeExr(file, fixture().key0, options);
    setExrThreads(tbb::info::default_concurrency());
    for (auto _ : state) {
        if (reading)
            benchmark::DoNotOptimize(readExr(file));
        else
            writeExr(file, fixture().key0, options);
    }
    megapixels(state);
    state.counters["file MB"] = double(fs::file_size(file)) / 1e6;
}
#define INBETWEEN_EXR_BENCH(name)                                                                            \
    BENCHMARK_CAPTURE(readAndWrite, read_##name, #name, true)->Name("read/" #name)->Apply(asMeasured);       \
    BENCHMARK_CAPTURE(readAndWrite, write_##name, #name, false)->Name("write/" #name)->Apply(asMeasured)
INBETWEEN_EXR_BENCH(none);
INBETWEEN_EXR_BENCH(zips);
INBETWEEN_EXR_BENCH(zip);
INBETWEEN_EXR_BENCH(piz);
INBETWEEN_EXR_BENCH(dwab);

void view(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(makeView(fixture().linear0, fixture().linear1));
    megapixels(state);
}
BENCHMARK(view)->Name("view")->Apply(asMeasured);

void motionFromVectors(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(motionPrior(fixture().motionInput(), 0.5));
    megapixels(state);
}
BENCHMARK(motionFromVectors)->Name("motion/vectors")->Apply(asMeasured);

void motionEstimated(benchmark::State& state) {
    MotionInput input;
    input.view = &fixture().view;
    for (auto _ : state)
        benchmark::DoNotOptimize(motionPrior(input, 0.5));
    megapixels(state);
}
BENCHMARK(motionEstimated)->Name("motion/estimated")->Apply(asMeasured);

// Once for all frames of a gap, where there are no vectors.
void largeDisplacement(benchmark::State& state) {
    const FlowPair flow = estimateFlow(fixture().view);
    for (auto _ : state)
        benchmark::DoNotOptimize(withLargeDisplacement(fixture().view, flow));
    megapixels(state);
}
BENCHMARK(largeDisplacement)->Name("motion/large_displacement")->Apply(asMeasured);

// Once for all frames of a gap: what the gaps before and after tell of one flow.
void curvedPaths(benchmark::State& state) {
    const FlowPair flow = estimateFlow(fixture().view);
    for (auto _ : state) {
        FlowPair curved = flow;
        curvePaths(curved, {&flow}, {&flow});
        benchmark::DoNotOptimize(curved);
    }
    megapixels(state);
}
BENCHMARK(curvedPaths)->Name("motion/curved")->Apply(asMeasured);

void network(benchmark::State& state, Precision precision, int threads) {
    try {
        const Network net({}, precision);
        tbb::task_arena arena(threads);
        for (auto _ : state) {
            state.PauseTiming();
            MotionPrior prior = fixture().prior;
            state.ResumeTiming();
            arena.execute(
                [&] { benchmark::DoNotOptimize(net.infer(fixture().view, std::move(prior), 0.5)); });
        }
        megapixels(state);
        state.SetLabel(net.instructionSet());
    } catch (const std::exception& e) {
        state.SkipWithError(e.what());
    }
}
BENCHMARK_CAPTURE(network, float32_1, Precision::float32, 1)
    ->Name("network/float32/1_thread")
    ->Apply(asMeasured);
BENCHMARK_CAPTURE(network, float32_2, Precision::float32, 2)
    ->Name("network/float32/2_threads")
    ->Apply(asMeasured);
BENCHMARK_CAPTURE(network, bfloat16_1, Precision::bfloat16, 1)
    ->Name("network/bfloat16/1_thread")
    ->Apply(asMeasured);
BENCHMARK_CAPTURE(network, bfloat16_2, Precision::bfloat16, 2)
    ->Name("network/bfloat16/2_threads")
    ->Apply(asMeasured);
BENCHMARK_CAPTURE(network, int8_1, Precision::int8, 1)->Name("network/int8/1_thread")->Apply(asMeasured);
BENCHMARK_CAPTURE(network, int8_2, Precision::int8, 2)->Name("network/int8/2_threads")->Apply(asMeasured);

void synthesis(benchmark::State& state) {
    const Fixture& f = fixture();
    Image target = imageBetween(f.key0, f.key1, 0.5, {f.canvas});
    for (auto _ : state)
        synthesise(f.key0, f.key1, f.roles, f.canvas, f.field, target);
    megapixels(state);
}
BENCHMARK(synthesis)->Name("synthesis/12_channels")->Apply(asMeasured);

void risk(benchmark::State& state) {
    const Fixture& f = fixture();
    RiskInput input;
    input.view = &f.view;
    input.field = &f.field;
    input.canvas = f.canvas;
    for (auto _ : state)
        benchmark::DoNotOptimize(assessRisk(input));
    megapixels(state);
}
BENCHMARK(risk)->Name("risk")->Apply(asMeasured);

void disWarpPeer(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(disWarp(fixture().linear0, fixture().linear1, 0.5));
    megapixels(state);
}
BENCHMARK(disWarpPeer)->Name("peer/dis_warp")->Apply(asMeasured);

} // namespace

BENCHMARK_MAIN();
