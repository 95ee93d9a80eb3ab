// What the machine could do: plain oneDNN convolutions, memory, OpenEXR alone.
#pragma once

#include "inbetween/exr.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace roofline {

enum class Arithmetic { float32, bfloat16, int8 };
const char* nameOf(Arithmetic arithmetic);

// 3x3, padding 1, of an input of this size.
struct ConvolutionShape {
    int inputs = 0, outputs = 0, stride = 1;
    int height = 0, width = 0;

    int outputHeight() const { return (height - 1) / stride + 1; }
    int outputWidth() const { return (width - 1) / stride + 1; }
    double flops() const { return 2.0 * 9 * inputs * outputs * outputHeight() * outputWidth(); }
    double bytes(int elementBytes) const { // touched at least once
        return double(elementBytes) *
               (double(inputs) * height * width + double(outputs) * outputHeight() * outputWidth() +
                9.0 * inputs * outputs);
    }
};

// oneDNN's fastest way through a shape, without bias and activation: as a whole or in bands of rows that stay
// in a cache, channels last or in oneDNN's own order. Each was tried when this was made.
class FastestConvolution {
public:
    FastestConvolution(const ConvolutionShape& shape, Arithmetic arithmetic);
    ~FastestConvolution();
    FastestConvolution(FastestConvolution&&) noexcept;
    void run() const; // as many operations as the whole shape has
    std::string implementation() const;

private:
    struct Candidate;
    std::unique_ptr<Candidate> best_;
};

// a = b + s c over three arrays that no cache holds; bytes that a call reads and writes.
double triad();

// OpenEXR by itself, on the caller's thread, without what an in-between needs beside: hashes, syncs, checks.
void encodeAlone(const std::filesystem::path& file, const inbetween::Image& image,
                 inbetween::Compression compression);
void decodeAlone(const std::filesystem::path& file,
                 inbetween::Image& image); // into channels of the same size

} // namespace roofline
