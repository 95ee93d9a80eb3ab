// Opening an OpenEXR file: every way in which that fails becomes an Error that names the file.
#pragma once

#include "inbetween/error.h"

#include <OpenEXR/ImfMultiPartInputFile.h>
#include <filesystem>
#include <memory>

namespace inbetween {

std::unique_ptr<Imf::MultiPartInputFile> openInput(const std::filesystem::path& path);

// What OpenEXR threw while it read `path`, as an Error(input).
Error readError(const std::filesystem::path& path, const std::exception& error);

// Runs `read`; whatever OpenEXR throws becomes an Error(input).
template <class Read> auto withReadErrors(const std::filesystem::path& path, Read read) {
    try {
        return read();
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {
        throw readError(path, error);
    }
}

} // namespace inbetween
