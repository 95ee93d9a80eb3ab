#include "preview/picture.h"

#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "inbetween/view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

namespace inbetween {
namespace {

cv::Size sizeWithin(const std::filesystem::path& file, const Box& window, float pixelAspect, int width) {
    constexpr std::int64_t mostPixels = std::int64_t(1) << 28;
    const std::int64_t w = std::int64_t(window.max.x) - window.min.x + 1,
                       h = std::int64_t(window.max.y) - window.min.y + 1;
    const double shownWidth = double(pixelAspect) * double(w);
    if (w > mostPixels || h > mostPixels || std::max(double(w), shownWidth) * double(h) > double(mostPixels))
        throw Error(ErrorKind::input,
                    fmt::format("{}: a display window of {}x{} is too large to show", file.string(), w, h));
    const double scale = width > 0 ? std::min(1.0, width / shownWidth) : 1.0;
    return {std::max(1, int(std::lround(shownWidth * scale))),
            std::max(1, int(std::lround(double(h) * scale)))};
}

// Clamped to what can be shown before pixels are averaged, so that a firefly does not outshine its
// neighbours.
cv::Mat toDisplay(Plane plane, float gain, cv::Size size) {
    for (float& value : plane.values)
        value = std::isnan(value) ? 0.0f : std::clamp(value * gain, 0.0f, 1.0f);
    const cv::Mat full(plane.height, plane.width, CV_32F, plane.values.data());
    cv::Mat small, bytes(size, CV_8U);
    cv::resize(full, small, size, 0, 0, cv::INTER_AREA);
    std::transform(small.begin<float>(), small.end<float>(), bytes.begin<unsigned char>(), [](float linear) {
        return static_cast<unsigned char>(std::lround(255 * displayCurve(linear)));
    });
    return bytes;
}

} // namespace

cv::Mat readPreviewPicture(const std::filesystem::path& file, float gain, int width) {
    const Image image = readExr(file);
    const ChannelRoles roles = findRoles(image);
    if (!roles.red || !roles.green || !roles.blue)
        throw Error(ErrorKind::input, fmt::format("{}: has no colour to show (R, G, B)", file.string()));
    const cv::Size size = sizeWithin(file, image.displayWindow, pixelAspectOf(image), width);
    ColourPlanes linear = linearBeauty(image, roles, image.displayWindow);
    const std::array planes{toDisplay(std::move(linear.b), gain, size),
                            toDisplay(std::move(linear.g), gain, size),
                            toDisplay(std::move(linear.r), gain, size)};
    cv::Mat bgr;
    cv::merge(planes.data(), planes.size(), bgr);
    return bgr;
}

cv::Size previewPictureSize(const std::filesystem::path& file, int width) {
    const ExrInfo info = readExrInfo(file);
    return sizeWithin(file, info.displayWindow, info.pixelAspect, width);
}

cv::Size evenSize(cv::Size size) {
    return {size.width + size.width % 2, size.height + size.height % 2};
}

cv::Mat padToEven(const cv::Mat& bgr) {
    const cv::Size even = evenSize(bgr.size());
    if (even == bgr.size())
        return bgr;
    cv::Mat padded;
    cv::copyMakeBorder(bgr, padded, 0, even.height - bgr.rows, 0, even.width - bgr.cols,
                       cv::BORDER_REPLICATE);
    return padded;
}

} // namespace inbetween
