// The one thing that needs OpenCV's videoio, which loads over 200 libraries: a module that is loaded when a
// movie is written, so that every other command starts at once.
#pragma once

#include "inbetween/preview.h"

#include <memory>
#include <opencv2/core/mat.hpp>

namespace inbetween {

class MovieWriter {
public:
    virtual ~MovieWriter() = default;
    // The name's extension chooses the container. False where there is no encoder for it, or no file can be
    // made.
    virtual bool open(const std::filesystem::path& file, MovieCodec codec, double framesPerSecond,
                      cv::Size size) = 0;
    virtual void write(const cv::Mat& bgr) = 0; // 8 bit, of the size that open() was told
    // Ends the file and returns how many frames can be found in it, as writing reports no errors; 0: not a
    // movie.
    virtual int finish() = 0;
};

// Throws Error(usage) where the module or what it needs is not installed.
std::unique_ptr<MovieWriter> loadMovieWriter();

inline constexpr const char* movieModule = "inbetween_movie.so";
inline constexpr const char* movieModuleEntry =
    "inbetweenMovieWriter"; // MovieWriter*(), to be deleted by the caller

} // namespace inbetween
