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

// The system's word for an errno, and what to do where that is plain: "No space left on device; make room and
// run again".
std::string systemError(int error);

} // namespace inbetween
