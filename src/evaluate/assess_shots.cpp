#include "inbetween/evaluate.h"

#include "evaluate/evaluation_json.h"
#include "evaluate/risk_plot.h"
#include "evaluate/risk_quality.h"
#include "inbetween/error.h"

#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <map>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

struct Shot {
    std::vector<RiskRow> rows;
    std::vector<PixelQuality> pixels;
};

Shot readShot(const fs::path& folder) {
    const Manifest manifest = readManifest(folder / "manifest.json");
    const EvaluatedShot evaluated = readEvaluatedShot(folder / "evaluate.json");
    std::map<int, const ManifestFrame*> byNumber;
    for (const ManifestFrame& frame : manifest.frames)
        byNumber[frame.frame] = &frame;
    Shot shot{{}, evaluated.pixels};
    for (const FrameEvaluation& frame : evaluated.frames) {
        const auto found = byNumber.find(frame.frame);
        const bool same = found != byNumber.end() && found->second->status == FrameStatus::complete &&
                          (found->second->score == frame.score ||
                           (std::isnan(found->second->score) && std::isnan(frame.score)));
        if (!same)
            throw Error(
                ErrorKind::input,
                fmt::format("{}: was evaluated before it was made as it is now (frame {}); evaluate it again",
                            folder.string(), frame.frame));
        if (found->second->spliced.empty())
            shot.rows.push_back(riskRow(*found->second, frame.inbetween, manifest.verdictOptions));
    }
    return shot;
}

// The mean over the shots that have a figure for the map.
std::vector<PixelQuality> meanPixels(const std::vector<ShotAssessment>& shots) {
    std::map<std::string, std::pair<double, int>> sums;
    for (const ShotAssessment& shot : shots)
        for (const PixelQuality& map : shot.risk.pixels)
            if (!std::isnan(map.rocArea)) {
                sums[map.map].first += map.rocArea;
                ++sums[map.map].second;
            }
    std::vector<PixelQuality> means;
    for (const auto& [name, sum] : sums)
        means.push_back({name, sum.first / sum.second});
    return means;
}

} // namespace

JointAssessment assessShots(const std::vector<fs::path>& folders, const fs::path& file) {
    JointAssessment joint;
    std::vector<RiskRow> rows;
    for (const fs::path& folder : folders) {
        Shot shot = readShot(folder);
        joint.shots.push_back({folder, assessRows(shot.rows)});
        joint.shots.back().risk.pixels = std::move(shot.pixels);
        std::move(shot.rows.begin(), shot.rows.end(), std::back_inserter(rows));
    }
    if (rows.empty())
        throw Error(ErrorKind::input, "no frame of these shots was evaluated");
    joint.all = assessRows(rows);
    joint.all.pixels = meanPixels(joint.shots);
    fs::path plot = file;
    writeRiskPlot(plot.replace_extension(".svg"), rows, joint.all);
    writeJointAssessment(file, joint);
    return joint;
}

} // namespace inbetween
