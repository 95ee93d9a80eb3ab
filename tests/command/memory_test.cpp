// How much memory a frame takes, one at a time. At 5120x2700 it is measured by hand: bench/README.md.
#include "command/command_fixture.h"

#include <cmath>
#include <filesystem>

namespace {

class Memory : public CommandTest {
protected:
    static constexpr int width = 2560, height = 1600;

    void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "a sanitizer has memory of its own";
#endif
        std::filesystem::create_directories(keys());
        for (const int number : {1, 3}) {
            Picture picture;
            picture.displayWindow = picture.dataWindow = {{0, 0}, {width - 1, height - 1}};
            for (const char* name : {"R", "G", "B", "A"}) {
                std::vector<double>& values = picture.channels[name].values;
                values.reserve(std::size_t(width) * height);
                for (int y = 0; y < height; ++y)
                    for (int x = 0; x < width; ++x)
                        values.push_back(0.5 + 0.25 * std::sin((x + 9 * number) / 11.0) + 0.25 * std::sin((y - 4 * number) / 7.0));
            }
            picture.compression = Imf::NO_COMPRESSION;
            writePicture(key(number), picture);
        }
    }
    double peakBytesPerPixel() const {
        const double bytes = Json::parse(readBytes(out() / "summary.json")).at("peakMemoryBytes").get<double>();
        return bytes / (double(width) * height);
    }
};

} // namespace

TEST_F(Memory, OneFrameAtATimeTakesUnder320BytesAPixel) {
    runWell({"--memory", "1G", "--threads", "2", "--no-report"});
    EXPECT_LT(peakBytesPerPixel(), 320);
}
