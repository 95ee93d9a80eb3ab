#include "preview/mp4_colours.h"

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace inbetween {
namespace {

std::uint32_t bigEndian(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

void setBigEndian(std::string& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
        bytes[at + i] = char(value >> (24 - 8 * i));
}

struct Atom {
    std::size_t at = 0, end = 0; // within the bytes; a header of 8 bytes lies at `at`
};

std::optional<Atom> findAtom(const std::string& bytes, std::size_t from, std::size_t end,
                             const std::string& type) {
    while (from + 8 <= end) {
        const std::uint32_t size = bigEndian(bytes, from);
        if (size < 8 || size > end - from)
            return std::nullopt;
        if (bytes.compare(from + 4, 4, type) == 0)
            return Atom{from, from + size};
        from += size;
    }
    return std::nullopt;
}

// colr, nclx: primaries 1 (BT.709), transfer 13 (sRGB), matrix 6 (BT.601), limited range.
const std::string colourAtom("\0\0\0\x13"
                             "colrnclx"
                             "\0\x01"
                             "\0\x0d"
                             "\0\x06"
                             "\0",
                             19);

// False where there is nothing to do.
bool addColourAtom(std::string& moov) {
    std::vector<Atom> way{{0, moov.size()}};
    for (const char* type : {"trak", "mdia", "minf", "stbl", "stsd"}) {
        const auto atom = findAtom(moov, way.back().at + 8, way.back().end, type);
        if (!atom)
            return false;
        way.push_back(*atom);
    }
    // stsd: version, flags, number of entries; then the entry, which begins with 86 bytes of fixed fields.
    const std::size_t entry = way.back().at + 16, fixedBytes = 86;
    if (entry + fixedBytes > way.back().end)
        return false;
    const std::uint32_t entrySize = bigEndian(moov, entry);
    if (entrySize < fixedBytes || entrySize > way.back().end - entry ||
        findAtom(moov, entry + fixedBytes, entry + entrySize, "colr"))
        return false;
    way.push_back({entry, entry + entrySize});
    for (const Atom& atom : way)
        setBigEndian(moov, atom.at, bigEndian(moov, atom.at) + std::uint32_t(colourAtom.size()));
    moov.insert(way.back().end, colourAtom);
    return true;
}

} // namespace

void tagColours(const std::filesystem::path& movie) {
    std::fstream file(movie, std::ios::in | std::ios::out | std::ios::binary);
    file.exceptions(std::ios::failbit | std::ios::badbit);
    const std::uint64_t fileSize = std::filesystem::file_size(movie);
    for (std::uint64_t at = 0; at + 16 <= fileSize;) {
        std::string header(16, '\0');
        file.seekg(std::streamoff(at));
        file.read(header.data(), 16);
        std::uint64_t size = bigEndian(header, 0);
        if (size == 1) // the size follows, in 64 bits
            size = std::uint64_t(bigEndian(header, 8)) << 32 | bigEndian(header, 12);
        if (size < 8 || size > fileSize - at)
            return;
        if (header.compare(4, 4, "moov") == 0) {
            // Were samples to follow, their places in the file would change.
            if (at + size != fileSize)
                return;
            std::string moov(size, '\0');
            file.seekg(std::streamoff(at));
            file.read(moov.data(), std::streamsize(size));
            if (addColourAtom(moov)) {
                file.seekp(std::streamoff(at));
                file.write(moov.data(), std::streamsize(moov.size()));
            }
            file.flush();
            return;
        }
        at += size;
    }
}

} // namespace inbetween
