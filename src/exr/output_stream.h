// A stream that OpenEXR writes to and that loses no error. OpenEXR's own stream swallows those of its last
// writes, which come from destructors: on a full disk it leaves a broken file and says nothing.
#pragma once

#include <OpenEXR/ImfIO.h>
#include <filesystem>
#include <vector>

namespace inbetween {

class OutputStream : public Imf::OStream {
public:
    // Writes to `path`; errors name `target`, the file that it will become.
    OutputStream(const std::filesystem::path& path, const std::filesystem::path& target);
    ~OutputStream() override;

    void write(const char data[], int size) override;
    std::uint64_t tellp() override { return position_; }
    void seekp(std::uint64_t position) override;

    // Call it when OpenEXR's file object is gone. Throws Error(output) for any write that has failed so far.
    void close();

private:
    void flush();
    [[noreturn]] void fail() const;

    std::filesystem::path target_;
    int fd_ = -1;
    int error_ = 0; // the first that happened
    std::vector<char> buffer_;
    std::uint64_t position_ = 0; // of the next byte, those in the buffer counted
};

} // namespace inbetween
