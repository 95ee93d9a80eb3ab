#include "report/picture.h"

#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "inbetween/view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <webp/encode.h>

namespace inbetween {
namespace {

namespace fs = std::filesystem;

std::string base64(const std::vector<unsigned char>& bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        unsigned triple = 0;
        for (std::size_t k = 0; k < 3; ++k)
            triple = triple << 8 | (k < count ? bytes[i + k] : 0u);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= count ? letters[triple >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

// Only the channels that make the picture are decoded: a frame may hold dozens.
Image readColour(const fs::path& file) {
    Image outline;
    for (const ExrInfo::PartInfo& info : readExrInfo(file).parts) {
        Part part{info.name, info.view, info.dataWindow, {}, nullptr};
        for (const ExrInfo::ChannelInfo& channel : info.channels)
            part.channels.push_back(
                {channel.name, channel.type, channel.xSampling, channel.ySampling, false, {}});
        outline.parts.push_back(std::move(part));
    }
    const ChannelRoles roles = findRoles(outline);
    ReadOptions options;
    for (const ChannelRef ref : {roles.red, roles.green, roles.blue})
        if (ref)
            options.channels.push_back(outline.parts[ref.part].channels[ref.channel].name);
    return readExr(file, options);
}

cv::Mat wrap(Plane& plane) {
    return cv::Mat(plane.height, plane.width, CV_32F, plane.values.data());
}

// Means over the pixels that become one; in linear, as a lens would.
cv::Mat resized(Plane plane, cv::Size size) {
    for (float& value : plane.values)
        value = std::isnan(value) ? 0.0f : std::clamp(value, 0.0f, 1e4f);
    cv::Mat small;
    cv::resize(wrap(plane), small, size, 0, 0, cv::INTER_AREA);
    return small;
}

cv::Size sizeWithin(double width, double height, int mostWidth) {
    const double scale = std::min(1.0, mostWidth / width);
    return {std::max(1, int(std::lround(width * scale))), std::max(1, int(std::lround(height * scale)))};
}

cv::Mat toBytes(const cv::Mat& unit) {
    cv::Mat bytes;
    unit.convertTo(bytes, CV_8U, 255.0);
    return bytes;
}

} // namespace

float pictureCurve(float linear) {
    constexpr float knee = 0.8f, rest = 1 - knee;
    if (linear > knee) {
        const float over = (linear - knee) / rest;
        linear = knee + rest * over / (1 + over);
    }
    return displayCurve(linear);
}

cv::Mat shrinkTo(const cv::Mat& picture, int width) {
    if (picture.cols <= width)
        return picture;
    cv::Mat small;
    cv::resize(picture, small, sizeWithin(picture.cols, picture.rows, width), 0, 0, cv::INTER_AREA);
    return small;
}

cv::Mat readPicture(const fs::path& file, int width, ShownFrame* frame) {
    const Image image = readColour(file);
    const ChannelRoles roles = findRoles(image);
    if (!roles.red || !roles.green || !roles.blue)
        throw Error(ErrorKind::input, fmt::format("{}: has no colour to show (R, G, B)", file.string()));
    const Box& window = image.displayWindow;
    const float aspect = pixelAspectOf(image);
    if (frame)
        *frame = {window, aspect};
    ColourPlanes linear = linearBeauty(image, roles, window);
    const cv::Size size = sizeWithin(double(aspect) * inbetween::width(window), height(window), width);
    std::array<cv::Mat, 3> planes{resized(std::move(linear.b), size), resized(std::move(linear.g), size),
                                  resized(std::move(linear.r), size)};
    for (cv::Mat& plane : planes) {
        std::for_each(plane.begin<float>(), plane.end<float>(),
                      [](float& value) { value = pictureCurve(value); });
        plane = toBytes(plane);
    }
    cv::Mat picture;
    cv::merge(planes.data(), planes.size(), picture);
    return picture;
}

cv::Mat readMap(const fs::path& file, const std::vector<std::string>& channels, int width) {
    const Image image = readExr(file, {.channels = channels});
    const Part& part = image.parts.front();
    cv::Mat sum;
    for (const Channel& channel : part.channels) {
        const Box& window = image.displayWindow;
        const cv::Mat plane = resized(planeOnCanvas(part, channel, window),
                                      sizeWithin(inbetween::width(window), height(window), width));
        if (sum.empty())
            sum = plane;
        else
            sum += plane;
    }
    return toBytes(cv::min(sum / (mapTop * double(part.channels.size())), 1.0));
}

// By libwebp itself: OpenCV's imgcodecs brings the readers of every other format, and 50 ms to load them.
std::string encodePicture(const cv::Mat& picture, int quality) {
    cv::Mat colour = picture;
    if (picture.channels() == 1)
        cv::cvtColor(picture, colour, cv::COLOR_GRAY2BGR);
    std::uint8_t* encoded = nullptr;
    const std::size_t size = WebPEncodeBGR(colour.data, colour.cols, colour.rows, int(colour.step),
                                           float(quality), &encoded);
    const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> owner(encoded, &WebPFree);
    if (size == 0)
        throw Error(ErrorKind::output, fmt::format("a picture of {}x{} could not be encoded as WebP",
                                                   picture.cols, picture.rows));
    return base64(std::vector<unsigned char>(encoded, encoded + size));
}

} // namespace inbetween
