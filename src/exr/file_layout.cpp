#include "exr/file_layout.h"

#include "inbetween/error.h"

#include <OpenEXR/ImfCompression.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfPartType.h>
#include <OpenEXR/ImfTileDescription.h>
#include <OpenEXR/ImfVersion.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace inbetween {
namespace {

// Manifests of Cryptomatte are the largest attributes in use, some megabytes.
constexpr std::uint64_t mostHeaderBytes = 64 << 20;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw Error(ErrorKind::input, fmt::format("{}: {}; render or copy it again", path.string(), why));
}

// Reads forward through a file, little endian. Past the end there is nothing.
class Cursor {
public:
    Cursor(int fd, std::uint64_t position) : fd_(fd), position_(position) {}

    std::uint64_t position() const { return position_; }
    void skip(std::uint64_t bytes) { position_ += bytes; }

    bool read(void* to, std::size_t count) {
        for (auto* out = static_cast<char*>(to); count > 0;) {
            if (position_ < begin_ || position_ >= begin_ + held_) {
                ssize_t n = 0;
                do
                    n = ::pread(fd_, buffer_.data(), buffer_.size(), off_t(position_));
                while (n < 0 && errno == EINTR);
                if (n <= 0)
                    return false;
                begin_ = position_;
                held_ = std::size_t(n);
            }
            const std::size_t at = std::size_t(position_ - begin_), part = std::min(count, held_ - at);
            std::memcpy(out, buffer_.data() + at, part);
            out += part;
            count -= part;
            position_ += part;
        }
        return true;
    }

    template <class Number> std::optional<Number> number() {
        Number value{};
        return read(&value, sizeof value) ? std::optional(value) : std::nullopt;
    }

    // Up to and without the zero that ends it; nothing where there is none within the bytes that a name may
    // have.
    std::optional<std::string> name() {
        std::string text;
        for (char c = 0; text.size() < 256 && read(&c, 1); text += c)
            if (c == 0)
                return text;
        return std::nullopt;
    }

private:
    int fd_;
    std::uint64_t position_, begin_ = 0;
    std::size_t held_ = 0;
    std::array<char, 1 << 14> buffer_;
};

// What OpenEXR reads of a type, whatever the file says; nothing for types of any length.
std::optional<std::int32_t> bytesOfType(const std::string& type) {
    static const std::map<std::string, std::int32_t> bytes{{"box2i", 16},
                                                           {"box2f", 16},
                                                           {"chromaticities", 32},
                                                           {"compression", 1},
                                                           {"deepImageState", 1},
                                                           {"double", 8},
                                                           {"envmap", 1},
                                                           {"float", 4},
                                                           {"int", 4},
                                                           {"keycode", 28},
                                                           {"lineOrder", 1},
                                                           {"m33f", 36},
                                                           {"m33d", 72},
                                                           {"m44f", 64},
                                                           {"m44d", 128},
                                                           {"rational", 8},
                                                           {"tiledesc", 9},
                                                           {"timecode", 8},
                                                           {"v2i", 8},
                                                           {"v2f", 8},
                                                           {"v2d", 16},
                                                           {"v3i", 12},
                                                           {"v3f", 12},
                                                           {"v3d", 24}};
    const auto found = bytes.find(type);
    return found == bytes.end() ? std::nullopt : std::optional(found->second);
}

// A list of channels ends with an empty name. Does it end just where its attribute does?
bool isWholeChannelList(Cursor cursor, std::uint64_t end) {
    for (;;) {
        const auto name = cursor.name();
        if (!name || cursor.position() > end)
            return false;
        if (name->empty())
            return cursor.position() == end;
        cursor.skip(16); // type, linearity, sampling
    }
}

