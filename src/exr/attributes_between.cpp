#include "exr/attributes_between.h"

#include "exr/exr_header.h"

#include <OpenEXR/ImfDoubleAttribute.h>
#include <OpenEXR/ImfFloatAttribute.h>
#include <OpenEXR/ImfIntAttribute.h>
#include <OpenEXR/ImfKeyCodeAttribute.h>
#include <OpenEXR/ImfMatrixAttribute.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <OpenEXR/ImfStringAttribute.h>
#include <OpenEXR/ImfTimeCodeAttribute.h>
#include <OpenEXR/ImfVecAttribute.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace inbetween {
namespace {

// Both attributes have this type; `kept` is false where no sensible value between them exists.
struct Outcome {
    bool handled = false, kept = true;
};

long betweenWhole(long a, long b, double time) {
    return std::lround(double(a) + (double(b) - double(a)) * time);
}

template <class Value> bool isSame(const Value& a, const Value& b) {
    return a == b;
}
bool isSame(const Imf::KeyCode& a, const Imf::KeyCode& b) {
    return a.count() == b.count() && a.perfOffset() == b.perfOffset();
}

template <class Attribute, class Between>
Outcome interpolate(Imf::Attribute& out, const Imf::Attribute& other, Between between) {
    auto* a = dynamic_cast<Attribute*>(&out);
    const auto* b = dynamic_cast<const Attribute*>(&other);
    if (!a || !b)
        return {};
    if (!isSame(a->value(), b->value())) {
        const auto value = between(a->value(), b->value());
        if (!value)
            return {true, false};
        a->value() = *value;
    }
    return {true, true};
}

// Scalars, vectors and matrices of floating point.
template <class... Attributes>
Outcome interpolateLinear(Imf::Attribute& out, const Imf::Attribute& other, double time) {
    Outcome outcome;
    const auto attempt = [&]<class Attribute>(const Attribute*) {
        outcome = interpolate<Attribute>(out, other, [&](const auto& a, const auto& b) {
            using Value = std::decay_t<decltype(a)>;
            using Scalar = std::conditional_t<std::is_same_v<Value, double>, double, float>;
            return std::optional<Value>(a * Scalar(1 - time) + b * Scalar(time));
        });
        return outcome.handled;
    };
    (attempt(static_cast<const Attributes*>(nullptr)) || ...);
    return outcome;
}

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

// "cycles.ViewLayer.render_time" and "exr/smpte:TimeCode" count by their last word.
std::string lastWord(const std::string& name) {
    const std::size_t at = name.find_last_of(".:/");
    return lowerCase(at == std::string::npos ? name : name.substr(at + 1));
}

bool isOfOneRenderOnly(const std::string& name) {
    static const std::vector<std::string> words = {
        "preview",     "capdate",      "utcoffset",      "date",          "datetime",
        "rendertime",  "render_time",  "rendertime_s",   "total_time",    "synchronization_time",
        "memory",      "rendermemory", "rendermemory_s", "render_memory", "peakmemory",
        "peak_memory",
    };
    return std::find(words.begin(), words.end(), lastWord(name)) != words.end();
}

// Time codes as counts of frames.

struct ClockTime {
    int hours = 0, minutes = 0, seconds = 0, frame = 0;
};

class TimeCodeScale {
public:
    TimeCodeScale(double framesPerSecond, bool dropFrame)
        : perSecond_(std::lround(framesPerSecond)),
          dropped_(dropFrame ? perSecond_ / 15 : 0) {} // 2 of 30, 4 of 60

    bool known() const { return perSecond_ > 0; }
    long perDay() const { return 24 * 6 * perTenMinutes(); }

