// Weights files made in memory, so that each mistake can be put into one.
#pragma once

#include "network/ibnet2.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace inbetween::test {

struct FileTensor {
    std::string type = "F32";
    std::vector<std::int64_t> shape;
    std::string bytes;
};

inline std::string withHeader(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    std::string file(sizeof length, '\0');
    std::memcpy(file.data(), &length, sizeof length);
    return file + header + data;
}

inline std::string safetensorsFile(
    const std::map<std::string, FileTensor>& tensors,
    const std::map<std::string, std::string>& metadata = {{"architecture", "ibnet2"}, {"version", "0"}}) {
    std::string header = "{\"__metadata__\":{", data;
    for (const auto& [key, value] : metadata)
        header += fmt::format("{}\"{}\":\"{}\"", header.back() == '{' ? "" : ",", key, value);
    header += "}";
    for (const auto& [name, tensor] : tensors) {
        header += fmt::format(",\"{}\":{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", name,
                              tensor.type, fmt::join(tensor.shape, ","), data.size(),
                              data.size() + tensor.bytes.size());
        data += tensor.bytes;
    }
    return withHeader(header + "}", data);
}

inline FileTensor floatTensor(const std::vector<std::int64_t>& shape, float scale, unsigned seed = 1) {
    std::size_t count = 1;
    for (const std::int64_t extent : shape)
        count *= static_cast<std::size_t>(extent);
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-scale, scale);
    std::vector<float> values(count);
    for (float& value : values)
        value = uniform(random);
    return {"F32", shape, std::string(reinterpret_cast<const char*>(values.data()), count * sizeof(float))};
}

inline FileTensor constantTensor(std::int64_t count, float value) {
    const std::vector<float> values(std::size_t(count), value);
    return {"F32",
            {count},
            std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float))};
}

// Every layer of ibnet2, with random weights that keep activations at about 1.
inline std::map<std::string, FileTensor> randomModel() {
    std::map<std::string, FileTensor> tensors;
    unsigned seed = 1;
    for (const LayerDesc& layer : ibnet2Layers()) {
        const float scale = layer.head ? 0.02f : std::sqrt(6.0f / (9.0f * layer.inputs));
        const std::string name = layer.name;
        tensors[name + ".weight"] = floatTensor({layer.outputs, layer.inputs, 3, 3}, scale, seed++);
        tensors[name + ".bias"] = floatTensor({layer.outputs}, 0.05f, seed++);
        tensors[name + ".full_scale"] = constantTensor(layer.inputs, 4.0f);
    }
    return tensors;
}

inline std::span<const std::byte> bytesOf(const std::string& file) {
    return std::as_bytes(std::span(file));
}

} // namespace inbetween::test
