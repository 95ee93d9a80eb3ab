#include "preview/labels.h"
#include "preview/wipe.h"

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

using namespace inbetween;

namespace {

cv::Mat outside(const cv::Mat& bgr, const cv::Rect& box) {
    cv::Mat rest = bgr.clone();
    rest(box).setTo(cv::Scalar::all(0));
    return rest;
}

TEST(Labels, ChangeNoPixelOutsideTheirBox) {
    for (const cv::Size size : {cv::Size(1920, 1080), cv::Size(320, 180), cv::Size(16, 16), cv::Size(1, 1)})
        for (const Corner corner : {Corner::lowerLeft, Corner::lowerRight}) {
            const cv::Mat before(size, CV_8UC3, cv::Scalar(200, 120, 40));
            cv::Mat after = before.clone();
            const cv::Rect box = drawLabel(after, "42 generated, flagged", corner);
            EXPECT_EQ(cv::norm(outside(before, box), outside(after, box), cv::NORM_INF), 0) << size;
            EXPECT_EQ(box & cv::Rect({0, 0}, size), box) << size;
            if (size.width > 100) {
                EXPECT_LT(box.area(), size.area() / 6) << size;
                EXPECT_GT(cv::norm(before(box), after(box), cv::NORM_L1) / box.area(), 50) << size;
            }
        }
}

TEST(Labels, NoTextChangesNothing) {
    cv::Mat bgr(90, 160, CV_8UC3, cv::Scalar(1, 2, 3));
    EXPECT_TRUE(drawLabel(bgr, "", Corner::lowerLeft).empty());
    EXPECT_EQ(cv::norm(bgr, cv::Mat(90, 160, CV_8UC3, cv::Scalar(1, 2, 3)), cv::NORM_INF), 0);
}

TEST(Labels, SlatesOfAnyTextAndSize) {
    for (const cv::Size size : {cv::Size(640, 360), cv::Size(2, 2)})
        for (const std::string& text : {std::string("42 not rendered: cut between 41 and 43"), std::string(),
                                        std::string(3000, 'x'), std::string("\xc3\xa9t\xc3\xa9 \x01\n\xff")})
            EXPECT_EQ(slate(size, text).size(), size);
    EXPECT_GT(cv::norm(slate({640, 360}, "42"), slate({640, 360}, "43"), cv::NORM_L1), 0);
}

TEST(Wipe, SwingsToAndFro) {
    EXPECT_EQ(wipeColumn(0, 1000), 500);
    EXPECT_EQ(wipeColumn(1, 1000), 950);
    EXPECT_EQ(wipeColumn(3, 1000), 50);
    cv::Mat bgr(10, 100, CV_8UC3, cv::Scalar::all(10));
    wipe(bgr, cv::Mat(10, 100, CV_8UC3, cv::Scalar::all(20)), 50);
    EXPECT_EQ(bgr.at<cv::Vec3b>(5, 49), cv::Vec3b::all(10));
    EXPECT_EQ(bgr.at<cv::Vec3b>(5, 50), cv::Vec3b(0, 160, 255));
    EXPECT_EQ(bgr.at<cv::Vec3b>(5, 51), cv::Vec3b::all(20));
}

} // namespace
