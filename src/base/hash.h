// XXH3, 128 bit, as 32 hexadecimal digits.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace inbetween {

class Hasher {
public:
    Hasher();
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    void add(const void* bytes, std::size_t count);
    void add(std::string_view text); // with its length, so that "ab" + "c" differs from "a" + "bc"
    std::string hex() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string hashOf(std::string_view bytes);
// Throws Error(input) that names the file.
std::string hashOfFile(const std::filesystem::path& path);

} // namespace inbetween
