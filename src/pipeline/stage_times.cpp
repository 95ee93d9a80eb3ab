#include "pipeline/stage_times.h"

#include "base/atomic_file.h"
#include "pipeline/frame.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <numeric>

namespace inbetween {
namespace {

thread_local StageRecorder::Scope* currentScope = nullptr;

double microseconds(StageRecorder::Clock::duration duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

} // namespace

StageRecorder::Scope::Scope(StageRecorder& recorder, const char* stage, int frame)
    : recorder_(recorder), stage_(stage), frame_(frame), outer_(currentScope), begin_(Clock::now()) {
    currentScope = this;
}

StageRecorder::Scope::~Scope() {
    const Clock::time_point end = Clock::now();
    currentScope = outer_;
    // A thread that waits inside a stage's loop takes up another frame's stage meanwhile.
    if (outer_)
        outer_->inner_ += end - begin_;
    recorder_.add({stage_, frame_, 0, begin_, end}, end - begin_ - inner_);
}

void StageRecorder::add(const Event& event, Clock::duration own) {
    const std::lock_guard lock(mutex_);
    std::vector<double>& seconds = seconds_[event.stage];
    if (seconds.empty())
        order_.push_back(event.stage);
    seconds.push_back(std::chrono::duration<double>(own).count());
    const int thread = threads_.emplace(std::this_thread::get_id(), int(threads_.size())).first->second;
    if (keepTrace_) {
        events_.push_back(event);
        events_.back().thread = thread;
    }
}

std::vector<Stage> StageRecorder::measured(std::vector<Stage> stages) {
    for (Stage& stage : stages)
        stage.function = [this, name = stage.name, body = std::move(stage.function)](Frame& frame) {
            const Scope scope(*this, name, frame.record.frame);
            body(frame);
        };
    return stages;
}

GapSource StageRecorder::measured(GapSource source) {
    source.read = [this, body = std::move(source.read)](std::size_t gap) {
        Scope scope(*this, "read");
        auto work = body(gap);
        scope.isOf(work->key0);
        return work;
    };
    return source;
}

std::function<void(GapWork&)> StageRecorder::measured(std::function<void(GapWork&)> prepare) {
    return [this, body = std::move(prepare)](GapWork& work) {
        const Scope scope(*this, "prepare", work.key0);
        body(work);
    };
}

std::vector<StageTime> StageRecorder::times() const {
    const std::lock_guard lock(mutex_);
    std::vector<StageTime> times;
    for (const char* stage : order_) {
        std::vector<double> seconds = seconds_.at(stage);
        std::sort(seconds.begin(), seconds.end());
        const std::size_t middle = seconds.size() / 2;
        const double median = seconds.size() % 2 ? seconds[middle]
                                                 : (seconds[middle - 1] + seconds[middle]) / 2;
        times.push_back({stage, seconds.size(), std::accumulate(seconds.begin(), seconds.end(), 0.0), median,
                         seconds.back()});
    }
    return times;
}

double StageRecorder::seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
}

void StageRecorder::writeTrace(const std::filesystem::path& file) const {
    const std::lock_guard lock(mutex_);
    std::string text = R"({"displayTimeUnit":"ms","traceEvents":[)";
    text += R"({"ph":"M","name":"process_name","pid":1,"args":{"name":"inbetween"}})";
    for (const Event& event : events_) {
        fmt::format_to(std::back_inserter(text),
                       ",\n{{\"ph\":\"X\",\"name\":\"{}\",\"pid\":1,\"tid\":{},\"ts\":{:.1f},\"dur\":{:.1f}",
                       event.stage, event.thread, microseconds(event.begin - start_),
                       microseconds(event.end - event.begin));
        text += event.frame == noFrame ? std::string("}")
                                       : fmt::format(",\"args\":{{\"frame\":{}}}}}", event.frame);
    }
    writeTextAtomically(file, text + "\n]}\n");
}

} // namespace inbetween
