#include "inbetween/motion.h"

#include "base/parallel.h"
#include "inbetween/large_memory.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <tbb/parallel_invoke.h>

namespace inbetween {
namespace {

// DIS wants a pyramid of 8-pixel patches; smaller pictures are padded.
constexpr int leastSide = 64;

// From here on the finest level of the pyramid is left out beside renderer vectors, which show the detail: at 3840x2160 three
// shots are the better for it by 0.2 dB in the mean, and a pair is prepared 2.4 times faster. Alone it would cost 0.14 dB.
constexpr std::size_t largePixels = 8'000'000;

// The view's luma in eight bits; 1.5 leaves room for lights over white.
cv::Mat toGrey(const ColourPlanes& view) {
    const int w = view.r.width, h = view.r.height;
    cv::Mat grey(h, w, CV_8UC1);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const float luma = 0.2126f * view.r.at(x, y) + 0.7152f * view.g.at(x, y) + 0.0722f * view.b.at(x, y);
            grey.at<std::uint8_t>(y, x) = std::uint8_t(std::clamp(luma * (255.0f / 1.5f), 0.0f, 255.0f) + 0.5f);
        }
    });
    const int right = std::max(0, leastSide - w), bottom = std::max(0, leastSide - h);
    if (right || bottom)
        cv::copyMakeBorder(grey, grey, 0, bottom, 0, right, cv::BORDER_REPLICATE);
    return grey;
}

// DIS makes and drops a dozen planes of its own.
class LargeMatAllocator : public cv::MatAllocator {
public:
    cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, std::size_t* step, cv::AccessFlag access,
                           cv::UMatUsageFlags usage) const override {
        if (data)
            return cv::Mat::getStdAllocator()->allocate(dims, sizes, type, data, step, access, usage);
        std::size_t total = std::size_t(CV_ELEM_SIZE(type));
        for (int i = dims - 1; i >= 0; --i) {
            if (step)
                step[i] = total;
            total *= std::size_t(sizes[i]);
        }
        auto about = std::make_unique<cv::UMatData>(this);
        about->data = about->origdata = static_cast<uchar*>(allocateLarge(total));
        about->size = total;
        return about.release();
    }
    bool allocate(cv::UMatData* about, cv::AccessFlag, cv::UMatUsageFlags) const override { return about != nullptr; }
    void deallocate(cv::UMatData* about) const override {
        if (about)
            freeLarge(about->origdata, about->size);
        delete about;
    }
};

void setUpOpenCv() {
    // DIS splits its work by OpenCV's thread count, and the result changes with the split.
    cv::setNumThreads(1);
    static LargeMatAllocator* allocator = new LargeMatAllocator; // never destroyed, as OpenCV's own
    cv::Mat::setDefaultAllocator(allocator);
}

Flow disFlow(const cv::Mat& from, const cv::Mat& to, int w, int h, bool besideVectors) {
    const auto dis = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
    if (besideVectors && from.total() >= largePixels)
        dis->setFinestScale(dis->getFinestScale() + 1);
    cv::Mat flow;
    dis->calc(from, to, flow);
    Flow out{Plane(w, h), Plane(w, h)};
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const auto& v = flow.at<cv::Vec2f>(y, x);
            out.x.at(x, y) = v[0];
            out.y.at(x, y) = v[1];
        }
    return out;
}

// exp(-d^2 / 2 s^2) of the distance by which going there and back misses, s growing with the length of the way.
Plane agreement(const Flow& there, const Flow& back) {
    const int w = there.x.width, h = there.x.height;
    Plane out(w, h);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const float fx = there.x.at(x, y), fy = there.y.at(x, y);
            const int tx = std::clamp(int(std::lround(float(x) + fx)), 0, w - 1);
            const int ty = std::clamp(int(std::lround(float(y) + fy)), 0, h - 1);
            const float dx = fx + back.x.at(tx, ty), dy = fy + back.y.at(tx, ty);
            const float s = 1.0f + 0.05f * std::hypot(fx, fy);
            out.at(x, y) = std::exp(-(dx * dx + dy * dy) / (2.0f * s * s));
        }
    });
    return out;
}

} // namespace

FlowPair estimateFlow(const View& view, bool besideVectors) {
    static std::once_flag once;
    std::call_once(once, setUpOpenCv);

    const int w = view.key0.r.width, h = view.key0.r.height;
    const cv::Mat grey0 = toGrey(view.key0), grey1 = toGrey(view.key1);
    FlowPair pair;
    tbb::parallel_invoke([&] { pair.forward = disFlow(grey0, grey1, w, h, besideVectors); },
                         [&] { pair.backward = disFlow(grey1, grey0, w, h, besideVectors); });
    pair.agreement0 = agreement(pair.forward, pair.backward);
    pair.agreement1 = agreement(pair.backward, pair.forward);
    return pair;
}

} // namespace inbetween