// OpenEXR reads some types to their own end and not to that of the attribute; what follows would then be read
// as something else, with lengths that nobody has looked at.
bool isWhole(const std::string& type, const Cursor& value, std::int32_t size) {
    if (type == "chlist")
        return isWholeChannelList(value, value.position() + std::uint64_t(size));
    if (type == "floatvector")
        return size % 4 == 0;
    const auto expected = bytesOfType(type);
    return !expected || size == *expected;
}

// OpenEXR's own word for a compression that it does not know would be that the file is damaged.
void requireKnownCompression(Cursor value, const std::filesystem::path& path) {
    const auto id = value.number<std::uint8_t>();
    if (!id || *id < Imf::NUM_COMPRESSION_METHODS)
        return;
    const bool isHtj2k = *id == 10 || *id == 11;
    throw Error(
        ErrorKind::input,
        fmt::format("{}: its compression ({}) is too new for this build, which has OpenEXR {}; convert "
                    "the files (oiiotool IN.exr --compression zip -o OUT.exr), or build with {}",
                    path.string(), isHtj2k ? "HTJ2K" : fmt::format("number {}", *id), OPENEXR_VERSION_STRING,
                    isHtj2k ? "OpenEXR 3.4" : "a newer OpenEXR"));
}

// One header; false where it is the empty one that ends a list of parts.
bool skipHeader(Cursor& cursor, const FileLayout& layout, const std::filesystem::path& path) {
    for (bool any = false;; any = true) {
        const auto name = cursor.name();
        if (name && name->empty())
            return any;
        const auto type = name ? cursor.name() : std::nullopt;
        const auto size = type ? cursor.number<std::int32_t>() : std::nullopt;
        if (!size)
            fail(path, "the header is cut off or damaged");
        if (*size < 0 || std::uint64_t(*size) > layout.bytes - cursor.position())
            fail(path,
                 fmt::format("the header is damaged: its attribute '{}' claims {} bytes, the file has {}",
                             *name, std::uint32_t(*size), layout.bytes));
        if (!isWhole(*type, cursor, *size))
            fail(path, fmt::format("the header is damaged: its attribute '{}' is no {} of {} bytes", *name,
                                   *type, *size));
        if (*type == "compression")
            requireKnownCompression(cursor, path);
        cursor.skip(std::uint64_t(*size));
        if (cursor.position() > mostHeaderBytes)
            fail(path,
                 fmt::format("the header is larger than the {} MB that are read", mostHeaderBytes >> 20));
    }
}

int linesOfChunk(Imf::Compression compression) {
    if (int(compression) == 10 || int(compression) == 11) // HTJ2K, which OpenEXR knows from 3.4 on
        return int(compression) == 10 ? 256 : 32;
    switch (compression) {
    case Imf::ZIP_COMPRESSION:
    case Imf::PXR24_COMPRESSION:
        return 16;
    case Imf::PIZ_COMPRESSION:
    case Imf::B44_COMPRESSION:
    case Imf::B44A_COMPRESSION:
    case Imf::DWAA_COMPRESSION:
        return 32;
    case Imf::DWAB_COMPRESSION:
        return 256;
    default:
        return 1;
    }
}

std::uint64_t ceilDivided(std::uint64_t a, std::uint64_t b) {
    return (a + b - 1) / b;
}

struct Chunks {
    std::uint64_t all = 0, fullResolution = 0; // the latter come first
};

