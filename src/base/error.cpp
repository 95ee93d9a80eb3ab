#include "inbetween/error.h"

#include "base/text.h"

namespace inbetween {

Error::Error(ErrorKind kind, const std::string& message)
    : std::runtime_error(printable(message)), kind_(kind) {}

} // namespace inbetween
