// How much rendering is saved, and at what price: see README.md.
#include "player.h"

#include "inbetween/error.h"
#include "inbetween/run.h"
#include "inbetween/update.h"
#include "risk/boxes.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;
using namespace inbetween;
using namespace savings;
using Json = nlohmann::ordered_json;

namespace {

struct Way {
    const char* name;
    const char* words;
    int gap;
    bool boxes;
};
constexpr Way ways[] = {{"a", "every 2nd frame, whole frames", 2, false},
                        {"b", "every 2nd frame, boxes", 2, true},
                        {"c", "every 8th frame, `next` to its end", 8, true}};
constexpr int mostRounds = 60; // the loop ends by itself: this is for the day when it does not

struct Outcome {
    std::string shot, way;
    int frames = 0, made = 0, rounds = 0, bad = 0, badBefore = 0;
    double saved = 0;    // 1 - cost of what was rendered / cost of all frames
    double possible = 0; // if nothing had to be rendered after the keyframes
    double limit = 0;    // if the truth itself chose the boxes of the first in-betweens
    bool ended = true;
};

// Keyframes as links, so that OUT's manifest names their place.
std::vector<int> linkKeys(const Player& player, int gap, const fs::path& folder) {
    fs::create_directories(folder);
    std::vector<int> keys;
    const std::vector<int> frames = player.frames();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const bool wanted = i % std::size_t(gap) == 0 || i + 1 == frames.size();
        if (!wanted || !player.hasKey(frames[i]))
            continue;
        const fs::path link = folder / player.key(frames[i]).filename();
        if (!fs::exists(link))
            fs::create_symlink(fs::absolute(player.key(frames[i])), link);
        keys.push_back(frames[i]);
    }
    return keys;
}

int badFrames(const Player& player, const Manifest& manifest, const fs::path& out) {
    int bad = 0;
    for (const ManifestFrame& frame : manifest.frames) {
        if (frame.status == FrameStatus::rendered)
            continue;
        const auto error = player.error(frame.frame, frame.path.empty() ? fs::path() : out / frame.path);
        bad += !error || isBad(*error);
    }
    return bad;
}

// Saved if the truth chose the least boxes of what was made.
double limitOf(const Player& player, const Manifest& manifest, const fs::path& out) {
    double cost = double(manifest.keyframes.size());
    for (const ManifestFrame& frame : manifest.frames) {
        const auto map = frame.path.empty() ? std::nullopt : player.errorMap(frame.frame, out / frame.path);
        const auto error = map ? player.error(frame.frame, out / frame.path) : std::nullopt;
        if (!error) {
            cost += 1;
            continue;
        }
        const auto boxes = isBad(*error)
                               ? leastBoxes({.map = *map,
                                             .score = std::sqrt(error->mseDisplay),
                                             .worstBlocks = std::pow(10.0, -error->worstBlocksPsnr / 20),
                                             .limit = std::pow(10.0, -leastGoodPsnr / 20),
                                             .overhead = manifest.verdictOptions.partialOverhead,
                                             .dearest = 1})
                               : std::optional(Boxes{});
        cost += boxes ? boxes->cost : 1;
    }
    return 1 - cost / manifest.totals().all;
}

Outcome play(const Player& player, const Way& way, const fs::path& work, const RunOptions& base) {
    fs::remove_all(work);
    RunOptions options = base;
    options.keys = (work / "keys").string();
    options.out = work / "out";
    const std::vector<int> keys = linkKeys(player, way.gap, options.keys);
    if (keys.size() < 2)
        throw Error(ErrorKind::input,
                    fmt::format("{}: every {}. frame is wanted as a keyframe, and keys has not two "
                                "of them; give a longer shot",
                                player.name(), way.gap));
    options.verdict.partialOverhead = way.boxes ? base.verdict.partialOverhead : 1.0;
    Manifest manifest = run(options).manifest;

    Outcome outcome{.shot = player.name(), .way = way.name};
    outcome.badBefore = badFrames(player, manifest, options.out);
    outcome.limit = limitOf(player, manifest, options.out);
    outcome.possible = 1 - double(keys.size()) / manifest.totals().all;
    for (auto tasks = nextTasks(manifest); !tasks.empty(); tasks = nextTasks(manifest)) {
        if (++outcome.rounds > mostRounds) {
            outcome.ended = false;
            break;
        }
        const fs::path folder = work / fmt::format("rendered_{:02}", outcome.rounds);
        for (const NextTask& next : tasks)
            player.render(next.task, options.out, folder);
        UpdateOptions update;
        update.out = options.out;
        update.rendered = {folder.string()};
        update.threads = options.threads;
        const UpdateResult result = inbetween::update(update);
        for (const std::string& line : result.refused)
            throw Error(ErrorKind::input, line);
        manifest = result.run.manifest;
    }
    outcome.frames = manifest.totals().all;
    outcome.made = manifest.totals().generated;
    outcome.saved = manifest.totals().rendersSavedShare;
    outcome.bad = badFrames(player, manifest, options.out);
    return outcome;
}

