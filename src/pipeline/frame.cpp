#include "pipeline/frame.h"

#include "base/text.h"

#include <new>

namespace inbetween {

std::string reasonOf(const std::exception& error) {
    // bad_alloc says nothing that helps a person.
    return dynamic_cast<const std::bad_alloc*>(&error)
               ? "out of memory; give --memory a smaller budget or use fewer threads"
               : printable(error.what());
}

} // namespace inbetween
