#include "base/text.h"

#include <cerrno>
#include <fmt/format.h>
#include <system_error>

namespace inbetween {

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned char c = text[i], next = i + 1 < text.size() ? text[i + 1] : 0;
        if (c < 0x20 || c == 0x7f)
            out += fmt::format("\\x{:02x}", c);
        else if (c == 0xc2 && next >= 0x80 &&
                 next < 0xa0) // C1: U+009B begins an escape sequence, as ESC [ does
            out += fmt::format("\\x{:02x}", text[++i] & 0xff);
        else
            out += static_cast<char>(c);
    }
    return out;
}

std::string systemError(int error) {
    const std::string text = std::generic_category().message(error);
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
