#include "pipeline/risk_map_file.h"

#include "base/atomic_file.h"
#include "inbetween/exr.h"

#include <cstring>

namespace inbetween {
namespace {

Channel floatChannel(const char* name, const Plane& plane) {
    Channel channel;
    channel.name = name;
    channel.type = SampleType::float32;
    channel.samples.resize(plane.values.size() * sizeof(float));
    std::memcpy(channel.samples.data(), plane.values.data(), channel.samples.size());
    return channel;
}

} // namespace

std::filesystem::path riskMapPath(const std::filesystem::path& out, const std::string& frameFile) {
    return out / "risk" / frameFile;
}

void writeRiskMaps(const std::filesystem::path& path, const RiskMaps& maps, const Box& dataWindow,
                   const Box& displayWindow) {
    makeFolderWithin(path.parent_path().parent_path(), path.parent_path());
    Image image;
    image.displayWindow = displayWindow;
    Part part;
    part.dataWindow = dataWindow;
    // "Y" so that any viewer shows the predicted error at once.
    part.channels = {floatChannel("Y", maps.predictedError),
                     floatChannel("risk.angleStdCoarseRad", maps.angleStdCoarseRad),
                     floatChannel("risk.angleStdFineRad", maps.angleStdFineRad),
                     floatChannel("risk.angleStdRad", maps.angleStdRad),
                     floatChannel("risk.flowDifferencePx", maps.flowDifferencePx),
                     floatChannel("risk.forwardBackwardPx", maps.forwardBackwardPx),
                     floatChannel("risk.occlusion", maps.occlusion),
                     floatChannel("risk.structureDisagreement", maps.structureDisagreement),
                     floatChannel("risk.warpDisagreement", maps.warpDisagreement)};
    image.parts.push_back(std::move(part));
    WriteOptions options;
    options.compression = Compression::zip;
    options.depth = DepthPolicy::half;
    writeExr(path, image, options);
}

} // namespace inbetween
