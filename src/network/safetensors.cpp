#include "network/safetensors.h"

#include "inbetween/error.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace inbetween {
namespace {

using nlohmann::json;
static_assert(std::endian::native == std::endian::little, "weights are little endian");

std::optional<std::uint64_t> bytesOfType(const std::string& type) {
    static const std::map<std::string, std::uint64_t> sizes{{"BOOL", 1},    {"U8", 1},      {"I8", 1},
                                                            {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"U16", 2},
                                                            {"I16", 2},     {"F16", 2},     {"BF16", 2},
                                                            {"U32", 4},     {"I32", 4},     {"F32", 4},
                                                            {"U64", 8},     {"I64", 8},     {"F64", 8}};
    const auto found = sizes.find(type);
    return found == sizes.end() ? std::nullopt : std::optional(found->second);
}

[[noreturn]] void fail(const std::string& source, const std::string& what) {
    throw Error(ErrorKind::model, fmt::format("{}: not a usable model: {}", source, what));
}

[[noreturn]] void fail(const std::string& source, const std::string& layer, const std::string& what) {
    fail(source, fmt::format("layer \"{}\": {}", layer, what));
}

json parseHeader(const std::string& source, std::string_view text) {
    // JSON libraries keep the last of two equal keys; here the second would hide a layer.
    std::vector<std::set<std::string>> keys;
    const auto refuseDoubles = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start)
            keys.emplace_back();
        else if (event == json::parse_event_t::object_end)
            keys.pop_back();
        else if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
            fail(source, fmt::format("\"{}\" is there twice", parsed.get<std::string>()));
        return true;
    };
    try {
        json header = json::parse(text, refuseDoubles);
        if (!header.is_object())
            fail(source, "its header is not a JSON object");
        return header;
    } catch (const json::exception& e) {
        fail(source, fmt::format("its header is not JSON ({})", e.what()));
    }
}

bool isListOfSizes(const json& value) {
    return value.is_array() &&
           std::ranges::all_of(value, [](const json& v) { return v.is_number_unsigned(); });
}

// The product of the shape and the type's size; nothing where it does not fit into 63 bits.
std::optional<std::uint64_t> bytesOf(const std::vector<std::uint64_t>& shape, std::uint64_t elementBytes) {
    if (std::ranges::find(shape, 0u) != shape.end())
        return 0;
    std::uint64_t bytes = elementBytes;
    for (const std::uint64_t extent : shape) {
        if (bytes > (std::uint64_t{1} << 63) / extent)
            return std::nullopt;
        bytes *= extent;
    }
    return bytes;
}

Safetensors::Tensor parseTensor(const std::string& source, const std::string& name, const json& entry,
                                std::span<const std::byte> data) {
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string())
        fail(source, name, "expected an object with a \"dtype\"");
    if (!entry.contains("shape") || !isListOfSizes(entry["shape"]))
        fail(source, name, "expected a \"shape\" of whole numbers");
    if (!entry.contains("data_offsets") || !isListOfSizes(entry["data_offsets"]) ||
        entry["data_offsets"].size() != 2)
        fail(source, name, "expected \"data_offsets\" of two whole numbers");

    const auto type = entry["dtype"].get<std::string>();
    const auto elementBytes = bytesOfType(type);
    if (!elementBytes)
        fail(source, name, fmt::format("the type \"{}\" is unknown", type));
    const auto begin = entry["data_offsets"][0].get<std::uint64_t>();
    const auto end = entry["data_offsets"][1].get<std::uint64_t>();
    if (begin > end || end > data.size())
        fail(source, name,
             fmt::format("expected its bytes within the {} bytes of data, found {} to {}", data.size(), begin,
                         end));
    const auto shape = entry["shape"].get<std::vector<std::uint64_t>>();
    const auto expected = bytesOf(shape, *elementBytes);
    if (!expected || *expected != end - begin)
        fail(source, name,
             fmt::format("its shape [{}] of type {} does not fit into its {} bytes", fmt::join(shape, ", "),
                         type, end - begin));
    return {type, {shape.begin(), shape.end()}, data.subspan(begin, end - begin)};
}

