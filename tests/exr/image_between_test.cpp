#include "exr/attributes_between.h"
#include "inbetween/error.h"
#include "inbetween/exr.h"
#include "support/exr_files.h"

#include <OpenEXR/ImfDoubleAttribute.h>
#include <OpenEXR/ImfFloatAttribute.h>
#include <OpenEXR/ImfIntAttribute.h>
#include <OpenEXR/ImfMatrixAttribute.h>
#include <OpenEXR/ImfPreviewImage.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <OpenEXR/ImfStringAttribute.h>
#include <OpenEXR/ImfVecAttribute.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace inbetween {
namespace {

using namespace test;
using ::testing::AllOf;
using ::testing::HasSubstr;

using Edit = std::function<void(Imf::Header&)>;

Image makeImage(const std::filesystem::path& path, const ExrPartSpec& part) {
    writeExrFile(path, {.displayWindow = {{0, 0}, {15, 11}}, .parts = {part}});
    return readExr(path);
}

Imf::Header between(const Edit& edit0, const Edit& edit1, double time = 0.5) {
    Imf::Header key0, key1;
    edit0(key0);
    edit1(key1);
    return headerBetween(key0, key1, time);
}

template <class Attribute, class Value>
std::optional<Value> valueBetween(const std::string& name, Value a, Value b, double time = 0.5,
                                  const Edit& also = {}) {
    const auto edit = [&](const Value& value) {
        return [&](Imf::Header& header) {
            header.insert(name, Attribute(value));
            if (also)
                also(header);
        };
    };
    const Imf::Header header = between(edit(a), edit(b), time);
    const auto* attribute = header.findTypedAttribute<Attribute>(name);
    return attribute ? std::optional(attribute->value()) : std::nullopt;
}

std::optional<std::string> textBetween(const std::string& name, const std::string& a, const std::string& b,
                                       double time = 0.5, const Edit& also = {}) {
    return valueBetween<Imf::StringAttribute>(name, a, b, time, also);
}

TEST(ImageBetween, HasTheChannelsOfTheFirstAndZeroes) {
    const TemporaryFolder folder;
    ExrPartSpec part;
    part.channels = {{"R"}, {"Z", Imf::FLOAT}, {"id", Imf::UINT}};
    const Image key0 = makeImage(folder / "a.1.exr", part);
    part.dataWindow = {{2, 2}, {5, 20}};
    const Image key1 = makeImage(folder / "a.3.exr", part);
    const Box window({1, 1}, {10, 15});
    const Image image = imageBetween(key0, key1, 0.25, {window});
    EXPECT_TRUE(image.path.empty());
    EXPECT_EQ(image.displayWindow, key0.displayWindow);
    EXPECT_EQ(image.parts.at(0).dataWindow, window);
    ASSERT_EQ(image.parts[0].channels.size(), 3u);
    for (const Channel& channel : image.parts[0].channels) {
        EXPECT_EQ(channel.type, key0.parts[0].find(channel.name)->type);
        EXPECT_EQ(channel.samples, LargeVector<std::byte>(10 * 15 * bytesPerSample(channel.type)));
    }
}

TEST(ImageBetween, CarriesAttributesIntoTheFile) {
    const TemporaryFolder folder;
    ExrPartSpec part;
    part.editHeader = [](Imf::Header& header) { header.insert("Frame", Imf::StringAttribute("1")); };
    const Image key0 = makeImage(folder / "a.1.exr", part);
    part.editHeader = [](Imf::Header& header) { header.insert("Frame", Imf::StringAttribute("3")); };
    const Image key1 = makeImage(folder / "a.3.exr", part);
    writeExr(folder / "a.2.exr", imageBetween(key0, key1, 0.5, {part.dataWindow}));
    EXPECT_EQ(stringAttribute(folder / "a.2.exr", "Frame"), "2");
}

TEST(ImageBetween, WindowsGrowToWholeSubsampledPixels) {
    const TemporaryFolder folder;
    ExrPartSpec part;
    part.channels = {{"Y"}, {"BY", Imf::HALF, 2, 2}};
    const Image key = makeImage(folder / "a.1.exr", part);
    const Image image = imageBetween(key, key, 0.5, {Box({-3, 1}, {4, 2})});
    EXPECT_EQ(image.parts[0].dataWindow, Box({-4, 0}, {5, 3}));
    EXPECT_NO_THROW(writeExr(folder / "a.2.exr", image));
}

TEST(ImageBetween, NamesWhatDiffers) {
    const TemporaryFolder folder;
    const auto error = [&](const ExrSpec& spec0, const ExrSpec& spec1) -> std::string {
        writeExrFile(folder / "a.1.exr", spec0);
        writeExrFile(folder / "a.3.exr", spec1);
        const Image key0 = readExr(folder / "a.1.exr"), key1 = readExr(folder / "a.3.exr");
        try {
            imageBetween(key0, key1, 0.5, std::vector<Box>(key0.parts.size(), key0.displayWindow));
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::input);
            EXPECT_THAT(e.what(), HasSubstr("a.3.exr"));
            return e.what();
        }
        return "";
    };
    const auto file = [](std::vector<ExrChannelSpec> channels) {
        return ExrSpec{.parts = {{.channels = std::move(channels)}}};
    };
    EXPECT_THAT(error(file({{"R"}, {"depth.Z"}}), file({{"R"}})),
                AllOf(HasSubstr("depth.Z"), HasSubstr("missing")));
    EXPECT_THAT(error(file({{"R"}}), file({{"R"}, {"N.X"}})), HasSubstr("N.X"));
    EXPECT_THAT(error(file({{"R", Imf::UINT}}), file({{"R"}})), HasSubstr("type"));
    EXPECT_THAT(error(file({{"R", Imf::HALF, 2, 2}}), file({{"R"}})), HasSubstr("sampled"));
    EXPECT_EQ(error(file({{"R", Imf::FLOAT}}), file({{"R", Imf::HALF}})), "");
    EXPECT_THAT(error({.parts = {{.name = "rgba"}, {.name = "depth"}}},
                      {.parts = {{.name = "rgba"}, {.name = "z"}}}),
                AllOf(HasSubstr("'depth'"), HasSubstr("'z'")));
    EXPECT_THAT(error({.parts = {{.name = "rgba"}}}, {.parts = {{.name = "rgba"}, {.name = "z"}}}),
                HasSubstr("2 parts"));
}

