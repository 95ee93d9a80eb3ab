// The words of the manifest, shared by its JSON and CSV forms.
#pragma once

#include "inbetween/manifest.h"

#include <array>
#include <string_view>
#include <utility>

namespace inbetween {

inline constexpr std::array<std::pair<FrameStatus, std::string_view>, 4> statusNames{{{FrameStatus::complete, "complete"},
                                                                              {FrameStatus::failed, "failed"},
                                                                              {FrameStatus::notMade, "notMade"},
                                                                              {FrameStatus::rendered, "rendered"}}};
inline constexpr std::array<std::pair<Verdict, std::string_view>, 2> verdictNames{
    {{Verdict::keep, "keep"}, {Verdict::rerender, "rerender"}}};

template <class Names, class Value> std::string_view nameOf(const Names& names, Value value) {
    for (const auto& [candidate, name] : names)
        if (candidate == value)
            return name;
    return {};
}

inline constexpr std::array<std::pair<std::string_view, double RiskFeatures::*>, 6> featureNames{{
    {"angleStdRad", &RiskFeatures::angleStdRad},
    {"forwardBackwardPx", &RiskFeatures::forwardBackwardPx},
    {"warpDisagreement", &RiskFeatures::warpDisagreement},
    {"occlusionShare", &RiskFeatures::occlusionShare},
    {"motionPx", &RiskFeatures::motionPx},
    {"networkError", &RiskFeatures::networkError},
}};

} // namespace inbetween
