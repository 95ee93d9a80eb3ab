// Cells of comma-separated values.
#pragma once

#include <string>
#include <string_view>

namespace inbetween {

// RFC 4180. A cell that a spreadsheet would take for a formula is marked as text with an apostrophe.
inline std::string textCell(std::string text) {
    if (!text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos)
        text.insert(text.begin(), '\'');
    // Where numbers have a decimal comma, spreadsheets part cells at semicolons or tabs.
    if (text.find_first_of(",;\t\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"')
            quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

} // namespace inbetween
