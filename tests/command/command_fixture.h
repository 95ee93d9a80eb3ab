// A folder of keyframes, an output folder beside it, and the real command over them.
#pragma once

#include "command/pictures.h"
#include "command/process.h"
#include "support/exr_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using inbetween::test::readBytes;
using inbetween::test::writeBytes;

class CommandTest : public testing::Test {
protected:
    using Json = nlohmann::json;
    using Arguments = std::vector<std::string>;
    using Names = std::vector<std::string>;

    std::filesystem::path keys() const { return folder_ / "keys"; }
    std::filesystem::path out() const { return folder_ / "out"; }
    std::filesystem::path key(int number) const { return framePath(keys(), number); }
    std::filesystem::path made(int number) const { return framePath(out(), number); }

    // `run keys -o out` with more arguments.
    Process runProcess(const Arguments& more = {}) const {
        Process process;
        process.arguments = {"run", keys().string(), "-o", out().string(), "--progress", "lines"};
        process.arguments.insert(process.arguments.end(), more.begin(), more.end());
        return process;
    }
    Outcome run(const Arguments& more = {}) const { return start(runProcess(more)); }
    void runWell(const Arguments& more = {}) const {
        const Outcome outcome = run(more);
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err << outcome.out;
    }

    Json manifest() const { return Json::parse(readBytes(out() / "manifest.json")); }
    Json frameRecord(int number) const {
        const Json document = manifest();
        for (const Json& frame : document.at("frames"))
            if (frame.at("frame") == number)
                return frame;
        ADD_FAILURE() << "frame " << number << " is not in the manifest";
        return {};
    }
    std::vector<int> framesInManifest() const {
        std::vector<int> numbers;
        const Json document = manifest();
        for (const Json& frame : document.at("frames"))
            numbers.push_back(frame.at("frame"));
        return numbers;
    }
    std::map<int, std::string> pixelHashes() const {
        std::map<int, std::string> hashes;
        const Json document = manifest();
        for (const Json& frame : document.at("frames"))
            hashes[frame.at("frame")] = frame.at("pixelHash");
        return hashes;
    }
    std::string rerenderList() const { return readBytes(out() / "rerender.txt"); }

    // One line on standard error, of the form "inbetween: error: ...", that holds all of `words`.
    static void expectOneError(const Outcome& outcome, int exitCode, const std::vector<std::string>& words) {
        EXPECT_EQ(outcome.signal, 0);
        EXPECT_EQ(outcome.exitCode, exitCode) << outcome.err;
        const std::vector<std::string> lines = linesOf(outcome.err);
        ASSERT_EQ(lines.size(), 1u) << outcome.err;
        EXPECT_THAT(lines.front(), testing::StartsWith("inbetween: error: "));
        for (const std::string& word : words)
            EXPECT_THAT(lines.front(), testing::HasSubstr(word));
    }
    // Whatever lies under a final name is whole.
    void expectWholeFrames() const {
        if (!std::filesystem::exists(out()))
            return;
        for (const auto& entry : std::filesystem::directory_iterator(out()))
            if (entry.path().extension() == ".exr" && !entry.path().filename().string().starts_with('.')) {
                EXPECT_NO_THROW(readPicture(entry.path())) << entry.path();
            }
    }
    // Nothing but whole frames and what the documentation names; no leavings of a write that did not end.
    void expectNoPartialFiles() const {
        if (!std::filesystem::exists(out()))
            return;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(out())) {
            const std::string name = entry.path().filename().string();
            EXPECT_TRUE(!name.starts_with('.') || name == ".inbetween-journal") << entry.path();
            EXPECT_THAT(name, testing::Not(testing::HasSubstr(".part"))) << entry.path();
            if (entry.path().extension() == ".exr") {
                EXPECT_NO_THROW(readPicture(entry.path())) << entry.path();
            }
        }
    }

    inbetween::test::TemporaryFolder folder_;
};
