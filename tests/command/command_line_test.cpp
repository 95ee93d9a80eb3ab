// What is asked of the command, and how it answers: help, progress, refusals.
#include "command/command_fixture.h"

#include <cctype>

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

class CommandLine : public CommandTest {};

TEST_F(CommandLine, VersionIsOneLine) {
    const Outcome outcome = runCommand({"--version"});
    EXPECT_EQ(outcome.exitCode, 0);
    EXPECT_THAT(outcome.out, testing::ContainsRegex("^inbetween [0-9]+\\.[0-9]+\\.[0-9]+\n$"));
    EXPECT_EQ(outcome.err, "");
}

TEST_F(CommandLine, EveryHelpHasExamplesAndExitsWithZero) {
    for (const Arguments& arguments :
         {Arguments{"--help"}, Arguments{"run", "--help"}, Arguments{"evaluate", "--help"},
          Arguments{"info", "--help"}, Arguments{"-h"}}) {
        const Outcome outcome = runCommand(arguments);
        EXPECT_EQ(outcome.exitCode, 0) << arguments[0];
        EXPECT_THAT(outcome.out, AllOf(HasSubstr("Example"), HasSubstr("  inbetween "))) << arguments[0];
        EXPECT_EQ(outcome.err, "");
    }
    EXPECT_THAT(runCommand({"--help"}).out, HasSubstr("Exit codes"));
}

struct Nonsense {
    std::vector<std::string> arguments;
    std::vector<std::string> words;
};

class NonsenseCommandLine : public CommandTest, public testing::WithParamInterface<Nonsense> {};

TEST_P(NonsenseCommandLine, IsRefusedInOneLineBeforeAnythingIsWritten) {
    writeKeys(keys(), {1, 3});
    const Untouched before = stateOf(keys());
    Process process;
    process.arguments = GetParam().arguments;
    process.folder = folder_.path();
    expectOneError(start(process), 2, GetParam().words);
    EXPECT_FALSE(fs::exists(out()));
    EXPECT_TRUE(stateOf(keys()) == before);
}

