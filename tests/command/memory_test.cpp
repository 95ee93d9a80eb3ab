// How much memory a frame of 5120x2700 takes, one at a time.
#include "command/command_fixture.h"

#include <cmath>
#include <filesystem>

namespace {

class Memory : public CommandTest {
protected:
    static constexpr int width = 5120, height = 2700;

    void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "a sanitizer has memory of its own";
#endif
        std::filesystem::create_directories(keys());
        const auto wave = [](int at, double length) { return 0.25 + 0.25 * std::sin(at / length); };
        for (const int number : {1, 3}) {
            Picture picture;
            picture.displayWindow = picture.dataWindow = {{0, 0}, {width - 1, height - 1}};
            for (const char* name : {"R", "G", "B", "A"}) {
                std::vector<double>& values = picture.channels[name].values;
                values.reserve(std::size_t(width) * height);
                std::vector<double> row;
                for (int x = 0; x < width; ++x)
                    row.push_back(wave(x + 9 * number, 11));
                for (int y = 0; y < height; ++y) {
                    const double down = wave(y - 4 * number, 7);
                    for (const double across : row)
                        values.push_back(across + down);
                }
            }
            picture.compression = Imf::NO_COMPRESSION;
            writePicture(key(number), picture);
        }
    }
};

} // namespace

TEST_F(Memory, OneInBetweenAtATimeStaysWithinTwoGibibytes) {
    runWell({"--memory", "1G", "--threads", "2", "--no-report"});
    const Json summary = Json::parse(readBytes(out() / "summary.json"));
    EXPECT_LE(summary.at("peakMemoryBytes").get<double>(), 2.0 * (1 << 30));
}
