#pragma once

#include "inbetween/error.h"

namespace inbetween {

// Memory ran out while a file was read; the file itself may be well.
class MemoryError : public Error {
public:
    using Error::Error;
};

} // namespace inbetween