TEST(AttributesBetween, NumbersAreInterpolated) {
    EXPECT_FLOAT_EQ(*valueBetween<Imf::FloatAttribute>("focus", 1.0f, 3.0f, 0.25), 1.5f);
    EXPECT_DOUBLE_EQ(*valueBetween<Imf::DoubleAttribute>("focus", 1.0, 3.0, 0.25), 1.5);
    EXPECT_EQ(*valueBetween<Imf::IntAttribute>("frame", 101, 105, 0.75), 104);
    EXPECT_EQ(*valueBetween<Imf::IntAttribute>("frame", -2147483647 - 1, 2147483647, 1e-9), -2147483644);
    EXPECT_EQ(*valueBetween<Imf::V3fAttribute>("camera", Imath::V3f(0, 1, 2), Imath::V3f(4, 1, -2)),
              Imath::V3f(2, 1, 0));
    Imath::M44f moved;
    moved.setTranslation(Imath::V3f(2, 4, 6));
    const Imath::M44f middle = *valueBetween<Imf::M44fAttribute>("worldToCamera", Imath::M44f(), moved);
    EXPECT_EQ(middle.translation(), Imath::V3f(1, 2, 3));
    // What does not change keeps every bit.
    EXPECT_EQ(*valueBetween<Imf::FloatAttribute>("fStop", 0.1f, 0.1f, 0.3), 0.1f);
}

TEST(AttributesBetween, FrameNumbersAsText) {
    EXPECT_EQ(textBetween("Frame", "001", "003"), "002");
    EXPECT_EQ(textBetween("Frame", "98", "102", 0.75), "101");
    EXPECT_EQ(textBetween("Frame", "one", "three"), std::nullopt);
    EXPECT_EQ(textBetween("Scene", "1", "3"), "1"); // no frame number
}

TEST(AttributesBetween, ClockTimesAsText) {
    const Edit at24 = [](Imf::Header& header) { Imf::addFramesPerSecond(header, Imf::Rational(24, 1)); };
    EXPECT_EQ(textBetween("Time", "00:00:00:01", "00:00:00:03"), "00:00:00:02");
    EXPECT_EQ(textBetween("Time", "00:00:00:23", "00:00:01:01"), std::nullopt) << "the rate is not known";
    EXPECT_EQ(textBetween("Time", "00:00:00:23", "00:00:01:01", 0.5, at24), "00:00:01:00");
}

Imf::TimeCode code(int hours, int minutes, int seconds, int frame, bool drop = false) {
    return {hours, minutes, seconds, frame, drop};
}

std::string textOf(const Imf::TimeCode& t) {
    return fmt::format("{}:{}:{}:{}{}", t.hours(), t.minutes(), t.seconds(), t.frame(),
                       t.dropFrame() ? " drop" : "");
}

std::optional<std::string> timeCodeBetween(Imf::TimeCode a, Imf::TimeCode b, double time,
                                           Imf::Rational rate) {
    const auto value = valueBetween<Imf::TimeCodeAttribute>("timeCode", a, b, time, [&](Imf::Header& header) {
        if (rate.n != 0)
            Imf::addFramesPerSecond(header, rate);
    });
    if (!value)
        return std::nullopt;
    return textOf(*value);
}

