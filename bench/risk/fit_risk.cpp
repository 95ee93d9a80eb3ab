// Fits the predicted error (src/risk/calibration.h) to what was measured, on shots that the network was not
// trained on.
//   fit_risk SHOT... [--vectors auto,none] [--cache DIR] [-o src/risk/calibration.inc]
// A shot is a folder with keys/ (every second frame, or fewer) and truth/ (the others). Everything that is
// printed is measured on shots that the weights had not seen: the shots are parted in five, and each part is
// predicted with the weights of the other four. What is written is fitted on all.
#include "base/atomic_file.h"
#include "evaluate/reference_frames.h"
#include "evaluate/risk_quality.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/network.h"
#include "inbetween/sequence.h"
#include "pair/pair.h"
#include "pipeline/self_calibration.h"
#include "risk/evidence.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <map>
#include <numeric>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

constexpr int side = 16,
              perWorstBlock = 64 / side; // blocks of the fit, and how many make one that evaluation looks at

struct Block {
    std::array<float, riskTermCount> terms{}; // sums of squares over the pixels
    float squares = 0, pixels = 0;            // of the measured error
};
struct Frame {
    int number = 0, columns = 0, rows = 0;
    enum Kind {
        between,
        heldOut,
        remade
    } kind = between; // a keyframe made from its neighbours, or from the in-betweens beside it
    std::vector<Block> blocks;
};
struct Shot {
    std::string name, group; // a group is in one part of the rotation
    std::vector<Frame> frames;
};

// ---- Measuring ----

struct Maker {
    const Network& network;
    const Sequence& keys;
    std::string vectors;
    mutable std::map<std::pair<int, int>, SharedPairFlow> flows{}; // of gaps, each of use to three

    PairOptions options() const { return {.vectors = vectors, .secondPass = true}; }
    std::shared_ptr<const Image> read(int key) const {
        return std::make_shared<const Image>(readExr(keys.find(key)->path));
    }

    // The gap before (-1) or after (1) a keyframe, as `run` has it.
    NeighbourGap beside(int key, int direction) const {
        const std::ptrdiff_t at = keys.find(key) - keys.keyframes.data() + direction;
        if (at < 0 || at >= std::ptrdiff_t(keys.keyframes.size()))
            return {};
        const int other = keys.keyframes[std::size_t(at)].number;
        return {&flows[std::minmax(key, other)], std::abs(other - key), read(other)};
    }

    Frame make(int key0, int number, int key1, const fs::path& truthFile, Frame::Kind kind) const {
        Pair pair = makePair(read(key0), read(key1), key1 - key0, options(), &flows[{key0, key1}]);
        curvePaths(pair, beside(key0, -1), beside(key1, 1), ReadOptions{}.maxPixels);
        return make(pair, number, double(number - key0) / double(key1 - key0), truthFile, kind);
    }

    Frame make(const Remake& again) const {
        const auto pair = pairOfInBetweens(again, read(again.key0), read(again.frame), read(again.key1),
                                           network, options());
        return pair ? make(*pair, again.frame, 0.5, keys.find(again.frame)->path, Frame::remade) : Frame{};
    }

    Frame make(const Pair& pair, int number, double time, const fs::path& truthFile, Frame::Kind kind) const {
        if (pair.cut || pair.still)
            return {};
        const Field field = fieldOf(pair, network, motionOf(pair, time), time);
        const Evidence evidence = gatherEvidence(riskInputOf(pair, field, time), {0, height(pair.canvas)});
        const Image truth = readExr(truthFile);
        const Plane squares = squaredErrors(pair, field, truth, findRoles(truth));
        Frame frame{number, (squares.width + side - 1) / side, (squares.height + side - 1) / side, kind, {}};
        frame.blocks.resize(std::size_t(frame.columns) * frame.rows);
        for (int y = 0; y < squares.height; ++y)
            for (int x = 0; x < squares.width; ++x) {
                Block& block = frame.blocks[std::size_t(y / side) * frame.columns + x / side];
                const RiskTerms terms = evidence.termsSquared(x, y);
                for (std::size_t t = 0; t < riskTermCount; ++t)
                    block.terms[t] += float(terms[t]);
                block.squares += squares.at(x, y);
                block.pixels += 1;
            }
        return frame;
    }
};

