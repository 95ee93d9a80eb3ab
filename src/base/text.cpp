#include "base/text.h"

#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <system_error>

namespace inbetween {

namespace {

// Of the character that begins there; 0 where none does.
std::size_t utf8Length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const unsigned first = byte(0);
    const std::size_t length = first < 0x80                     ? 1
                               : first >= 0xc2 && first <= 0xdf ? 2
                               : first >= 0xe0 && first <= 0xef ? 3
                               : first >= 0xf0 && first <= 0xf4 ? 4
                                                                : 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0u) != 0x80)
            return 0;
    const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool surrogate = first == 0xed && byte(1) >= 0xa0, tooLarge = first == 0xf4 && byte(1) >= 0x90;
    return overlong || surrogate || tooLarge ? 0 : length;
}

// What "\xNN" at the beginning of a text stands for.
std::optional<int> escapedByte(std::string_view text) {
    int value = 0;
    if (text.size() < 4 || text[0] != '\\' || text[1] != 'x')
        return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 4, value, 16);
    return error == std::errc() && end == text.data() + 4 && text[2] != '-' ? std::optional(value)
                                                                            : std::nullopt;
}

bool isControl(std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    // C1: U+009B begins an escape sequence, as ESC [ does.
    return character.size() == 1 ? byte(0) < 0x20 || byte(0) == 0x7f : byte(0) == 0xc2 && byte(1) < 0xa0;
}

} // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8Length(text);
        const std::string_view character = text.substr(0, length ? length : 1);
        if (length > 0 && !isControl(character))
            out += character;
        else // of C1 the second byte says it all
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(character.back()));
        text.remove_prefix(character.size());
    }
    return out;
}

std::string utf8Name(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const std::size_t length = utf8Length(bytes);
        const std::string_view character = bytes.substr(0, length ? length : 1);
        out += length > 0 && !escapedByte(bytes)
                   ? std::string(character)
                   : fmt::format("\\x{:02x}", static_cast<unsigned char>(character.front()));
        bytes.remove_prefix(character.size());
    }
    return out;
}

std::string bytesOfName(std::string_view name) {
    std::string out;
    while (!name.empty()) {
        const auto byte = escapedByte(name);
        out += byte ? static_cast<char>(*byte) : name.front();
        name.remove_prefix(byte ? 4 : 1);
    }
    return out;
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8Length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string systemError(int error) {
    std::string text = std::generic_category().message(error);
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return text + "; make room and run again";
    case EACCES:
    case EPERM:
    case EROFS:
        return text + "; check the permissions";
    default:
        return text;
    }
}

} // namespace inbetween
