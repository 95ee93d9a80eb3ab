#include "flip.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

namespace quality {

using inbetween::ColourPlanes;
using inbetween::displayCurve;
using inbetween::Plane;

namespace {

using Vec3 = cv::Vec3d;

// Of the paper: exponents and break point of the colour error, exponent and width of the feature error.
constexpr double qc = 0.7, pc = 0.4, pt = 0.95, qf = 0.5, featureWidthDegrees = 0.082;
constexpr double pi = 3.14159265358979323846;

// Linear RGB with sRGB's primaries and white, to XYZ.
const cv::Matx33d rgbToXyz(10135552 / 24577794.0, 8788810 / 24577794.0, 4435075 / 24577794.0, //
                           2613072 / 12288897.0, 8788810 / 12288897.0, 887015 / 12288897.0,   //
                           1425312 / 73733382.0, 8788810 / 73733382.0, 70074185 / 73733382.0);
const cv::Matx33d xyzToRgb = rgbToXyz.inv();
const Vec3 whiteXyz = rgbToXyz * Vec3(1, 1, 1);

Vec3 toYCxCz(const Vec3& rgb) {
    const Vec3 xyz = rgbToXyz * rgb;
    const double x = xyz[0] / whiteXyz[0], y = xyz[1] / whiteXyz[1], z = xyz[2] / whiteXyz[2];
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

Vec3 fromYCxCz(const Vec3& c) {
    const double y = (c[0] + 16) / 116, x = y + c[1] / 500, z = y - c[2] / 200;
    return xyzToRgb * Vec3(x * whiteXyz[0], y * whiteXyz[1], z * whiteXyz[2]);
}

// CIELAB with Hunt's adjustment: colours seem less vivid where it is dark.
Vec3 toHuntLab(const Vec3& rgb) {
    const Vec3 xyz = rgbToXyz * rgb;
    const auto curve = [](double t) {
        constexpr double delta = 6.0 / 29;
        return t > delta * delta * delta ? std::cbrt(t) : t / (3 * delta * delta) + 4.0 / 29;
    };
    const double x = curve(xyz[0] / whiteXyz[0]), y = curve(xyz[1] / whiteXyz[1]),
                 z = curve(xyz[2] / whiteXyz[2]);
    const double l = 116 * y - 16;
    return {l, 0.01 * l * 500 * (x - y), 0.01 * l * 200 * (y - z)};
}

double hyab(const Vec3& a, const Vec3& b) {
    return std::abs(a[0] - b[0]) + std::hypot(a[1] - b[1], a[2] - b[2]);
}

cv::Mat_<Vec3> displayYCxCz(const ColourPlanes& linear) {
    // The inverse of displayCurve: what the display emits.
    const auto emitted = [](float value) {
        const double v = displayCurve(value);
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    cv::Mat_<Vec3> result(linear.r.height, linear.r.width);
    for (int y = 0; y < result.rows; ++y)
        for (int x = 0; x < result.cols; ++x)
            result(y, x) = toYCxCz(
                {emitted(linear.r.at(x, y)), emitted(linear.g.at(x, y)), emitted(linear.b.at(x, y))});
    return result;
}

// One Gaussian of a contrast sensitivity function: amplitude a, scale b.
struct Sensitivity {
    double a, b;
};

int sensitivityRadius(double pixelsPerDegree) {
    constexpr double widest = 0.04; // the greatest b of all channels
    return int(std::ceil(3 * std::sqrt(widest / (2 * pi * pi)) * pixelsPerDegree));
}

cv::Mat blurred(const cv::Mat& plane, std::initializer_list<Sensitivity> gaussians, double pixelsPerDegree) {
    const int r = sensitivityRadius(pixelsPerDegree);
    cv::Mat sum = cv::Mat::zeros(plane.size(), CV_64F);
    double total = 0;
    for (const Sensitivity& gaussian : gaussians) {
        std::vector<double> kernel;
        for (int x = -r; x <= r; ++x)
            kernel.push_back(std::exp(-pi * pi * x * x / (pixelsPerDegree * pixelsPerDegree) / gaussian.b));
        const double weight = std::accumulate(kernel.begin(), kernel.end(), 0.0);
        const double amplitude = gaussian.a * std::sqrt(pi / gaussian.b);
        cv::Mat part;
        cv::sepFilter2D(plane, part, CV_64F, kernel, kernel, cv::Point(-1, -1), 0, cv::BORDER_REPLICATE);
        sum += amplitude * part;
        total += amplitude * weight * weight;
    }
    return sum / total;
}

// What the eye resolves, as Hunt-adjusted Lab.
cv::Mat_<Vec3> perceived(const cv::Mat_<Vec3>& ycxcz, double pixelsPerDegree) {
    std::vector<cv::Mat> planes;
    cv::split(ycxcz, planes);
    planes[0] = blurred(planes[0], {{1, 0.0047}}, pixelsPerDegree);
    planes[1] = blurred(planes[1], {{1, 0.0053}}, pixelsPerDegree);
    planes[2] = blurred(planes[2], {{34.1, 0.04}, {13.5, 0.025}}, pixelsPerDegree);
    cv::Mat_<Vec3> result;
    cv::merge(planes, result);
    for (Vec3& c : result) {
        Vec3 rgb = fromYCxCz(c);
        for (int k = 0; k < 3; ++k)
            rgb[k] = std::clamp(rgb[k], 0.0, 1.0);
        c = toHuntLab(rgb);
    }
    return result;
}

double colourError(const Vec3& a, const Vec3& b) {
    static const double most = std::pow(hyab(toHuntLab({0, 1, 0}), toHuntLab({0, 0, 1})), qc);
    const double error = std::pow(hyab(a, b), qc), knee = pc * most;
    return error < knee ? pt / knee * error : pt + (error - knee) / (most - knee) * (1 - pt);
}

// Strength of edges and of points in a luminance picture of [0, 1].
struct Features {
    cv::Mat edges, points;
};

Features features(const cv::Mat_<Vec3>& ycxcz, double pixelsPerDegree) {
    cv::Mat luminance;
    cv::extractChannel(ycxcz, luminance, 0);
    luminance = (luminance + 16) / 116;
    const double sigma = 0.5 * featureWidthDegrees * pixelsPerDegree;
    const int r = int(std::ceil(3 * sigma));
    std::vector<double> gauss, first, second;
    for (int x = -r; x <= r; ++x) {
        gauss.push_back(std::exp(-x * x / (2 * sigma * sigma)));
        first.push_back(-x * gauss.back());
        second.push_back((x * x / (sigma * sigma) - 1) * gauss.back());
    }
    // Positive weights sum to 1, negative ones to -1.
    const auto normalise = [](std::vector<double>& kernel) {
        double positive = 0, negative = 0;
        for (double v : kernel)
            (v > 0 ? positive : negative) += v;
        for (double& v : kernel)
            v /= v > 0 ? positive : -negative;
    };
    const double sum = std::accumulate(gauss.begin(), gauss.end(), 0.0);
    for (double& v : gauss)
        v /= sum;
    normalise(first);
    normalise(second);
    const auto strength = [&](const std::vector<double>& across) {
        cv::Mat x, y, length;
        cv::sepFilter2D(luminance, x, CV_64F, across, gauss, cv::Point(-1, -1), 0, cv::BORDER_REPLICATE);
        cv::sepFilter2D(luminance, y, CV_64F, gauss, across, cv::Point(-1, -1), 0, cv::BORDER_REPLICATE);
        cv::magnitude(x, y, length);
        return length;
    };
    return {strength(first), strength(second)};
}

} // namespace

Plane flip(const ColourPlanes& linear, const ColourPlanes& reference, double pixelsPerDegree) {
    const int w = linear.r.width, h = linear.r.height;
    if (w < 1 || h < 1 || reference.r.width != w || reference.r.height != h)
        throw std::invalid_argument("flip: pictures of different sizes, or empty ones");
    const cv::Mat_<Vec3> a = displayYCxCz(linear), b = displayYCxCz(reference);
    const cv::Mat_<Vec3> seenA = perceived(a, pixelsPerDegree), seenB = perceived(b, pixelsPerDegree);
    const Features featuresA = features(a, pixelsPerDegree), featuresB = features(b, pixelsPerDegree);
    Plane result(w, h);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const double edges = std::abs(featuresA.edges.at<double>(y, x) -
                                          featuresB.edges.at<double>(y, x));
            const double points = std::abs(featuresA.points.at<double>(y, x) -
                                           featuresB.points.at<double>(y, x));
            const double feature = std::pow(std::max(edges, points) / std::sqrt(2.0), qf);
            result.at(x, y) = float(std::pow(colourError(seenA(y, x), seenB(y, x)), 1 - feature));
        }
    return result;
}

double meanFlip(const ColourPlanes& linear, const ColourPlanes& reference) {
    const Plane map = flip(linear, reference);
    return std::accumulate(map.values.begin(), map.values.end(), 0.0) / double(map.values.size());
}

} // namespace quality
