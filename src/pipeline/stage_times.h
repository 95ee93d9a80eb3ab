// Where the time of a run goes: each stage of each frame measured on the thread that did it.
#pragma once

#include "pipeline/flow_graph.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace inbetween {

struct StageTime {
    std::string name;
    std::size_t count = 0;
    double sumSeconds = 0, medianSeconds = 0,
           maxSeconds = 0; // a stage that another one interrupted on its thread: without it
};

class StageRecorder {
public:
    using Clock = std::chrono::steady_clock;

    explicit StageRecorder(bool keepTrace) : keepTrace_(keepTrace) {}

    // Measures from its making to its end. Scopes on one thread nest.
    class Scope {
    public:
        Scope(StageRecorder& recorder, const char* stage, int frame = noFrame);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        void isOf(int frame) { frame_ = frame; } // where that is known at the end alone

    private:
        StageRecorder& recorder_;
        const char* stage_;
        int frame_;
        Scope* outer_;
        Clock::time_point begin_;
        Clock::duration inner_{};
    };
    static constexpr int noFrame = INT32_MIN;

    // The same, measured.
    std::vector<Stage> measured(std::vector<Stage> stages);
    GapSource measured(GapSource source);
    std::function<void(GapWork&)> measured(std::function<void(GapWork&)> prepare);

    std::vector<StageTime> times() const; // in the order in which the stages first ended
    double seconds() const;               // since this was made
    // Chrome's trace format, for Perfetto or about:tracing: one complete event a stage, frame and thread.
    // Throws Error(output).
    void writeTrace(const std::filesystem::path& file) const;

private:
    struct Event {
        const char* stage;
        int frame, thread;
        Clock::time_point begin, end;
    };
    void add(const Event& event, Clock::duration own);

    const bool keepTrace_;
    const Clock::time_point start_ = Clock::now();
    mutable std::mutex mutex_;
    std::vector<const char*> order_;
    std::map<std::string, std::vector<double>> seconds_;
    std::map<std::thread::id, int> threads_;
    std::vector<Event> events_;
};

} // namespace inbetween
