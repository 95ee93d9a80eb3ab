// A file that lives in memory, for code that takes a path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

// Always the same path, with these bytes from now on.
const std::filesystem::path& memoryFile(const std::uint8_t* bytes, std::size_t count);
