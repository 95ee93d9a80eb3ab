// The attributes of a part. The only place where a public type holds something of OpenEXR.
#pragma once

#include <OpenEXR/ImfHeader.h>
#include <string>

namespace inbetween {

// A copy of `header` with the attributes that `keep(name)` wants. (Imf::Header::erase leaks what it removes
// in 3.1.)
template <class Keep> Imf::Header selectAttributes(const Imf::Header& header, Keep keep) {
    Imf::Header selected;
    for (auto it = header.begin(); it != header.end(); ++it)
        if (keep(std::string(it.name())))
            selected.insert(it.name(), it.attribute());
    return selected;
}

class ExrHeader {
public:
    explicit ExrHeader(const Imf::Header& header) : imf(header) {}
    const Imf::Header imf;
};

// Width of a pixel over its height, as shown; nonsense is 1.
inline float pixelAspectOf(const Imf::Header& header) {
    const float aspect = header.pixelAspectRatio();
    return aspect >= 0.1f && aspect <= 10.0f ? aspect : 1.0f; // NaN too
}

} // namespace inbetween
