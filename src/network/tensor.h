// Activations of the network: height x width x channels, channels fastest (NHWC), float32, bfloat16 or int8.
#pragma once

#include "inbetween/large_memory.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace inbetween {

enum class ElementType { float32, bfloat16, int8 };
inline std::size_t bytesPerElement(ElementType t) {
    return t == ElementType::float32 ? 4 : t == ElementType::bfloat16 ? 2 : 1;
}

// The upper half of a float, rounded to nearest even. No NaN ever needs to survive the conversion.
struct Bfloat16 {
    std::uint16_t bits;

    Bfloat16() = default;
    explicit Bfloat16(float value) {
        const auto u = std::bit_cast<std::uint32_t>(value);
        bits = static_cast<std::uint16_t>((u + 0x7fff + ((u >> 16) & 1)) >> 16);
    }
    explicit operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};

// The nearest whole number, to even; what is larger than 127 is cut off. A channel's values are scaled so
// that 127 is its full scale. NaN is 127.
struct Int8 {
    static constexpr float most = 127.0f;
    std::int8_t value;

    Int8() = default;
    explicit Int8(float v) {
        constexpr float roundsToWhole = 12582912.0f; // 1.5 * 2^23: what is added to it has no fraction left
        const float limited = std::max(-most, v < most ? v : most);
        value = static_cast<std::int8_t>(static_cast<int>(limited + roundsToWhole - roundsToWhole));
    }
};

// Memory that is aligned for vector loads, not cleared, and kept when it is asked for less.
class AlignedBuffer {
public:
    AlignedBuffer() = default;
    AlignedBuffer(AlignedBuffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}
    AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~AlignedBuffer() { freeLarge(data_, capacity_); }

    std::byte* reserve(std::size_t bytes) {
        if (bytes > capacity_) {
            freeLarge(std::exchange(data_, nullptr), std::exchange(capacity_, 0));
            data_ = static_cast<std::byte*>(allocateLarge(bytes));
            capacity_ = bytes;
        }
        return data_;
    }
    std::byte* data() const { return data_; }

private:
    std::byte* data_ = nullptr;
    std::size_t capacity_ = 0;
};

class Tensor {
public:
    // The contents are undefined afterwards.
    void resize(int height, int width, int channels, ElementType type) {
        height_ = height;
        width_ = width;
        channels_ = channels;
        type_ = type;
        buffer_.reserve(rowBytes() * height);
    }
    int height() const { return height_; }
    int width() const { return width_; }
    int channels() const { return channels_; }
    ElementType type() const { return type_; }
    std::size_t rowBytes() const { return bytesPerElement(type_) * width_ * channels_; }
    void* row(int y) { return buffer_.data() + rowBytes() * y; }
    const void* row(int y) const { return buffer_.data() + rowBytes() * y; }

private:
    int height_ = 0, width_ = 0, channels_ = 0;
    ElementType type_ = ElementType::float32;
    AlignedBuffer buffer_;
};

} // namespace inbetween
