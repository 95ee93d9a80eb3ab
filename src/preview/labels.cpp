#include "preview/labels.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <sstream>
#include <vector>

namespace inbetween {
namespace {

constexpr int font = cv::FONT_HERSHEY_SIMPLEX;
constexpr double boxOpacity = 0.75;
const cv::Scalar white(255, 255, 255), slateGrey(72, 64, 60);

// Hershey letters are 21 units high at scale 1 and know ASCII only.
struct Lettering {
    double scale;
    int thickness;

    explicit Lettering(int letterHeight)
        : scale(letterHeight / 21.0), thickness(std::max(1, letterHeight / 11)) {}
    cv::Size size(const std::string& text) const {
        return cv::getTextSize(text, font, scale, thickness, nullptr);
    }
    void draw(cv::Mat& bgr, const std::string& text, cv::Point baseline) const {
        cv::putText(bgr, text, baseline, font, scale, white, thickness, cv::LINE_AA);
    }
};

int letterHeightFor(cv::Size picture) {
    return std::clamp(std::min(picture.height / 36, picture.width / 48), 9, 48);
}

std::string ascii(const std::string& text) {
    std::string out;
    for (const unsigned char c : text)
        if (c < 0x80)
            out += c >= 0x20 ? char(c) : ' ';
        else if (c >= 0xc0) // the first byte of a longer character
            out += '?';
    return out;
}

std::vector<std::string> wrap(const std::string& text, const Lettering& lettering, int width) {
    std::vector<std::string> lines;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        const std::string longer = lines.empty() ? word : lines.back() + " " + word;
        if (!lines.empty() && lettering.size(longer).width <= width)
            lines.back() = longer;
        else
            lines.push_back(word);
        // A word that is longer than a line, such as a path, is cut where it must be.
        while (lines.back().size() > 1 && lettering.size(lines.back()).width > width) {
            const std::string& line = lines.back();
            // Letters are about equally wide: a first guess, from above.
            std::size_t fits = std::min(line.size() - 1,
                                        line.size() * 2 * std::size_t(width) / lettering.size(line).width +
                                            1);
            while (fits > 1 && lettering.size(line.substr(0, fits)).width > width)
                --fits;
            std::string rest = line.substr(fits);
            lines.back().resize(fits);
            lines.push_back(std::move(rest));
        }
    }
    return lines;
}

} // namespace

cv::Rect drawLabel(cv::Mat& bgr, const std::string& text, Corner corner) {
    if (text.empty())
        return {};
    const int letterHeight = letterHeightFor(bgr.size()), margin = letterHeight / 2;
    const Lettering lettering(letterHeight);
    const std::string line = ascii(text);
    const cv::Size size = lettering.size(line) + cv::Size(2 * margin, 2 * margin + letterHeight / 3);
    const int left = corner == Corner::lowerLeft ? margin : bgr.cols - margin - size.width;
    const cv::Rect box = cv::Rect({left, bgr.rows - margin - size.height}, size) &
                         cv::Rect({0, 0}, bgr.size());
    cv::Mat inside = bgr(box);
    inside.convertTo(inside, -1, 1 - boxOpacity);
    lettering.draw(inside, line, {margin, margin + lettering.size(line).height});
    return box;
}

cv::Mat slate(cv::Size size, const std::string& text) {
    constexpr int leastLetterHeight = 6;
    constexpr std::size_t mostLetters = 400;
    cv::Mat bgr(size, CV_8UC3, slateGrey);
    const std::string words = ascii(text).substr(0, mostLetters);
    // Smaller letters for a long text, such as an error with a path.
    for (int letterHeight = letterHeightFor(size) * 4 / 3;; --letterHeight) {
        const int lineHeight = letterHeight * 2;
        const Lettering lettering(letterHeight);
        const std::vector<std::string> lines = wrap(words, lettering, size.width * 9 / 10);
        const int height = int(lines.size()) * lineHeight;
        if (height > size.height && letterHeight > leastLetterHeight)
            continue;
        int baseline = std::max(0, size.height - height) / 2 + letterHeight * 3 / 2;
        for (const std::string& line : lines) {
            lettering.draw(bgr, line, {(size.width - lettering.size(line).width) / 2, baseline});
            baseline += lineHeight;
        }
        return bgr;
    }
}

} // namespace inbetween
