#include "inbetween/groups.h"

#include "roles/grouping.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace inbetween {
namespace {

// Samples of a colour layer, R, G and B of pixels on a grid; they may be of any light, so they are doubles.
using Samples = std::vector<double>;
using Matrix = std::vector<std::vector<double>>;

Samples samplesOf(const Image& image, const Layer& layer) {
    constexpr int across = 48;
    const Box& window = image.displayWindow;
    Samples samples;
    for (const auto* component :
         {layer.find({"r", "red"}), layer.find({"g", "green"}), layer.find({"b", "blue"})}) {
        const Part& part = image.parts[component->ref.part];
        const Plane plane = planeOnCanvas(part, part.channels[component->ref.channel], window);
        for (int j = 0; j < across; ++j)
            for (int i = 0; i < across; ++i) {
                const float v = plane.at(int((i + 0.5) * plane.width / across),
                                         int((j + 0.5) * plane.height / across));
                samples.push_back(std::isfinite(v) ? v : 0.0);
            }
    }
    return samples;
}

double dot(const Samples& a, const Samples& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
    return sum;
}

// Solves a symmetric system that is made definite by a small ridge; Cholesky.
std::vector<double> solve(Matrix a, std::vector<double> b) {
    const std::size_t n = b.size();
    double trace = 0;
    for (std::size_t i = 0; i < n; ++i)
        trace += a[i][i];
    for (std::size_t i = 0; i < n; ++i) {
        a[i][i] += 1e-9 * trace + 1e-30;
        for (std::size_t j = 0; j <= i; ++j) {
            for (std::size_t k = 0; k < j; ++k)
                a[i][j] -= a[i][k] * a[j][k];
            a[i][j] = i == j ? std::sqrt(std::max(a[i][i], 1e-300)) : a[i][j] / a[j][j];
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < i; ++k)
            b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
    }
    for (std::size_t i = n; i-- > 0;) {
        for (std::size_t k = i + 1; k < n; ++k)
            b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
    return b;
}

// Which of the layers add up to the beauty, each once; nothing where they do not.
std::optional<std::vector<bool>> addUpTo(const Samples& beauty, const std::vector<const Samples*>& layers) {
    Matrix products(layers.size(), std::vector<double>(layers.size()));
    std::vector<double> right;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        right.push_back(dot(*layers[i], beauty));
        for (std::size_t j = 0; j < layers.size(); ++j)
            products[i][j] = dot(*layers[i], *layers[j]);
    }
    const std::vector<double> weights = solve(products, right);
    constexpr double tolerance = 0.02, mostRemains = 0.01;
    std::vector<bool> isIn;
    Samples rest = beauty;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        isIn.push_back(std::abs(weights[i] - 1) < tolerance);
        // A layer that is not in the sum has no weight, or no light.
        if (!isIn[i] && std::abs(weights[i]) > tolerance)
            return std::nullopt;
        if (isIn[i])
            for (std::size_t k = 0; k < rest.size(); ++k)
                rest[k] -= (*layers[i])[k];
    }
    const double light = dot(beauty, beauty);
    if (!(light > 0) || dot(rest, rest) > mostRemains * mostRemains * light)
        return std::nullopt;
    return isIn;
}

// Layers of which only a sum could tell what they are, and those of known light passes.
struct Candidates {
    const Layer* beauty = nullptr; // null: one of `unknown`
    std::vector<const Layer*> unknown, passes;
};

Candidates candidatesOf(const Grouping& grouping) {
    Candidates c;
    const Picture& main = grouping.pictures().front();
    c.unknown = grouping.unknown();
    if (main.layers.beauty && std::ranges::find(c.unknown, main.layers.beauty) == c.unknown.end())
        c.beauty = main.layers.beauty->isColour() ? main.layers.beauty : nullptr;
    for (const Layer* layer : main.layers.all)
        if (layer->kind == LayerKind::pass && layer->isColour())
            c.passes.push_back(layer);
    return c;
}

// The layers of `unknown` that are in the sum that makes `beauty`.
std::vector<const Layer*> passesOf(const Layer* beauty, const Candidates& c,
                                   const std::vector<Samples>& unknown, const std::vector<Samples>& passes,
                                   const Samples& sum) {
    std::vector<const Samples*> terms;
    std::vector<const Layer*> layers;
    for (std::size_t i = 0; i < c.unknown.size(); ++i)
        if (c.unknown[i] != beauty) {
            terms.push_back(&unknown[i]);
            layers.push_back(c.unknown[i]);
        }
    const auto inSum = [&]() -> std::vector<const Layer*> {
        const auto found = addUpTo(sum, terms);
        std::vector<const Layer*> members;
        for (std::size_t i = 0; found && i < layers.size(); ++i)
            if ((*found)[i])
                members.push_back(layers[i]);
        return members;
    };
    std::vector<const Layer*> members = inSum();
    if (members.empty()) { // with the known ones
        for (const Samples& pass : passes)
            terms.push_back(&pass);
        members = inSum();
    }
    return members;
}

} // namespace

bool needsPixels(const Image& outline, const RoleOptions& options) {
    const Candidates c = candidatesOf(Grouping(outline, options, false));
    return c.unknown.size() > (c.beauty ? 0 : 2);
}

RoleOptions withRolesFromPixels(const Image& image, RoleOptions options) {
    const Grouping grouping(image, options, false);
    const Candidates c = candidatesOf(grouping);
    std::vector<Samples> unknown, passes;
    for (const Layer* layer : c.unknown)
        unknown.push_back(samplesOf(image, *layer));
    for (const Layer* layer : c.passes)
        passes.push_back(samplesOf(image, *layer));
    const Layer* beauty = nullptr;
    std::vector<const Layer*> members;
    if (c.beauty)
        members = passesOf(beauty = c.beauty, c, unknown, passes, samplesOf(image, *c.beauty));
    else
        for (std::size_t i = 0; i < c.unknown.size(); ++i) {
            const auto found = passesOf(c.unknown[i], c, unknown, {}, unknown[i]);
            if (found.size() < 2) // one that equals another tells nothing
                continue;
            if (beauty)
                return options; // two that may be
            beauty = c.unknown[i];
            members = found;
        }
    if (beauty && !c.beauty && options.beauty.empty())
        options.beauty = beauty->joinedPath(".");
    for (const Layer* layer : members)
        options.passes.push_back(layer->joinedPath("."));
    return options;
}

} // namespace inbetween
