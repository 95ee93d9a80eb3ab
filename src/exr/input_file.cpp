#include "exr/input_file.h"

#include "base/text.h"

#include <OpenEXR/ImfThreading.h>
#include <OpenEXR/ImfVersion.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace inbetween {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", path.string(), why));
}

// A descriptor that closes itself.
struct Descriptor {
    int fd = -1;
    explicit Descriptor(int opened) : fd(opened) {}
    ~Descriptor() { ::close(fd); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
};

// OpenEXR's own messages for these cases say little, and opening a pipe would wait for ever. Returns the open
// file.
int openExrFile(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        fail(path, errno == ENOENT ? "there is no such file; render or copy it again"
                                   : fmt::format("cannot be read: {}", systemError(errno)));
    if (S_ISDIR(status.st_mode))
        fail(path, "this is a folder, not an OpenEXR file");
    if (!S_ISREG(status.st_mode))
        fail(path, "this is no regular file");
    if (status.st_size == 0)
        fail(path, "the file is empty (0 bytes); render or copy it again");
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(path, fmt::format("cannot be read: {}", systemError(errno)));
    std::array<char, 4> start{};
    const ssize_t n = ::read(fd, start.data(), start.size());
    const int error = errno;
    if (n == 4 && Imf::isImfMagic(start.data()))
        return fd;
    ::close(fd);
    if (n < 0)
        fail(path, fmt::format("cannot be read: {}", systemError(error)));
    fail(path, "this is not an OpenEXR file; render or copy it again");
}

} // namespace

InputFile openInput(const std::filesystem::path& path) {
    const Descriptor file(openExrFile(path));
    return withReadErrors(path, [&] {
        InputFile input;
        input.layout = findLayout(file.fd, path);
        input.imf = std::make_unique<Imf::MultiPartInputFile>(path.c_str(), Imf::globalThreadCount(), true);
        input.cutOff = findCutOffParts(file.fd, input.layout, *input.imf);
        return input;
    });
}

Error readError(const std::filesystem::path& path, const std::exception& error) {
    if (dynamic_cast<const std::length_error*>(&error))
        return Error(ErrorKind::input,
                     fmt::format("{}: there is not enough memory to read it", path.string()));
    // OpenEXR begins with "Cannot read image file "PATH". ": the path is already there.
    std::string why = error.what();
    const std::string quoted = '"' + path.string() + "\". ";
    if (const std::size_t at = why.find(quoted); at != std::string::npos)
        why.erase(0, at + quoted.size());
    while (!why.empty() && (why.back() == '.' || why.back() == '\n'))
        why.pop_back();
    return Error(ErrorKind::input, fmt::format("{}: cannot be read as OpenEXR ({}); render or copy it again",
                                               path.string(), why));
}

} // namespace inbetween
