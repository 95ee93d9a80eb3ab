#include "report/template.h"

// The assembler looks where the compiler looks for headers, and so finds the files under src/.
#define INBETWEEN_EMBED(name, file)                                                                          \
    asm(".section .rodata\n"                                                                                 \
        ".local " #name "Begin\n"                                                                            \
        ".local " #name "End\n" #name "Begin:\n"                                                             \
        ".incbin \"" file "\"\n" #name "End:\n"                                                              \
        ".byte 0\n"                                                                                          \
        ".previous\n");                                                                                      \
    extern "C" {                                                                                             \
    [[gnu::visibility("hidden")]] extern const char name##Begin[];                                           \
    [[gnu::visibility("hidden")]] extern const char name##End[];                                             \
    }

INBETWEEN_EMBED(inbetweenPageHtml, "report/report.html")
INBETWEEN_EMBED(inbetweenPageStyle, "report/report.css")
INBETWEEN_EMBED(inbetweenPageScript, "report/report.js")

namespace inbetween {

std::string_view pageHtml() {
    return {inbetweenPageHtmlBegin, inbetweenPageHtmlEnd};
}

std::string_view pageStyle() {
    return {inbetweenPageStyleBegin, inbetweenPageStyleEnd};
}

std::string_view pageScript() {
    return {inbetweenPageScriptBegin, inbetweenPageScriptEnd};
}

} // namespace inbetween
