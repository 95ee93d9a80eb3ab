#include "preview/movie_writer.h"

#include "inbetween/error.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace inbetween {

std::unique_ptr<MovieWriter> loadMovieWriter() {
    // Found by the run path of the program, and never unloaded: FFmpeg's threads and tables would not survive
    // that.
    void* module = ::dlopen(movieModule, RTLD_NOW | RTLD_LOCAL);
    void* entry = module ? ::dlsym(module, movieModuleEntry) : nullptr;
    if (!entry)
        throw Error(ErrorKind::usage,
                    fmt::format("movies cannot be written here: {}; install OpenCV's videoio (Debian: "
                                "libopencv-videoio406) and the whole of inbetween, lib/ too",
                                ::dlerror()));
    return std::unique_ptr<MovieWriter>(reinterpret_cast<MovieWriter* (*)()>(entry)());
}

} // namespace inbetween
