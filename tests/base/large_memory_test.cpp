#include "inbetween/large_memory.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <thread>

namespace inbetween {
namespace {

constexpr std::size_t mebibyte = std::size_t(1) << 20;

class LargeMemory : public testing::Test {
protected:
    void SetUp() override {
        releaseIdleMemory();
        LargeVector<char>(8 * mebibyte);
        if (idleMemoryBytes() == 0)
            GTEST_SKIP() << "nothing is kept under an address sanitizer";
        releaseIdleMemory();
    }
};

TEST_F(LargeMemory, WhatIsFreedIsTakenForTheNextOfItsSize) {
    auto* first = static_cast<char*>(allocateLarge(9 * mebibyte));
    std::fill_n(first, 9 * mebibyte, 'x');
    freeLarge(first, 9 * mebibyte);
    EXPECT_GE(idleMemoryBytes(), 9 * mebibyte);
    auto* second = static_cast<char*>(allocateLarge(9 * mebibyte));
    EXPECT_EQ(idleMemoryBytes(), 0u);
    EXPECT_EQ(second[5 * mebibyte], 'x'); // the same pages
    freeLarge(second, 9 * mebibyte);
}

TEST_F(LargeMemory, NothingIsKeptWhileMoreIsTaken) {
    freeLarge(allocateLarge(20 * mebibyte), 20 * mebibyte);
    ASSERT_GT(idleMemoryBytes(), 0u);
    void* larger = allocateLarge(100 * mebibyte); // fits in nothing that is there
    EXPECT_EQ(idleMemoryBytes(), 0u);
    freeLarge(larger, 100 * mebibyte);
    void* muchSmaller = allocateLarge(10 * mebibyte); // would leave most of it unused
    EXPECT_LE(idleMemoryBytes(), 90 * mebibyte);
    freeLarge(muchSmaller, 10 * mebibyte);
}

TEST_F(LargeMemory, IsGivenBackWhenAskedTo) {
    LargeVector<float>(4 * mebibyte);
    EXPECT_GT(idleMemoryBytes(), 0u);
    releaseIdleMemory();
    EXPECT_EQ(idleMemoryBytes(), 0u);
}

TEST_F(LargeMemory, SmallOnesAreNotKept) {
    LargeVector<float>(100);
    LargeVector<float>(leastLargeBytes / sizeof(float) - 1);
    EXPECT_EQ(idleMemoryBytes(), 0u);
}

TEST_F(LargeMemory, BlocksDoNotOverlapAndAreAligned) {
    std::vector<LargeVector<std::uint32_t>> vectors;
    for (std::uint32_t i = 0; i < 20; ++i)
        vectors.emplace_back((i % 2 ? 5 : 6) * mebibyte / 4 + i, i);
    for (std::uint32_t i = 0; i < 20; ++i) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(vectors[i].data()) % 64, 0u);
        EXPECT_TRUE(std::ranges::all_of(vectors[i], [i](std::uint32_t v) { return v == i; })) << i;
    }
}

TEST_F(LargeMemory, MayBeUsedByManyThreads) {
    std::vector<std::thread> threads;
    std::vector<char> whole(4, true);
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([t, &whole] {
            for (int round = 0; round < 50; ++round) {
                const LargeVector<int> values((5 + round % 3) * mebibyte / sizeof(int), t);
                whole[std::size_t(t)] &= values.front() == t && values[values.size() / 2] == t &&
                                         values.back() == t;
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(whole, std::vector<char>(4, true));
}

TEST_F(LargeMemory, TooMuchIsBadAlloc) {
    EXPECT_THROW(LargeAllocator<double>().allocate(std::size_t(-1) / 4), std::bad_array_new_length);
    EXPECT_THROW(allocateLarge(std::size_t(1) << 60), std::bad_alloc);
    EXPECT_THROW(expectMappable(std::size_t(1) << 60), std::bad_alloc);
    EXPECT_NO_THROW(expectMappable(mebibyte));
}

} // namespace
} // namespace inbetween
