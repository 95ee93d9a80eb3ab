// Opening an OpenEXR file: every way in which that fails becomes an Error that names the file.
#pragma once

#include "exr/file_layout.h"
#include "exr/memory_error.h"

#include <OpenEXR/ImfMultiPartInputFile.h>
#include <filesystem>
#include <memory>
#include <new>

namespace inbetween {

struct InputFile {
    std::unique_ptr<Imf::MultiPartInputFile> imf;
    FileLayout layout;
    std::vector<bool> cutOff; // for each part: it goes on beyond the end of the file
};
InputFile openInput(const std::filesystem::path& path);

// What OpenEXR threw while it read `path`, as an Error(input).
Error readError(const std::filesystem::path& path, const std::exception& error);

// Runs `read`; whatever OpenEXR throws becomes an Error(input).
template <class Read> auto withReadErrors(const std::filesystem::path& path, Read read) {
    try {
        return read();
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw MemoryError(ErrorKind::input, path.string() + ": there is not enough memory to read it");
    } catch (const std::exception& error) {
        throw readError(path, error);
    }
}

} // namespace inbetween
