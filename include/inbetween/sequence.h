// Which frames of a shot exist, which are missing, and what can be made from what.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace inbetween {

// How the files of a sequence are named: directory / (prefix + zero-padded number + suffix).
struct FramePattern {
    std::filesystem::path directory;
    std::string prefix; // "shot."
    std::string suffix; // ".exr"
    int padding = 4;    // digits, at least; 1 means none

    std::filesystem::path path(int frame) const;
    std::string text()
        const; // "shot.####.exr", for messages and the manifest ("%04d" form where padding is not 4)
    bool operator==(const FramePattern&) const = default;
};

struct SequenceFrame {
    int number = 0;
    std::filesystem::path path;
};

// Two neighbouring keyframes and the frame numbers to make between them.
struct Gap {
    int key0 = 0, key1 = 0;
    std::vector<int> missing; // strictly between, ascending
};

struct SequenceProblem {
    enum class Kind { doubled, gapTooLarge, unreadable, otherSize, otherChannels, askedForButMissing };
    Kind kind;
    int frame = 0; // the frame it is about; the first missing one for gapTooLarge, askedForButMissing
    std::filesystem::path path; // may be empty
    std::string message;        // one line, ready to show
};

struct Sequence {
    FramePattern pattern;
    std::vector<SequenceFrame> keyframes;  // ascending, numbers unique
    std::vector<Gap> gaps;                 // ascending, only those within maxGap
    std::vector<SequenceProblem> problems; // ascending by frame
    int maxGap = 16;                       // from SequenceOptions

    const SequenceFrame* find(int number) const;
};

struct SequenceOptions {
    int maxGap = 16;                   // greatest distance of two keyframes (in frames) that is bridged
    std::optional<std::string> frames; // "1-10x2,12": only these keyframes; empty means all
};

// `what` is a folder, or a pattern: shot.####.exr (#### is four digits; other counts of # are that many
// digits), shot.%04d.exr, shot.@@@@.exr (each @ is a digit). In a folder with several sequences the only one
// with two or more frames is taken; where that is not clear, an Error lists what there is. Throws
// Error(input): no such folder, no permission, no frames, one frame only, several sequences.
Sequence findSequence(const std::string& what, const SequenceOptions& options = {});

// Makes `gaps`, and the problems of kind gapTooLarge, anew from `keyframes` and `maxGap`.
void findGaps(Sequence& sequence);

struct ReadOptions; // exr.h

// Reads the header of every keyframe (no pixels). One that cannot be read with `options`, or whose display
// window or channel names are not those of most keyframes, becomes a problem and is no keyframe any more; the
// gaps are made anew across it, so its number is among the missing ones. Throws Error(input) where fewer than
// two keyframes are left.
Sequence checkKeyframes(Sequence sequence, const ReadOptions& options);

// "1-10x2,12,20-22" to ascending unique numbers; negative numbers are read too ("-5--1"). Throws
// Error(usage).
std::vector<int> parseFrameList(const std::string& text);
// The form that farms take: "12,18-19".
std::string formatFrameList(const std::vector<int>& ascending);

} // namespace inbetween
