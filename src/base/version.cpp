#include "inbetween/version.h"

namespace inbetween {

const char* versionString() {
    return INBETWEEN_VERSION;
}

} // namespace inbetween
