// The words of the manifest, shared by its JSON and CSV forms.
#pragma once

#include "inbetween/manifest.h"

#include <array>
#include <string_view>
#include <utility>

namespace inbetween {

inline constexpr std::array<std::pair<FrameStatus, std::string_view>, 4> statusNames{
    {{FrameStatus::complete, "complete"},
     {FrameStatus::failed, "failed"},
     {FrameStatus::notMade, "notMade"},
     {FrameStatus::rendered, "rendered"}}};
inline constexpr std::array<std::pair<Verdict, std::string_view>, 3> verdictNames{
    {{Verdict::keep, "keep"}, {Verdict::partial, "partial"}, {Verdict::rerender, "rerender"}}};

template <class Names, class Value> std::string_view nameOf(const Names& names, Value value) {
    for (const auto& [candidate, name] : names)
        if (candidate == value)
            return name;
    return {};
}

inline constexpr std::array<std::pair<RiskMeasure, std::string_view>, 3> measureNames{
    {{RiskMeasure::error, "error"}, {RiskMeasure::angle, "angle"}, {RiskMeasure::model, "model"}}};

// The first ones are in every manifest, the others not in older ones.
inline constexpr std::size_t oldFeatures = 6;
inline constexpr std::array<std::pair<std::string_view, double RiskFeatures::*>, 14> featureNames{{
    {"angleStdRad", &RiskFeatures::angleStdRad},
    {"forwardBackwardPx", &RiskFeatures::forwardBackwardPx},
    {"warpDisagreement", &RiskFeatures::warpDisagreement},
    {"occlusionShare", &RiskFeatures::occlusionShare},
    {"motionPx", &RiskFeatures::motionPx},
    {"networkError", &RiskFeatures::networkError},
    {"angleStdFineRad", &RiskFeatures::angleStdFineRad},
    {"angleStdCoarseRad", &RiskFeatures::angleStdCoarseRad},
    {"structureDisagreement", &RiskFeatures::structureDisagreement},
    {"flowDifferencePx", &RiskFeatures::flowDifferencePx},
    {"uncoveredShare", &RiskFeatures::uncoveredShare},
    {"detail", &RiskFeatures::detail},
    {"worstWarpDisagreement", &RiskFeatures::worstWarpDisagreement},
    {"worstNetworkError", &RiskFeatures::worstNetworkError},
}};

} // namespace inbetween