// The format allows neither overlaps nor holes.
void checkLayout(const std::string& source, const std::map<std::string, Safetensors::Tensor>& tensors,
                 std::span<const std::byte> data) {
    std::vector<std::pair<std::span<const std::byte>, std::string>> ranges;
    for (const auto& [name, tensor] : tensors)
        ranges.emplace_back(tensor.bytes, name);
    const auto offset = [&](const std::byte* p) { return static_cast<std::size_t>(p - data.data()); };
    std::ranges::sort(ranges, {},
                      [&](const auto& r) { return std::pair(offset(r.first.data()), r.first.size()); });
    std::size_t end = 0;
    for (const auto& [bytes, name] : ranges) {
        if (offset(bytes.data()) != end)
            fail(source, name,
                 fmt::format("expected its bytes to start at {}, found {}", end, offset(bytes.data())));
        end += bytes.size();
    }
    if (end != data.size())
        fail(source, fmt::format("expected {} bytes of data, found {}", end, data.size()));
}

} // namespace

std::string shapeText(std::span<const std::int64_t> shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

Safetensors::Safetensors(std::string source, std::span<const std::byte> file) : source_(std::move(source)) {
    std::uint64_t headerBytes = 0;
    if (file.size() < sizeof headerBytes)
        fail(source_, fmt::format("expected a safetensors file, found {} bytes", file.size()));
    std::memcpy(&headerBytes, file.data(), sizeof headerBytes);
    if (headerBytes > file.size() - sizeof headerBytes)
        fail(source_,
             fmt::format("expected a header of {} bytes, found a file of {} (not safetensors, or cut off)",
                         headerBytes, file.size()));
    const auto data = file.subspan(sizeof headerBytes + headerBytes);
    const json header = parseHeader(source_, {reinterpret_cast<const char*>(file.data()) + sizeof headerBytes,
                                              std::size_t(headerBytes)});

    for (const auto& [name, entry] : header.items()) {
        if (name != "__metadata__") {
            tensors_.emplace(name, parseTensor(source_, name, entry, data));
            continue;
        }
        if (!entry.is_object())
            fail(source_, "its __metadata__ is not an object");
        for (const auto& [key, value] : entry.items()) {
            if (!value.is_string())
                fail(source_, fmt::format("its metadata \"{}\" is not text", key));
            metadata_.emplace(key, value.get<std::string>());
        }
    }
    checkLayout(source_, tensors_, data);
}

std::vector<float> Safetensors::floats(const std::string& name,
                                       const std::vector<std::int64_t>& shape) const {
    const std::string expected = fmt::format("expected F32 {}", shapeText(shape));
    const auto found = tensors_.find(name);
    if (found == tensors_.end())
        fail(source_, name, expected + ", found no such layer");
    const Tensor& tensor = found->second;
    if (tensor.type != "F32" || tensor.shape != shape)
        fail(source_, name, fmt::format("{}, found {} {}", expected, tensor.type, shapeText(tensor.shape)));
    std::vector<float> values(tensor.bytes.size() / sizeof(float));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); }))
        fail(source_, name, "expected finite values, found NaN or infinity");
    return values;
}

std::vector<std::byte> readModelFile(const std::filesystem::path& path) {
    const auto refuse = [&](const std::string& why) {
        throw Error(ErrorKind::model, fmt::format("{}: cannot read the model: {}", path.string(), why));
    };
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status))
        refuse(error ? error.message() : "no such file");
    if (!std::filesystem::is_regular_file(status))
        refuse("not a file");
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error)
        refuse(error.message());
    constexpr std::uintmax_t most = 1u << 30;
    if (size > most)
        refuse(fmt::format("{} bytes are more than any model has", size));
    std::vector<std::byte> bytes(size);
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file || !file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
        refuse(errno ? std::strerror(errno) : "it ended early");
    return bytes;
}

} // namespace inbetween
