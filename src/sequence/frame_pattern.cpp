#include "sequence/frame_pattern.h"

#include "inbetween/error.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <regex>

namespace inbetween {
namespace {

// `text` is "0012" or "-0012"; empty where it is anything else, or too large.
std::optional<int> parseNumber(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace

std::optional<NumberedName> numberedName(std::string_view prefix, std::string_view number,
                                         std::string_view suffix) {
    const std::optional<int> value = parseNumber(number);
    if (!value)
        return std::nullopt;
    if (number.front() == '-')
        number.remove_prefix(1);
    return NumberedName{std::string(prefix), std::string(suffix), std::string(number), *value};
}

std::filesystem::path FramePattern::path(int frame) const {
    return directory / (prefix + fmt::format("{:0{}d}", frame, std::max(padding, 1)) + suffix);
}

std::string FramePattern::text() const {
    const std::string number = padding == 4 ? "####" : padding > 1 ? fmt::format("%0{}d", padding) : "%d";
    return prefix + number + suffix;
}

std::optional<NumberedName> matchPattern(const FramePattern& pattern, const std::string& fileName) {
    const std::string_view name = fileName;
    if (name.size() <= pattern.prefix.size() + pattern.suffix.size() || !name.starts_with(pattern.prefix) ||
        !name.ends_with(pattern.suffix))
        return std::nullopt;
    return numberedName(pattern.prefix,
                        name.substr(pattern.prefix.size(),
                                    name.size() - pattern.prefix.size() - pattern.suffix.size()),
                        pattern.suffix);
}

std::optional<FramePattern> parsePattern(const std::filesystem::path& text) {
    static const std::regex place("#+|@+|%(0[0-9]+)?d");
    const std::string name = text.filename().string();
    const std::sregex_iterator first(name.begin(), name.end(), place), none;
    if (first == none)
        return std::nullopt;
    if (std::next(first) != none)
        throw Error(ErrorKind::input,
                    fmt::format("{}: a pattern has one place for the frame number, this has several",
                                text.string()));
    const std::smatch match = *first;
    FramePattern pattern;
    pattern.directory = text.has_parent_path() ? text.parent_path() : ".";
    pattern.prefix = match.prefix().str();
    pattern.suffix = match.suffix().str();
    if (match.str().front() != '%')
        pattern.padding = static_cast<int>(match.length());
    else
        pattern.padding = match[1].matched ? parseNumber(match[1].str()).value_or(0) : 1;
    if (pattern.padding < 1 || pattern.padding > 10)
        throw Error(ErrorKind::input,
                    fmt::format("{}: '{}' is no number of digits from 1 to 10", text.string(), match.str()));
    return pattern;
}

} // namespace inbetween
