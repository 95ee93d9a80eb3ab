#include "inbetween/error.h"
#include "inbetween/sequence.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <string_view>

namespace inbetween {
namespace {

// More frames than any shot has: a slip of the keyboard must not take the memory.
constexpr long maxFrames = 1'000'000;

class FrameListParser {
public:
    explicit FrameListParser(const std::string& text) : text_(text), rest_(text) {}

    std::vector<int> parse() {
        std::vector<int> numbers;
        do
            parseItem(numbers);
        while (take(','));
        if (!rest_.empty())
            fail(fmt::format("'{}' is not understood", rest_));
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        return numbers;
    }

private:
    [[noreturn]] void fail(const std::string& why) const {
        throw Error(ErrorKind::usage,
                    fmt::format("frame list '{}': {}; write it like 1-10x2,12,20-22", text_, why));
    }

    void skipSpaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

    bool take(char c) {
        skipSpaces();
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        skipSpaces();
        return true;
    }

    long number() {
        skipSpaces();
        int value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error == std::errc::result_out_of_range)
            fail("a number is too large");
        if (error != std::errc())
            fail(rest_.empty() ? std::string("a number is missing at the end")
                               : fmt::format("a number was expected at '{}'", rest_));
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }

    void parseItem(std::vector<int>& numbers) {
        const long first = number();
        const bool range = take('-');
        const long last = range ? number() : first;
        const long step = range && take('x') ? number() : 1;
        if (last < first)
            fail(fmt::format("{}-{} counts down", first, last));
        if (step < 1)
            fail(fmt::format("the step x{} is not positive", step));
        if ((last - first) / step + 1 + static_cast<long>(numbers.size()) > maxFrames)
            fail(fmt::format("it has more than {} frames", maxFrames));
        for (long n = first; n <= last; n += step)
            numbers.push_back(static_cast<int>(n));
    }

    const std::string& text_;
    std::string_view rest_;
};

} // namespace

std::vector<int> parseFrameList(const std::string& text) {
    return FrameListParser(text).parse();
}

std::string formatFrameList(const std::vector<int>& ascending) {
    std::string out;
    for (std::size_t first = 0, next; first < ascending.size(); first = next) {
        next = first + 1;
        while (next < ascending.size() && long(ascending[next]) == long(ascending[next - 1]) + 1)
            ++next;
        if (!out.empty())
            out += ',';
        out += std::to_string(ascending[first]);
        if (next - first > 1)
            out += '-' + std::to_string(ascending[next - 1]);
    }
    return out;
}

} // namespace inbetween
