#include "pipeline/journal.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

class JournalTest : public testing::Test {
protected:
    fs::path folder = fs::temp_directory_path() / ("inbetween_journal_" + std::to_string(getpid()));
    fs::path file = folder / ".inbetween-journal";
    void SetUp() override { fs::create_directories(folder); }
    void TearDown() override { fs::remove_all(folder); }

    static ManifestFrame frame(int number) {
        ManifestFrame f;
        f.frame = number;
        f.key0 = number - 1;
        f.key1 = number + 1;
        f.path = "shot.exr";
        f.inputHash = "inputs of " + std::to_string(number);
        f.score = 0.25;
        f.reasons = {"a \"reason\"\nof two lines"};
        return f;
    }
};

TEST_F(JournalTest, WhatWasAppendedIsReadBack) {
    {
        Journal journal(folder);
        journal.append(frame(2));
        journal.append(frame(4));
    }
    const auto frames = earlierFrames(folder);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames.at(4).inputHash, "inputs of 4");
    EXPECT_EQ(frames.at(4).reasons, frame(4).reasons);
    EXPECT_EQ(frames.at(2).score, 0.25);
}

TEST_F(JournalTest, ATornLastLineIsForgottenAndSpoilsNothingThatFollows) {
    { Journal(folder).append(frame(2)); }
    const std::string whole = [&] {
        std::ifstream in(file, std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(in), {}};
    }();
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        std::ofstream(file, std::ios::binary) << whole << whole.substr(1, cut);
        { Journal(folder).append(frame(6)); }
        const auto frames = earlierFrames(folder);
        EXPECT_TRUE(frames.contains(2) && frames.contains(6)) << "torn after " << cut << " bytes";
    }
}

TEST_F(JournalTest, TheJournalCountsOverAnOlderManifest) {
    Manifest manifest;
    manifest.frames = {frame(2), frame(4)};
    writeManifest(folder / "manifest.json", manifest);
    ManifestFrame newer = frame(4);
    newer.inputHash = "newer";
    { Journal(folder).append(newer); }
    EXPECT_EQ(earlierFrames(folder).at(4).inputHash, "newer");
    EXPECT_EQ(earlierFrames(folder).at(2).inputHash, "inputs of 2");
}

TEST_F(JournalTest, RemoveLeavesNothingAndAnEmptyFolderHasNoFrames) {
    { Journal(folder).append(frame(2)); }
    Journal::remove(folder);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_TRUE(earlierFrames(folder).empty());
}

} // namespace
