// How well risk told beforehand what evaluation measured.
#pragma once

#include "inbetween/evaluate.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace inbetween {

// One frame: what was measured, and what risk had said.
struct RiskRow {
    double error = 0; // root mean square, display view
    bool bad = false, flagged = false;
    std::vector<double> figures; // as riskFigureNames()
};
RiskRow riskRow(const ManifestFrame& frame, const PictureError& error, const VerdictOptions& options);
std::vector<std::string> riskFigureNames(); // "verdict", "score", "worstBlocks", then the features
RiskAssessment assessRows(const std::vector<RiskRow>& rows);

// After each step down the list, worst figure first: shares of the good and of the bad frames that were
// passed, the share of bad ones among those passed, and the share of all. Empty without bad or without good
// frames.
struct CurvePoint {
    double falseAlarms, recall, precision, share;
};
std::vector<CurvePoint> riskCurve(const std::vector<double>& figures, const std::vector<bool>& bad);

// Figures of pixels with and without an error, counted in logarithmic bins.
class PixelHistogram {
public:
    void add(float figure, bool bad);
    PixelHistogram& operator+=(const PixelHistogram& other);
    double rocArea() const; // NaN where all pixels are good or all are bad

private:
    static constexpr std::size_t bins = 2048;
    static constexpr double binsPerOctave = 64, leastOctave = -20;

    std::array<std::uint64_t, bins> bad_{}, good_{};
};

} // namespace inbetween
