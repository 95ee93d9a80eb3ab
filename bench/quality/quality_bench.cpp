// Measures who makes the frames between the keyframes best; bench/quality/README.md.
#include "base/atomic_file.h"
#include "inbetween/bench.h"
#include "inbetween/error.h"
#include "inbetween/network.h"
#include "tables.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <mutex>
#include <tbb/parallel_for.h>
#include <thread>

using namespace quality;
namespace fs = std::filesystem;

namespace {

template <class T> bool among(const std::vector<T>& wanted, const T& value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

struct Arguments {
    std::string shots, work, results, note;
    std::vector<std::string> only, kinds, names;
    std::vector<int> gaps = {2, 4, 8};
    std::string model;
};

std::vector<Row> measure(const Arguments& arguments, const std::vector<Shot>& shots,
                         const std::vector<Contender>& chosen) {
    const MeasureOptions options{arguments.work, arguments.model};
    struct Task {
        const Shot* shot;
        int gap;
    };
    std::vector<Task> tasks;
    for (int gap : arguments.gaps)
        for (const Shot& shot : shots)
            tasks.push_back({&shot, gap});
    for (const Contender& contender : chosen)
        for (const Task& task : tasks)
            if (contender.network)
                runNetwork(contender, *task.shot, task.gap, options);

    std::vector<std::vector<Row>> results(tasks.size());
    std::mutex lock;
    tbb::parallel_for(std::size_t(0), tasks.size(), [&](std::size_t i) {
        results[i] = measureShot(*tasks[i].shot, tasks[i].gap, chosen, options);
        const std::lock_guard guard(lock);
        fmt::print("{} at gap {}:", tasks[i].shot->name, tasks[i].gap);
        for (const Row& row : results[i])
            if (const auto mean = meanOf({row}, row.contender, row.gap,
                                         [](const Shot&, int) { return true; }))
                fmt::print(" {} {:.2f}", row.contender, mean->measures.psnr);
        fmt::print("\n");
        std::fflush(stdout);
    });
    std::vector<Row> rows;
    for (std::vector<Row>& result : results)
        std::move(result.begin(), result.end(), std::back_inserter(rows));
    return rows;
}

int measureAndWrite(const Arguments& arguments) {
    std::vector<Shot> shots = readShots(arguments.shots);
    std::erase_if(shots, [&](const Shot& s) {
        return !among(arguments.kinds, s.kind) || !among(arguments.names, s.name);
    });
    if (shots.empty())
        throw inbetween::Error(inbetween::ErrorKind::usage, "no finished shot is of that class or name");
    Setting setting;
    for (const Contender& contender : contenders())
        if (among(arguments.only, contender.key))
            setting.contenders.push_back(contender);
    setting.gaps = arguments.gaps;
    setting.date = fmt::format("{:%d %B %Y}", fmt::gmtime(std::time(nullptr)));
    const inbetween::Network network(arguments.model);
    setting.machine = fmt::format("{} threads of {}{}.", std::thread::hardware_concurrency(),
                                  inbetween::processorName(),
                                  arguments.note.empty() ? "" : ", " + arguments.note);
    setting.model = fmt::format("{} {} ({}), {}", network.model().name, network.model().version,
                                network.model().hash.substr(0, 8), network.instructionSet());

    const std::vector<Row> rows = measure(arguments, shots, setting.contenders);
    const fs::path results = arguments.results;
    fs::create_directories(results);
    inbetween::writeTextAtomically(results / "results.md", markdown(rows, setting));
    inbetween::writeTextAtomically(results / "results.json", json(rows, setting));
    fmt::print("{}\n", (results / "results.md").string());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    std::vector<std::string> keys;
    for (const Contender& contender : contenders())
        keys.push_back(contender.key);
    CLI::App app("Measure who makes the frames between the keyframes best");
    app.add_option("SHOTS", arguments.shots, "Folder of bench/quality/make_shots.sh")->required();
    app.add_option("WORK", arguments.work, "Folder for in-betweens and what was measured before")->required();
    app.add_option("--results", arguments.results,
                   "Folder for results.md and results.json (default: WORK/results)");
    app.add_option("--only", arguments.only, "Contenders")->check(CLI::IsMember(keys));
    app.add_option("--gap", arguments.gaps, "Distances of the keyframes")
        ->check(CLI::IsMember({2, 4, 8}))
        ->capture_default_str();
    app.add_option("--class", arguments.kinds, "Classes of shots");
    app.add_option("--shot", arguments.names, "Shots");
    app.add_option("--model", arguments.model, "Weights instead of the ones built in");
    app.add_option("--note", arguments.note, "What else the machine was doing, for the record");
    CLI11_PARSE(app, argc, argv);
    if (arguments.results.empty())
        arguments.results = (fs::path(arguments.work) / "results").string();
    try {
        return measureAndWrite(arguments);
    } catch (const inbetween::Error& error) {
        fmt::print(stderr, "quality_bench: {}\n", error.what());
        return 2;
    }
}
