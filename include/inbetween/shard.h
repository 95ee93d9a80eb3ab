// A part of a shot: what one task of a farm makes.
#pragma once

#include "inbetween/sequence.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace inbetween {

// The whole shot, or the shard `index` of `count`, or the gaps that hold any of `frames`.
struct ShotPart {
    int index = 0, count = 0; // 1 <= index <= count; count 0: not a shard
    std::vector<int> frames;  // ascending

    bool whole() const { return count == 0 && frames.empty(); }
    std::string name() const; // "003-of-016", "gaps-120-160"; of the part's files
};

// "3/16". Throws Error(usage).
ShotPart parseShard(const std::string& text);
// "120-160" or a list as parseFrameList reads it. Throws Error(usage).
ShotPart parseGaps(const std::string& text);
// A shard's name() back to the shard; whole() for any other text.
ShotPart shardFromName(const std::string& name);

// The gaps of the part, each by the keyframe (or unusable one, Sequence::bounds()) before it; those that are
// not filled among them.
// Shards are blocks of neighbouring gaps with about as many missing frames each; they follow from the
// sequence alone, and every gap is in exactly one.
std::set<int> gapsOf(const Sequence& sequence, const ShotPart& part);

// Where a part's manifest lies: OUT/shards/NAME.manifest.json. Its frames' paths are relative to OUT, as in
// the manifest of the whole shot, which is OUT/manifest.json.
inline constexpr const char* shardFolder = "shards";
std::filesystem::path manifestPath(const std::filesystem::path& out, const ShotPart& part);
// Every OUT/shards/*.manifest.json, by name; empty where there is none.
std::vector<std::filesystem::path> shardManifests(const std::filesystem::path& out);
// The name() that a shard's manifest was given.
std::string partName(const std::filesystem::path& manifest);

} // namespace inbetween
