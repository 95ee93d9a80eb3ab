// Text that others wrote (file names, attributes) made safe to print.
#pragma once

#include <string>
#include <string_view>

namespace inbetween {

// Control characters (newlines and terminal escapes among them, those of Unicode's C1 too) and bytes that are
// no UTF-8 become \xNN; all else stays.
std::string printable(std::string_view text);

// Well-formed: no overlong forms, no surrogates, nothing over U+10FFFF.
bool isUtf8(std::string_view text);

// The name of a file as UTF-8, and back to its bytes: bytes that are no UTF-8 are \xNN, as printable() shows
// them, and so is a backslash where what follows would be read as that.
std::string utf8Name(std::string_view bytes);
std::string bytesOfName(std::string_view name);

// The system's word for an errno, and what to do where that is plain: "No space left on device; make room and
// run again".
std::string systemError(int error);

} // namespace inbetween
