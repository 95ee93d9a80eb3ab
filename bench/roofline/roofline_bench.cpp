// How far each station is from what this machine can do, on one 1920x1080 pair and one thread.
#include "../stage_fixture.h"
#include "limits.h"
#include "measure.h"
#include "results.h"

#include "base/atomic_file.h"
#include "inbetween/risk.h"
#include "network/canvas.h"
#include "network/convolution.h"
#include "network/costs.h"
#include "network/ibnet2.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <list>
#include <map>
#include <memory>
#include <omp.h>
#include <random>
#include <tbb/task_arena.h>

using namespace inbetween;
using namespace roofline;

namespace {

struct NetworkLayer {
    std::string name;
    ConvolutionShape shape;
    int times = 1; // a frame
};

// The shapes of a frame, at the resolutions that src/network/ibnet2.h lists.
std::vector<NetworkLayer> networkLayers(const Canvas& canvas) {
    // 1 / scale is the resolution of the input.
    const std::map<std::string, int> scales{{"features.fa", 4}, {"features.fb", 4}, {"coarse.e1a", 4},
                                            {"coarse.e1b", 4},  {"coarse.e2a", 4},  {"coarse.e2b", 8},
                                            {"coarse.e3a", 8},  {"coarse.e3b", 16}, {"coarse.e3c", 16},
                                            {"coarse.d2a", 8},  {"coarse.d2b", 8},  {"coarse.d1", 4},
                                            {"coarse.head", 4}, {"fine.e1", 2},     {"fine.e2a", 2},
                                            {"fine.e2b", 4},    {"fine.e2c", 4},    {"fine.d1a", 2},
                                            {"fine.d1b", 2},    {"fine.head", 2}};
    std::vector<NetworkLayer> layers;
    for (const LayerDesc& layer : ibnet2Layers()) {
        const int scale = scales.at(layer.name);
        const bool bothKeyframes = std::string(layer.name).starts_with("features.");
        layers.push_back(
            {layer.name,
             {layer.inputs, layer.outputs, layer.stride, canvas.height() / scale, canvas.width() / scale},
             bothKeyframes ? 2 : 1});
    }
    return layers;
}

// A layer as the network runs it, from tensor to tensor: what its input costs to put together is not in it.
class LayerAlone {
public:
    LayerAlone(const NetworkLayer& layer, bool head, ElementType type)
        : layer_(layer),
          type_(type),
          convolution_({layer.shape.inputs, layer.shape.outputs, layer.shape.stride, !head, type,
                        head ? ElementType::float32 : type,
                        std::vector<float>(std::size_t(layer.shape.inputs), 1.0f), 1.0f},
                       std::vector<float>(9ul * layer.shape.inputs * layer.shape.outputs, 0.01f),
                       std::vector<float>(layer.shape.outputs)) {}
    void run() const {
        static Tensor input, output; // they take turns
        input.resize(layer_.shape.height, layer_.shape.width, layer_.shape.inputs, type_);
        for (int i = 0; i < layer_.times; ++i)
            convolution_.run(rowsOf(input), {&output, {}});
    }

private:
    NetworkLayer layer_;
    ElementType type_;
    Convolution convolution_;
};

// What the network does around its convolutions, on the data that it does it on.
template <class T> struct StepsAround {
    Canvas canvas, strip; // with the guides of half the size, and of the full size
    Tensor features[2], halfFeatures[2], flows, warped[2], halfWarped[2], correction;
    std::vector<T> rows;
    std::vector<float> scales = std::vector<float>(describedChannels, 32.0f); // of int8

    StepsAround() {
        std::minstd_rand random;
        std::uniform_real_distribution<float> distribution(-1.0f, 1.0f);
        load(canvas);
        for (Tensor& tensor : features) {
            tensor.resize(canvas.height() / 4, canvas.width() / 4, featureChannels, ElementType::float32);
            // Of both signs in no order, as features are: what a sign decides must not be foreseen here
            // alone.
            auto* values = static_cast<float*>(tensor.row(0));
            std::generate_n(values, tensor.rowBytes() / 4 * tensor.height(),
                            [&] { return distribution(random); });
        }
        correction.resize(canvas.height() / 2, canvas.width() / 2, correctionChannels, ElementType::float32);
        std::memset(correction.row(0), 0, correction.rowBytes() * correction.height());
        load(strip);
        correct();
        rows.resize(std::size_t(band) * canvas.width() / 2 * 4 * describedChannels);
    }
    void describe(const CanvasLevel& level) {
        for (int y = 0; y + band <= level.height / 2; y += band)
            describedRows(level, y, band, rows.data(), 4 * describedChannels, scales.data());
    }
    void matchingCosts() {
        for (int k = 0; k < 2; ++k)
            halveFeatures(features[k], halfFeatures[k]);
        averageFlows(canvas, 4, flows);
        for (int k = 0; k < 2; ++k)
            warpFeatures(features[k], flows, 2 * k, warped[k]);
        averageFlows(canvas, 8, flows);
        for (int k = 0; k < 2; ++k)
            warpFeatures(halfFeatures[k], flows, 2 * k, halfWarped[k]);
        for (int y = 0; y + band <= warped[0].height(); y += band)
            costRows(warped[0], warped[1], 2, y, band, rows.data(), 32, 32);
        for (int y = 0; y + band <= halfWarped[0].height(); y += band)
            costRows(halfWarped[0], halfWarped[1], 3, y, band, rows.data(), 64, 64);
    }
    void load(Canvas& what) { what.load(fixture().view, fixture().prior, 0.5f, false); }
    void correct() { strip.loadStrip(0, strip.height(), correction, 0, 8.0f); }

    static constexpr int band =
        8; // all heights of a padded 1080 are multiples of it but 1/16, which is not described
};

// Everything that is measured; each repetition measures each once.
class Bench {
public:
    explicit Bench(int repetitions) : repetitions_(repetitions) {
        results_.processor = processorName();
        results_.instructionSet = effectiveInstructionSet();
        results_.repetitions = repetitions;
    }

