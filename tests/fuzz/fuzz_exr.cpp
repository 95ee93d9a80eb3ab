// The EXR reader: header, pixels, and what is made of them next.
#include "memory_file.h"

#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "inbetween/roles.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    const std::filesystem::path& path = memoryFile(bytes, count);
    inbetween::ReadOptions options;
    options.maxPixels = 1 << 20; // so that what is tried is small
    try {
        inbetween::readExrInfo(path);
        const inbetween::Image image = inbetween::readExr(path, options);
        inbetween::findRoles(image);
        inbetween::pixelHash(image);
        inbetween::stringAttribute(path, "owner");
        std::vector<inbetween::Box> windows;
        for (const inbetween::Part& part : image.parts)
            windows.push_back(part.dataWindow);
        inbetween::imageBetween(image, image, 0.5, windows);
    } catch (const inbetween::Error&) {
    }
    return 0;
}
