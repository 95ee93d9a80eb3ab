#include "inbetween/shard.h"

#include "inbetween/error.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view manifestSuffix = ".manifest.json";
constexpr int mostShards = 100000;

// "A<between>B" and nothing else; false where it is not that.
bool readPair(std::string_view text, std::string_view between, int& a, int& b) {
    const std::size_t at = text.find(between);
    if (at == std::string_view::npos)
        return false;
    const auto whole = [](std::string_view digits, int& value) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc() && end == digits.data() + digits.size();
    };
    return whole(text.substr(0, at), a) && whole(text.substr(at + between.size()), b);
}

} // namespace

std::string ShotPart::name() const {
    if (count > 0)
        return fmt::format("{:03}-of-{:03}", index, count);
    // A long list becomes its ends: a file name has an end.
    std::string list = formatFrameList(frames);
    if (list.size() > 100)
        list = fmt::format("{}-to-{}-{}-frames", frames.front(), frames.back(), frames.size());
    return "gaps-" + list;
}

ShotPart parseShard(const std::string& text) {
    ShotPart part;
    if (!readPair(text, "/", part.index, part.count))
        throw Error(ErrorKind::usage,
                    fmt::format("--shard: '{}' is not a shard; write 3/16 for the third of sixteen", text));
    if (part.count < 1 || part.count > mostShards || part.index < 1 || part.index > part.count)
        throw Error(ErrorKind::usage,
                    fmt::format("--shard: there is no shard {} of {}; the first is 1/{} and the last {}/{}",
                                part.index, part.count, std::clamp(part.count, 1, mostShards),
                                std::clamp(part.count, 1, mostShards),
                                std::clamp(part.count, 1, mostShards)));
    return part;
}

ShotPart parseGaps(const std::string& text) {
    ShotPart part;
    try {
        part.frames = parseFrameList(text);
    } catch (const Error& error) {
        throw Error(ErrorKind::usage, fmt::format("--gaps: {}", error.what()));
    }
    if (part.frames.empty())
        throw Error(ErrorKind::usage, "--gaps: a range of frames is needed, such as 120-160");
    return part;
}

ShotPart shardFromName(const std::string& name) {
    ShotPart part;
    const bool known = readPair(name, "-of-", part.index, part.count) && part.count >= 1 &&
                       part.count <= mostShards && part.index >= 1 && part.index <= part.count;
    return known ? part : ShotPart{};
}

std::set<int> gapsOf(const Sequence& sequence, const ShotPart& part) {
    std::set<int> chosen;
    std::int64_t all = 0;
    for (const Gap& gap : sequence.gaps)
        all += std::int64_t(gap.missing.size());
    auto bridged = sequence.gaps.begin();
    std::int64_t before = 0;
    const std::vector<int> bounds = sequence.bounds();
    for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
        const int key0 = bounds[i], key1 = bounds[i + 1];
        std::int64_t missing = 0; // to make; none in a gap that is not filled
        if (bridged != sequence.gaps.end() && bridged->key0 == key0)
            missing = std::int64_t((bridged++)->missing.size());
        bool belongs = part.whole();
        if (part.count > 0) {
            // The shard in which the middle of the gap's frames falls.
            const std::int64_t shard = all > 0 ? (2 * before + missing) * part.count / (2 * all) : 0;
            belongs = std::min<std::int64_t>(shard, part.count - 1) == part.index - 1;
        } else if (!part.frames.empty()) {
            const auto first = std::upper_bound(part.frames.begin(), part.frames.end(), key0);
            belongs = first != part.frames.end() && *first < key1;
        }
        if (belongs)
            chosen.insert(key0);
        before += missing;
    }
    return chosen;
}

fs::path manifestPath(const fs::path& out, const ShotPart& part) {
    return part.whole() ? out / "manifest.json"
                        : out / shardFolder / (part.name() + std::string(manifestSuffix));
}

std::vector<fs::path> shardManifests(const fs::path& out) {
    std::vector<fs::path> manifests;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(out / shardFolder, error)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(manifestSuffix) && name.front() != '.')
            manifests.push_back(entry.path());
    }
    std::sort(manifests.begin(), manifests.end());
    return manifests;
}

std::string partName(const fs::path& manifest) {
    const std::string name = manifest.filename().string();
    return name.substr(0, name.size() - std::min(name.size(), manifestSuffix.size()));
}

} // namespace inbetween