    Results operator()() {
        std::vector<std::function<void()>> reports;
        for (const Arithmetic arithmetic : {Arithmetic::float32, Arithmetic::bfloat16, Arithmetic::int8})
            if (arithmetic != Arithmetic::bfloat16 || hasBfloat16Arithmetic()) {
                reports.push_back(addPeak(arithmetic));
                reports.push_back(addNetwork(arithmetic));
            }
        const Timed& triadTimes = add([] { triad(); });
        reports.push_back([&] { results_.bandwidthGBps = triad() / triadTimes.typical() / 1e9; });
        addStations(reports, triadTimes);
        for (const char* compression : {"none", "zips", "zip", "piz", "dwab"})
            reports.push_back(addExr(compression));
        for (Timed& timed : timed_)
            timed.measure(); // warm
        for (Timed& timed : timed_)
            timed.seconds.clear();
        for (int i = 0; i < repetitions_; ++i)
            for (Timed& timed : timed_)
                timed.measure();
        for (const auto& report : reports)
            report();
        return results_;
    }

private:
    const Timed& add(
        std::function<void()> body, std::function<void()> setUp = [] {}) {
        return timed_.emplace_back(Timed{std::move(body), std::move(setUp)});
    }

    void addStation(const std::string& name, const std::string& limit, const Timed& station,
                    const std::vector<double>& limitSeconds) {
        results_.stations.push_back(
            {name, limit, 1e3 * station.typical(), ratio(limitSeconds, station.seconds)});
    }

    // Shapes that are generous to every processor: many channels, and all of it in the second or third level
    // of cache.
    std::function<void()> addPeak(Arithmetic arithmetic) {
        auto tried = std::make_shared<std::vector<std::pair<ConvolutionShape, const Timed*>>>();
        for (const ConvolutionShape& shape : {ConvolutionShape{64, 64, 1, 136, 120},
                                              {128, 128, 1, 68, 120},
                                              {256, 256, 1, 34, 60},
                                              {512, 512, 1, 34, 30}}) {
            auto convolution = std::make_shared<FastestConvolution>(shape, arithmetic);
            tried->push_back({shape, &add([convolution] { convolution->run(); })});
        }
        return [=, this] {
            double best = 0;
            for (const auto& [shape, times] : *tried)
                best = std::max(best, shape.flops() / times->typical() / 1e9);
            results_.peaks.push_back({nameOf(arithmetic), best});
        };
    }

