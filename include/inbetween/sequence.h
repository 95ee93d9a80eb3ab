// Which frames of a shot exist, which are missing, and what can be made from what.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inbetween {

struct ExrInfo;     // exr.h
struct ReadOptions; // exr.h

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
    std::shared_ptr<const ExrInfo> header{}; // null until checkKeyframes() has read it
    // One for each of Sequence::companions; empty where the frame is not there.
    std::vector<std::filesystem::path> companions{};
};

// A sequence with other layers of the same frames, in files of their own: depth, vectors, Cryptomatte.
struct Companion {
    FramePattern pattern;
    std::string layer;  // what its name or folder says that the first sequence's does not: "depth"
    std::string folder; // below the output folder; empty where its files' names are its own

    std::filesystem::path outputPath(int frame) const; // relative to the output folder
};

// Two neighbouring keyframes and the frame numbers to make between them.
struct Gap {
    int key0 = 0, key1 = 0;
    std::vector<int> missing; // strictly between, ascending
};

// Two neighbouring keyframes between which frames are missing and cannot be made.
struct UnfilledGap {
    enum class Kind { tooLarge, keyframesDiffer, keyframeUnusable };
    Kind kind;
    int key0 = 0, key1 = 0; // for keyframeUnusable one of them is in Sequence::unusable
    std::string why;        // ready to show
};

struct SequenceProblem {
    enum class Kind {
        doubled,
        gapTooLarge,
        unreadable,
        otherSize,
        otherChannels,
        askedForButMissing,
        generated,
        vectors
    };
    Kind kind;
    int frame = 0;              // the frame it is about; the first one where it is about several; 0: the shot
    std::filesystem::path path; // may be empty
    std::string message;        // one line, ready to show
};

struct Sequence {
    FramePattern pattern;
    std::vector<Companion> companions;     // in the order in which they were given
    std::vector<SequenceFrame> keyframes;  // ascending, numbers unique
    std::vector<Gap> gaps;                 // ascending, only those that can be filled
    std::vector<UnfilledGap> unfilled;     // ascending, the others
    std::vector<SequenceProblem> problems; // ascending by frame
    std::vector<int> unusable;             // ascending: files that were left out, to be rendered again
    int maxGap = 16;                       // from SequenceOptions
    bool useGenerated = false;             // from SequenceOptions

    const SequenceFrame* find(int number) const;
    // The keyframes, and at both ends the unusable ones beyond them: the frames that bound a gap, ascending.
    std::vector<int> bounds() const;
};

struct SequenceOptions {
    int maxGap = 16;                   // greatest distance of two keyframes (in frames) that is bridged
    std::optional<std::string> frames; // "1-10x2,12": only these keyframes; empty means all
    bool useGenerated = false;         // frames that Inbetween generated count as keyframes, too
};

// `what` is a folder, or a pattern: shot.####.exr (#### is four digits; other counts of # are that many
// digits), shot.%04d.exr, shot.@@@@.exr (each @ is a digit). In a folder the frame number is the number in
// which the names differ: shot_0001_v02.exr, shot.0001.cam01.exr. Versions (v01, v02) and names in which only
// a camera or a pass differs are no shot. In a folder with several sequences the only one with two or more
// frames is taken; where that is not clear, an Error lists the patterns. Throws Error(input): no such folder,
// no permission, no frames, one frame only, several sequences.
Sequence findSequence(const std::string& what, const SequenceOptions& options = {});

// Finds the files of companions, each a folder or a pattern as for findSequence(), beside the keyframes.
// Throws Error(input) where one of them is no sequence, is given twice, or has none of the keyframes' frames.
void addCompanions(Sequence& sequence, const std::vector<std::string>& companions);

// Makes `gaps`, `unfilled`, and the problems of kind gapTooLarge, anew from `keyframes`, `unusable` and
// `maxGap`.
void findGaps(Sequence& sequence);

// Why nothing can be made between two keyframes: another display window, other channels. Empty where they
// agree, or where one of the headers is not known.
std::string difference(const SequenceFrame& key0, const SequenceFrame& key1);

// Reads the header of every keyframe (no pixels). Each pair decides for itself: gaps whose two keyframes
// differ are not filled. No keyframe any more, and a problem, is one
// - that Inbetween generated (unless Sequence::useGenerated);
// - that cannot be read with `options`;
// - whose display window or channels no other keyframe has, where the keyframes on both sides agree.
// The last two are `unusable`; the gaps are made anew across them, so their numbers are among the missing
// ones. Throws Error(input) where fewer than two keyframes are left.
Sequence checkKeyframes(Sequence sequence, const ReadOptions& options);

// "1-10x2,12,20-22" to ascending unique numbers; negative numbers are read too ("-5--1"). Throws
// Error(usage).
std::vector<int> parseFrameList(const std::string& text);
// The form that farms take: "12,18-19".
std::string formatFrameList(const std::vector<int>& ascending);

} // namespace inbetween