TEST(AttributesBetween, TimeCodes) {
    const Imf::Rational at24(24, 1), at2997(30000, 1001), unknown(0, 1);
    EXPECT_EQ(timeCodeBetween(code(1, 0, 0, 2), code(1, 0, 0, 6), 0.25, unknown), "1:0:0:3");
    EXPECT_EQ(timeCodeBetween(code(1, 0, 0, 2), code(1, 0, 1, 6), 0.25, unknown), std::nullopt);
    EXPECT_EQ(timeCodeBetween(code(1, 59, 59, 22), code(2, 0, 0, 2), 0.5, at24), "2:0:0:0");
    EXPECT_EQ(timeCodeBetween(code(23, 59, 59, 23), code(0, 0, 0, 1), 0.5, at24), "0:0:0:0");
    // Drop-frame counting goes from 0:59:29 to 1:0:2, but has 10:0:0.
    EXPECT_EQ(timeCodeBetween(code(0, 0, 59, 28, true), code(0, 1, 0, 2, true), 0.5, at2997),
              "0:0:59:29 drop");
    EXPECT_EQ(timeCodeBetween(code(0, 0, 59, 29, true), code(0, 1, 0, 3, true), 0.5, at2997), "0:1:0:2 drop");
    EXPECT_EQ(timeCodeBetween(code(0, 9, 59, 29, true), code(0, 10, 0, 1, true), 0.5, at2997),
              "0:10:0:0 drop");
    EXPECT_EQ(timeCodeBetween(code(0, 19, 59, 29, true), code(0, 20, 0, 1, true), 0.5, at2997),
              "0:20:0:0 drop");
    EXPECT_EQ(timeCodeBetween(code(0, 10, 59, 29, true), code(0, 11, 0, 3, true), 0.5, at2997),
              "0:11:0:2 drop");
}

TEST(AttributesBetween, EveryDropFrameCodeFollowsTheOneBefore) {
    // Half way between a code and the one after the next lies the next.
    int minutes = 0, seconds = 0, frame = 0;
    const auto advance = [&] {
        if (++frame == 30) {
            frame = 0;
            if (++seconds == 60) {
                seconds = 0;
                if (++minutes % 10 != 0)
                    frame = 2;
            }
        }
        return code(0, minutes, seconds, frame, true);
    };
    Imf::TimeCode before = code(0, 0, 0, 0, true), middle = advance(), after = advance();
    while (minutes < 21) {
        ASSERT_EQ(timeCodeBetween(before, after, 0.5, Imf::Rational(30000, 1001)), textOf(middle));
        before = middle;
        middle = after;
        after = advance();
    }
}

TEST(AttributesBetween, KeyCodes) {
    const Imf::KeyCode a(1, 2, 3, 10, 60, 4, 64), b(1, 2, 3, 11, 4, 4, 64), otherFilm(9, 2, 3, 11, 4, 4, 64);
    const auto middle = valueBetween<Imf::KeyCodeAttribute>("keyCode", a, b);
    ASSERT_TRUE(middle);
    EXPECT_EQ(middle->count(), 11);
    EXPECT_EQ(middle->perfOffset(), 0);
    EXPECT_FALSE(valueBetween<Imf::KeyCodeAttribute>("keyCode", a, otherFilm));
}

TEST(AttributesBetween, WhatBelongsToOneRenderIsDropped) {
    for (const char* name :
         {"Date", "RenderTime", "capDate", "cycles.ViewLayer.render_time", "cycles.ViewLayer.total_time",
          "cycles.ViewLayer.synchronization_time", "DateTime", "Memory"})
        EXPECT_EQ(textBetween(name, "a", "a"), std::nullopt) << name;
    const Edit withPreview = [](Imf::Header& header) { header.setPreviewImage(Imf::PreviewImage(2, 2)); };
    EXPECT_FALSE(between(withPreview, withPreview).hasPreviewImage());
}

TEST(AttributesBetween, EverythingElseIsKept) {
    const Edit edit = [](Imf::Header& header) {
        Imf::addOwner(header, "studio");
        Imf::addChromaticities(header, Imf::Chromaticities());
        Imf::addEnvmap(header, Imf::ENVMAP_CUBE);
        Imf::addMultiView(header, {"left", "right"});
        Imf::addExpTime(header, 0.02f);
        header.insert("cryptomatte/abc/manifest", Imf::StringAttribute("{\"cube\":\"0123abcd\"}"));
        header.pixelAspectRatio() = 2.0f;
    };
    const Imf::Header header = between(edit, edit);
    EXPECT_EQ(Imf::owner(header), "studio");
    EXPECT_TRUE(Imf::hasChromaticities(header));
    EXPECT_TRUE(Imf::hasEnvmap(header));
    EXPECT_TRUE(Imf::hasMultiView(header));
    EXPECT_EQ(Imf::expTime(header), 0.02f);
    EXPECT_EQ(header.typedAttribute<Imf::StringAttribute>("cryptomatte/abc/manifest").value(),
              "{\"cube\":\"0123abcd\"}");
    EXPECT_EQ(header.pixelAspectRatio(), 2.0f);
    // Only the first has it, or as another type.
    EXPECT_EQ(Imf::owner(between(edit, [](Imf::Header&) {})), "studio");
    EXPECT_EQ(Imf::owner(between(edit, [](Imf::Header& h) { h.insert("owner", Imf::IntAttribute(3)); })),
              "studio");
}

} // namespace
} // namespace inbetween
