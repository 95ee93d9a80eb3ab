#include "inbetween/risk.h"

#include "base/parallel.h"
#include "risk/evidence.h"
#include "risk/reasons.h"
#include "risk/regions.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inbetween {
namespace {

// Warped keyframes that differ less than this in the display view, root mean square, blend well, whatever
// they show.
constexpr double leastDifferenceOfCut = 0.1;

// Rows are summed each alone and added in their order: the same bits for any number of threads.
struct Sums {
    double squaredError = 0, angle = 0, angleFine = 0, angleCoarse = 0, forwardBackward = 0, disagreement = 0,
           structure = 0, flowDifference = 0, occlusion = 0, uncovered = 0, motion = 0, network = 0,
           detail = 0, displaySquare = 0;

    static constexpr double Sums::*all[] = {&Sums::squaredError, &Sums::angle,           &Sums::angleFine,
                                            &Sums::angleCoarse,  &Sums::forwardBackward, &Sums::disagreement,
                                            &Sums::structure,    &Sums::flowDifference,  &Sums::occlusion,
                                            &Sums::uncovered,    &Sums::motion,          &Sums::network,
                                            &Sums::detail,       &Sums::displaySquare};

    Sums& operator+=(const Sums& other) {
        for (double Sums::*sum : all)
            this->*sum += other.*sum;
        return *this;
    }

    RiskFeatures features(double pixels) const {
        const auto weighted = [&](double sum) { return motion == 0 ? 0.0 : sum / motion; };
        return {.angleStdRad = weighted(angle),
                .forwardBackwardPx = forwardBackward / pixels,
                .warpDisagreement = disagreement / pixels,
                .occlusionShare = occlusion / pixels,
                .motionPx = motion / pixels,
                .networkError = std::sqrt(network / pixels),
                .angleStdFineRad = weighted(angleFine),
                .angleStdCoarseRad = weighted(angleCoarse),
                .structureDisagreement = structure / pixels,
                .flowDifferencePx = flowDifference / pixels,
                .uncoveredShare = uncovered / pixels,
                .detail = detail / pixels};
    }
};

// From how fast, and how wide a spread of angles, motion counts as crossing.
struct Crossing {
    float leastPx, leastAngleRad;
};

// Pixels of a row.
struct Counts {
    std::size_t crossing = 0, alone = 0;
};

// Whole planes of what the bands hold.
class MapCollector {
public:
    MapCollector(RiskMaps* maps, int w, int h) : maps_(maps) {
        if (maps_)
            for (Plane* plane :
                 {&maps_->predictedError, &maps_->angleStdRad, &maps_->angleStdFineRad,
                  &maps_->angleStdCoarseRad, &maps_->forwardBackwardPx, &maps_->warpDisagreement,
                  &maps_->structureDisagreement, &maps_->flowDifferencePx, &maps_->occlusion})
                *plane = Plane(w, h);
    }

    void add(const Evidence& e) {
        if (!maps_)
            return;
        copy(e, e.angleStdRad, maps_->angleStdRad);
        copy(e, e.angleStdFineRad, maps_->angleStdFineRad);
        copy(e, e.angleStdCoarseRad, maps_->angleStdCoarseRad);
        copy(e, e.forwardBackwardPx, maps_->forwardBackwardPx);
        copy(e, e.warpDisagreement, maps_->warpDisagreement);
        copy(e, e.structureDisagreement, maps_->structureDisagreement);
        copy(e, e.flowDifferencePx, maps_->flowDifferencePx);
        copy(e, e.occlusion, maps_->occlusion);
    }
    void setError(int x, int y, float error) {
        if (maps_)
            maps_->predictedError.at(x, y) = error;
    }

private:
    static void copy(const Evidence& e, const Plane& from, Plane& to) {
        std::copy_n(from.row(e.rows.first - e.top), std::size_t(e.rows.count()) * to.width,
                    to.row(e.rows.first));
    }

    RiskMaps* maps_;
};

// Of what RiskBlocks holds means of.
struct BlockSums {
    double error = 0, disagreement = 0, network = 0, forwardBackward = 0, motion = 0, angle = 0;
};

// `square` is where the squared error goes that the map keeps, without the factor.
void addPixel(const RiskInput& input, const Evidence& e, int x, int y, const Crossing& least, Sums& sums,
              Counts& counts, BlockSums& block, double& square, MapCollector& maps) {
    const int at = y - e.top;
    // Where the network put out no numbers the picture there means nothing.
    const bool sound = e.sound.at(x, at) > 0;
    const double unscaled = sound ? std::sqrt(predictedSquare(e.termsSquared(x, y))) : 1.0;
    const double predicted = sound ? std::min(1.0, input.factor * unscaled) : 1.0;
    square += std::min(1.0, unscaled * unscaled);
    const auto error = static_cast<float>(predicted); // as in the map
    maps.setError(x, y, error);
    const double network = input.field->error.empty() ? 0.0 : input.field->error.at(x, y),
                 motion = e.motionPx.at(x, at);
    const float angle = e.angleStdRad.at(x, at), weight0 = e.weight0.at(x, at);
    sums.squaredError += double(error) * error;
    sums.angle += angle * motion;
    sums.angleFine += e.angleStdFineRad.at(x, at) * motion;
    sums.angleCoarse += e.angleStdCoarseRad.at(x, at) * motion;
    sums.forwardBackward += e.forwardBackwardPx.at(x, at);
    sums.disagreement += e.warpDisagreement.at(x, at);
    sums.structure += e.structureDisagreement.at(x, at);
    sums.flowDifference += e.flowDifferencePx.at(x, at);
    sums.occlusion += e.occlusion.at(x, at);
    sums.uncovered += e.uncovered.at(x, at);
    sums.motion += motion;
    sums.network += network * network;
    sums.detail += e.gradient.at(x, at);
    sums.displaySquare += e.disagreementSquare.at(x, at);
    counts.crossing += float(motion) >= least.leastPx && angle >= least.leastAngleRad;
    counts.alone += weight0 >= leastWeightAlone || weight0 <= 1 - leastWeightAlone;
    block.error += double(error) * error;
    block.disagreement += std::sqrt(e.disagreementSquare.at(x, at));
    block.network += std::sqrt(e.networkSquare.at(x, at));
    block.forwardBackward += e.forwardBackwardPx.at(x, at);
    block.motion += motion;
    block.angle += angle;
}

// Sums of squares over the blocks of two rows of the map.
void setLevels(ErrorMap& map, int firstRow, const std::vector<double>& squares) {
    for (int row = firstRow; row < std::min(firstRow + 2, map.rows()); ++row)
        for (int column = 0; column < map.columns(); ++column) {
            const Box box = map.pixels(column, row);
            const double sum = squares[std::size_t((row - firstRow) * map.columns() + column)];
            map.at(column, row) = errorLevel(std::sqrt(sum / (double(width(box)) * height(box))));
        }
}

} // namespace

