// What happens on a farm: disks that fill up, fail or turn read-only at any call, files that change, clocks
// that leap, memory that ends, and kills at any moment. Always: nothing partial under a final name, the
// reason in one line, and a later run leaves the files of a run without faults.
#include "command/command_fixture.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <random>
#include <sstream>

namespace fs = std::filesystem;
using testing::HasSubstr;

namespace {

class Faults : public CommandTest {
protected:
    Process faulty(std::map<std::string, std::string> environment, const Arguments& more = {},
                   const std::string& threads = "1") const {
        Process process;
        process.arguments = {"run",     keys().string(), "-o",        out().string(),
                             "--quiet", "--no-report",   "--threads", threads};
        if (!selfCalibrate_)
            process.arguments.push_back("--no-self-calibrate");
        process.arguments.insert(process.arguments.end(), more.begin(), more.end());
        environment["LD_PRELOAD"] = INBETWEEN_FAULTS;
        environment["FAULT_REPORT"] = (folder_ / "report").string();
        process.environment = std::move(environment);
        return process;
    }
    Outcome runFaulty(const std::map<std::string, std::string>& environment,
                      const Arguments& more = {}) const {
        fs::remove(folder_ / "report");
        return start(faulty(environment, more));
    }
    Outcome runWithReadError(const fs::path& file, int at) const {
        return runFaulty({{"FAULT_FOLDER", file.string()},
                          {"FAULT_CALL", "read"},
                          {"FAULT_AT", std::to_string(at)},
                          {"FAULT_ERRNO", std::to_string(EIO)}});
    }
    void runWithoutFaults() const {
        const Outcome outcome = start(faulty({{"FAULT_AT", "0"}}));
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    }
    // What one run without faults leaves; OUT is empty again.
    std::map<std::string, std::string> expectedFiles() const {
        runWithoutFaults();
        auto contents = contentsOf(out());
        fs::remove_all(out());
        return contents;
    }
    Json expectedManifest() const {
        runWithoutFaults();
        Json expected = manifest();
        fs::remove_all(out());
        return expected;
    }
    std::pair<long, long> callsAndBytes() const {
        std::istringstream report(readBytes(folder_ / "report"));
        std::pair<long, long> figures{0, 0};
        report >> figures.first >> figures.second;
        return figures;
    }
    bool wasReached(long at) const { return callsAndBytes().first >= at; }
    void expectRepaired(const std::map<std::string, std::string>& expected) const {
        runWithoutFaults();
        EXPECT_EQ(changesOf(expected, contentsOf(out())), Names{});
        expectNoPartialFiles();
    }