Shot measure(const fs::path& folder, const std::string& vectors, const Network& network) {
    const Sequence keys = checkKeyframes(findSequence((folder / "keys").string()), {});
    const std::map<int, fs::path> truth = referenceFrames((folder / "truth").string());
    Shot shot{folder.filename().string() + (vectors == "auto" ? "" : "." + vectors),
              folder.filename().string(),
              {}};
    const Maker maker{network, keys, vectors};
    const auto add = [&](Frame frame) {
        if (!frame.blocks.empty())
            shot.frames.push_back(std::move(frame));
    };
    for (const Gap& gap : keys.gaps)
        for (const int number : gap.missing)
            if (truth.contains(number))
                add(maker.make(gap.key0, number, gap.key1, truth.at(number), Frame::between));
    // Learnt from as well: wider gaps.
    for (std::size_t i = 1; i + 1 < keys.keyframes.size(); ++i) {
        const int key0 = keys.keyframes[i - 1].number, held = keys.keyframes[i].number,
                  key1 = keys.keyframes[i + 1].number;
        if (key1 - key0 <= keys.maxGap)
            add(maker.make(key0, held, key1, keys.find(held)->path, Frame::heldOut));
    }
    for (const Remake& again : keyframesToRemake(keys, {}))
        add(maker.make(again));
    return shot;
}

