#include "exr/output_stream.h"

#include "base/text.h"
#include "inbetween/error.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace inbetween {

constexpr std::size_t bufferBytes = 1 << 20;

OutputStream::OutputStream(const std::filesystem::path& path, const std::filesystem::path& target)
    : Imf::OStream(target.c_str()), target_(target) {
    buffer_.reserve(bufferBytes);
    fd_ = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
    if (fd_ < 0) {
        error_ = errno;
        fail();
    }
}

OutputStream::~OutputStream() {
    if (fd_ >= 0)
        ::close(fd_);
}

void OutputStream::fail() const {
    throw Error(ErrorKind::output,
                fmt::format("{}: cannot be written: {}", target_.string(), systemError(error_)));
}

void OutputStream::write(const char data[], int size) {
    if (buffer_.size() + std::size_t(size) > bufferBytes)
        flush();
    buffer_.insert(buffer_.end(), data, data + size);
    position_ += std::uint64_t(size);
}

void OutputStream::seekp(std::uint64_t position) {
    flush();
    if (::lseek(fd_, static_cast<off_t>(position), SEEK_SET) < 0) {
        error_ = errno;
        fail();
    }
    position_ = position;
}

void OutputStream::flush() {
    if (error_ != 0)
        fail();
    for (std::size_t done = 0; done < buffer_.size();) {
        const ssize_t n = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_ = errno;
            fail();
        }
        done += std::size_t(n);
    }
    buffer_.clear();
}

void OutputStream::close() {
    flush();
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) {
        error_ = errno;
        fail();
    }
}

} // namespace inbetween