Risk assessRisk(const RiskInput& input, RiskMaps* mapsOut) {
    const int w = width(input.canvas), h = height(input.canvas);
    const BlockGrid grid{w, h};
    Risk risk;
    risk.errors.canvas = input.canvas;
    risk.errors.window = input.window.isEmpty() ? input.canvas : input.window;
    risk.errors.levels.resize(std::size_t(risk.errors.columns()) * risk.errors.rows());
    RiskBlocks blocks;
    for (Plane* plane : {&blocks.error, &blocks.disagreement, &blocks.network, &blocks.forwardBackwardPx,
                         &blocks.motionPx, &blocks.angleStdRad})
        *plane = Plane(grid.columns(), grid.rows());
    std::vector<Sums> rows(h);
    std::vector<Counts> counts(h);
    MapCollector maps(mapsOut, w, h);
    const Crossing crossing{leastFastPx(input.canvas),
                            static_cast<float>(leastAngleDegrees * std::numbers::pi / 180)};

    for (const Rows band : bandsOf(w, h)) {
        const Evidence e = gatherEvidence(input, band);
        maps.add(e);
        const int firstBlockRow = band.first / grid.side,
                  endBlockRow = (band.end + grid.side - 1) / grid.side;
        parallelRows(
            endBlockRow - firstBlockRow,
            [&](int i) {
                const int blockRow = firstBlockRow + i;
                std::vector<BlockSums> blockSums(std::size_t(grid.columns()));
                const int mapColumns = risk.errors.columns();
                std::vector<double> squares(std::size_t(2 * mapColumns)); // of two rows of the map
                for (int y = blockRow * grid.side; y < std::min(h, (blockRow + 1) * grid.side); ++y)
                    for (int x = 0; x < w; ++x)
                        addPixel(input, e, x, y, crossing, rows[y], counts[y],
                                 blockSums[std::size_t(x / grid.side)],
                                 squares[std::size_t(y % grid.side / ErrorMap::side * mapColumns +
                                                     x / ErrorMap::side)],
                                 maps);
                setLevels(risk.errors, 2 * blockRow, squares);
                for (int column = 0; column < grid.columns(); ++column) {
                    const Box box = grid.pixels(column, blockRow);
                    const double pixels = double(width(box)) * height(box);
                    const BlockSums& sums = blockSums[std::size_t(column)];
                    blocks.error.at(column, blockRow) = static_cast<float>(std::sqrt(sums.error / pixels));
                    blocks.disagreement.at(column, blockRow) = static_cast<float>(sums.disagreement / pixels);
                    blocks.network.at(column, blockRow) = static_cast<float>(sums.network / pixels);
                    blocks.forwardBackwardPx.at(column,
                                                blockRow) = static_cast<float>(sums.forwardBackward / pixels);
                    blocks.motionPx.at(column, blockRow) = static_cast<float>(sums.motion / pixels);
                    blocks.angleStdRad.at(column, blockRow) = static_cast<float>(sums.angle / pixels);
                }
            },
            1);
    }
    Sums total;
    for (const Sums& row : rows)
        total += row;
    for (const Counts& row : counts) {
        blocks.crossingShare += double(row.crossing) / (double(w) * h);
        blocks.aloneShare += double(row.alone) / (double(w) * h);
    }

    const double pixels = double(w) * h;
    risk.score = std::sqrt(total.squaredError / pixels);
    risk.worstBlocks = std::sqrt(worstBlocksMean(blocks.error, w, h, [](double v) { return v * v; }));
    risk.features = total.features(pixels);
    const auto same = [](double v) { return v; };
    risk.features.worstWarpDisagreement = worstBlocksMean(blocks.disagreement, w, h, same);
    risk.features.worstNetworkError = worstBlocksMean(blocks.network, w, h, same);
    risk.regions = riskRegions(blocks.error, input.canvas, input.regionThreshold);
    risk.cut = std::sqrt(total.displaySquare / pixels) >= leastDifferenceOfCut && isCut(*input.view);
    risk.reasons = riskReasons(
        {.risk = risk, .blocks = blocks, .canvas = input.canvas, .leastError = 0.5 * input.regionThreshold});
    return risk;
}

} // namespace inbetween
