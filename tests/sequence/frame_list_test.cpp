#include "inbetween/error.h"
#include "inbetween/sequence.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <random>
#include <set>

namespace inbetween {
namespace {

using ::testing::HasSubstr;
using Numbers = std::vector<int>;

TEST(FrameList, IsRead) {
    EXPECT_EQ(parseFrameList("7"), Numbers({7}));
    EXPECT_EQ(parseFrameList("1-4"), Numbers({1, 2, 3, 4}));
    EXPECT_EQ(parseFrameList("1-10x3"), Numbers({1, 4, 7, 10}));
    EXPECT_EQ(parseFrameList("1-9x3"), Numbers({1, 4, 7}));
    EXPECT_EQ(parseFrameList("12,1-3,2-5,12"), Numbers({1, 2, 3, 4, 5, 12}));
    EXPECT_EQ(parseFrameList(" 1 - 3 x 2 , 8 "), Numbers({1, 3, 8}));
    EXPECT_EQ(parseFrameList("0012"), Numbers({12}));
}

TEST(FrameList, HasNegativeNumbers) {
    EXPECT_EQ(parseFrameList("-5"), Numbers({-5}));
    EXPECT_EQ(parseFrameList("-5--3"), Numbers({-5, -4, -3}));
    EXPECT_EQ(parseFrameList("-1-1"), Numbers({-1, 0, 1}));
    EXPECT_EQ(formatFrameList({-5, -4, -3, 0}), "-5--3,0");
}

TEST(FrameList, TheEndsOfIntAreNoTrap) {
    EXPECT_EQ(parseFrameList("2147483646-2147483647"), Numbers({2147483646, 2147483647}));
    EXPECT_EQ(parseFrameList("-2147483648"), Numbers({-2147483647 - 1}));
    EXPECT_EQ(parseFrameList("-2147483648-2147483647x2147483647"),
              Numbers({-2147483647 - 1, -1, 2147483646}));
    EXPECT_EQ(formatFrameList({2147483646, 2147483647}), "2147483646-2147483647");
    EXPECT_EQ(formatFrameList({-2147483647 - 1, 2147483647}), "-2147483648,2147483647");
}

TEST(FrameList, IsWritten) {
    EXPECT_EQ(formatFrameList({}), "");
    EXPECT_EQ(formatFrameList({12, 18, 19}), "12,18-19");
    EXPECT_EQ(formatFrameList({1, 2, 3, 5, 7, 8}), "1-3,5,7-8");
}

TEST(FrameList, NonsenseIsAnErrorOfUsageThatQuotesIt) {
    for (const char* text : {"",
                             " ",
                             ",",
                             "1,",
                             ",1",
                             "1,,2",
                             "a",
                             "1a",
                             "1-",
                             "1-x2",
                             "1x2",
                             "1-5x",
                             "1-5x0",
                             "1-5x-1",
                             "5-1",
                             "1:3",
                             "1..3",
                             "1-3-5",
                             "--1",
                             "1.5",
                             "99999999999",
                             "1-2000000000",
                             "0-999999,2000000",
                             "+1"})
        try {
            parseFrameList(text);
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr(fmt::format("'{}'", text)));
        }
}

TEST(FrameList, WhatIsWrittenIsReadBack) {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        std::set<int> numbers;
        const int count = 1 + int(random() % 40);
        for (int i = 0; i < count; ++i)
            numbers.insert(int(random() % 60) - 30);
        const Numbers list(numbers.begin(), numbers.end());
        ASSERT_EQ(parseFrameList(formatFrameList(list)), list);
    }
}

TEST(FrameList, AnyTextIsReadOrRefused) {
    std::mt19937 random(2);
    const std::string alphabet = "0123456789--,,xx ";
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        for (std::size_t i = random() % 10; i > 0; --i)
            text += alphabet[random() % alphabet.size()];
        try {
            const Numbers list = parseFrameList(text);
            ASSERT_TRUE(std::is_sorted(list.begin(), list.end()));
            ASSERT_EQ(parseFrameList(formatFrameList(list)), list) << text;
        } catch (const Error& error) {
            ASSERT_EQ(error.kind(), ErrorKind::usage);
        }
    }
}

} // namespace
} // namespace inbetween
