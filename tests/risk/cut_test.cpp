#include "inbetween/exr.h"
#include "inbetween/risk.h"
#include "inbetween/roles.h"
#include "risk/pictures.h"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

using namespace inbetween;
using namespace pictures;

namespace {

constexpr int w = 320, h = 180;

// Both with and without flow: the answer must be the same.
void expectCut(const ColourPlanes& a, const ColourPlanes& b, bool cut, const std::string& what) {
    const View view = makeView(a, b);
    EXPECT_EQ(isCut(view), cut) << what;
    const FlowPair flow = estimateFlow(view);
    EXPECT_EQ(isCut(view, &flow), cut) << what << ", with flow";
}

} // namespace

TEST(IsCut, DifferentScenes) {
    for (std::uint32_t seed = 1; seed <= 12; ++seed)
        expectCut(draw(w, h, sceneShade(seed)), draw(w, h, sceneShade(seed + 50)), true,
                  std::to_string(seed));
}

TEST(IsCut, NotForWhatMovesOrStandsStill) {
    for (std::uint32_t seed = 1; seed <= 6; ++seed) {
        const ColourPlanes still = draw(w, h, sceneShade(seed));
        expectCut(still, still, false, "still");
        expectCut(still, draw(w, h, sceneShade(seed, 100, 20)), false, "fast pan");
        const Shade turned = [&](double x, double y, int c) {
            const double u = x - w / 2., v = y - h / 2.;
            return sceneShade(seed)(w / 2. + 0.98 * u - 0.17 * v, h / 2. + 0.17 * u + 0.98 * v, c);
        };
        expectCut(still, draw(w, h, turned), false, "turned by 10 degrees");
        const Shade nearer = [&](double x, double y, int c) {
            return sceneShade(seed)(w / 2. + (x - w / 2.) / 1.2, h / 2. + (y - h / 2.) / 1.2, c);
        };
        expectCut(still, draw(w, h, nearer), false, "zoomed by 1.2");
    }
}

TEST(IsCut, NotForAnObjectThatCrosses) {
    const auto withObject = [](double centre) {
        return draw(w, h, [=](double x, double y, int c) {
            return std::hypot(x - centre, y - h / 2.) < 60 ? sceneShade(77, -centre)(x, y, c)
                                                           : sceneShade(5)(x, y, c);
        });
    };
    expectCut(withObject(70), withObject(250), false, "crossing");
    const ColourPlanes alone = draw(w, h, [](double, double, int) { return 0.0f; });
    const ColourPlanes entered = draw(w, h, [](double x, double y, int c) {
        return std::hypot(x - 60, y - 90) < 35 ? sceneShade(3)(x, y, c) : 0.0f;
    });
    expectCut(alone, entered, false, "an object enters over black");
}

TEST(IsCut, NotForALightThatChanges) {
    const ColourPlanes dim = draw(w, h, sceneShade(9));
    for (float factor : {0.5f, 2.0f, 8.0f})
        expectCut(dim, draw(w, h, [=](double x, double y, int c) { return factor * sceneShade(9)(x, y, c); }),
                  false, "exposure");
    const ColourPlanes lamp = draw(w, h, [](double x, double y, int c) {
        const double d = std::hypot(x - 200, y - 60) / 80;
        return float(1 + 8 * std::exp(-d * d)) * sceneShade(9)(x, y, c);
    });
    expectCut(dim, lamp, false, "a lamp is switched on");
}

TEST(IsCut, NotWhereThereIsNothingToSee) {
    const auto flat = [](float r, float g, float b) {
        return draw(w, h, [=](double, double, int c) { return c == 0 ? r : c == 1 ? g : b; });
    };
    expectCut(flat(0, 0, 0), flat(0, 0, 0), false, "black");
    expectCut(flat(0.5, 0.2, 0.1), flat(0.5, 0.2, 0.1), false, "one colour");
    expectCut(flat(0.5, 0.2, 0.1), flat(0.1, 0.2, 0.9), false, "two colours");
    for (const auto& [width, height] : {std::pair(1, 1), {7, 5}, {3, 200}, {300, 2}})
        expectCut(draw(width, height, sceneShade(1)), draw(width, height, sceneShade(2)), false,
                  "too small to tell");
}

TEST(IsCut, OnTheSampleShots) {
    namespace fs = std::filesystem;
    const fs::path folder = fs::path(INBETWEEN_SOURCE_DIR) / "sample_frames";
    std::vector<std::vector<ColourPlanes>> shots;
    if (fs::is_directory(folder))
        for (const auto& shot : fs::directory_iterator(folder)) {
            std::vector<fs::path> files;
            if (fs::is_directory(shot.path() / "keys"))
                for (const auto& file : fs::directory_iterator(shot.path() / "keys"))
                    if (file.path().extension() == ".exr")
                        files.push_back(file.path());
            std::sort(files.begin(), files.end());
            std::vector<ColourPlanes> keys;
            for (const fs::path& file : files) {
                const Image image = readExr(file);
                keys.push_back(linearBeauty(image, findRoles(image), image.displayWindow));
            }
            if (!keys.empty())
                shots.push_back(std::move(keys));
        }
    if (shots.empty())
        GTEST_SKIP() << "there are no sample frames";
    for (std::size_t s = 0; s < shots.size(); ++s) {
        for (std::size_t k = 1; k < shots[s].size(); ++k)
            expectCut(shots[s][k - 1], shots[s][k], false, "consecutive keyframes");
        for (std::size_t other = 0; other < s; ++other)
            if (shots[s][0].r.width == shots[other][0].r.width &&
                shots[s][0].r.height == shots[other][0].r.height)
                expectCut(shots[s][0], shots[other].back(), true, "two shots");
    }
}