    std::function<void()> addNetwork(Arithmetic arithmetic) {
        const bool isBfloat16 = arithmetic == Arithmetic::bfloat16, isInt8 = arithmetic == Arithmetic::int8;
        const bool runs = !isInt8 || hasInt8Arithmetic();
        const ElementType type = isBfloat16 ? ElementType::bfloat16
                                 : isInt8   ? ElementType::int8
                                            : ElementType::float32;
        Canvas canvas;
        canvas.load(fixture().view, fixture().prior, 0.5f, false);
        struct Measured {
            NetworkLayer layer;
            std::string implementation;
            const Timed *limit, *alone;
        };
        auto layers = std::make_shared<std::vector<Measured>>();
        for (const NetworkLayer& layer : networkLayers(canvas)) {
            auto fastest = std::make_shared<FastestConvolution>(layer.shape, arithmetic);
            Measured measured{layer, fastest->implementation(), &add([fastest, times = layer.times] {
                                  for (int i = 0; i < times; ++i)
                                      fastest->run();
                              }),
                              nullptr};
            if (runs) {
                const bool head = ibnet2Layers()[layers->size()].head;
                auto alone = std::make_shared<LayerAlone>(layer, head, type);
                measured.alone = &add([alone] { alone->run(); });
            }
            layers->push_back(measured);
        }
        const Timed* whole = nullptr;
        if (runs) {
            auto net = std::make_shared<Network>(std::filesystem::path(), parsePrecision(nameOf(arithmetic)));
            auto prior = std::make_shared<MotionPrior>();
            whole = &add([=] { net->infer(fixture().view, std::move(*prior), 0.5); },
                         [=] { *prior = fixture().prior; });
        }
        // The steps are of the arithmetic that the network takes by itself.
        std::vector<std::pair<std::string, const Timed*>> steps;
        const Arithmetic own = hasBfloat16Arithmetic() ? Arithmetic::bfloat16
                               : hasInt8Arithmetic()   ? Arithmetic::int8
                                                       : Arithmetic::float32;
        if (arithmetic == own)
            steps = isBfloat16 ? addSteps<Bfloat16>() : isInt8 ? addSteps<Int8>() : addSteps<float>();
        return [=, this] {
            std::vector<double> limit(repetitions_), convolutions(repetitions_);
            for (const Measured& m : *layers) {
                const double flops = m.layer.times * m.layer.shape.flops();
                const int bytes = arithmetic == Arithmetic::float32 ? 4 : isBfloat16 ? 2 : 1;
                // A limit that the network passes is none: its own bands are a way through the shape, too.
                const double alone = m.alone ? m.alone->typical() : m.limit->typical();
                const bool ownIsFastest = alone < m.limit->typical();
                const Timed& peak = ownIsFastest ? *m.alone : *m.limit;
                results_.layers.push_back({m.layer.name, nameOf(arithmetic), flops / 1e9,
                                           m.layer.shape.flops() / m.layer.shape.bytes(bytes),
                                           flops / peak.typical() / 1e9, m.alone ? flops / alone / 1e9 : 0,
                                           m.implementation});
                for (int i = 0; i < repetitions_; ++i) {
                    limit[i] += peak.seconds[i];
                    convolutions[i] += m.alone ? m.alone->seconds[i] : 0;
                }
            }
            if (!whole)
                return;
            addStation(fmt::format("network, {}", nameOf(arithmetic)), "convolution peak at its shapes",
                       *whole, limit);
            if (steps.empty())
                return;
            double left = whole->typical() - median(convolutions);
            results_.steps = {{"convolutions at the peak of their shapes", 1e3 * median(limit)},
                              {"convolutions beyond that", 1e3 * (median(convolutions) - median(limit))}};
            for (const auto& [name, times] : steps) {
                results_.steps.push_back({name, 1e3 * times->typical()});
                left -= times->typical();
            }
            results_.steps.push_back({"the rest: concatenation, shuffles, the field", 1e3 * left});
        };
    }

