// Runs a real program on real files, without a shell.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

struct Process {
    std::string program = INBETWEEN_COMMAND;
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment; // on top of this process's own
    std::filesystem::path folder;                   // to run in; empty: this process's own
    std::optional<long> maxFileBytes;   // a write beyond this fails, or kills where `dieOnLargeFile`
    bool dieOnLargeFile = false;        // SIGXFSZ as usual: death in the middle of a write
    bool obeyPermissions = false;       // as root too: file modes count
    std::optional<long> maxMemoryBytes; // of address space
    std::optional<std::chrono::microseconds> killAfter; // SIGKILL after so long
    int killAfterLines = -1;                            // SIGKILL once standard error has so many lines
    int killWith = 9;                                   // the signal instead of SIGKILL
    int killAfterChanges = -1; // SIGKILL once so many files came, went or were renamed in `watched`
    std::filesystem::path watched;
};

struct Outcome {
    int exitCode = -1; // -1: ended by `signal`
    int signal = 0;
    std::string out, err;
};

// Throws std::runtime_error where the program cannot be started.
Outcome start(const Process& process);
Outcome runCommand(std::vector<std::string> arguments);

std::vector<std::string> linesOf(const std::string& text);
