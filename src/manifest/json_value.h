// Reading JSON that others may have written: every complaint names the value it is about.
#pragma once

#include "inbetween/error.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inbetween {

using Json = nlohmann::ordered_json;

struct Invalid {
    std::string message;
};

// A value of the document and the way to it, which every complaint names.
class Value {
public:
    Value(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}

    Value operator[](std::string_view key) const {
        if (!json_.is_object())
            fail("must be an object");
        const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
        const auto found = json_.find(std::string(key));
        if (found == json_.end())
            throw Invalid{fmt::format("{} is missing", path)};
        return {*found, path};
    }

    bool has(std::string_view key) const { return json_.is_object() && json_.contains(std::string(key)); }

    // each(element)
    template <class Each> void forEach(const Each& each) const {
        if (!json_.is_array())
            fail("must be a list");
        for (std::size_t i = 0; i < json_.size(); ++i)
            each(Value(json_[i], fmt::format("{}[{}]", path_, i)));
    }

    std::string text() const {
        if (!json_.is_string())
            fail("must be a text");
        return json_.get<std::string>();
    }

    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        forEach([&](const Value& element) { all.push_back(element.text()); });
        return all;
    }

    bool flag() const {
        if (!json_.is_boolean())
            fail("must be true or false");
        return json_.get<bool>();
    }

    template <class Integer> Integer integer(Integer least = std::numeric_limits<Integer>::min()) const {
        constexpr Integer most = std::numeric_limits<Integer>::max();
        bool fits = false;
        if (json_.is_number_unsigned())
            fits = std::in_range<Integer>(json_.get<std::uint64_t>()) && json_.get<Integer>() >= least;
        else if (json_.is_number_integer())
            fits = std::in_range<Integer>(json_.get<std::int64_t>()) && json_.get<Integer>() >= least;
        if (!fits)
            fail(fmt::format("must be a whole number from {} to {}", least, most));
        return json_.get<Integer>();
    }

    double number() const {
        if (!json_.is_number() || !std::isfinite(json_.get<double>()))
            fail("must be a number");
        return json_.get<double>();
    }

    // What figure() wrote: null is NaN.
    double figureFromZero() const {
        if (json_.is_null())
            return std::numeric_limits<double>::quiet_NaN();
        const double value = number();
        if (value < 0)
            fail("must not be below 0");
        return value;
    }

    bool isNull() const { return json_.is_null(); }

    template <class Names> auto oneOf(const Names& names) const {
        const std::string word = text();
        for (const auto& [value, name] : names)
            if (name == word)
                return value;
        std::string known;
        for (const auto& [value, name] : names)
            known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
        fail(fmt::format("must be one of {}", known));
    }

    [[noreturn]] void fail(std::string_view complaint) const {
        throw Invalid{fmt::format("{} {}", path_.empty() ? "the document" : path_, complaint)};
    }

private:
    const Json& json_;
    std::string path_;
};

// read(Value of the whole document); what it finds wrong becomes an Error(input) that names `file`.
template <class Read>
auto readJson(const std::string& text, const std::filesystem::path& file, const Read& read) {
    try {
        const Json document = Json::parse(text);
        return read(Value(document, ""));
    } catch (const Invalid& invalid) {
        throw Error(ErrorKind::input, fmt::format("{}: {}", file.string(), invalid.message));
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::input,
                    fmt::format("{}: not a complete JSON document: {}", file.string(), error.what()));
    }
}

// The bytes of a file. Throws Error(input): "<file>: cannot be read; <hint>".
std::string readText(const std::filesystem::path& file, std::string_view hint);

} // namespace inbetween
