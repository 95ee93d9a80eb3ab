// Text that others wrote (file names, attributes) made safe to print.
#pragma once

#include <string>
#include <string_view>

namespace inbetween {

// Control characters (newlines and terminal escapes among them) become \xNN; all else, UTF-8 too, stays.
std::string printable(std::string_view text);

} // namespace inbetween
