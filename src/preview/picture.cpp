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

cv::Size sizeWithin(const std::filesystem::path& file, const Box& window, int width) {
    constexpr std::int64_t mostPixels = std::int64_t(1) << 28;
    const std::int64_t w = std::int64_t(window.max.x) - window.min.x + 1,
                       h = std::int64_t(window.max.y) - window.min.y + 1;
    if (w > mostPixels || h > mostPixels || w * h > mostPixels)
        throw Error(ErrorKind::input,
                    fmt::format("{}: a display window of {}x{} is too large to show", file.string(), w, h));
    const cv::Size full(inbetween::width(window), height(window));
    if (width <= 0 || full.width <= width)
        return full;
    return {width, std::max(1, int(std::lround(double(full.height) * width / full.width)))};
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
    const cv::Size size = sizeWithin(file, image.displayWindow, width);
    ColourPlanes linear = linearBeauty(image, roles, image.displayWindow);
    const std::array planes{toDisplay(std::move(linear.b), gain, size),
                            toDisplay(std::move(linear.g), gain, size),
                            toDisplay(std::move(linear.r), gain, size)};
    cv::Mat bgr;
    cv::merge(planes.data(), planes.size(), bgr);
    return bgr;
}

cv::Size previewPictureSize(const std::filesystem::path& file, int width) {
    return sizeWithin(file, readExrInfo(file).displayWindow, width);
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
