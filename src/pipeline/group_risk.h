// The risk of a frame whose groups of channels move each in their own way.
#pragma once

#include "inbetween/risk.h"

#include <string>
#include <vector>

namespace inbetween {

struct GroupRisk {
    std::string name;
    Box canvas;
    Risk risk;
    RiskMaps maps; // empty where nobody asks for them
};

// A frame is as bad as its worst group: its score, worst blocks and features are that group's. Regions and
// maps show the worst of all groups at each place, reasons name the group. Of one group nothing changes.
GroupRisk joinRisks(std::vector<GroupRisk> groups);

} // namespace inbetween
