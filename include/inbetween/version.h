#pragma once

namespace inbetween {
const char* versionString(); // "0.2.0"
}
