#include "inbetween/motion.h"

#include "base/parallel.h"
#include "image/rotation.h"
#include "inbetween/large_memory.h"
#include "motion/flow_tap.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <tbb/parallel_invoke.h>
#include <utility>
#include <vector>

namespace inbetween {
namespace {

// DIS wants a pyramid of 8-pixel patches; smaller pictures are padded.
constexpr int leastSide = 64;

// Flow is estimated at half size, as the medium preset of DIS does; from `largePixels` on at a quarter beside
// renderer vectors, which show the detail: at 3840x2160 three shots are the better for it by 0.2 dB in the
// mean, and a pair is prepared 2.4 times faster. Alone it would cost 0.14 dB. DIS gets pictures of that size:
// it would bring its flow, and much of what it works with, to the whole size.
constexpr std::size_t largePixels = 8'000'000;

int sizeDivisor(const cv::Mat& grey, bool alongsideVectors) {
    return alongsideVectors && grey.total() >= largePixels ? 4 : 2;
}

cv::Mat shrunk(const cv::Mat& grey, int divisor) {
    cv::Mat small;
    cv::resize(grey, small, {grey.cols / divisor, grey.rows / divisor}, 0, 0, cv::INTER_AREA);
    return small;
}

// The view's luma in eight bits; 1.5 leaves room for lights over white.
cv::Mat toGrey(const ViewPlanes& view) {
    const int w = view.r.width, h = view.r.height;
    cv::Mat grey(h, w, CV_8UC1);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const float luma = 0.2126f * view.r.at(x, y) + 0.7152f * view.g.at(x, y) +
                               0.0722f * view.b.at(x, y);
            grey.at<std::uint8_t>(y,
                                  x) = std::uint8_t(std::clamp(luma * (255.0f / 1.5f), 0.0f, 255.0f) + 0.5f);
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
    cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, std::size_t* step,
                           cv::AccessFlag access, cv::UMatUsageFlags usage) const override {
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
    bool allocate(cv::UMatData* about, cv::AccessFlag, cv::UMatUsageFlags) const override {
        return about != nullptr;
    }
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

// `divisor`: by which the pictures are smaller than the canvas.
Flow disFlow(const cv::Mat& from, const cv::Mat& to, int divisor) {
    const auto dis = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
    dis->setFinestScale(0);
    cv::Mat flow;
    dis->calc(from, to, flow);
    Flow out{Plane(flow.cols, flow.rows), Plane(flow.cols, flow.rows), {}, float(divisor), float(divisor)};
    for (int y = 0; y < flow.rows; ++y)
        for (int x = 0; x < flow.cols; ++x) {
            const auto& v = flow.at<cv::Vec2f>(y, x);
            out.x.at(x, y) = float(divisor) * v[0];
            out.y.at(x, y) = float(divisor) * v[1];
        }
    return out;
}

Plane agreement(const Flow& there, const Flow& back) {
    const int w = there.x.width, h = there.x.height;
    Plane out(w, h);
    parallelRows(h, [&](int y) {
        for (int x = 0; x < w; ++x) {
            const float fx = there.x.at(x, y), fy = there.y.at(x, y);
            const BilinearTap landed(w, h, float(x) + fx / back.scaleX, float(y) + fy / back.scaleY);
            const float dx = fx + landed(back.x), dy = fy + landed(back.y);
            const float s = 1.0f + 0.05f * std::hypot(fx, fy);
            out.at(x, y) = std::exp(-(dx * dx + dy * dy) / (2.0f * s * s));
        }
    });
    return out;
}

} // namespace

FlowPair estimateFlow(const View& view, bool alongsideVectors, Orientation orientation) {
    static std::once_flag once;
    std::call_once(once, setUpOpenCv);

    cv::Mat grey0 = toGrey(view.key0), grey1 = toGrey(view.key1);
    const int divisor = sizeDivisor(grey0, alongsideVectors);
    const bool isLarge = grey0.total() >=
                         largePixels; // then DIS takes as much memory as all else: once, not twice
    grey0 = shrunk(grey0, divisor);
    grey1 = shrunk(grey1, divisor);
    if (orientation == Orientation::rotated)
        for (cv::Mat* grey : {&grey0, &grey1})
            cv::rotate(*grey, *grey, cv::ROTATE_180);
    FlowPair pair;
    const auto forward = [&] { pair.forward = disFlow(grey0, grey1, divisor); };
    const auto backward = [&] { pair.backward = disFlow(grey1, grey0, divisor); };
    if (isLarge) {
        forward();
        backward();
        trimHeap();
    } else {
        tbb::parallel_invoke(forward, backward);
    }
    if (orientation == Orientation::rotated)
        for (Flow* flow : {&pair.forward, &pair.backward})
            rotateVectors(flow->x, flow->y);
    setAgreement(pair);
    return pair;
}

void setAgreement(FlowPair& flow) {
    flow.forward.agreement = agreement(flow.forward, flow.backward);
    flow.backward.agreement = agreement(flow.backward, flow.forward);
}

Flow atCanvasSize(const Flow& flow, int width, int height) {
    Flow out{Plane(width, height), Plane(width, height),
             Plane(width, height, flow.agreement.empty() ? 1.0f : 0.0f)};
    if (!flow.curveX.empty())
        out.curveX = out.curveY = Plane(width, height);
    if (!flow.front.empty())
        out.front = Plane(width, height);
    // Between which two samples a place lies, and how near to the second; the same in every row.
    struct Between {
        int first, second;
        float share;
    };
    const auto between = [](int at, float scale, int extent) {
        const float place = std::clamp((float(at) + 0.5f) / scale - 0.5f, 0.0f, float(extent - 1));
        const int first = int(place);
        return Between{first, std::min(first + 1, extent - 1), place - float(first)};
    };
    std::vector<Between> columns;
    for (int x = 0; x < width; ++x)
        columns.push_back(between(x, flow.scaleX, flow.x.width));
    parallelRows(height, [&](int y) {
        static thread_local std::vector<float> row;
        const Between rows = between(y, flow.scaleY, flow.x.height);
        for (const auto& [from, to] : {std::pair{&flow.x, &out.x},
                                       {&flow.y, &out.y},
                                       {&flow.agreement, &out.agreement},
                                       {&flow.curveX, &out.curveX},
                                       {&flow.curveY, &out.curveY},
                                       {&flow.front, &out.front}}) {
            if (from->empty())
                continue;
            row.resize(std::size_t(from->width));
            const float *above = from->row(rows.first), *below = from->row(rows.second);
            for (std::size_t x = 0; x < row.size(); ++x)
                row[x] = above[x] + rows.share * (below[x] - above[x]);
            float* line = to->row(y);
            for (int x = 0; x < width; ++x) {
                const Between& at = columns[std::size_t(x)];
                line[x] = row[std::size_t(at.first)] +
                          at.share * (row[std::size_t(at.second)] - row[std::size_t(at.first)]);
            }
        }
    });
    return out;
}

} // namespace inbetween
