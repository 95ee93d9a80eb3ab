#include "base/hash.h"

#include "inbetween/error.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <new>
#include <unistd.h>
#include <vector>
#define XXH_INLINE_ALL // header only: nothing for users of the library to link
#include <xxhash.h>

namespace inbetween {
namespace {

std::string toHex(XXH128_hash_t hash) {
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

} // namespace

struct Hasher::State {
    XXH3_state_t* xxh = XXH3_createState();
    ~State() { XXH3_freeState(xxh); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
    if (!state_->xxh)
        throw std::bad_alloc();
    XXH3_128bits_reset(state_->xxh);
}

Hasher::~Hasher() = default;

void Hasher::add(const void* bytes, std::size_t count) {
    XXH3_128bits_update(state_->xxh, bytes, count);
}

void Hasher::add(std::string_view text) {
    const std::uint64_t length = text.size();
    add(&length, sizeof length);
    add(text.data(), text.size());
}

std::string Hasher::hex() const {
    return toHex(XXH3_128bits_digest(state_->xxh));
}

std::string hashOf(std::string_view bytes) {
    return toHex(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string hashOfFile(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        throw Error(ErrorKind::input,
                    fmt::format("{}: cannot read: {}", path.string(), std::strerror(errno)));
    Hasher hasher;
    std::vector<char> buffer(1 << 20);
    for (;;) {
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            const int error = errno;
            ::close(fd);
            throw Error(ErrorKind::input,
                        fmt::format("{}: cannot read: {}", path.string(), std::strerror(error)));
        }
        if (n == 0)
            break;
        hasher.add(buffer.data(), std::size_t(n));
    }
    ::close(fd);
    return hasher.hex();
}

} // namespace inbetween