// The sums of a shot, so that another fit need not make its frames again. Only for the machine that wrote
// them.
template <class Value> void put(std::ostream& out, const Value& value) {
    out.write(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class Value> Value get(std::istream& in) {
    Value value{};
    in.read(reinterpret_cast<char*>(&value), sizeof value);
    return value;
}

void save(const fs::path& file, const Shot& shot) {
    std::ofstream out(file, std::ios::binary);
    for (const Frame& frame : shot.frames) {
        for (const int v : {frame.number, frame.columns, frame.rows, int(frame.kind)})
            put(out, v);
        for (const Block& block : frame.blocks)
            put(out, block);
    }
}

std::vector<Frame> load(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<Frame> frames;
    while (in.peek() != std::char_traits<char>::eof()) {
        Frame frame;
        frame.number = get<int>(in);
        frame.columns = get<int>(in);
        frame.rows = get<int>(in);
        frame.kind = Frame::Kind(get<int>(in));
        frame.blocks.resize(std::size_t(frame.columns) * frame.rows);
        for (Block& block : frame.blocks)
            block = get<Block>(in);
        frames.push_back(std::move(frame));
    }
    return frames;
}

// ---- Fitting ----

double predicted(const Block& block, const RiskTerms& weights) {
    double sum = 0;
    for (std::size_t t = 0; t < riskTermCount; ++t)
        sum += weights[t] * block.terms[t];
    return sum;
}

// Of a whole frame.
Block sumOf(const Frame& frame) {
    Block sum;
    for (const Block& block : frame.blocks) {
        sum.squares += block.squares;
        sum.pixels += block.pixels;
        for (std::size_t t = 0; t < riskTermCount; ++t)
            sum.terms[t] += block.terms[t];
    }
    return sum;
}

// The weights, none below 0, that make the beta divergence of measured from predicted squares least, by
// multiplicative updates (Fevotte & Idier, Algorithms for nonnegative matrix factorization with the
// beta-divergence, 2011). beta 1 weighs an error by its size, beta 0 by its ratio; between the two neither
// dark corners nor single failures rule. A frame counts as a whole, since it is judged as one, and as much
// again by its blocks, since the network's own estimate explains whole frames so well that nothing else would
// be left to see where it errs.
RiskTerms fit(const std::vector<const Frame*>& frames, double beta) {
    std::vector<std::pair<Block, double>> sums; // and what they count
    for (const Frame* frame : frames) {
        sums.emplace_back(sumOf(*frame), 1.0);
        for (const Block& block : frame->blocks)
            sums.emplace_back(block, 1.0 / double(frame->blocks.size()));
    }
    RiskTerms weights;
    weights.fill(0.1);
    for (int step = 0; step < 400; ++step) {
        RiskTerms up{}, down{};
        for (const auto& [sum, share] : sums) {
            const double floor = 1e-9, p = predicted(sum, weights) / sum.pixels + floor;
            const double y = sum.squares / sum.pixels + floor;
            const double pullUp = share * std::pow(p, beta - 2) * y, pullDown = share * std::pow(p, beta - 1);
            for (std::size_t t = 0; t < riskTermCount; ++t) {
                const double term = sum.terms[t] / sum.pixels;
                up[t] += pullUp * term;
                down[t] += pullDown * term;
            }
        }
        for (std::size_t t = 0; t < riskTermCount; ++t)
            weights[t] = down[t] > 0
                             ? std::max(1e-6, weights[t] * std::pow(up[t] / down[t], 1.0 / (2 - beta)))
                             : 0.0;
    }
    // No divergence of errors in the display sees what the display clips. Half of what the network says of
    // itself is taken as it says it, in the view: with 98% of the bad frames half as many good ones are
    // flagged, and so for any part from 0.3 to 1.
    weights[networkNearTerm] /= 2;
    weights[networkTerm] += weights[networkNearTerm];
    for (double& weight : weights) // what has next to no weight has none
        weight = weight < 1e-4 ? 0.0 : weight;
    return weights;
}

// ---- Frames ----

struct Errors {
    double frame = 0, worstBlocks = 0; // root mean square
};

Errors errorsOf(const Frame& frame, const auto& squaresOf) {
    const int columns = (frame.columns + perWorstBlock - 1) / perWorstBlock;
    const int rows = (frame.rows + perWorstBlock - 1) / perWorstBlock;
    std::vector<std::pair<double, double>> large(std::size_t(columns) * rows); // squares, pixels
    double squares = 0, pixels = 0;
    for (int y = 0; y < frame.rows; ++y)
        for (int x = 0; x < frame.columns; ++x) {
            const Block& block = frame.blocks[std::size_t(y) * frame.columns + x];
            auto& [s, p] = large[std::size_t(y / perWorstBlock) * columns + x / perWorstBlock];
            s += squaresOf(block);
            p += block.pixels;
            squares += squaresOf(block);
            pixels += block.pixels;
        }
    std::sort(large.begin(), large.end(),
              [](const auto& a, const auto& b) { return a.first / a.second > b.first / b.second; });
    double worstSquares = 0, worstPixels = 0;
    for (std::size_t i = 0; i < std::size_t(std::ceil(0.05 * double(large.size()))); ++i) {
        worstSquares += large[i].first;
        worstPixels += large[i].second;
    }
    return {std::sqrt(squares / pixels), std::sqrt(worstSquares / worstPixels)};
}

struct Row {
    std::string group;
    const Frame* frame;
    Errors predicted, measured;
    double factor = 1; // of the shot
    double figure(bool corrected) const {
        return (corrected ? factor : 1) * verdictError(predicted.frame, predicted.worstBlocks);
    }
    double truth() const { return verdictError(measured.frame, measured.worstBlocks); }
};

Row rowOf(const Shot& shot, const Frame& frame, const RiskTerms& weights) {
    return {shot.group, &frame,
            errorsOf(frame, [&](const Block& block) { return predicted(block, weights); }),
            errorsOf(frame, [](const Block& block) { return double(block.squares); })};
}

double decibels(double rms) {
    return -20 * std::log10(std::max(rms, 1e-5));
}

void printQuality(const char* name, const std::vector<Row>& rows,
                  const std::function<double(const Row&)>& figure) {
    std::vector<double> figures, errors;
    std::vector<bool> bad;
    double badFlagged = 0, goodFlagged = 0, badCount = 0;
    for (const Row& row : rows) {
        figures.push_back(figure(row));
        errors.push_back(row.measured.frame);
        bad.push_back(row.truth() > VerdictOptions{}.threshold);
        badCount += bad.back();
        (bad.back() ? badFlagged : goodFlagged) += figures.back() >= VerdictOptions{}.threshold;
    }
    const RiskQuality q = riskQuality(name, figures, errors, bad);
    fmt::print("{:<28} rank correlation {:.3f}, ROC area {:.3f}, good flagged with 98% of the bad {:.1f}%; "
               "at the threshold: {:.1f}% of "
               "{:.0f} bad, {:.1f}% of {:.0f} good\n",
               name, q.spearman, q.rocArea, 100 * q.goodFlagged, 100 * badFlagged / std::max(1.0, badCount),
               badCount, 100 * goodFlagged / std::max(1.0, double(rows.size()) - badCount),
               double(rows.size()) - badCount);
}

// Predicted against measured, in bins of the prediction.
void printCalibration(const char* what, std::vector<std::pair<double, double>> squares, std::size_t bins) {
    std::sort(squares.begin(), squares.end());
    fmt::print("calibration, {} in {} bins of the prediction, dB (predicted: measured):", what, bins);
    for (std::size_t bin = 0; bin < bins; ++bin) {
        double p = 0, m = 0;
        const std::size_t first = bin * squares.size() / bins, end = (bin + 1) * squares.size() / bins;
        for (std::size_t i = first; i < end; ++i) {
            p += squares[i].first;
            m += squares[i].second;
        }
        if (end > first)
            fmt::print(" {:.1f}: {:.1f},", decibels(std::sqrt(p / double(end - first))),
                       decibels(std::sqrt(m / double(end - first))));
    }
    fmt::print("\n");
}

double quantile(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    const double at = share * double(values.size() - 1);
    const auto below = std::size_t(at);
    return values[below] +
           (at - double(below)) * (values[std::min(below + 1, values.size() - 1)] - values[below]);
}

// Weights scaled so that the in-betweens' predictions are right in the mean of their logarithms.
RiskTerms balanced(RiskTerms weights, const std::vector<const Frame*>& frames) {
    double sum = 0, count = 0;
    for (const Frame* frame : frames) {
        const Row row = rowOf({}, *frame, weights);
        if (frame->kind != Frame::between || row.predicted.frame <= 0 || row.measured.frame <= 0)
            continue;
        sum += std::log(row.measured.frame / row.predicted.frame);
        ++count;
    }
    for (double& weight : weights)
        weight *= count > 0 ? std::exp(2 * sum / count) : 1.0;
    return weights;
}

// What the keyframes that were remade said of a shot, and what was so.
struct ShotRatios {
    std::string group;
    std::vector<double> remade;    // log(measured / predicted)
    std::vector<std::size_t> rows; // its in-betweens
};

SelfCalibrationConstants chosenFrom(const std::vector<ShotRatios>& shots, const std::vector<Row>& rows,
                                    const std::string& leftOut) {
    SelfCalibrationConstants best;
    std::vector<double> means;
    for (const ShotRatios& shot : shots)
        if (shot.group != leftOut && !shot.remade.empty())
            means.push_back(std::accumulate(shot.remade.begin(), shot.remade.end(), 0.0) /
                            double(shot.remade.size()));
    best.usual = means.empty() ? 0.0 : quantile(means, 0.5);
    double least = INFINITY;
    for (const double strength : {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}) {
        SelfCalibrationConstants tried = best;
        tried.strength = strength;
        double sum = 0;
        for (const ShotRatios& shot : shots)
            if (shot.group != leftOut) {
                const double factor = std::log(calibrationFactor(shot.remade, tried));
                for (const std::size_t i : shot.rows)
                    // Squares, since what is far off slips through.
                    sum += std::pow(factor +
                                        std::log(rows[i].figure(false) / std::max(1e-5, rows[i].truth())),
                                    2);
            }
        if (sum < 0.99 * least) { // a hundredth is no gain
            least = sum;
            best.strength = strength;
        }
    }
    return best;
}

double meanLogRatio(const std::vector<Row>& rows, bool corrected) {
    double sum = 0;
    for (const Row& row : rows)
        sum += std::abs(std::log((corrected ? row.factor : 1) * row.predicted.frame /
                                 std::max(1e-5, row.measured.frame)));
    return rows.empty() ? 0.0 : sum / double(rows.size());
}

constexpr int parts = 5;

} // namespace

int main(int argc, char** argv) try {
    CLI::App app("Fits the predicted error to measured ones.");
    std::vector<std::string> folders, vectors{"auto"};
    std::string cache, outFile, model, note;
    double beta = 0.5;
    app.add_option("SHOT", folders, "Folders with keys/ and truth/")->required();
    app.add_option("--vectors", vectors, "Each shot so: auto, none, or both (auto,none)")->delimiter(',');
    app.add_option("--cache", cache, "Keeps what was measured of each shot");
    app.add_option("--model", model, "Weights instead of the ones built in");
    app.add_option("--beta", beta, "Of the divergence: 1 weighs errors by their size, 0 by their ratio")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--note", note, "What the shots are, for the file's comment");
    app.add_option("-o,--out", outFile, "Write the constants (src/risk/calibration.inc)");
    CLI11_PARSE(app, argc, argv);

    const Network network(model);
    std::vector<Shot> shots;
    for (const std::string& folder : folders)
        for (const std::string& choice : vectors) {
            const fs::path shotFolder = fs::absolute(folder).lexically_normal();
            const std::string name =
                (shotFolder.filename().empty() ? shotFolder.parent_path() : shotFolder).filename();
            const fs::path kept = fs::path(cache) /
                                  (name + "." + choice + "." + network.model().hash.substr(0, 8) + ".sums");
            if (!cache.empty() && fs::exists(kept)) {
                shots.push_back({name + (choice == "auto" ? "" : "." + choice), name, load(kept)});
                continue;
            }
            try {
                shots.push_back(measure(shotFolder.filename().empty() ? shotFolder.parent_path() : shotFolder,
                                        choice, network));
            } catch (const Error& error) {
                fmt::print(stderr, "left out: {}\n", error.what());
                continue;
            }
            if (!cache.empty()) {
                fs::create_directories(cache);
                save(kept, shots.back());
            }
        }
    std::vector<std::string> groups;
    for (const Shot& shot : shots)
        if (std::find(groups.begin(), groups.end(), shot.group) == groups.end())
            groups.push_back(shot.group);
    const auto partOf = [&](const Shot& shot) {
        return int(std::find(groups.begin(), groups.end(), shot.group) - groups.begin()) % parts;
    };

    std::vector<Row> rows;
    std::size_t remade = 0;
    std::vector<ShotRatios> ratios;
    std::vector<std::pair<double, double>> blocks, frames; // predicted and measured squares
    for (int part = 0; part < parts; ++part) {
        std::vector<const Frame*> learn;
        for (const Shot& shot : shots)
            if (partOf(shot) != part)
                for (const Frame& frame : shot.frames)
                    if (frame.kind != Frame::remade)
                        learn.push_back(&frame);
        if (learn.empty())
            throw Error(ErrorKind::input, "one shot is not enough to fit on some and measure on others");
        const RiskTerms weights = balanced(fit(learn, beta), learn);
        for (const Shot& shot : shots) {
            if (partOf(shot) != part)
                continue;
            ratios.push_back({shot.group, {}, {}});
            for (const Frame& frame : shot.frames)
                if (frame.kind == Frame::remade) {
                    const Row row = rowOf(shot, frame, weights);
                    if (row.figure(false) > 0 && row.truth() > 0)
                        ratios.back().remade.push_back(std::log(row.truth() / row.figure(false)));
                    ++remade;
                }
            for (const Frame& frame : shot.frames) {
                if (frame.kind != Frame::between)
                    continue;
                ratios.back().rows.push_back(rows.size());
                rows.push_back(rowOf(shot, frame, weights));
                frames.emplace_back(std::pow(rows.back().predicted.frame, 2),
                                    std::pow(rows.back().measured.frame, 2));
                for (const Block& block : frame.blocks)
                    blocks.emplace_back(predicted(block, weights) / block.pixels,
                                        block.squares / block.pixels);
            }
        }
    }
    // The constants of self-calibration, too, are chosen on other shots than those that they are tried on.
    for (const ShotRatios& shot : ratios)
        for (const std::size_t i : shot.rows)
            rows[i].factor = calibrationFactor(shot.remade, chosenFrom(ratios, rows, shot.group));
    fmt::print(
        "{} shots, {} in-betweens, {} keyframes remade; each predicted with weights fitted on other shots\n",
        groups.size(), rows.size(), remade);
    printQuality("score", rows, [](const Row& row) { return row.predicted.frame; });
    printQuality("verdict", rows, [](const Row& row) { return row.figure(false); });
    printQuality("verdict, self-calibrated", rows, [](const Row& row) { return row.figure(true); });
    const auto meanTerm = [](RiskTerm term) {
        return [term](const Row& row) {
            const Block sum = sumOf(*row.frame);
            return std::sqrt(sum.terms[term] / sum.pixels);
        };
    };
    for (std::size_t term = 1; term < riskTermCount; ++term)
        printQuality(riskTermNames[term], rows, meanTerm(RiskTerm(term)));
    fmt::print("mean |log(score / measured)|: {:.3f}, self-calibrated {:.3f}\n", meanLogRatio(rows, false),
               meanLogRatio(rows, true));
    printCalibration("blocks of 16 px", blocks, 10);
    printCalibration("frames", frames, 10);

    // What must not be missed are the bad frames: how far under the threshold the least of them are
    // predicted, and a tenth lower, since they are few. Where there are not enough, by how much any frame is
    // predicted too low.
    constexpr double margin = 0.9;
    const auto isBadRow = [](const Row& row) { return row.truth() > VerdictOptions{}.threshold; };
    const bool enoughBad = std::count_if(rows.begin(), rows.end(), isBadRow) >= 20;
    std::vector<double> overMeasured;
    for (const Row& row : rows)
        if (!enoughBad || isBadRow(row))
            overMeasured.push_back(row.figure(true) / (enoughBad ? VerdictOptions{}.threshold / margin
                                                                 : std::max(1e-5, row.truth())));
    fmt::print("predicted / {}, quantiles: 1% {:.2f}, 10% {:.2f}, 50% {:.2f}, 90% {:.2f}\n",
               enoughBad ? "threshold, of bad frames, less a tenth" : "measured",
               quantile(overMeasured, 0.01), quantile(overMeasured, 0.1), quantile(overMeasured, 0.5),
               quantile(overMeasured, 0.9));
    for (const double share : {0.01, 0.02, 0.05, 0.1, 0.2}) {
        const double least = VerdictOptions{}.threshold * quantile(overMeasured, share);
        double flagged[2] = {}, count[2] = {};
        for (const Row& row : rows) {
            ++count[isBadRow(row)];
            flagged[isBadRow(row)] += row.figure(true) >= least;
        }
        fmt::print("--max-miss {:.0f}%: flags {:.1f}% of {:.0f} bad, {:.1f}% of {:.0f} good\n", 100 * share,
                   100 * flagged[1] / std::max(1.0, count[1]), count[1],
                   100 * flagged[0] / std::max(1.0, count[0]), count[0]);
    }
    const SelfCalibrationConstants constants = chosenFrom(ratios, rows, "");
    fmt::print("self-calibration: strength {}, usual log ratio of remade keyframes {:.3f}\n",
               constants.strength, constants.usual);
    for (const ShotRatios& shot : ratios) {
        double again = 0, between = 0;
        for (const double ratio : shot.remade)
            again += ratio / double(shot.remade.size());
        for (const std::size_t i : shot.rows)
            between += std::log(rows[i].measured.frame / rows[i].predicted.frame) / double(shot.rows.size());
        fmt::print("  {:<24} log(measured / predicted): in-betweens {:+.2f}, remade keyframes {:+.2f}\n",
                   shot.group, between, again);
    }

    std::vector<const Frame*> all;
    for (const Shot& shot : shots)
        for (const Frame& frame : shot.frames)
            if (frame.kind != Frame::remade)
                all.push_back(&frame);
    const RiskTerms weights = balanced(fit(all, beta), all);
    for (std::size_t t = 0; t < riskTermCount; ++t)
        fmt::print("weight {:<18} {:.4f}\n", riskTermNames[t], weights[t]);
    if (outFile.empty())
        return 0;
    std::string text = fmt::format("// Written by bench/risk/fit_risk from {} in-betweens and {} remade "
                                   "keyframes of {} shots{}{}; model {} {}.\n",
                                   rows.size(), remade, groups.size(), note.empty() ? "" : ", ", note,
                                   network.model().name, network.model().version);
    std::vector<std::string> figures;
    for (std::size_t t = 0; t < riskTermCount; ++t)
        figures.push_back(fmt::format("\n    {:.4f} /* {} */", weights[t], riskTermNames[t]));
    text += fmt::format("inline constexpr RiskTerms riskWeights{{{}}};\n", fmt::join(figures, ","));
    figures.clear();
    constexpr double shares[] = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
    for (const double share : shares)
        figures.push_back(fmt::format("{{{}, {:.3f}}}", share, quantile(overMeasured, share)));
    text += fmt::format("inline constexpr std::array<MissQuantile, {}> missQuantiles{{{{{}}}}};\n",
                        std::size(shares), fmt::join(figures, ", "));
    text += fmt::format("inline constexpr SelfCalibrationConstants selfCalibration{{{}, {:.3f}}};\n",
                        constants.strength, constants.usual);
    writeTextAtomically(outFile, text);
    return 0;
} catch (const std::exception& error) {
    fmt::print(stderr, "fit_risk: {}\n", error.what());
    return 1;
}
