#include "evaluate/risk_quality.h"

#include "manifest/names.h"
#include "manifest/verdicts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace inbetween {
namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

// Frames in the order in which they would be rendered, equal figures in one step: good and bad ones up to
// there.
struct Step {
    double bad = 0, good = 0;
};
std::vector<Step> stepsOf(const std::vector<double>& figures, const std::vector<bool>& bad) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < figures.size(); ++i)
        if (!std::isnan(figures[i]))
            order.push_back(i);
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return figures[a] > figures[b]; });
    std::vector<Step> steps{{}};
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i == 0 || figures[order[i]] != figures[order[i - 1]])
            steps.push_back(steps.back());
        (bad[order[i]] ? steps.back().bad : steps.back().good) += 1;
    }
    return steps;
}

// The share of bad frames among the worst `share` of all; part of a step counts in proportion.
double caughtAt(const std::vector<Step>& steps, double share) {
    const double wanted = share * (steps.back().bad + steps.back().good);
    for (std::size_t i = 1; i < steps.size(); ++i) {
        const double before = steps[i - 1].bad + steps[i - 1].good, after = steps[i].bad + steps[i].good;
        if (after >= wanted)
            return (steps[i - 1].bad +
                    (steps[i].bad - steps[i - 1].bad) * (wanted - before) / (after - before)) /
                   steps.back().bad;
    }
    return 1;
}

} // namespace

std::vector<CurvePoint> riskCurve(const std::vector<double>& figures, const std::vector<bool>& bad) {
    const std::vector<Step> steps = stepsOf(figures, bad);
    const Step& all = steps.back();
    std::vector<CurvePoint> curve;
    if (all.bad > 0 && all.good > 0)
        for (const Step& step : steps)
            curve.push_back({step.good / all.good, step.bad / all.bad,
                             step.bad + step.good > 0 ? step.bad / (step.bad + step.good) : 1.0,
                             (step.bad + step.good) / (all.bad + all.good)});
    return curve;
}

RiskQuality riskQuality(const std::string& feature, const std::vector<double>& figures,
                        const std::vector<double>& errors, const std::vector<bool>& bad) {
    if (figures.size() != errors.size() || figures.size() != bad.size())
        throw std::invalid_argument("riskQuality: lists of different lengths");
    RiskQuality quality{feature,
                        spearman(figures, errors),
                        notANumber,
                        notANumber,
                        std::vector<double>(std::size(caughtShares), notANumber),
                        notANumber};
    const std::vector<CurvePoint> curve = riskCurve(figures, bad);
    if (curve.empty())
        return quality;
    quality.rocArea = quality.averagePrecision = 0;
    quality.goodFlagged = 1;
    for (std::size_t i = 1; i < curve.size(); ++i) {
        const CurvePoint &a = curve[i - 1], &b = curve[i];
        quality.rocArea += (b.falseAlarms - a.falseAlarms) * 0.5 * (a.recall + b.recall);
        quality.averagePrecision += (b.recall - a.recall) * b.precision;
        if (a.recall < wantedRecall && b.recall >= wantedRecall)
            quality.goodFlagged = b.falseAlarms;
    }
    const std::vector<Step> steps = stepsOf(figures, bad);
    for (std::size_t i = 0; i < std::size(caughtShares); ++i)
        quality.caught[i] = caughtAt(steps, caughtShares[i]);
    return quality;
}

bool isBad(const PictureError& error) {
    return error.psnrDisplay < leastGoodPsnr || error.worstBlocksPsnr < leastGoodBlocksPsnr;
}

double badness(const PictureError& error) {
    const auto over = [](double psnr, double least) { return std::pow(10, (least - psnr) / 20); };
    return std::max(over(error.psnrDisplay, leastGoodPsnr), over(error.worstBlocksPsnr, leastGoodBlocksPsnr));
}

RiskRow riskRow(const ManifestFrame& frame, const PictureError& error, const VerdictOptions& options) {
    RiskRow row{std::sqrt(error.mseDisplay),
                isBad(error),
                frame.verdict != Verdict::keep,
                {verdictFigure(frame, options), frame.score, frame.worstBlocks}};
    for (const auto& [name, member] : featureNames)
        row.figures.push_back(frame.features.*member);
    return row;
}

std::vector<std::string> riskFigureNames() {
    std::vector<std::string> names{"verdict", "score", "worstBlocks"};
    for (const auto& [name, member] : featureNames)
        names.emplace_back(name);
    return names;
}

RiskAssessment assessRows(const std::vector<RiskRow>& rows) {
    RiskAssessment risk;
    risk.frames = rows.size();
    std::vector<double> errors, ratios;
    std::vector<bool> bad;
    double badFlagged = 0, goodFlagged = 0;
    for (const RiskRow& row : rows) {
        errors.push_back(row.error);
        bad.push_back(row.bad);
        risk.bad += row.bad;
        (row.bad ? badFlagged : goodFlagged) += row.flagged;
        if (row.error > 0 && !std::isnan(row.figures[1]))
            ratios.push_back(row.figures[1] / row.error);
    }
    const std::size_t good = risk.frames - risk.bad;
    risk.badFlagged = risk.bad > 0 ? badFlagged / double(risk.bad) : notANumber;
    risk.goodFlagged = good > 0 ? goodFlagged / double(good) : notANumber;
    std::sort(ratios.begin(), ratios.end());
    risk.medianRatio = ratios.empty() ? notANumber
                                      : 0.5 * (ratios[(ratios.size() - 1) / 2] + ratios[ratios.size() / 2]);
    const std::vector<std::string> names = riskFigureNames();
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::vector<double> figures;
        for (const RiskRow& row : rows)
            figures.push_back(row.figures[i]);
        risk.figures.push_back(riskQuality(names[i], figures, errors, bad));
    }
    return risk;
}

void PixelHistogram::add(float figure, bool bad) {
    const double octaves = figure > 0 ? std::log2(double(figure)) - leastOctave : 0.0;
    const auto bin = static_cast<std::size_t>(std::clamp(octaves * binsPerOctave, 0.0, double(bins - 1)));
    ++(bad ? bad_ : good_)[bin];
}

PixelHistogram& PixelHistogram::operator+=(const PixelHistogram& other) {
    for (std::size_t i = 0; i < bins; ++i) {
        bad_[i] += other.bad_[i];
        good_[i] += other.good_[i];
    }
    return *this;
}

double PixelHistogram::rocArea() const {
    const double bad = double(std::accumulate(bad_.begin(), bad_.end(), std::uint64_t(0)));
    const double good = double(std::accumulate(good_.begin(), good_.end(), std::uint64_t(0)));
    if (bad == 0 || good == 0)
        return notANumber;
    double below = 0, area = 0; // good pixels with a lesser figure; equal ones count half
    for (std::size_t i = 0; i < bins; ++i) {
        area += double(bad_[i]) * (below + 0.5 * double(good_[i]));
        below += double(good_[i]);
    }
    return area / (bad * good);
}

} // namespace inbetween
