#include "synthesis/sums.h"

#include "synthesis/sample_bytes.h"

#include <cmath>
#include <cstddef>
#include <map>
#include <string>

namespace inbetween {
namespace {

constexpr int samplesOfKeyframe = 1500;
constexpr std::size_t mostColumns = 256; // the matrix is inverted

using Column = std::vector<double>;

// At places that are spread evenly (Roberts' R2 sequence), in both keyframes.
Column samplesOf(const Blended& channel, const Box& canvas) {
    Column samples;
    samples.reserve(2 * samplesOfKeyframe);
    for (int i = 0; i < samplesOfKeyframe; ++i) {
        const double u = std::fmod(0.5 + i * 0.7548776662466927, 1.0),
                     v = std::fmod(0.5 + i * 0.5698402909980532, 1.0);
        const int x = canvas.min.x + int(u * width(canvas)), y = canvas.min.y + int(v * height(canvas));
        samples.push_back(sampleOf(*channel.part0, *channel.channel0, x, y));
        samples.push_back(sampleOf(*channel.part1, *channel.channel1, x, y));
    }
    return samples;
}

bool isBlack(const Column& column) {
    for (const double v : column)
        if (v != 0)
            return false;
    return true;
}

std::string componentOf(const Channel& channel) {
    return channel.name.substr(channel.name.rfind('.') + 1); // npos + 1 is 0
}

// Channels of one component, each a column of samples.
class Columns {
public:
    void add(std::size_t channel, Column samples, bool isHalf) {
        channels_.push_back(channel);
        halves_.push_back(isHalf);
        columns_.push_back(std::move(samples));
    }

    // Marks those that are sums of others.
    void mark(std::vector<bool>& partOfSum) {
        if (columns_.size() < 3 || columns_.size() > mostColumns)
            return;
        normalise();
        const std::vector<Column> inverse = inverseOfGram();
        for (std::size_t j = 0; j < columns_.size(); ++j)
            if (isSum(inverse[j], j))
                partOfSum[channels_[j]] = true;
    }

private:
    // Dark and bright places count alike, and so do dim and bright passes.
    void normalise() {
        const std::size_t count = columns_[0].size();
        for (std::size_t k = 0; k < count; ++k) {
            double sum = 0;
            for (const Column& column : columns_)
                sum += std::abs(column[k]);
            const double scale = std::isfinite(sum) && sum > 0 ? 1 / sum : 0;
            for (Column& column : columns_)
                column[k] = scale > 0 ? column[k] * scale : 0;
        }
        for (Column& column : columns_) {
            double squares = 0;
            for (const double v : column)
                squares += v * v;
            norms_.push_back(squares > 0 ? std::sqrt(squares) : 1);
            for (double& v : column)
                v /= norms_.back();
        }
    }

    // Of the matrix of inner products with a little on its diagonal: where columns add up it has no inverse.
    // Gauss and Jordan; it is positive definite, so no pivots are needed.
    std::vector<Column> inverseOfGram() const {
        const std::size_t n = columns_.size();
        constexpr double ridge = 1e-10;
        std::vector<Column> a(n, Column(2 * n));
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t k = 0; k < columns_[i].size(); ++k)
                    a[i][j] += columns_[i][k] * columns_[j][k];
            a[i][i] += ridge;
            a[i][n + i] = 1;
        }
        for (std::size_t i = 0; i < n; ++i) {
            const double pivot = a[i][i];
            for (double& v : a[i])
                v /= pivot;
            for (std::size_t row = 0; row < n; ++row)
                if (const double factor = a[row][i]; row != i && factor != 0)
                    for (std::size_t j = 0; j < 2 * n; ++j)
                        a[row][j] -= factor * a[i][j];
        }
        for (Column& row : a)
            row.erase(row.begin(), row.begin() + std::ptrdiff_t(n));
        return a;
    }

    // A row of the inverse holds what best makes its column out of the others.
    bool isSum(const Column& row, std::size_t j) const {
        constexpr double needed = 1e-3, mostOdd = 0.01;
        double rounding = 1e-5;
        int terms = 0;
        Column factors(row.size());
        for (std::size_t i = 0; i < row.size(); ++i) {
            factors[i] = row[i] / row[j];
            if (std::abs(factors[i]) * norms_[j] < needed * norms_[i])
                continue;
            ++terms;
            if (halves_[i])
                rounding = 1.0 / 512;
        }
        if (terms < 3)
            return false;
        std::size_t odd = 0, seen = 0;
        for (std::size_t k = 0; k < columns_[j].size(); ++k) {
            double sum = 0, size = 0;
            for (std::size_t i = 0; i < row.size(); ++i) {
                sum += factors[i] * columns_[i][k];
                size += std::abs(factors[i] * columns_[i][k]);
            }
            seen += size > 0;
            odd += std::abs(sum) > rounding * size;
        }
        return double(odd) <= mostOdd * double(seen);
    }

    std::vector<std::size_t> channels_;
    std::vector<bool> halves_;
    std::vector<Column> columns_;
    std::vector<double> norms_;
};

} // namespace

std::vector<bool> partsOfSums(const std::vector<Blended>& channels, const Box& canvas) {
    std::vector<bool> partOfSum(channels.size()), black(channels.size());
    std::map<std::string, Columns> components;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        if (!channels[i].isRadiance)
            continue;
        Column samples = samplesOf(channels[i], canvas);
        black[i] = isBlack(samples);
        if (!black[i])
            components[componentOf(*channels[i].channel0)].add(i, std::move(samples),
                                                               channels[i].channel0->type ==
                                                                   SampleType::half);
    }
    bool any = false;
    for (auto& [name, columns] : components)
        columns.mark(partOfSum);
    for (const bool is : partOfSum)
        any |= is;
    for (std::size_t i = 0; any && i < channels.size(); ++i)
        if (black[i])
            partOfSum[i] = true;
    return partOfSum;
}

} // namespace inbetween
