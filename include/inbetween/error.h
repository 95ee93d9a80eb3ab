// Errors: one line that names the file, the frame or the channel, what was expected and what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace inbetween {

enum class ErrorKind {
    usage,  // the command line or a parameter makes no sense
    input,  // a file or folder that was given cannot be used
    output, // something could not be written
    model,  // the weights file does not fit
};

// what() is one line, ready to be shown to a person; it holds no newline and no control characters.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message);
    ErrorKind kind() const noexcept { return kind_; }

private:
    ErrorKind kind_;
};

} // namespace inbetween
