#include "risk/boxes.h"

#include "risk/regions.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace inbetween {
namespace {

// How dear the search takes a new box to be, against what it costs: few large boxes, or many small ones. The
// cheapest outcome counts.
constexpr double overheadBiases[] = {0.5, 1, 2, 4};

// In blocks, inclusive.
using Blocks = Box;

class Search {
public:
    explicit Search(const BoxTask& task)
        : task_(task),
          columns_(task.map.columns()),
          rows_(task.map.rows()),
          area_(double(width(task.map.canvas)) * height(task.map.canvas)),
          before_(figuresOf(task.map, task.factor)) {
        squares_.resize(task.map.levels.size());
        outside_.resize(squares_.size());
        for (int row = 0; row < rows_; ++row)
            for (int column = 0; column < columns_; ++column) {
                const Box box = task.map.pixels(column, row);
                const double pixels = double(width(box)) * height(box);
                const double error = std::min(1.0, task.factor * errorOfLevel(task.map.at(column, row)));
                squares_[at(column, row)] = error * error * pixels;
                outside_[at(column, row)] = 1 - pixelCount(clipped(box)) / pixels;
            }
    }

    std::optional<Boxes> operator()() {
        std::optional<std::vector<Blocks>> best;
        for (const double bias : overheadBiases)
            if (auto boxes = grown(bias * std::max(task_.overhead, leastOverhead))) {
                prune(*boxes);
                if (!best || cost(*boxes) < cost(*best))
                    best = std::move(boxes);
            }
        if (!best || best->empty() || !(cost(*best) < 1) || cost(*best) > task_.dearest)
            return std::nullopt;
        return result(*best);
    }

private:
    static constexpr double leastOverhead = 0.005; // so that boxes that are free are not scattered

    std::size_t at(int column, int row) const { return std::size_t(row) * columns_ + column; }
    Box clipped(const Box& box) const { return intersection(box, task_.map.window); }
    // What is rendered for these blocks.
    Box pixelBox(const Blocks& blocks) const {
        const Imath::V2i margin(regionMarginPx, regionMarginPx);
        const Box first = task_.map.pixels(blocks.min.x, blocks.min.y),
                  last = task_.map.pixels(blocks.max.x, blocks.max.y);
        return clipped(Box(first.min - margin, last.max + margin));
    }
    double share(const Blocks& blocks) const { return pixelCount(pixelBox(blocks)) / area_; }
    double cost(const std::vector<Blocks>& boxes) const {
        double sum = task_.overhead * double(boxes.size());
        for (const Blocks& blocks : boxes)
            sum += share(blocks);
        return sum;
    }

    std::vector<double> remaining(const std::vector<Blocks>& boxes) const {
        std::vector<double> squares = squares_;
        for (const Blocks& blocks : boxes)
            for (int row = blocks.min.y; row <= blocks.max.y; ++row)
                for (int column = blocks.min.x; column <= blocks.max.x; ++column)
                    squares[at(column, row)] = squares_[at(column, row)] * outside_[at(column, row)];
        return squares;
    }

    // How far the frame is over the limit, and what a block takes part in that.
    struct State {
        double meanOver = 0, worstOver = 0; // squares over what is allowed; good up to 1
        std::vector<double> gain;           // of each block: what rendering it takes off the sum of both
        bool good() const { return meanOver <= 1 && worstOver <= 1; }
        double excess() const { return std::max(0.0, meanOver - 1) + std::max(0.0, worstOver - 1); }
    };

    State stateOf(const std::vector<Blocks>& boxes) const {
        const std::vector<double> squares = remaining(boxes);
        State state;
        state.gain.assign(squares.size(), 0);
        double sum = 0;
        for (const double square : squares)
            sum += square;
        // The map tells shares; the frame's own figures are exact.
        const double meanAllowed = square(allowed(task_.score, before_.score, task_.limit));
        state.meanOver = ratio(sum / area_, meanAllowed);
        if (state.meanOver > 1 && meanAllowed > 0)
            for (std::size_t i = 0; i < squares.size(); ++i)
                state.gain[i] += left(squares, i) / (area_ * meanAllowed);
        addWorst(squares, state);
        return state;
    }

