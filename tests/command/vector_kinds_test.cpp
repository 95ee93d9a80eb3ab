// Right vectors make a frame no worse than none, and so do those that are no motion at all: over made scenes
// whose in-between is known, with vectors as they are found in files.
#include "command/command_fixture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

namespace fs = std::filesystem;

namespace {

using Vector = std::array<double, 2>;

// A textured disc in front of a textured ground; `time` in frames, motion in pixels a frame, y down.
struct Scene {
    const char* name;
    Vector ground, disc;

    static constexpr int width = 144, height = 96;
    bool isDisc(double x, double y, double time) const {
        return std::hypot(x - 0.6 * width - disc[0] * time, y - 0.5 * height - disc[1] * time) < 21;
    }
    std::array<double, 3> colour(double x, double y, double time) const {
        if (isDisc(x, y, time)) {
            const double shade = 0.15 + 0.8 * texture(x - disc[0] * time, y - disc[1] * time, 7, 3);
            return {shade, 0.6 * shade, 0.3 * shade};
        }
        const double u = x - ground[0] * time, v = y - ground[1] * time;
        const double shade = 0.08 + 0.5 * texture(u, v, 9, 1) * texture(u, v, 37, 2);
        return {shade, 0.9 * shade, 1.1 * shade};
    }
    static double random(int x, int y, std::uint32_t seed) {
        std::uint32_t h = std::uint32_t(x) * 0x9e3779b9u ^ std::uint32_t(y) * 0x85ebca6bu ^
                          seed * 0xc2b2ae35u;
        h = (h ^ h >> 16) * 0x7feb352du;
        h = (h ^ h >> 15) * 0x846ca68bu;
        return double((h ^ h >> 16) & 0xffffu) / 65535;
    }
    static double texture(double x, double y, double size, std::uint32_t seed) {
        x /= size;
        y /= size;
        const int x0 = int(std::floor(x)), y0 = int(std::floor(y));
        const double fx = x - x0, fy = y - y0;
        const auto row = [&](int iy) {
            return random(x0, iy, seed) * (1 - fx) + random(x0 + 1, iy, seed) * fx;
        };
        return row(y0) * (1 - fy) + row(y0 + 1) * fy;
    }
};

double displayed(double linear) {
    const double x = std::clamp(linear, 0.0, 1.0);
    return x <= 0.0031308 ? 12.92 * x : 1.055 * std::pow(x, 1 / 2.4) - 0.055;
}

class VectorKinds : public CommandTest {
protected:
    // What the file says of a pixel's motion, of a pixel that is the disc's or not.
    using Told = std::function<Vector(bool isDisc, Vector motion)>;

    static Picture rendered(const Scene& scene, double time) {
        constexpr int samples = 3; // each way
        Picture picture;
        picture.displayWindow = picture.dataWindow = {{0, 0}, {Scene::width - 1, Scene::height - 1}};
        for (const char* name : {"R", "G", "B"})
            picture.channels[name].values.resize(std::size_t(Scene::width) * Scene::height);
        for (int y = 0; y < Scene::height; ++y)
            for (int x = 0; x < Scene::width; ++x) {
                std::array<double, 3> sum{};
                for (int i = 0; i < samples * samples; ++i) {
                    const auto c = scene.colour(x + (i % samples + 0.5) / samples,
                                                y + (i / samples + 0.5) / samples, time);
                    for (std::size_t k = 0; k < 3; ++k)
                        sum[k] += c[k] / (samples * samples);
                }
                for (std::size_t k = 0; k < 3; ++k)
                    picture.channels[std::string(1, "RGB"[k])].values[std::size_t(y) * Scene::width + x] =
                        sum[k];
            }
        return picture;
    }

    void writeShot(const Scene& scene, const Told& told, bool withDepth) const {
        fs::remove_all(folder_.path() / "keys");
        fs::remove_all(out());
        fs::create_directories(keys());
        for (const int number : {1, 3}) {
            Picture picture = rendered(scene, number);
            const std::size_t pixels = std::size_t(Scene::width) * Scene::height;
            const auto set = [&](const std::string& name, std::size_t i, double value) {
                Samples& samples = picture.channels[name];
                samples.type = Imf::FLOAT;
                samples.values.resize(pixels);
                samples.values[i] = value;
            };
            for (std::size_t i = 0; i < pixels; ++i) {
                const bool disc = scene.isDisc(double(i % Scene::width) + 0.5, double(i / Scene::width) + 0.5,
                                               number);
                if (withDepth)
                    set("Depth.Z", i, disc ? 5 : 20);
                if (!told)
                    continue;
                const Vector next = told(disc, disc ? scene.disc : scene.ground);
                set("motionFore.x", i, next[0]);
                set("motionFore.y", i, next[1]);
                set("motionBack.x", i, -next[0]);
                set("motionBack.y", i, -next[1]);
            }
            writePicture(key(number), picture);
        }
    }