Nonsense withRun(std::vector<std::string> more, std::vector<std::string> words) {
    std::vector<std::string> arguments{"run", "keys", "-o", "out"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return {arguments, words};
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, NonsenseCommandLine,
    testing::Values(Nonsense{{}, {"--help"}},                                               //
                    Nonsense{{"interpolate", "keys"}, {"interpolate", "--help"}},           //
                    Nonsense{{"run"}, {"KEYS", "--help"}},                                  //
                    Nonsense{{"run", "keys"}, {"-o"}},                                      //
                    Nonsense{{"run", "", "-o", "out"}, {"folder"}},                         //
                    Nonsense{{"evaluate", "out"}, {"--reference", "--help"}},               //
                    Nonsense{{"info"}, {"FILE|DIR", "--help"}},                             //
                    Nonsense{{"info", "nowhere"}, {"nowhere"}},                             //
                    withRun({"--fast"}, {"--fast", "--help"}),                              //
                    withRun({"more", "folders"}, {"more", "no such folder"}),               //
                    withRun({"--max-gap", "0"}, {"--max-gap"}),                             //
                    withRun({"--max-gap", "1"}, {"--max-gap"}),                             //
                    withRun({"--max-gap", "-3"}, {"--max-gap"}),                            //
                    withRun({"--max-gap", "many"}, {"--max-gap", "many"}),                  //
                    withRun({"--threshold", "abc"}, {"--threshold", "abc"}),                //
                    withRun({"--threshold", "-1"}, {"--threshold"}),                        //
                    withRun({"--threshold", "7"}, {"--threshold"}),                         //
                    withRun({"--threshold", "nan"}, {"--threshold"}),                       //
                    withRun({"--memory", "5X"}, {"--memory", "5X", "512M"}),                //
                    withRun({"--memory", "12"}, {"--memory", "512M"}),                      //
                    withRun({"--memory", "-1G"}, {"--memory"}),                             //
                    withRun({"--memory", "nanG"}, {"--memory"}),                            //
                    withRun({"--max-rerender", "200%"}, {"--max-rerender", "200%", "10%"}), //
                    withRun({"--max-rerender", "-5%"}, {"--max-rerender"}),                 //
                    withRun({"--max-rerender", "some"}, {"--max-rerender", "some"}),        //
                    withRun({"--max-rerender", "nan"}, {"--max-rerender"}),                 //
                    withRun({"--max-rerender", "10%", "--threshold", "0.1"},
                            {"--max-rerender", "--threshold"}),                                             //
                    withRun({"--max-rerender", "1.5"}, {"--max-rerender", "1.5", "12"}),                    //
                    withRun({"--max-rerender", "-3"}, {"--max-rerender"}),                                  //
                    withRun({"--max-miss", "0"}, {"--max-miss", "2%"}),                                     //
                    withRun({"--max-miss", "80%"}, {"--max-miss", "80%"}),                                  //
                    withRun({"--max-miss", "2%", "--risk", "angle"}, {"--max-miss", "--risk"}),             //
                    withRun({"--risk", "luck"}, {"--risk", "angle"}),                                       //
                    withRun({"--threshold", "2"}, {"--threshold", "--risk angle"}),                         //
                    withRun({"--risk", "model"}, {"--risk-model", "learn"}),                                //
                    withRun({"--risk-model", "nowhere.json"}, {"nowhere.json"}),                            //
                    Nonsense{{"learn", "nowhere", "-o", "m.json"}, {"nowhere"}},                            //
                    Nonsense{{"learn", "nowhere"}, {"--out", "--help"}},                                    //
                    Nonsense{{"regions", "nowhere", "--scene", "s.blend"}, {"nowhere"}},                    //
                    Nonsense{{"regions", "nowhere"}, {"--scene"}},                                          //
                    Nonsense{{"regions", "nowhere", "--format", "arnold"}, {"--format arnold", "--scene"}}, //
                    Nonsense{{"regions", "nowhere", "--format", "houdini"}, {"husk", "dataWindowNDC"}},     //
                    Nonsense{{"regions", "nowhere", "--format", "redshift"}, {"redshiftCmdLine", "{x}"}},   //
                    Nonsense{{"regions", "nowhere", "--format", "render.sh"}, {"'render.sh'", "{frame}"}},  //
                    Nonsense{{"evaluate", "a", "b", "--reference", "r", "-o", "x.json"}, {"--reference"}},  //
                    withRun({"--precision", "int4"}, {"int4", "bfloat16"}),                                 //
                    withRun({"--quality", "bad"}, {"bad", "fast", "best"}),                                 //
                    withRun({"--compression", "bogus"}, {"bogus", "piz"}),                                  //
                    withRun({"--depth", "8bit"}, {"8bit", "half"}),                                         //
                    withRun({"--vectors", "maya"}, {"maya", "blender"}),                                    //
                    withRun({"--channels", "nope"}, {"nope", "diffuse.R"}),                                 //
                    withRun({"--channels", "R,G,B,nope.*"}, {"nope.*"}),                                    //
                    withRun({"--frames", "1-"}, {"1-"}),                                                    //
                    withRun({"--frames", "abc"}, {"abc"}),                                                  //
                    withRun({"--frames", "100-200"}, {"100-200"}),                                          //
                    withRun({"--threads", "-1"}, {"--threads"}),                                            //
                    withRun({"--threads", "two"}, {"--threads", "two"}),                                    //
                    withRun({"--progress", "loud"}, {"--progress", "loud", "openjd"}),                      //
                    withRun({"--model"}, {"--model"})),
    [](const auto& info) {
        std::string name;
        for (const std::string& word : info.param.arguments)
            for (const char c : word + "_")
                if (std::isalnum(static_cast<unsigned char>(c)) || c == '_')
                    name += c;
        return "N" + std::to_string(info.index) + "_" + name;
    });

TEST_F(CommandLine, ANameWithControlCharactersStaysOnOneLine) {
    expectOneError(runCommand({"run", "no\nsuch\x1b[31mfolder", "-o", out().string()}), 2,
                   {"no\\x0asuch\\x1b[31mfolder"});
}

TEST_F(CommandLine, ADryRunWritesNothing) {
    writeKeys(keys(), {1, 3, 7, 30});
    const auto before = contentsOf(folder_.path());
    for (const Arguments& arguments :
         {Arguments{"run", keys().string(), "-o", out().string(), "--dry-run"},
          Arguments{"run", keys().string(), "--dry-run"}, Arguments{"info", keys().string()}}) {
        const Outcome outcome = runCommand(arguments);
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_THAT(outcome.out,
                    AllOf(HasSubstr("would make: 4 frames (2,4-6)"), HasSubstr("keyframes: 4 (1,3,7,30)"),
                          HasSubstr("8-29"), HasSubstr("25 frames per second")));
    }
    EXPECT_EQ(changesOf(before, contentsOf(folder_.path())), Names{});
}

TEST_F(CommandLine, DryRunPrintsThePlanOfAPartAndWhatIsKept) {
    writeKeys(keys(), {1, 3, 5, 7});
    runWell({"--shard", "1/3"});
    EXPECT_THAT(run({"--shard", "2/3", "--dry-run"}).out, HasSubstr("would make: 1 frames (4)"));
    const Outcome whole = run({"--dry-run"});
    EXPECT_THAT(whole.out, AllOf(HasSubstr("would make: 2 frames (4,6)"),
                                 HasSubstr("would keep from before: 1 frames (2)"), HasSubstr("memory: ")));
}

TEST_F(CommandLine, InfoDescribesAFile) {
    writeKeys(keys(), {1});
    const Outcome outcome = runCommand({"info", key(1).string()});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("64x48"), HasSubstr("56x46 at (3, 1)"), HasSubstr("diffuse"),
                                   HasSubstr("uint"), HasSubstr("zip"), HasSubstr("scanline")));
}

