// See preview/movie_writer.h.
#include "preview/movie_writer.h"

#include <cstdio>
#include <fcntl.h>
#include <opencv2/videoio.hpp>
#include <unistd.h>

namespace inbetween {
namespace {

// OpenCV and FFmpeg print to the descriptor itself, whatever log levels are set.
class QuietStandardError {
public:
    QuietStandardError() {
        std::fflush(stderr);
        saved_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (saved_ >= 0 && nowhere >= 0)
            ::dup2(nowhere, STDERR_FILENO);
        if (nowhere >= 0)
            ::close(nowhere);
    }
    ~QuietStandardError() {
        std::fflush(stderr);
        if (saved_ >= 0) {
            ::dup2(saved_, STDERR_FILENO);
            ::close(saved_);
        }
    }
    QuietStandardError(const QuietStandardError&) = delete;
    QuietStandardError& operator=(const QuietStandardError&) = delete;

private:
    int saved_ = -1;
};

int fourccOf(MovieCodec codec) {
    switch (codec) {
    case MovieCodec::mp4v:
        return cv::VideoWriter::fourcc('m', 'p', '4', 'v');
    case MovieCodec::mjpg:
        return cv::VideoWriter::fourcc('M', 'J', 'P', 'G');
    default:
        return cv::VideoWriter::fourcc('a', 'v', 'c', '1');
    }
}

class OpenCvMovieWriter : public MovieWriter {
public:
    bool open(const std::filesystem::path& file, MovieCodec codec, double framesPerSecond,
              cv::Size size) override {
        const QuietStandardError quiet;
        file_ = file.string();
        // OpenCV's own Motion JPEG needs no FFmpeg.
        for (const int backend : {int(cv::CAP_FFMPEG), int(cv::CAP_OPENCV_MJPEG)}) {
            backend_ = backend;
            if (backend == cv::CAP_OPENCV_MJPEG && (codec != MovieCodec::mjpg || file.extension() != ".avi"))
                return false;
            if (writer_.open(file_, backend, fourccOf(codec), framesPerSecond, size))
                return true;
        }
        return false;
    }
    void write(const cv::Mat& bgr) override {
        const QuietStandardError quiet;
        writer_.write(bgr);
    }
    int finish() override {
        const QuietStandardError quiet;
        writer_.release();
        const cv::VideoCapture movie(file_, backend_);
        return movie.isOpened() ? int(movie.get(cv::CAP_PROP_FRAME_COUNT)) : 0;
    }

private:
    std::string file_;
    int backend_ = 0;
    cv::VideoWriter writer_;
};

} // namespace
} // namespace inbetween

extern "C" inbetween::MovieWriter* inbetweenMovieWriter() {
    return new inbetween::OpenCvMovieWriter;
}
