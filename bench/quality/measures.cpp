#include "measures.h"

#include "flip.h"

#include "base/parallel.h"
#include "image/bilinear.h"
#include "inbetween/evaluate.h"

#include <array>
#include <cmath>
#include <limits>

namespace quality {

using inbetween::BilinearTap;
using inbetween::ColourPlanes;
using inbetween::MotionPrior;
using inbetween::Plane;

namespace {

std::array<const Plane*, 3> planesOf(const ColourPlanes& c) {
    return {&c.r, &c.g, &c.b};
}

// displayCurve by a table: the oracle asks a hundred times a pixel.
class DisplayTable {
public:
    DisplayTable() {
        for (int i = 0; i <= size; ++i)
            table_[i] = inbetween::displayCurve(float(i) * float(i) /
                                                (float(size) * size)); // finer where it is dark
    }
    float operator()(float linear) const {
        const float position = linear > 0 ? std::sqrt(std::min(linear, 1.0f)) * size : 0.0f;
        const int i = std::min(int(position), size - 1);
        return table_[i] + (position - float(i)) * (table_[i + 1] - table_[i]);
    }

private:
    static constexpr int size = 4096;
    std::array<float, size + 1> table_;
};

struct Best {
    float error = std::numeric_limits<float>::infinity();
    std::array<float, 3> linear{};
};

} // namespace

double smape(const ColourPlanes& linear, const ColourPlanes& truth) {
    constexpr double least = 0.01;
    double sum = 0;
    for (int c = 0; c < 3; ++c) {
        const Plane &a = *planesOf(linear)[c], &b = *planesOf(truth)[c];
        for (std::size_t i = 0; i < a.values.size(); ++i)
            sum += std::abs(double(a.values[i]) - b.values[i]) /
                   (std::abs(a.values[i]) + std::abs(b.values[i]) + least);
    }
    return sum / (3.0 * double(linear.r.values.size()));
}

Measures compare(const ColourPlanes& linear, const ColourPlanes& truth, double keyframeDetail) {
    const inbetween::PictureError error = inbetween::comparePictures(linear, truth);
    return {error.psnrDisplay,    error.ssimDisplay,
            smape(linear, truth), meanFlip(linear, truth),
            error.detailRatio,    inbetween::detailRatio(inbetween::detailOf(linear), keyframeDetail) - 1};
}

ColourPlanes oracle(const ColourPlanes& truth, const ColourPlanes& key0, const ColourPlanes& key1,
                    const std::vector<MotionPrior>& priors) {
    static const DisplayTable display;
    const int w = truth.r.width, h = truth.r.height;
    ColourPlanes result{{w, h}, {w, h}, {w, h}};
    inbetween::parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const std::array<float, 3> wanted = {display(truth.r.at(x, y)), display(truth.g.at(x, y)),
                                                 display(truth.b.at(x, y))};
            Best best;
            const auto tryKey = [&](const ColourPlanes& key, float atX, float atY) {
                for (int j = -2; j <= 2; ++j)
                    for (int i = -2; i <= 2; ++i) {
                        const BilinearTap tap(w, h, atX + 0.5f * float(i), atY + 0.5f * float(j));
                        const std::array<float, 3> sample = {tap(key.r), tap(key.g), tap(key.b)};
                        float error = 0;
                        for (int c = 0; c < 3; ++c) {
                            const float d = display(sample[c]) - wanted[c];
                            error += d * d;
                        }
                        if (error < best.error)
                            best = {error, sample};
                    }
            };
            for (const MotionPrior& prior : priors) {
                tryKey(key0, float(x) + prior.flow0X.at(x, y), float(y) + prior.flow0Y.at(x, y));
                tryKey(key1, float(x) + prior.flow1X.at(x, y), float(y) + prior.flow1Y.at(x, y));
            }
            result.r.at(x, y) = best.linear[0];
            result.g.at(x, y) = best.linear[1];
            result.b.at(x, y) = best.linear[2];
        }
    });
    return result;
}

} // namespace quality
