#include "manifest/json_value.h"

#include <fstream>
#include <sstream>

namespace inbetween {

std::string readText(const std::filesystem::path& file, std::string_view hint) {
    std::error_code ignored;
    std::ifstream stream(file, std::ios::binary);
    if (stream && !std::filesystem::is_directory(file, ignored)) {
        std::ostringstream text;
        text << stream.rdbuf();
        if (!stream.bad())
            return std::move(text).str();
    }
    throw Error(ErrorKind::input, fmt::format("{}: cannot be read; {}", file.string(), hint));
}

} // namespace inbetween
