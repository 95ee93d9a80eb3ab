#include "network/safetensors.h"

#include "inbetween/error.h"
#include "network/model_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace inbetween {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string errorOf(const std::string& file) {
    try {
        const Safetensors parsed("weights.file", test::bytesOf(file));
        return "";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::model);
        EXPECT_THAT(e.what(), HasSubstr("weights.file"));
        EXPECT_THAT(e.what(), Not(HasSubstr("\n")));
        return e.what();
    }
}

const std::string smallFile = test::safetensorsFile(
    {{"a.bias", test::floatTensor({3}, 1.0f)}, {"b.weight", test::floatTensor({2, 1, 3, 3}, 1.0f)}});

// A file whose only layer, "layer.x", has this entry, and eight bytes of data.
std::string errorOfEntry(const std::string& entry) {
    return errorOf(test::withHeader("{\"layer.x\":" + entry + "}", std::string(8, '\0')));
}

TEST(Safetensors, ReadsTensorsAndMetadata) {
    const Safetensors file("weights.file", test::bytesOf(smallFile));
    EXPECT_EQ(file.metadata().at("architecture"), "ibnet2");
    ASSERT_EQ(file.tensors().size(), 2u);
    const std::vector<float> values = file.floats("b.weight", {2, 1, 3, 3});
    ASSERT_EQ(values.size(), 18u);
    const std::string expected = test::floatTensor({2, 1, 3, 3}, 1.0f).bytes;
    EXPECT_EQ(std::memcmp(values.data(), expected.data(), expected.size()), 0);
}

TEST(Safetensors, RefusesEveryTruncation) {
    for (std::size_t length = 0; length < smallFile.size(); ++length)
        EXPECT_NE(errorOf(smallFile.substr(0, length)), "") << length;
    EXPECT_THAT(errorOf(smallFile + "x"), HasSubstr("expected 84 bytes of data, found 85"));
}

TEST(Safetensors, SurvivesEveryChangedHeaderByte) {
    for (std::size_t at = 0; at < smallFile.size() - 84; ++at)
        for (const char changed : {'\0', '"', '{', '9', '\xff'}) {
            std::string file = smallFile;
            file[at] = changed;
            errorOf(file); // an error or none, never anything else
        }
}

TEST(Safetensors, RefusesHugeHeaderLengths) {
    constexpr std::uint64_t most = ~std::uint64_t{0};
    for (const std::uint64_t length : {std::uint64_t{100}, std::uint64_t{1} << 40, most - 7, most}) {
        std::string file(20, '{');
        std::memcpy(file.data(), &length, sizeof length);
        EXPECT_THAT(errorOf(file), HasSubstr(fmt::format("expected a header of {} bytes", length)));
    }
}

TEST(Safetensors, RefusesWhatIsNotAHeader) {
    for (const char* header : {"", "[]", "3", "{", "{\"a\":}", "\xff\xfe", "{\"__metadata__\":[]}",
                               "{\"__metadata__\":{\"a\":1}}"})
        EXPECT_NE(errorOf(test::withHeader(header, "")), "") << header;
    EXPECT_NE(errorOf(test::withHeader(std::string(100000, '['), "")), "");
}

TEST(Safetensors, RefusesLayersThatAreThereTwice) {
    const std::string entry = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    const std::string header = "{\"layer.x\":" + entry + ",\"layer.x\":" + entry + "}";
    EXPECT_THAT(errorOf(test::withHeader(header, std::string(8, '\0'))),
                HasSubstr("\"layer.x\" is there twice"));
}

TEST(Safetensors, ChecksEachEntryAgainstTheFile) {
    EXPECT_EQ(errorOfEntry(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})"), "");
    const char* wrong[] = {
        R"(3)",
        R"({"shape":[2],"data_offsets":[0,8]})",
        R"({"dtype":"F99","shape":[2],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[0]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[-8,0]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[8,16]})",
        R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})",
        R"({"dtype":"F64","shape":[2],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551615]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551616]})",
    };
    for (const char* entry : wrong)
        EXPECT_THAT(errorOfEntry(entry), HasSubstr("layer \"layer.x\"")) << entry;
}

TEST(Safetensors, RefusesOverlapsAndHoles) {
    const auto errorOfPlaces = [](const char* first, const char* second) {
        return errorOf(test::withHeader(fmt::format(R"({{"a":{{"dtype":"U8","shape":[4],"data_offsets":{}}},)"
                                                    R"("b":{{"dtype":"U8","shape":[4],"data_offsets":{}}}}})",
                                                    first, second),
                                        std::string(8, '\0')));
    };
    EXPECT_EQ(errorOfPlaces("[4,8]", "[0,4]"), "");
    EXPECT_THAT(errorOfPlaces("[0,4]", "[3,7]"),
                HasSubstr("layer \"b\": expected its bytes to start at 4, found 3"));
    EXPECT_THAT(errorOfPlaces("[0,4]", "[0,4]"),
                HasSubstr("layer \"b\": expected its bytes to start at 4, found 0"));
    EXPECT_THAT(errorOfPlaces("[1,5]", "[0,4]"),
                HasSubstr("layer \"a\": expected its bytes to start at 4, found 1"));
}

TEST(Safetensors, NamesTheLayerThatIsExpected) {
    const Safetensors file("weights.file", test::bytesOf(smallFile));
    const auto errorOfFloats = [&](const std::string& name,
                                   const std::vector<std::int64_t>& shape) -> std::string {
        try {
            file.floats(name, shape);
            return "";
        } catch (const Error& e) {
            return e.what();
        }
    };
    EXPECT_EQ(errorOfFloats("c", {3}),
              "weights.file: not a usable model: layer \"c\": expected F32 [3], found no such layer");
    EXPECT_EQ(errorOfFloats("a.bias", {4}),
              "weights.file: not a usable model: layer \"a.bias\": expected F32 [4], found F32 [3]");
}

TEST(Safetensors, RefusesWeightsThatAreNotFinite) {
    test::FileTensor tensor = test::floatTensor({3}, 1.0f);
    const float bad = std::numeric_limits<float>::infinity();
    std::memcpy(tensor.bytes.data() + 4, &bad, sizeof bad);
    const std::string bytes = test::safetensorsFile({{"a.bias", tensor}});
    const Safetensors file("weights.file", test::bytesOf(bytes));
    EXPECT_THROW(file.floats("a.bias", {3}), Error);
}

TEST(ReadModelFile, NamesWhatCannotBeRead) {
    for (const char* path : {"/nowhere/at/all.safetensors", "/tmp", "/dev/null"})
        try {
            readModelFile(path);
            ADD_FAILURE() << path;
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::model);
            EXPECT_THAT(e.what(), HasSubstr(path));
        }
}

} // namespace
} // namespace inbetween