TEST_F(CommandLine, InfoDescribesADeepFileAndRefusesWhatIsNoPicture) {
    fs::create_directories(keys());
    inbetween::test::writeDeepExrFile(key(1));
    const Outcome outcome = runCommand({"info", key(1).string()});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("deep"));
    writeBytes(key(3), "hello");
    expectOneError(runCommand({"info", key(3).string()}), 2, {key(3).string(), "not an OpenEXR file"});
}

TEST_F(CommandLine, ProgressLinesGoToStandardErrorInOrder) {
    writeKeys(keys(), {1, 3, 5});
    const Outcome outcome = run({"--threads", "2"});
    EXPECT_EQ(linesOf(outcome.err),
              (std::vector<std::string>{"2 frames to make", "[1/2] frame 2 done", "[2/2] frame 4 done"}));
    EXPECT_THAT(outcome.out, Not(HasSubstr("[1/2]")));
}

TEST_F(CommandLine, ProgressWithoutATerminalIsLinesWithoutCursorMovement) {
    writeKeys(keys(), {1, 3});
    for (const char* mode : {"auto", "bar"}) {
        const Outcome outcome = runCommand(
            {"run", keys().string(), "-o", out().string(), "--no-resume", "--progress", mode});
        EXPECT_THAT(linesOf(outcome.err), testing::ElementsAre("1 frames to make", "[1/1] frame 2 done"));
    }
}

TEST_F(CommandLine, ProgressForOpenJobDescriptionIsOnStandardOutput) {
    writeKeys(keys(), {1, 3, 5});
    const Outcome outcome = runCommand(
        {"run", keys().string(), "-o", out().string(), "--progress", "openjd"});
    EXPECT_EQ(outcome.exitCode, 0);
    EXPECT_EQ(outcome.err, "");
    const std::vector<std::string> lines = linesOf(outcome.out);
    for (const std::string& line : lines)
        EXPECT_THAT(line, testing::AnyOf(StartsWith("openjd_progress: "), StartsWith("openjd_status: ")));
    EXPECT_THAT(lines, testing::Contains("openjd_progress: 50.0"));
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines.back(), "openjd_progress: 100.0");
}

TEST_F(CommandLine, ProgressNoneKeepsTheSummaryAndQuietNothing) {
    writeKeys(keys(), {1, 3});
    const Outcome none = runCommand({"run", keys().string(), "-o", out().string(), "--progress", "none"});
    EXPECT_EQ(none.err, "");
    EXPECT_THAT(none.out, HasSubstr("1 frames made"));
    const Outcome quiet = runCommand({"run", keys().string(), "-o", out().string(), "-q", "--no-resume"});
    EXPECT_EQ(quiet.err + quiet.out, "");
    EXPECT_EQ(quiet.exitCode, 0);
}

TEST_F(CommandLine, AClosedPipeDoesNotSpoilTheRun) {
    writeKeys(keys(), {1, 3});
    Process process;
    process.program = "/bin/sh";
    process.arguments = {"-c",
                         "\"$1\" run \"$2\" -o \"$3\" --progress openjd | true",
                         "sh",
                         INBETWEEN_COMMAND,
                         keys().string(),
                         out().string()};
    EXPECT_EQ(start(process).signal, 0);
    const Outcome again = run();
    EXPECT_EQ(again.exitCode, 0) << again.err;
    EXPECT_TRUE(fs::exists(made(2)));
}

} // namespace