    // What rendering a block would still take off: nothing once it is in a box, whatever lies outside the
    // window.
    double left(const std::vector<double>& squares, std::size_t i) const {
        return squares[i] - squares_[i] * outside_[i];
    }

    void addWorst(const std::vector<double>& squares, State& state) const {
        if (std::isnan(task_.worstBlocks))
            return;
        struct Large {
            double mean;
            double pixels;
            int column, row;
        };
        std::vector<Large> blocks;
        const BlockGrid grid{width(task_.map.canvas), height(task_.map.canvas)};
        for (int y = 0; y < grid.rows(); ++y)
            for (int x = 0; x < grid.columns(); ++x) {
                double sum = 0;
                forEachIn(x, y, [&](std::size_t i) { sum += squares[i]; });
                const double pixels = pixelCount(grid.pixels(x, y));
                blocks.push_back({sum / pixels, pixels, x, y});
            }
        std::stable_sort(blocks.begin(), blocks.end(),
                         [](const Large& a, const Large& b) { return a.mean > b.mean; });
        blocks.resize(std::size_t(std::ceil(worstBlockShare * double(blocks.size()))));
        double sum = 0, pixels = 0;
        for (const Large& block : blocks) {
            sum += block.mean * block.pixels;
            pixels += block.pixels;
        }
        const double worstAllowed = square(
            allowed(task_.worstBlocks, before_.worstBlocks, task_.limit * worstBlocksAllowance));
        state.worstOver = ratio(sum / pixels, worstAllowed);
        if (state.worstOver > 1 && worstAllowed > 0)
            for (const Large& block : blocks)
                forEachIn(block.column, block.row, [&](std::size_t i) {
                    state.gain[i] += left(squares, i) / (pixels * worstAllowed);
                });
    }

    // The blocks of the map within one of 64 px.
    template <class Each> void forEachIn(int x, int y, const Each& each) const {
        for (int row = 2 * y; row < std::min(2 * y + 2, rows_); ++row)
            for (int column = 2 * x; column < std::min(2 * x + 2, columns_); ++column)
                each(at(column, row));
    }

    static double square(double v) { return v * v; }
    static double ratio(double is, double most) {
        return most > 0 ? is / most : is > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    }
    // In the map's own measure. A little less than the limit: what is rendered must never lack a rounding.
    static double allowed(double figure, double mapFigure, double limit) {
        return figure > 0 ? 0.999 * limit * mapFigure / figure : limit;
    }

    // Boxes that make the frame good; nothing where no boxes do.
    std::optional<std::vector<Blocks>> grown(double overhead) const {
        std::vector<Blocks> boxes;
        for (State state = stateOf(boxes); !state.good(); state = stateOf(boxes)) {
            if (!std::isfinite(state.excess()) || !grow(boxes, state, overhead))
                return std::nullopt;
            join(boxes);
            if (cost(boxes) >= 1)
                return std::nullopt;
        }
        return boxes;
    }

    // The step that takes most off the excess for its cost: a new box, or one that reaches to another block.
    bool grow(std::vector<Blocks>& boxes, const State& state, double overhead) const {
        const std::vector<double> sums = summed(state.gain);
        const double excess = state.excess();
        double best = 0;
        std::size_t which = 0;
        Blocks to;
        const auto consider = [&](std::size_t box, const Blocks& blocks, double price) {
            const double value = std::min(excess, gainIn(sums, blocks)) / std::max(price, 1e-9);
            if (value > best)
                best = value, which = box, to = blocks;
        };
        for (int row = 0; row < rows_; ++row)
            for (int column = 0; column < columns_; ++column) {
                if (!(state.gain[at(column, row)] > 0))
                    continue;
                const Blocks block(Imath::V2i(column, row));
                if (boxes.size() < std::size_t(mostBoxes))
                    consider(boxes.size(), block, share(block) + overhead);
                for (std::size_t i = 0; i < boxes.size(); ++i) {
                    Blocks larger = boxes[i];
                    larger.extendBy(block);
                    if (larger != boxes[i])
                        consider(i, larger, share(larger) - share(boxes[i]));
                }
            }
        if (!(best > 0))
            return false;
        if (which == boxes.size())
            boxes.push_back(to);
        else
            boxes[which] = to;
        return true;
    }

