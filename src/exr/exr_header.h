// The attributes of a part. The only place where a public type holds something of OpenEXR.
#pragma once

#include <OpenEXR/ImfHeader.h>

namespace inbetween {

class ExrHeader {
public:
    explicit ExrHeader(const Imf::Header& header) : imf(header) {}
    const Imf::Header imf;
};

} // namespace inbetween
