// What the command says on standard output.
#pragma once

#include "inbetween/evaluate.h"
#include "inbetween/run.h"

#include <string>

// What is to be rendered after all, what the budget left out, and what is saved; lines.
std::string describeRenders(const inbetween::Manifest& manifest);
std::string describe(const inbetween::Plan& plan);
std::string describe(const inbetween::RunResult& result, const std::filesystem::path& out);
std::string describePart(const inbetween::RunResult& result, const inbetween::RunOptions& options);
std::string describe(const inbetween::Evaluation& evaluation, const std::filesystem::path& out);
std::string describe(const inbetween::RiskAssessment& risk);
std::string describe(const inbetween::JointAssessment& joint);
std::string describe(const inbetween::ExrInfo& info, const std::vector<inbetween::GroupRoles>& groups);
