#pragma once

namespace inbetween {
const char* versionString(); // "0.1.0"
}
