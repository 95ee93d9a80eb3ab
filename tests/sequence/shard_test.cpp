#include "inbetween/shard.h"

#include "inbetween/error.h"

#include <gmock/gmock.h>

namespace inbetween {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Sequence sequenceOf(const std::vector<int>& keys, int maxGap = 16) {
    Sequence sequence;
    sequence.maxGap = maxGap;
    for (const int key : keys)
        sequence.keyframes.push_back({key, {}});
    findGaps(sequence);
    return sequence;
}

TEST(Shard, EveryGapIsInExactlyOneWhateverTheCount) {
    std::vector<int> keys{-7};
    for (int i = 0; i < 60; ++i)
        keys.push_back(keys.back() + 1 + (i * 7) % 11 + (i == 30 ? 100 : 0));
    const Sequence sequence = sequenceOf(keys);
    for (const int count : {1, 2, 3, 7, 16, 59, 60, 200}) {
        std::vector<int> all;
        for (int index = 1; index <= count; ++index) {
            const std::set<int> gaps = gapsOf(sequence, {index, count, {}});
            all.insert(all.end(), gaps.begin(), gaps.end()); // blocks of neighbours, in order
        }
        EXPECT_EQ(all, std::vector<int>(keys.begin(), keys.end() - 1)) << count;
    }
}

TEST(Shard, ShardsHaveAboutAsManyFrames) {
    std::vector<int> keys;
    for (int i = 0; i <= 160; ++i)
        keys.push_back(1 + 4 * i);
    const Sequence sequence = sequenceOf(keys);
    for (int index = 1; index <= 16; ++index)
        EXPECT_EQ(gapsOf(sequence, {index, 16, {}}).size(), 10u);
}

TEST(Shard, AShotWithNothingMissingOrOneKeyframeHasShardsToo) {
    EXPECT_THAT(gapsOf(sequenceOf({1, 2, 3}), {1, 4, {}}), ElementsAre(1, 2));
    EXPECT_TRUE(gapsOf(sequenceOf({1, 2, 3}), {4, 4, {}}).empty());
    EXPECT_TRUE(gapsOf(sequenceOf({1}), {1, 2, {}}).empty());
}

TEST(Shard, GapsAreChosenByAnyOfTheirFrames) {
    const Sequence sequence = sequenceOf({1, 5, 9, 11, 40});
    EXPECT_THAT(gapsOf(sequence, parseGaps("4-6")), ElementsAre(1, 5));
    EXPECT_THAT(gapsOf(sequence, parseGaps("10,20")), ElementsAre(9, 11));
    EXPECT_TRUE(gapsOf(sequence, parseGaps("5,9,100")).empty()) << "keyframes are in no gap";
}

TEST(Shard, NamesAndBack) {
    EXPECT_EQ(parseShard("3/16").name(), "003-of-016");
    EXPECT_EQ(parseGaps("120-160").name(), "gaps-120-160");
    EXPECT_EQ(shardFromName("003-of-016").index, 3);
    EXPECT_EQ(shardFromName("003-of-016").count, 16);
    for (const char* name : {"gaps-1-2", "", "17-of-16", "0-of-1", "1-of-0", "1-of-", "1-of-2x"})
        EXPECT_TRUE(shardFromName(name).whole()) << name;
    EXPECT_EQ(partName("a/shards/003-of-016.manifest.json"), "003-of-016");
    EXPECT_LT(parseGaps("1-1000x2").name().size(), 100u);
}

TEST(Shard, WhatIsNoShardIsRefused) {
    for (const char* text : {"0/4", "5/4", "a/b", "", "/", "3", "3/", "/4", "3/16/2", "-1/4", "1/0", "1/-1",
                             "1.5/4", "99999999999/4", "1/99999999999", "1/1000000", "3 /16"})
        try {
            parseShard(text);
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr("--shard"));
        }
    for (const char* text : {"", "a", "5:6"})
        EXPECT_THROW(parseGaps(text), Error) << text;
}

} // namespace
} // namespace inbetween