    double dB(const Scene& scene, const Told& told, bool withDepth) const {
        writeShot(scene, told, withDepth);
        const Outcome outcome = run({"--no-report"});
        EXPECT_THAT(outcome.exitCode, testing::AnyOf(0, 3)) << outcome.err;
        const Picture frame = readPicture(made(2)), truth = rendered(scene, 2);
        double sum = 0;
        for (const char* name : {"R", "G", "B"})
            for (std::size_t i = 0; i < truth.channels.at(name).values.size(); ++i) {
                const double d = displayed(frame.channels.at(name).values[i]) -
                                 displayed(truth.channels.at(name).values[i]);
                sum += d * d / (3.0 * Scene::width * Scene::height);
            }
        return -10 * std::log10(sum);
    }

    const std::vector<Scene> scenes{{"both move", {3, 1}, {-6, 2}}, {"both move far", {8, 2}, {-11, 5}}};
};

TEST_F(VectorKinds, RightOnesAreNeverWorseThanNone) {
    for (const Scene& scene : scenes)
        for (const bool withDepth : {false, true}) {
            const double none = dB(scene, nullptr, withDepth);
            const double right = dB(
                scene, [](bool, Vector v) { return v; }, withDepth);
            EXPECT_GE(right, none) << scene.name << (withDepth ? ", depth" : "");
            EXPECT_EQ(frameRecord(2).at("motionSource"), "vectors") << scene.name;
        }
}

TEST_F(VectorKinds, ThoseOfTheHeroAloneLeaveTheRestToTheFlow) {
    for (const double ground : {std::numeric_limits<double>::quiet_NaN(), 1e6}) {
        const Told told = [&](bool disc, Vector v) { return disc ? v : Vector{ground, ground}; };
        EXPECT_GE(dB(scenes[0], told, true), dB(scenes[0], nullptr, true)) << ground;
    }
}

TEST_F(VectorKinds, OfAnotherSignOrNoneAreNoWorseThanNone) {
    const double none = dB(scenes[0], nullptr, false), infinity = std::numeric_limits<double>::infinity();
    const std::pair<const char*, Told> kinds[] = {
        {"flipped",
         [](bool, Vector v) {
             return Vector{-v[0], -v[1]};
         }},
        {"zero",
         [](bool, Vector) {
             return Vector{0, 0};
         }},
        {"infinite",
         [=](bool, Vector) {
             return Vector{infinity, infinity};
         }},
    };
    for (const auto& [name, told] : kinds)
        EXPECT_GE(dB(scenes[0], told, false), none) << name;
}

// The truth is the mean of the keyframes, sample by sample.
TEST_F(VectorKinds, NoMotionUnderALampThatFadesIsTheMean) {
    const Scene scene{"at rest", {0, 0}, {0, 0}};
    for (const bool withVectors : {true, false}) {
        writeShot(scene, withVectors ? Told([](bool, Vector v) { return v; }) : Told(), true);
        Picture dimmed = readPicture(key(3));
        for (const char* name : {"R", "G", "B"})
            for (double& v : dimmed.channels.at(name).values)
                v *= 0.6;
        writePicture(key(3), dimmed);
        run({"--no-report"});
        const Picture first = readPicture(key(1)), last = readPicture(key(3)), frame = readPicture(made(2));
        for (const char* name : {"R", "G", "B"})
            for (std::size_t i = 0; i < first.channels.at(name).values.size(); ++i) {
                const double mean = 0.5 *
                                    (first.channels.at(name).values[i] + last.channels.at(name).values[i]);
                ASSERT_NEAR(frame.channels.at(name).values[i], mean, 1e-3 * mean + 1e-7) << name << " " << i;
            }
    }
}

} // namespace