Chunks countChunks(const Imf::Header& header) {
    const auto& window = header.dataWindow();
    const std::uint64_t w = std::uint64_t(std::int64_t(window.max.x) - window.min.x + 1);
    const std::uint64_t h = std::uint64_t(std::int64_t(window.max.y) - window.min.y + 1);
    if (!Imf::isTiled(header.type())) {
        const std::uint64_t count = ceilDivided(h, std::uint64_t(linesOfChunk(header.compression())));
        return {count, count};
    }
    const Imf::TileDescription& tiles = header.tileDescription();
    const bool up = tiles.roundingMode == Imf::ROUND_UP;
    const auto levelSize = [&](std::uint64_t size, int level) {
        return std::max<std::uint64_t>(1, up ? ceilDivided(size, std::uint64_t(1) << level) : size >> level);
    };
    const auto levelsOf = [&](std::uint64_t size) {
        int levels = 1;
        while (levelSize(size, levels - 1) > 1)
            ++levels;
        return levels;
    };
    const auto tilesOf = [&](int x, int y) {
        return ceilDivided(levelSize(w, x), tiles.xSize) * ceilDivided(levelSize(h, y), tiles.ySize);
    };
    Chunks chunks{0, tilesOf(0, 0)};
    switch (tiles.mode) {
    case Imf::ONE_LEVEL:
        chunks.all = chunks.fullResolution;
        break;
    case Imf::MIPMAP_LEVELS:
        for (int level = 0; level < levelsOf(std::max(w, h)); ++level)
            chunks.all += tilesOf(level, level);
        break;
    default:
        for (int y = 0; y < levelsOf(h); ++y)
            for (int x = 0; x < levelsOf(w); ++x)
                chunks.all += tilesOf(x, y);
    }
    return chunks;
}

// The end of the chunk at `position`, as its own header says; nothing where not even that is there.
std::optional<std::uint64_t> endOfChunk(int fd, std::uint64_t position, const std::string& type,
                                        bool multiPart) {
    Cursor cursor(fd, position);
    cursor.skip((multiPart ? 4 : 0) + (Imf::isTiled(type) ? 16 : 4)); // part number; tile and level, or line
    std::uint64_t bytes = 0;
    if (Imf::isDeepData(type)) {
        const auto counts = cursor.number<std::uint64_t>(), samples = cursor.number<std::uint64_t>();
        if (!samples || !cursor.number<std::uint64_t>())
            return std::nullopt;
        bytes = *counts + *samples;
    } else if (const auto size = cursor.number<std::uint32_t>()) {
        bytes = *size;
    } else {
        return std::nullopt;
    }
    return cursor.position() + bytes;
}

} // namespace

FileLayout findLayout(int fd, const std::filesystem::path& path) {
    struct stat status {};
    FileLayout layout;
    if (::fstat(fd, &status) != 0)
        fail(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    layout.bytes = std::uint64_t(status.st_size);
    Cursor cursor(fd, 4); // behind the magic number
    const auto version = cursor.number<std::int32_t>();
    if (!version)
        fail(path, "the header is cut off");
    while (skipHeader(cursor, layout, path) && Imf::isMultiPart(*version)) {
    }
    layout.tables = cursor.position();
    return layout;
}

std::vector<bool> findCutOffParts(int fd, const FileLayout& layout, const Imf::MultiPartInputFile& file) {
    const bool multiPart = Imf::isMultiPart(file.version());
    std::vector<bool> cutOff;
    std::uint64_t table = layout.tables;
    for (int i = 0; i < file.parts(); ++i) {
        const Imf::Header& header = file.header(i);
        if (!Imf::isSupportedType(header.type())) {
            cutOff.resize(std::size_t(file.parts()),
                          false); // nothing is known of this part, nor where the next table is
            break;
        }
        const Chunks chunks = countChunks(header);
        Cursor cursor(fd, table);
        std::uint64_t last = 0;
        bool cut = false;
        for (std::uint64_t c = 0; c < chunks.fullResolution && !cut; ++c) {
            const auto offset = cursor.number<std::uint64_t>();
            cut = !offset || *offset >= layout.bytes;
            last = std::max(last, offset.value_or(0));
        }
        // An offset of 0 is a chunk that was never written, of which OpenEXR tells.
        if (!cut && last > 0) {
            const auto end = endOfChunk(fd, last, header.type(), multiPart);
            cut = !end || *end > layout.bytes;
        }
        cutOff.push_back(cut);
        table += 8 * chunks.all;
    }
    return cutOff;
}

} // namespace inbetween