Json toJson(const Outcome& o) {
    return {{"shot", o.shot},           {"way", o.way},     {"frames", o.frames}, {"generated", o.made},
            {"possible", o.possible},   {"limit", o.limit}, {"saved", o.saved},   {"rounds", o.rounds},
            {"badBefore", o.badBefore}, {"bad", o.bad},     {"ended", o.ended}};
}

std::string row(const Outcome& o) {
    return fmt::format("| {} | {} | {:.1f} | {:.1f} | {:.1f} | {}{} | {} of {} | {} |\n", o.shot, o.way,
                       100 * o.possible, 100 * o.limit, 100 * o.saved, o.rounds,
                       o.ended ? "" : " (did not end)", o.bad, o.frames, o.badBefore);
}

// The mean over shots; bad frames are summed.
Outcome mean(const std::vector<Outcome>& outcomes, const char* way) {
    Outcome all{.shot = "**all**", .way = way};
    int count = 0;
    for (const Outcome& o : outcomes) {
        if (o.way != way)
            continue;
        ++count;
        all.frames += o.frames;
        all.bad += o.bad;
        all.badBefore += o.badBefore;
        all.rounds = std::max(all.rounds, o.rounds);
        all.ended &= o.ended;
        all.saved += o.saved;
        all.possible += o.possible;
        all.limit += o.limit;
    }
    for (double* share : {&all.saved, &all.possible, &all.limit})
        *share /= std::max(1, count);
    return all;
}

std::string table(const std::vector<Outcome>& outcomes, const std::vector<std::string>& wanted) {
    std::string text;
    for (const Way& way : ways)
        if (std::count(wanted.begin(), wanted.end(), way.name))
            text += fmt::format("{}: {}\n", way.name, way.words);
    text +=
        "\n| shot | way | possible % | truth's choice % | saved % | rounds | bad frames left | bad before |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    for (const Outcome& outcome : outcomes)
        text += row(outcome);
    for (const std::string& way : wanted)
        text += row(mean(outcomes, way.c_str()));
    return text;
}

} // namespace

int main(int argc, char** argv) try {
    CLI::App app("Plays the renderer with frames that were rendered beforehand, and counts what is saved.");
    std::vector<std::string> shots, wanted{"a", "b", "c"};
    std::string work, json;
    RunOptions options;
    app.add_option("SHOTS", shots, "Folders with keys and truth")->required();
    app.add_option("-o,--work", work, "Folder for what is made on the way")->required();
    app.add_option("--way", wanted, "a, b, c")->delimiter(',')->check(CLI::IsMember({"a", "b", "c"}));
    app.add_option("--json", json, "Write the table as JSON, too");
    app.add_option("--vectors", options.vectors, "auto or none")->capture_default_str();
    app.add_option("--threads", options.threads)->capture_default_str();
    app.add_option("--partial-overhead", options.verdict.partialOverhead)->capture_default_str();
    app.add_option("--max-miss", options.verdict.maxMiss)->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    std::vector<Outcome> outcomes;
    Json list = Json::array();
    for (const std::string& shot : shots) {
        const Player player(shot);
        for (const Way& way : ways) {
            if (!std::count(wanted.begin(), wanted.end(), way.name))
                continue;
            outcomes.push_back(play(player, way, fs::path(work) / player.name() / way.name, options));
            list.push_back(toJson(outcomes.back()));
            fmt::print(stderr, "{}", row(outcomes.back()));
        }
    }
    fmt::print("{}", table(outcomes, wanted));
    if (!json.empty())
        std::ofstream(json) << Json{{"version", 1}, {"outcomes", list}}.dump(2) << "\n";
    return 0;
} catch (const Error& error) {
    fmt::print(stderr, "savings_bench: {}\n", error.what());
    return 2;
}
