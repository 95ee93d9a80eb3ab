#include "base/text.h"
#include "inbetween/error.h"
#include "inbetween/version.h"

#include <gtest/gtest.h>

namespace inbetween {
namespace {

TEST(Printable, ShowsControlCharactersAndKeepsTheRest) {
    EXPECT_EQ(printable("shot.0001.exr"), "shot.0001.exr");
    EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(printable("Gl\xc3\xbchlampe"), "Gl\xc3\xbchlampe");
    EXPECT_EQ(printable("a\xc2\x9b"
                        "2J\xc2\xa0"),
              "a\\x9b2J\xc2\xa0"); // as ESC [ does, but not the space that does not break
    EXPECT_EQ(printable(""), "");
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
    EXPECT_EQ(printable("caf\xe9_1"), "caf\\xe9_1");
    EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut off";
}

TEST(Utf8Name, KeepsNamesAndGivesEveryOneBack) {
    EXPECT_EQ(utf8Name("caf\xc3\xa9 \\ 1\n"), "caf\xc3\xa9 \\ 1\n");
    EXPECT_EQ(utf8Name("caf\xe9_1"), "caf\\xe9_1");
    EXPECT_EQ(utf8Name("a\\xe9"), "a\\x5cxe9") << "as it was written";
    for (const char* name : {"", "shot", "caf\xe9", "caf\xc3\xa9", "a\\xe9", "\\x5cx41", "\\\\x", "\\xg1",
                             "\\x-1", "\xc3\xff\\xff"}) {
        EXPECT_EQ(bytesOfName(utf8Name(name)), name);
        EXPECT_TRUE(isUtf8(utf8Name(name)));
    }
}

TEST(Utf8, IsToldFromOtherBytes) {
    for (const char* text : {"", "shot", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xac", "\xed\x9f\xbf"})
        EXPECT_TRUE(isUtf8(text)) << text;
    for (const char* text : {"caf\xe9", "\x80", "\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf",
                             "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"})
        EXPECT_FALSE(isUtf8(text)) << text;
}

TEST(ErrorClass, IsOneLineOfItsKind) {
    const Error error(ErrorKind::model, "two\nlines");
    EXPECT_EQ(error.kind(), ErrorKind::model);
    EXPECT_STREQ(error.what(), "two\\x0alines");
}

TEST(Version, IsThere) {
    EXPECT_FALSE(std::string(versionString()).empty());
}

} // namespace
} // namespace inbetween
