#include "memory_file.h"

#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

const std::filesystem::path& memoryFile(const std::uint8_t* bytes, std::size_t count) {
    static const int fd = ::memfd_create("input", MFD_CLOEXEC);
    static const std::filesystem::path path = "/proc/self/fd/" + std::to_string(fd);
    if (fd < 0 || ::ftruncate(fd, 0) != 0 || ::pwrite(fd, bytes, count, 0) != ssize_t(count))
        std::abort();
    return path;
}
