#include "pipeline/keyframe_source.h"

#include "support/exr_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

using namespace inbetween;
using testing::ElementsAre;

namespace {

class KeyframesRead : public testing::Test {
protected:
    void write(const std::vector<int>& keyframes) {
        for (const int number : keyframes)
            test::writeExrFile(file(number));
        options_.keys = folder_.path().string();
    }
    std::filesystem::path file(int number) const { return folder_ / fmt::format("shot.{:04d}.exr", number); }

    void plan() { plan_ = planShot(loadShot(options_), options_, &identity_, 1); }
    // All gaps, in order.
    std::vector<std::unique_ptr<GapWork>> read() {
        KeyframeSource source(plan_, identity_, {}, [this](const SequenceFrame& key) {
            ++reads_[key.path.filename().string()];
            return readExr(key.path);
        });
        std::vector<std::unique_ptr<GapWork>> gaps;
        while (gaps.size() < source.gaps())
            gaps.push_back(source.next());
        damaged_ = source.damaged();
        return gaps;
    }
    static std::vector<int> keysOf(const GapWork& gap) {
        std::vector<int> numbers;
        for (const auto& key : gap.keys)
            numbers.push_back(key ? key->number : 0);
        return numbers;
    }
    std::vector<int> readCounts() const {
        std::vector<int> counts;
        for (const auto& [name, count] : reads_)
            counts.push_back(count);
        return counts;
    }

    const test::TemporaryFolder folder_;
    RunOptions options_;
    const FrameIdentity identity_{options_, "model", Precision::float32, "any"};
    ShotPlan plan_;
    std::map<std::string, int> reads_;
    std::set<int> damaged_;
};

TEST_F(KeyframesRead, OnceEachThoughFourGapsNeedThem) {
    write({1, 3, 5, 7, 9});
    plan();
    const auto gaps = read();
    ASSERT_EQ(gaps.size(), 4u);
    EXPECT_THAT(keysOf(*gaps[0]), ElementsAre(0, 1, 3, 5));
    EXPECT_THAT(keysOf(*gaps[1]), ElementsAre(1, 3, 5, 7));
    EXPECT_THAT(keysOf(*gaps[2]), ElementsAre(3, 5, 7, 9));
    EXPECT_THAT(keysOf(*gaps[3]), ElementsAre(5, 7, 9, 0));
    EXPECT_THAT(readCounts(), ElementsAre(1, 1, 1, 1, 1));
    EXPECT_EQ(gaps[0]->keys[GapWork::second], gaps[1]->keys[GapWork::first]) << "shared, not copied";
    EXPECT_EQ(gaps[0]->flows.after, gaps[1]->flows.own);
    EXPECT_EQ(gaps[1]->flows.before, gaps[0]->flows.own);
}

TEST_F(KeyframesRead, OnlyAsFarAsAPartOfTheShotNeeds) {
    write({1, 3, 5, 7, 9});
    options_.part = parseGaps("4");
    plan();
    const auto gaps = read();
    ASSERT_EQ(gaps.size(), 1u);
    EXPECT_THAT(keysOf(*gaps[0]), ElementsAre(1, 3, 5, 7));
    EXPECT_THAT(readCounts(), ElementsAre(1, 1, 1, 1));
}

TEST_F(KeyframesRead, ADamagedOneCostsItsTwoGapsAndIsNotReadAgain) {
    write({1, 3, 5, 7, 9});
    const std::string bytes = test::readBytes(file(5));
    plan();
    test::writeBytes(file(5), bytes.substr(0, bytes.size() - 40));
    plan_.stamps.at(5) = {FileStamp::of(file(5))};
    const auto gaps = read();
    ASSERT_EQ(gaps.size(), 4u);
    EXPECT_EQ(gaps[0]->error, "");
    EXPECT_THAT(gaps[1]->error, testing::HasSubstr("shot.0005.exr"));
    EXPECT_THAT(gaps[2]->error, testing::HasSubstr("shot.0005.exr"));
    EXPECT_EQ(gaps[3]->error, "");
    EXPECT_EQ(reads_.at("shot.0005.exr"), 1);
    EXPECT_THAT(damaged_, ElementsAre(5));
    EXPECT_THAT(keysOf(*gaps[0]), ElementsAre(0, 1, 3, 0));
    EXPECT_NE(gaps[0]->frames.front()->record.inputHash, plan_.gaps[0].frames.front().record.inputHash)
        << "made without a neighbour that another run may be able to read";
}

TEST_F(KeyframesRead, OneThatWasReplacedSinceThePlanIsRefused) {
    write({1, 3, 5});
    plan();
    plan_.stamps.at(3).front().bytes += 1;
    for (const auto& gap : read())
        EXPECT_THAT(gap->error, testing::HasSubstr("was replaced"));
    EXPECT_TRUE(damaged_.empty());
}

TEST_F(KeyframesRead, ANeighbourWithFarMoreOverscanIsLeftToItsOwnGap) {
    write({1, 3, 5});
    test::ExrSpec spec;
    spec.parts.front().dataWindow = {{-64, -64}, {79, 75}};
    test::writeExrFile(file(7), spec);
    plan();
    const auto gaps = read();
    EXPECT_THAT(keysOf(*gaps[1]), ElementsAre(1, 3, 5, 0));
    EXPECT_THAT(keysOf(*gaps[2]), ElementsAre(3, 5, 7, 0));
    EXPECT_THAT(readCounts(), ElementsAre(1, 1, 1, 1));
}

TEST_F(KeyframesRead, EveryFrameOfAGapComesWithIt) {
    write({1, 4, 5, 7});
    plan();
    const auto gaps = read();
    ASSERT_EQ(gaps.size(), 2u);
    std::vector<int> frames;
    for (const auto& gap : gaps)
        for (const auto& frame : gap->frames)
            frames.push_back(frame->record.frame);
    EXPECT_THAT(frames, ElementsAre(2, 3, 6));
}

} // namespace
