#include "pipeline/frame_identity.h"

#include "base/hash.h"
#include "inbetween/error.h"
#include "inbetween/version.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

namespace inbetween {

namespace {

std::string textOf(const RoleOptions& roles) {
    return fmt::format("beauty {}; depth layer {}; vector layers {}; ids {}; passes {}", roles.beauty,
                       roles.depth, fmt::join(roles.vectors, ","), fmt::join(roles.identifiers, ","),
                       fmt::join(roles.passes, ","));
}

} // namespace

FileStamp FileStamp::of(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return {};
    return {status.st_dev, status.st_ino, std::uint64_t(status.st_size), status.st_mtim.tv_sec,
            status.st_mtim.tv_nsec};
}

std::string hashOfFiles(const SequenceFrame& key) {
    const std::string first = hashOfFile(key.path);
    if (key.companions.empty())
        return first;
    Hasher hasher;
    hasher.add(first);
    for (const std::filesystem::path& path : key.companions) {
        try {
            hasher.add(path.empty() ? "none" : hashOfFile(path));
        } catch (const Error&) {
            hasher.add("unreadable");
        }
    }
    return hasher.hex();
}

FileStamps stampsOf(const SequenceFrame& key) {
    FileStamps stamps{FileStamp::of(key.path)};
    for (const std::filesystem::path& path : key.companions)
        stamps.push_back(FileStamp::of(path));
    return stamps;
}

FrameIdentity::FrameIdentity(const RunOptions& options, const std::string& modelHash, Precision precision,
                             const std::string& instructionSet)
    // The verdict's threshold is not part of it: another threshold needs no new frames.
    : settings_(
          fmt::format("inbetween {}; model {}; precision {}; quality {}; {}; vectors {}; channels {}; {}; "
                      "compression {}; depth {}",
                      versionString(), modelHash, int(precision), int(options.quality), instructionSet,
                      options.vectors, fmt::join(options.read.channels, ","), textOf(options.roles),
                      int(options.write.compression), int(options.write.depth))) {}

std::string FrameIdentity::hash(const SequenceFrame& key0, const SequenceFrame& key1, int frame,
                                const std::vector<const SequenceFrame*>& beside,
                                const std::vector<RenderedRegion>& regions) const {
    Hasher hasher;
    hasher.add(settings_);
    hasher.add(fileHash(key0));
    hasher.add(fileHash(key1));
    hasher.add(fmt::format("{} {} {}", key0.number, key1.number, frame));
    for (const SequenceFrame* key : beside)
        hasher.add(key ? fmt::format("{} {}", key->number, fileHash(*key)) : "none");
    for (const RenderedRegion& region : regions) {
        hasher.add(hashOfFile(region.path));
        hasher.add(fmt::format("{} {} {} {}", region.box.min.x, region.box.min.y, region.box.max.x,
                               region.box.max.y));
    }
    return hasher.hex();
}

const std::string& FrameIdentity::fileHash(const SequenceFrame& key) const {
    const auto known = fileHashes_.find(key.number);
    return known != fileHashes_.end() ? known->second
                                      : fileHashes_.emplace(key.number, hashOfFiles(key)).first->second;
}

} // namespace inbetween