    bool selfCalibrate_ = true;
};

// ---- A call that fails, each in turn ----

struct Failure {
    const char* call;
    int error;
    bool lasts; // from then on every one fails: a disk that is full, a file system that turned read-only
};

void PrintTo(const Failure& failure, std::ostream* stream) {
    *stream << failure.call << " " << std::strerror(failure.error);
}

class FailingOutput : public Faults, public testing::WithParamInterface<Failure> {};

TEST_P(FailingOutput, LeavesNothingPartialAndALaterRunRepairsIt) {
    const Failure& failure = GetParam();
    writeKeys(keys(), {1, 3});
    const auto expected = expectedFiles();
    int at = 1;
    for (; at < 60; ++at) {
        const Outcome outcome = runFaulty({{"FAULT_FOLDER", out().string()},
                                           {"FAULT_CALL", failure.call},
                                           {"FAULT_AT", std::to_string(at)},
                                           {"FAULT_ERRNO", std::to_string(failure.error)},
                                           {"FAULT_LASTS", failure.lasts ? "1" : "0"}});
        if (!wasReached(at))
            break;
        SCOPED_TRACE(at);
        ASSERT_EQ(outcome.signal, 0) << outcome.err;
        expectWholeFrames();
        if (outcome.exitCode ==
            0) { // nothing that counts: a line of the journal, a folder that cannot be synced
            auto contents = contentsOf(out());
            contents.erase(".inbetween-journal");
            EXPECT_EQ(changesOf(expected, contents), Names{});
        } else {
            EXPECT_EQ(outcome.exitCode, 1);
            EXPECT_THAT(outcome.err, HasSubstr(out().string()));
            EXPECT_THAT(outcome.err, HasSubstr(std::strerror(failure.error)));
        }
        expectRepaired(expected);
        fs::remove_all(out());
    }
    EXPECT_GT(at, 3) << "the faults do not reach the command";
    EXPECT_LT(at, 60);
}

INSTANTIATE_TEST_SUITE_P(Faults, FailingOutput,
                         testing::Values(Failure{"open", EROFS, false}, Failure{"write", ENOSPC, true},
                                         Failure{"write", EIO, false}, Failure{"fsync", EIO, false},
                                         Failure{"rename", EROFS, true}, Failure{"close", ENOSPC, false}),
                         [](const auto& info) {
                             return std::string(info.param.call) + (info.param.error == ENOSPC ? "DiskFull"
                                                                    : info.param.error == EROFS
                                                                        ? "ReadOnly"
                                                                        : "InputOutputError");
                         });

TEST_F(Faults, AReadErrorFailsItsFramesAndALaterRunRepairsIt) {
    selfCalibrate_ = false; // a keyframe that is remade is read once more, and fails no frame
    writeKeys(keys(), {1, 3, 5});
    const auto expected = expectedFiles();
    int at = 1, failed = 0;
    for (; at < 200; at += at < 20 ? 1 : 7) {
        const Outcome outcome = runWithReadError(key(3), at);
        if (!wasReached(at))
            break;
        SCOPED_TRACE(at);
        if (outcome.exitCode == 0) { // it met the check of the vectors, which no frame depends on
            for (const auto& [name, bytes] : expected)
                EXPECT_EQ(readBytes(out() / name), bytes) << name;
        } else {
            ++failed;
            EXPECT_EQ(outcome.exitCode, 1);
            EXPECT_THAT(outcome.err, HasSubstr(key(3).string()));
        }
        expectWholeFrames();
        expectRepaired(expected);
        fs::remove_all(out());
    }
    EXPECT_GT(at, 3);
    EXPECT_GT(failed, 3);
}

TEST_F(Faults, AReadErrorOfAKeyframeBesideIsRepairedByALaterRun) {
    selfCalibrate_ = false;
    writeKeys(keys(), {1, 3, 5});
    const auto expected = expectedFiles();
    int without = 0, at = 1;
    for (; at < 200; at += at < 20 ? 1 : 7) {
        runWithReadError(key(5), at);
        if (!wasReached(at))
            break;
        SCOPED_TRACE(at);
        if (fs::exists(made(2)) && readBytes(made(2)) != expected.at("shot.0002.exr"))
            ++without; // bridged, or made without what keyframe 5 tells
        expectRepaired(expected);
        fs::remove_all(out());
    }
    EXPECT_GT(without, 0) << "no fault met the keyframe beside";
}

// A frame that is kept has its figures brought to the factor of the run, but for the last digits of a double.
TEST_F(Faults, AReadErrorWhileAKeyframeIsRemadeIsRepairedToo) {
    writeKeys(keys(), {1, 3, 5});
    const Json expected = expectedManifest();
    int unmeasured = 0, at = 1;
    for (; at < 200; at += at < 20 ? 1 : 7) {
        runWithReadError(key(3), at);
        if (!wasReached(at))
            break;
        SCOPED_TRACE(at);
        if (fs::exists(out() / "manifest.json")) {
            const Json measured = manifest().at(
                "selfCalibration"); // null where even the header could not be read
            unmeasured += measured.is_object() && measured.at("remade").empty();
        }
        runWithoutFaults();
        const Json repaired = manifest();
        EXPECT_EQ(repaired.at("selfCalibration"), expected.at("selfCalibration"));
        for (std::size_t i = 0; i < expected.at("frames").size(); ++i) {
            const Json &made = repaired.at("frames").at(i), &wanted = expected.at("frames").at(i);
            EXPECT_EQ(made.at("pixelHash"), wanted.at("pixelHash"));
            EXPECT_NEAR(made.at("risk").at("score").get<double>(),
                        wanted.at("risk").at("score").get<double>(), 1e-6);
        }
        fs::remove_all(out());
    }
    EXPECT_GT(unmeasured, 0) << "no fault met the measurement";
}

// ---- What was written is not what lies there ----

TEST_F(Faults, ReadingBackFindsAWriteThatWentWrong) {
    writeKeys(keys(), {1, 3});
    const std::map<std::string, std::string> flipped{{"FAULT_FOLDER", (out() / ".shot").string()},
                                                     {"FAULT_CALL", "write"},
                                                     {"FAULT_AT", "1"},
                                                     {"FAULT_ERRNO", "flip"},
                                                     {"FAULT_LASTS", "1"}};
    ASSERT_EQ(runFaulty(flipped, {"--compression", "none"}).exitCode, 0) << "nobody looks";
    ASSERT_TRUE(wasReached(1));
    EXPECT_EQ(runCommand({"verify", out().string()}).exitCode, 1);
    fs::remove_all(out());
    const Outcome outcome = runFaulty(flipped, {"--compression", "none", "--verify-writes"});
    expectOneError(outcome, 1, {"frame 2", made(2).string(), "read back"});
    EXPECT_FALSE(fs::exists(made(2)));
    EXPECT_EQ(frameRecord(2).at("status"), "failed");
    EXPECT_EQ(start(faulty({{"FAULT_AT", "0"}}, {"--compression", "none", "--verify-writes"})).exitCode, 0);
    EXPECT_EQ(runCommand({"verify", out().string()}).exitCode, 0);
}

// ---- Keyframes that are replaced while they are used ----

TEST_F(Faults, AKeyframeThatIsReplacedMeanwhileFailsItsFramesAndALaterRunMakesThem) {
    writeKeys(keys(), {1, 3, 5});
    const std::string before = readBytes(key(3));
    writePicture(folder_ / "new.exr", movingSquare(4));
    const std::string after = readBytes(folder_ / "new.exr");
    fs::remove(key(3));
    writeBytes(key(3), after);
    const auto expected = expectedFiles();
    int replaced = 0, at = 1;
    for (; at < 40; ++at) {
        writeBytes(key(3), before);
        writeBytes(folder_ / "new.exr", after);
        const Outcome outcome = runFaulty({{"FAULT_FOLDER", key(3).string()},
                                           {"FAULT_CALL", "open"},
                                           {"FAULT_AT", std::to_string(at)},
                                           {"FAULT_ERRNO", "replace"},
                                           {"FAULT_FROM", (folder_ / "new.exr").string()},
                                           {"FAULT_TO", key(3).string()}});
        if (!wasReached(at))
            break;
        SCOPED_TRACE(at);
        if (outcome.exitCode != 0) {
            ++replaced;
            EXPECT_EQ(outcome.exitCode, 1);
            EXPECT_THAT(outcome.err, HasSubstr("replaced"));
            for (const int number : {2, 4})
                EXPECT_FALSE(fs::exists(made(number)))
                    << "made of two different keyframes 3, or of an unknown one";
        } else {
            EXPECT_EQ(changesOf(expected, contentsOf(out())), Names{});
        }
        expectRepaired(expected);
        fs::remove_all(out());
    }
    EXPECT_GT(replaced, 0);
    EXPECT_LT(at, 40);
}

// ---- The clock ----

TEST_F(Faults, AClockThatLeapsChangesNothing) {
    writeKeys(keys(), {1, 3, 5});
    const auto expected = expectedFiles();
    const std::string tenYears = std::to_string(10L * 365 * 24 * 3600);
    for (int run = 0; run < 2; ++run) { // a first one, and one that keeps everything
        const Outcome outcome = runFaulty({{"FAULT_CLOCK", tenYears}});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_EQ(changesOf(expected, contentsOf(out())), Names{});
    }
}

TEST_F(Faults, FilesOfTheFutureAndOfThePastAreKept) {
    writeKeys(keys(), {1, 3, 5});
    const auto expected = expectedFiles();
    for (const int years : {-30, 10}) {
        runWithoutFaults();
        const auto then = fs::file_time_type::clock::now() + std::chrono::hours(24 * 365 * years);
        for (const fs::path& folder : {keys(), out()})
            for (const auto& entry : fs::directory_iterator(folder))
                fs::last_write_time(entry.path(), then);
        runWithoutFaults();
        EXPECT_EQ(changesOf(expected, contentsOf(out())), Names{});
        EXPECT_EQ(fs::last_write_time(made(2)), then) << "made again";
    }
}

// ---- Memory ----

TEST_F(Faults, AFrameThatMemoryIsTooSmallForFailsAndTheOthersAreMade) {
    selfCalibrate_ = false; // which the large keyframe would fail, too
    writeKeys(keys(), {1, 3, 5});
    runWithoutFaults();
    const long enough = callsAndBytes().second;
    fs::remove_all(out());
    Picture large = movingSquare(7);
    large.dataWindow = {{0, 0}, {2047, 1535}}; // overscan that nobody expected
    for (auto& [name, samples] : large.channels)
        samples.values.assign(2048u * 1536u, 0.25);
    writePicture(key(7), large);
    const auto expected = expectedFiles();
    Process process = faulty({{"FAULT_AT", "0"}});
    process.maxMemoryBytes = enough + (200L << 20);
    const Outcome outcome = start(process);
    expectOneError(outcome, 1, {"frame 6", "memory"});
    EXPECT_EQ(frameRecord(6).at("status"), "failed");
    EXPECT_EQ(frameRecord(2).at("status"), "complete");
    EXPECT_EQ(frameRecord(4).at("status"), "complete");
    expectWholeFrames();
    expectRepaired(expected);
}

// ---- Kills ----

// How often: INBETWEEN_KILLS, 100 in the long form.
TEST_F(Faults, KilledAtAnyMomentAndRunAgainTheFilesAreThoseOfOneRun) {
    const char* wanted = std::getenv("INBETWEEN_KILLS");
    const int kills = wanted ? std::atoi(wanted) : 6;
    writeKeys(keys(), {1, 3, 5, 9});
    const auto begin = std::chrono::steady_clock::now();
    const auto expected = expectedFiles();
    const auto duration = std::chrono::steady_clock::now() - begin;
    std::mt19937 random(std::random_device{}());
    int inTheMiddle = 0;
    for (int i = 0; i < kills; ++i) {
        // Twice or thrice in a row, as on a farm that takes machines away.
        for (int again = 0; again <= i % 3; ++again) {
            Process process = faulty({{"FAULT_AT", "0"}}, {}, i % 2 ? "1" : "2");
            process.killAfter = std::chrono::microseconds(std::uniform_int_distribution<long>(
                0, std::chrono::duration_cast<std::chrono::microseconds>(duration).count())(random));
            const Outcome outcome = start(process);
            inTheMiddle += outcome.signal != 0;
            EXPECT_TRUE(outcome.signal != 0 || outcome.exitCode == 0) << outcome.err;
            expectWholeFrames();
        }
        expectRepaired(expected);
        fs::remove_all(out());
    }
    RecordProperty("killed", inTheMiddle);
    EXPECT_GT(inTheMiddle, 0);
}

} // namespace
