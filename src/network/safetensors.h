// Reader of the safetensors format: 8 bytes with the header's length (little endian), a JSON header that
// gives each tensor's type, shape and place, and the values. https://github.com/huggingface/safetensors
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace inbetween {

// "[64, 32, 3, 3]"
std::string shapeText(std::span<const std::int64_t> shape);

class Safetensors {
public:
    struct Tensor {
        std::string type; // as in the file: "F32"
        std::vector<std::int64_t> shape;
        std::span<const std::byte> bytes; // of the file that was parsed
    };

    // `source` names the file in errors. `file` must outlive this. Every type, shape, offset and length is
    // checked against the file. Throws Error(model).
    Safetensors(std::string source, std::span<const std::byte> file);

    const std::string& source() const { return source_; }
    const std::map<std::string, Tensor>& tensors() const { return tensors_; }
    const std::map<std::string, std::string>& metadata() const { return metadata_; }

    // The values of a float32 tensor of just that shape. Throws Error(model): the file, the layer, expected,
    // actual.
    std::vector<float> floats(const std::string& name, const std::vector<std::int64_t>& shape) const;

private:
    std::string source_;
    std::map<std::string, Tensor> tensors_;
    std::map<std::string, std::string> metadata_;
};

// The whole file. Throws Error(model).
std::vector<std::byte> readModelFile(const std::filesystem::path& path);

} // namespace inbetween