    template <class T> std::vector<std::pair<std::string, const Timed*>> addSteps() {
        auto s = std::make_shared<StepsAround<T>>();
        return {{"load: padding, guides, and all of it at half the size", &add([s] { s->load(s->canvas); })},
                {"describe, half size", &add([s] { s->describe(s->canvas.half()); })},
                {"describe, full size", &add([s] { s->describe(s->strip.full()); })},
                {"matching costs", &add([s] { s->matchingCosts(); })},
                {"the guides corrected", &add([s] { s->correct(); }, [s] { s->load(s->strip); })}};
    }

    void addStations(std::vector<std::function<void()>>& reports, const Timed& triadTimes) {
        const Fixture& f = fixture();
        auto field = std::make_shared<const Field>(Network().infer(f.view, f.prior, 0.5));
        auto target = std::make_shared<Image>(imageBetween(f.key0, f.key1, 0.5, {f.canvas}));
        // Planes of floats, and half channels, that are read or written at least once.
        const auto addOfMemory = [&](const std::string& name, int planes, int halfChannels,
                                     std::function<void()> body) {
            const Timed& station = add(std::move(body));
            reports.push_back([=, this, &station, &triadTimes] {
                const double bytes = double(fixtureWidth) * fixtureHeight * (4 * planes + 2 * halfChannels);
                std::vector<double> limit = triadTimes.seconds;
                const double share = bytes / triad();
                for (double& seconds : limit)
                    seconds *= share;
                addStation(name, "memory bandwidth", station, limit);
            });
        };
        addOfMemory("view", 6 + 6, 0, [&f] { makeView(f.linear0, f.linear1); });
        addOfMemory("motion", 6 /* view */ + 8 /* vectors */ + 2 /* depth */ + 13 /* prior */, 0,
                    [&f] { motionPrior(f.motionInput(), 0.5); });
        addOfMemory("synthesis", 13 /* field */, 3 * madeFrameChannels,
                    [=, &f] { synthesise(f.key0, f.key1, f.roles, f.canvas, *field, *target); });
        addOfMemory("risk", 6 /* view */ + 14 /* field */, 0, [=, &f] {
            RiskInput input;
            input.view = &f.view;
            input.field = field.get();
            input.canvas = f.canvas;
            assessRisk(input);
        });
    }

    std::function<void()> addExr(const std::string& compression) {
        const std::filesystem::path file = workFolder() / (compression + ".exr"),
                                    other = workFolder() / (compression + ".alone.exr");
        WriteOptions options;
        options.compression = parseCompression(compression);
        auto into = std::make_shared<Image>(fixture().key0);
        const Timed& encode = add([=] { encodeAlone(other, fixture().key0, options.compression); });
        const Timed& write = add([=] { writeExr(file, fixture().key0, options); });
        const Timed& decode = add([=] { decodeAlone(other, *into); });
        const Timed& read = add([=] { readExr(file); });
        return [=, this, &encode, &write, &decode, &read] {
            const double megabytes = 2e-6 * madeFrameChannels * fixtureWidth * fixtureHeight;
            results_.exr.push_back({compression, megabytes / decode.typical(), megabytes / encode.typical()});
            addStation("read, " + compression, "OpenEXR alone", read, decode.seconds);
            addStation("write, " + compression, "OpenEXR alone", write, encode.seconds);
        };
    }

    int repetitions_;
    Results results_;
    std::list<Timed> timed_; // addresses stay
};

} // namespace

int main(int argc, char** argv) {
    int repetitions = 5;
    std::string jsonFile, svgFile;
    CLI::App app(
        "Measures every station, and the limit of the machine that it could reach, in turns on one thread.");
    app.add_option("--repetitions", repetitions, "Medians are of so many")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app.add_option("--json", jsonFile, "Write the figures to this file");
    app.add_option("--svg", svgFile, "Draw them to this file");
    CLI11_PARSE(app, argc, argv);
    try {
        omp_set_num_threads(1); // oneDNN's, in the plain convolutions
        setExrThreads(0);
        Results results;
        tbb::task_arena(1).execute([&] { results = Bench(repetitions)(); });
        fmt::print("{}", table(results));
        if (!jsonFile.empty())
            writeTextAtomically(jsonFile, json(results));
        if (!svgFile.empty())
            writeTextAtomically(svgFile, svg(results));
        return 0;
    } catch (const std::exception& e) {
        fmt::print(stderr, "roofline_bench: error: {}\n", e.what());
        return 1;
    }
}