    // Drop-frame counting leaves out the first frame numbers of every minute, but not of every tenth.
    long count(const ClockTime& t) const {
        const long minutes = t.hours * 60L + t.minutes;
        return (minutes * 60 + t.seconds) * perSecond_ + t.frame - dropped_ * (minutes - minutes / 10);
    }
    ClockTime clock(long count) const {
        count = ((count % perDay()) + perDay()) % perDay();
        const long perMinute = 60 * perSecond_ - dropped_;
        const long inTen = count % perTenMinutes();
        long label = count + count / perTenMinutes() * 9 * dropped_;
        if (inTen >= 60 * perSecond_)
            label += dropped_ * ((inTen - 60 * perSecond_) / perMinute + 1);
        const long seconds = label / perSecond_;
        return {int(seconds / 3600), int(seconds / 60 % 60), int(seconds % 60), int(label % perSecond_)};
    }

private:
    long perTenMinutes() const { return 600 * perSecond_ - 9 * dropped_; }
    long perSecond_, dropped_;
};

std::optional<ClockTime> clockBetween(const ClockTime& a, const ClockTime& b, double time,
                                      const TimeCodeScale& scale) {
    const auto second = [](const ClockTime& t) { return (t.hours * 60L + t.minutes) * 60 + t.seconds; };
    if (!scale.known()) { // within one second the rate does not matter
        if (second(a) != second(b))
            return std::nullopt;
        ClockTime clock = a;
        clock.frame = int(betweenWhole(a.frame, b.frame, time));
        return clock;
    }
    const long from = scale.count(a);
    long to = scale.count(b);
    if (to < from) // past midnight
        to += scale.perDay();
    return scale.clock(betweenWhole(from, to, time));
}

std::optional<Imf::TimeCode> timeCodeBetween(const Imf::TimeCode& a, const Imf::TimeCode& b, double time,
                                             double framesPerSecond) {
    const auto clockOf = [](const Imf::TimeCode& t) {
        return ClockTime{t.hours(), t.minutes(), t.seconds(), t.frame()};
    };
    const auto clock = clockBetween(clockOf(a), clockOf(b), time, {framesPerSecond, a.dropFrame()});
    if (!clock || clock->hours > 23 ||
        clock->frame > 59) // more than a time code can hold, at 120 frames per second for one
        return std::nullopt;
    Imf::TimeCode code = a; // with its flags and user data
    code.setHours(clock->hours);
    code.setMinutes(clock->minutes);
    code.setSeconds(clock->seconds);
    code.setFrame(clock->frame);
    return code;
}

// A key code counts perforations of one strip of film.
std::optional<Imf::KeyCode> keyCodeBetween(const Imf::KeyCode& a, const Imf::KeyCode& b, double time) {
    const auto strip = [](const Imf::KeyCode& k) {
        return std::vector{k.filmMfcCode(), k.filmType(), k.prefix(), k.perfsPerFrame(), k.perfsPerCount()};
    };
    const long perCount = a.perfsPerCount();
    if (strip(a) != strip(b) || perCount <= 0)
        return std::nullopt;
    const long position = betweenWhole(a.count() * perCount + a.perfOffset(),
                                       b.count() * perCount + b.perfOffset(), time);
    if (position < 0 || position / perCount > 9999 ||
        position % perCount > 119) // more than a key code can hold
        return std::nullopt;
    Imf::KeyCode code = a;
    code.setCount(int(position / perCount));
    code.setPerfOffset(int(position % perCount));
    return code;
}

// Frame numbers and time codes that are written as text, as Blender does.

std::optional<long> wholeNumber(const std::string& text) {
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<std::string> frameTextBetween(const std::string& a, const std::string& b, double time) {
    const auto from = wholeNumber(a), to = wholeNumber(b);
    if (!from || !to)
        return std::nullopt;
    return fmt::format("{:0{}d}", betweenWhole(*from, *to, time), a.front() == '0' ? a.size() : 1);
}

std::optional<std::string> clockTextBetween(const std::string& a, const std::string& b, double time,
                                            double framesPerSecond) {
    static const std::regex form("(\\d\\d):(\\d\\d):(\\d\\d)([:;.])(\\d\\d+)");
    constexpr std::size_t longest = 64; // std::regex takes stack for every character
    if (a.size() > longest || b.size() > longest)
        return std::nullopt;
    std::smatch matchA, matchB;
    if (!std::regex_match(a, matchA, form) || !std::regex_match(b, matchB, form))
        return std::nullopt;
    const auto clockOf = [](const std::smatch& m) -> std::optional<ClockTime> {
        const auto frame = wholeNumber(m[5]);
        if (!frame || *frame > 1000)
            return std::nullopt;
        return ClockTime{std::stoi(m[1]), std::stoi(m[2]), std::stoi(m[3]), int(*frame)};
    };
    const auto from = clockOf(matchA), to = clockOf(matchB);
    if (!from || !to)
        return std::nullopt;
    const auto clock = clockBetween(*from, *to, time, {framesPerSecond, matchA[4] == ";"});
    if (!clock)
        return std::nullopt;
    return fmt::format("{:02}:{:02}:{:02}{}{:0{}}", clock->hours, clock->minutes, clock->seconds,
                       matchA[4].str(), clock->frame, matchA[5].length());
}

Outcome interpolateText(const std::string& name, Imf::Attribute& out, const Imf::Attribute& other,
                        double time, double framesPerSecond) {
    const std::string word = lastWord(name);
    return interpolate<Imf::StringAttribute>(out, other,
                                             [&](const std::string& a,
                                                 const std::string& b) -> std::optional<std::string> {
                                                 if (word == "frame" || word == "framenumber" ||
                                                     word == "frame_number" || word == "currentframe")
                                                     return frameTextBetween(a, b, time);
                                                 if (word == "time" || word == "timecode")
                                                     return clockTextBetween(a, b, time, framesPerSecond);
                                                 return a;
                                             });
}

// Returns false where the attribute has to go.
bool attributeBetween(const std::string& name, Imf::Attribute& out, const Imf::Attribute& other, double time,
                      double framesPerSecond) {
    const auto whole = [&](int a, int b) { return std::optional<int>(int(betweenWhole(a, b, time))); };
    const auto timeCode = [&](const Imf::TimeCode& a, const Imf::TimeCode& b) {
        return timeCodeBetween(a, b, time, framesPerSecond);
    };
    const auto keyCode = [&](const Imf::KeyCode& a, const Imf::KeyCode& b) {
        return keyCodeBetween(a, b, time);
    };
    for (const Outcome outcome :
         {interpolateLinear<Imf::FloatAttribute, Imf::DoubleAttribute, Imf::V2fAttribute, Imf::V2dAttribute,
                            Imf::V3fAttribute, Imf::V3dAttribute, Imf::M33fAttribute, Imf::M33dAttribute,
                            Imf::M44fAttribute, Imf::M44dAttribute>(out, other, time),
          interpolate<Imf::IntAttribute>(out, other, whole),
          interpolate<Imf::TimeCodeAttribute>(out, other, timeCode),
          interpolate<Imf::KeyCodeAttribute>(out, other, keyCode),
          interpolateText(name, out, other, time, framesPerSecond)})
        if (outcome.handled)
            return outcome.kept;
    return true;
}

} // namespace

Imf::Header headerBetween(const Imf::Header& key0, const Imf::Header& key1, double time) {
    const double framesPerSecond = Imf::hasFramesPerSecond(key0) && Imf::framesPerSecond(key0).d != 0
                                       ? double(Imf::framesPerSecond(key0))
                                       : 0.0;
    Imf::Header header = selectAttributes(key0,
                                          [](const std::string& name) { return !isOfOneRenderOnly(name); });
    std::set<std::string> dropped;
    for (auto it = header.begin(); it != header.end(); ++it) {
        const auto other = key1.find(it.name());
        if (other != key1.end() &&
            !attributeBetween(it.name(), it.attribute(), other.attribute(), time, framesPerSecond))
            dropped.insert(it.name());
    }
    return selectAttributes(header, [&](const std::string& name) { return !dropped.contains(name); });
}

} // namespace inbetween
