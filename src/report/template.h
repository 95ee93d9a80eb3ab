// The page as it lies in report.html, report.css and report.js, built in.
#pragma once

#include <string_view>

namespace inbetween {

std::string_view pageHtml(); // with {{NONCE}}, {{STYLE}}, {{DATA}}, {{PICTURES}} and {{SCRIPT}} to fill in
std::string_view pageStyle();
std::string_view pageScript();

} // namespace inbetween