    // A table of sums, so that a box of any size costs four look-ups.
    std::vector<double> summed(const std::vector<double>& gain) const {
        std::vector<double> sums(std::size_t(columns_ + 1) * (rows_ + 1), 0);
        const auto place = [&](int x, int y) { return std::size_t(y) * (columns_ + 1) + x; };
        for (int y = 1; y <= rows_; ++y)
            for (int x = 1; x <= columns_; ++x)
                sums[place(x, y)] = gain[at(x - 1, y - 1)] + sums[place(x - 1, y)] + sums[place(x, y - 1)] -
                                    sums[place(x - 1, y - 1)];
        return sums;
    }
    double gainIn(const std::vector<double>& sums, const Blocks& b) const {
        const auto value = [&](int x, int y) { return sums[std::size_t(y) * (columns_ + 1) + x]; };
        return value(b.max.x + 1, b.max.y + 1) - value(b.min.x, b.max.y + 1) - value(b.max.x + 1, b.min.y) +
               value(b.min.x, b.min.y);
    }

    // Joins boxes where one costs no more than the two.
    void join(std::vector<Blocks>& boxes) const {
        for (std::size_t i = 0; i < boxes.size(); ++i)
            for (std::size_t k = 0; k < i; ++k) {
                Blocks both = boxes[i];
                both.extendBy(boxes[k]);
                if (share(both) > share(boxes[i]) + share(boxes[k]) + task_.overhead)
                    continue;
                boxes[k] = both;
                boxes.erase(boxes.begin() + std::ptrdiff_t(i));
                i = 0; // the larger one may take in others
                break;
            }
    }

    // Takes away what the frame is good without: the dearest first, boxes and their outer rows and columns.
    void prune(std::vector<Blocks>& boxes) const {
        for (bool found = true; found;) {
            found = false;
            double best = 0;
            std::vector<Blocks> less;
            const auto consider = [&](std::vector<Blocks> candidate) {
                const double saved = cost(boxes) - cost(candidate);
                if (saved > best && stateOf(candidate).good())
                    best = saved, less = std::move(candidate), found = true;
            };
            for (std::size_t i = 0; i < boxes.size(); ++i) {
                std::vector<Blocks> without = boxes;
                without.erase(without.begin() + std::ptrdiff_t(i));
                consider(std::move(without));
                for (int edge = 0; edge < 4; ++edge) {
                    std::vector<Blocks> smaller = boxes;
                    Blocks& box = smaller[i];
                    const bool across = edge % 2 == 0;
                    if ((across ? width(box) : height(box)) < 2)
                        continue;
                    int& side = edge < 2 ? (across ? box.min.x : box.min.y)
                                         : (across ? box.max.x : box.max.y);
                    side += edge < 2 ? 1 : -1;
                    consider(std::move(smaller));
                }
            }
            if (found)
                boxes = std::move(less);
        }
    }

    Boxes result(const std::vector<Blocks>& boxes) const {
        Boxes found;
        found.cost = cost(boxes);
        const State state = stateOf(boxes);
        found.remaining = 0.999 * task_.limit * std::sqrt(std::max(state.meanOver, state.worstOver));
        for (const Blocks& blocks : boxes) {
            double sum = 0, pixels = 0;
            for (int row = blocks.min.y; row <= blocks.max.y; ++row)
                for (int column = blocks.min.x; column <= blocks.max.x; ++column) {
                    sum += squares_[at(column, row)];
                    pixels += pixelCount(task_.map.pixels(column, row));
                }
            found.regions.push_back({pixelBox(blocks), std::sqrt(sum / pixels), share(blocks)});
        }
        std::sort(found.regions.begin(), found.regions.end(), [](const RiskRegion& a, const RiskRegion& b) {
            return std::tuple(-a.score, a.box.min.y, a.box.min.x) <
                   std::tuple(-b.score, b.box.min.y, b.box.min.x);
        });
        return found;
    }

    const BoxTask& task_;
    const int columns_, rows_;
    const double area_; // pixels
    const MapFigures before_;
    std::vector<double> squares_; // of each block: sum of squared errors
    std::vector<double> outside_; // of each block: the share of its pixels that no renderer makes
};

} // namespace

std::optional<Boxes> leastBoxes(const BoxTask& task) {
    if (task.map.empty())
        return std::nullopt;
    return Search(task)();
}

} // namespace inbetween
