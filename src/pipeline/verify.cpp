#include "inbetween/verify.h"

#include "base/parallel.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/manifest.h"
#include "inbetween/shard.h"
#include "pipeline/frame_check.h"

#include <fmt/format.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>

namespace inbetween {
namespace fs = std::filesystem;
namespace {

std::vector<Manifest> manifestsOf(const fs::path& out) {
    const fs::path whole = out / "manifest.json";
    std::vector<fs::path> files = shardManifests(out);
    if (fs::exists(whole) || files.empty())
        files = {whole};
    std::vector<Manifest> manifests;
    for (const fs::path& file : files)
        manifests.push_back(readManifest(file));
    return manifests;
}

std::string differenceOf(const fs::path& out, const ManifestFrame& frame, const Manifest& manifest) {
    const fs::path file = out / frame.path;
    const std::size_t limit = manifest.settings.maxPixels ? manifest.settings.maxPixels
                                                          : ReadOptions().maxPixels;
    if (const std::string why = companionsDiffer(out, frame, limit); !why.empty())
        return why;
    if (frame.status == FrameStatus::rendered) // whose pixel hash is of the channels that were chosen
        return bytesDiffer(file, frame);
    const std::string pixels = pixelsDiffer(file, frame, limit);
    return pixels.empty() ? bytesDiffer(file, frame) : pixels;
}

} // namespace

VerifyResult verify(const VerifyOptions& options) {
    const std::vector<Manifest> manifests = manifestsOf(options.out);
    VerifyResult result;
    struct Check {
        const Manifest* manifest;
        const ManifestFrame* frame;
        std::string difference;
    };
    std::vector<Check> checks;
    for (const Manifest& manifest : manifests)
        for (const ManifestFrame& frame : manifest.frames) {
            std::error_code ignored;
            if (frame.status != FrameStatus::complete && frame.status != FrameStatus::rendered)
                ++result.notMade;
            else if (!manifest.settings.keepFrames && !fs::exists(options.out / frame.path, ignored))
                ++result.notKept;
            else
                checks.push_back({&manifest, &frame, {}});
        }
    tbb::task_arena(options.threads > 0 ? options.threads : tbb::info::default_concurrency()).execute([&] {
        parallelRows(
            int(checks.size()),
            [&](int i) {
                Check& check = checks[std::size_t(i)];
                check.difference = differenceOf(options.out, *check.frame, *check.manifest);
            },
            1);
    });
    for (const Check& check : checks)
        if (check.difference.empty())
            ++result.verified;
        else
            result.differing.push_back(fmt::format("frame {}: {}", check.frame->frame, check.difference));
    return result;
}

} // namespace inbetween
