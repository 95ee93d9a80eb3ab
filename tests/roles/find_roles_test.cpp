#include "inbetween/exr.h"
#include "inbetween/roles.h"
#include "support/exr_files.h"

#include <OpenEXR/ImfStandardAttributes.h>
#include <gmock/gmock.h>

namespace inbetween {
namespace {

using namespace test;

struct PartNames {
    std::string name, view;
    std::vector<std::string> channels; // "#" before the name: uint
};

Image makeImage(const std::vector<PartNames>& parts) {
    Image image;
    for (const PartNames& names : parts) {
        Part part;
        part.name = names.name;
        part.view = names.view;
        for (const std::string& name : names.channels) {
            Channel channel;
            const bool isUint = name.front() == '#';
            channel.name = name.substr(isUint);
            channel.type = isUint ? SampleType::uint32 : SampleType::half;
            part.channels.push_back(channel);
        }
        image.parts.push_back(part);
    }
    return image;
}

Image makeImage(const std::vector<std::string>& channels) {
    return makeImage({{"", "", channels}});
}

std::string nameOf(const Image& image, ChannelRef ref) {
    if (!ref)
        return "-";
    const Part& part = image.parts.at(std::size_t(ref.part));
    const std::string& name = part.channels.at(std::size_t(ref.channel)).name;
    return image.parts.size() == 1 ? name : part.name + ":" + name;
}

std::string beauty(const Image& image) {
    const ChannelRoles roles = findRoles(image);
    return nameOf(image, roles.red) + " " + nameOf(image, roles.green) + " " + nameOf(image, roles.blue) +
           " " + nameOf(image, roles.alpha);
}
std::string depth(const Image& image) {
    return nameOf(image, findRoles(image).depth);
}
std::string vectors(const Image& image) {
    const ChannelRoles roles = findRoles(image);
    std::string text = roles.vectorConvention;
    for (ChannelRef ref : roles.vector)
        if (ref)
            text.append(" ").append(nameOf(image, ref));
    return text;
}
std::string identifiers(const Image& image) {
    std::string text;
    for (ChannelRef ref : findRoles(image).identifiers)
        text += nameOf(image, ref) + " ";
    return text;
}

std::string light(const Image& image) {
    std::string text;
    for (ChannelRef ref : findRoles(image).radiance)
        text += nameOf(image, ref) + " ";
    return text;
}

using Names = std::vector<std::string>;
using Parts = std::vector<PartNames>;

TEST(FindRoles, BeautyOfOnePart) {
    const auto of = [](const Names& names) { return beauty(makeImage(names)); };
    EXPECT_EQ(of({"A", "B", "G", "R", "Z"}), "R G B A");
    EXPECT_EQ(of({"b", "g", "r"}), "r g b -");
    EXPECT_EQ(of({"B", "G", "R", "diffuse.B", "diffuse.G", "diffuse.R"}), "R G B -");
    EXPECT_EQ(of({"diffuse.B", "diffuse.G", "diffuse.R", "rgba.A", "rgba.B", "rgba.G", "rgba.R"}),
              "rgba.R rgba.G rgba.B rgba.A");
    EXPECT_EQ(of({"C.B", "C.G", "C.R", "N.X", "N.Y", "N.Z"}), "C.R C.G C.B -");
    EXPECT_EQ(of({"albedo.B", "albedo.G", "albedo.R", "beauty.B", "beauty.G", "beauty.R"}),
              "beauty.R beauty.G beauty.B -");
    EXPECT_EQ(of({"ViewLayer.Combined.A", "ViewLayer.Combined.B", "ViewLayer.Combined.G",
                  "ViewLayer.Combined.R", "ViewLayer.Depth.Z", "ViewLayer.DiffCol.B", "ViewLayer.DiffCol.G",
                  "ViewLayer.DiffCol.R"}),
              "ViewLayer.Combined.R ViewLayer.Combined.G ViewLayer.Combined.B ViewLayer.Combined.A");
    EXPECT_EQ(of({"Y"}), "Y Y Y -");
    EXPECT_EQ(of({"A", "BY", "RY", "Y"}), "Y Y Y A");
    EXPECT_EQ(of({"albedo.B", "albedo.G", "albedo.R"}), "albedo.R albedo.G albedo.B -");
    EXPECT_EQ(of({"noise"}), "noise noise noise -");
    EXPECT_EQ(of({"A", "R"}), "R R R A");
    EXPECT_EQ(of({"Crypto00.B", "Crypto00.G", "Crypto00.R", "mask"}), "mask mask mask -");
    EXPECT_EQ(of({"#id"}), "- - - -");
    EXPECT_EQ(of({}), "- - - -");
}

TEST(FindRoles, BeautyOfSeveralParts) {
    const auto of = [](const Parts& parts) { return beauty(makeImage(parts)); };
    EXPECT_EQ(of({{"normal", "", {"B", "G", "R"}}, {"rgba", "", {"A", "B", "G", "R"}}}),
              "rgba:R rgba:G rgba:B rgba:A");
    EXPECT_EQ(of({{"albedo", "", {"B", "G", "R"}}, {"Combined", "", {"B", "G", "R"}}}),
              "Combined:R Combined:G Combined:B -");
    EXPECT_EQ(of({{"depth", "", {"Z"}}, {"main pass", "", {"B", "G", "R"}}}),
              "main pass:R main pass:G main pass:B -");
    EXPECT_EQ(of({{"x", "", {"beauty.B", "beauty.G", "beauty.R"}}, {"y", "", {"N.X"}}}),
              "x:beauty.R x:beauty.G x:beauty.B -");
    EXPECT_EQ(of({{"rgb", "", {"B", "G", "R"}}, {"alpha", "", {"A"}}}), "rgb:R rgb:G rgb:B alpha:A");
}

TEST(FindRoles, OnlyTheFirstViewOfSeveralParts) {
    const Image image = makeImage({{"rgba.right", "right", {"B", "G", "R", "Z", "#id"}},
                                   {"rgba.left", "left", {"B", "G", "R", "Z", "#id"}}});
    EXPECT_EQ(beauty(image), "rgba.right:R rgba.right:G rgba.right:B -");
    EXPECT_EQ(depth(image), "rgba.right:Z");
    EXPECT_EQ(identifiers(image), "rgba.right:id rgba.left:id ");
}

TEST(FindRoles, OnlyTheFirstViewOfOnePart) {
    const TemporaryFolder folder;
    ExrPartSpec part;
    part.channels = {{"right.R"}, {"right.G"},     {"right.B"},
                     {"right.Z"}, {"R"},           {"G"},
                     {"B"},       {"fwd.right.u"}, {"right.id", Imf::UINT}};
    part.editHeader = [](Imf::Header& header) { Imf::addMultiView(header, {"left", "right"}); };
    writeExrFile(folder / "a.exr", {.parts = {part}});
    const Image image = readExr(folder / "a.exr");
    EXPECT_EQ(beauty(image), "R G B -");
    EXPECT_EQ(depth(image), "-");
    EXPECT_EQ(identifiers(image), "right.id ");
}

TEST(FindRoles, BlendersViewsAreWithinTheNames) {
    const TemporaryFolder folder;
    ExrPartSpec part;
    part.channels.clear();
    for (const char* view : {"left", "right"})
        for (const char* name : {"R", "G", "B", "A"})
            part.channels.push_back({std::string("ViewLayer.Combined.") + view + "." + name});
    part.editHeader = [](Imf::Header& header) { Imf::addMultiView(header, {"left", "right"}); };
    writeExrFile(folder / "a.exr", {.parts = {part}});
    EXPECT_EQ(beauty(readExr(folder / "a.exr")), "ViewLayer.Combined.left.R ViewLayer.Combined.left.G "
                                                 "ViewLayer.Combined.left.B ViewLayer.Combined.left.A");
}

TEST(FindRoles, Depth) {
    const auto of = [](const Names& names) { return depth(makeImage(names)); };
    EXPECT_EQ(of({"B", "G", "R", "Z"}), "Z");
    EXPECT_EQ(of({"depth.Z"}), "depth.Z");
    EXPECT_EQ(of({"R", "depth"}), "depth");
    EXPECT_EQ(of({"R", "depth.V"}), "depth.V");
    EXPECT_EQ(of({"V.Depth.Z", "V.Normal.Z", "V.Mist.Z"}), "V.Depth.Z");
    EXPECT_EQ(of({"P.X", "P.Y", "P.Z"}), "-");
    EXPECT_EQ(of({"P.Z"}), "-");
    EXPECT_EQ(of({"V.Normal.X", "V.Normal.Y", "V.Normal.Z"}), "-");
    EXPECT_EQ(of({"V.Vector.W", "V.Vector.X", "V.Vector.Y", "V.Vector.Z"}), "-");
    EXPECT_EQ(of({"V.Position.X", "V.Position.Y", "V.Position.Z"}), "-");
    EXPECT_EQ(of({"V.Anything.X", "V.Anything.Y", "V.Anything.Z"}), "-");
    EXPECT_EQ(of({"V.Mist.Z"}), "-");
    EXPECT_EQ(of({"V.Camera.Z"}), "V.Camera.Z");
    EXPECT_EQ(of({"Z", "depth.Z"}), "Z");
    EXPECT_EQ(of({"A.Depth.Z", "B.Combined.B", "B.Combined.G", "B.Combined.R", "B.Depth.Z"}), "B.Depth.Z")
        << "of the beauty's layer";
    EXPECT_EQ(depth(makeImage({{"rgba", "", {"B", "G", "R"}}, {"depth", "", {"Z"}}})), "depth:Z");
    EXPECT_EQ(depth(makeImage({{"rgba", "", {"B", "G", "R"}}, {"P", "", {"X", "Y", "Z"}}})), "-");
}

TEST(FindRoles, Vectors) {
    const auto of = [](const Names& names) { return vectors(makeImage(names)); };
    EXPECT_EQ(of({"V.Vector.W", "V.Vector.X", "V.Vector.Y", "V.Vector.Z"}),
              "blender V.Vector.X V.Vector.Y V.Vector.Z V.Vector.W");
    EXPECT_EQ(of({"vector.X", "vector.Y"}), "arnold vector.X vector.Y");
    EXPECT_EQ(of({"backward.u", "backward.v", "forward.u", "forward.v"}),
              "nuke forward.u forward.v backward.u backward.v");
    EXPECT_EQ(of({"forward.u", "forward.v"}), "nuke forward.u forward.v");
    EXPECT_EQ(of({"motionvector.B", "motionvector.G", "motionvector.R"}),
              "arnold motionvector.R motionvector.G");
    EXPECT_EQ(of({"motionvector.X", "motionvector.Y"}), "arnold motionvector.X motionvector.Y");
    EXPECT_EQ(of({"motionBack.g", "motionBack.r", "motionFore.g", "motionFore.r"}),
              "renderman motionFore.r motionFore.g motionBack.r motionBack.g");
    EXPECT_EQ(of({"R", "G", "B"}), "");
    EXPECT_EQ(vectors(makeImage({{"rgba", "", {"B", "G", "R"}}, {"vector", "", {"W", "X", "Y", "Z"}}})),
              "blender vector:X vector:Y vector:Z vector:W");
}

TEST(FindRoles, Identifiers) {
    const auto of = [](const Names& names) { return identifiers(makeImage(names)); };
    EXPECT_EQ(of({"CryptoObject00.r", "R", "ViewLayer.CryptoMaterial00.g", "uCryptoAsset.B"}),
              "CryptoObject00.r ViewLayer.CryptoMaterial00.g uCryptoAsset.B ");
    EXPECT_EQ(of({"#count", "id", "light_id", "objectId.X", "V.IndexOB.X", "V.IndexMA.X", "grid", "fluid.R",
                  "Z"}),
              "count id light_id objectId.X V.IndexOB.X V.IndexMA.X ");
    EXPECT_EQ(identifiers(makeImage({{"rgba", "", {"R"}}, {"crypto_object", "", {"R", "G"}}})),
              "crypto_object:R crypto_object:G ");
}

TEST(FindRoles, LightIsColourAndAlphaOfAllLayers) {
    const auto of = [](const Names& names) { return light(makeImage(names)); };
    EXPECT_EQ(of({"A", "B", "G", "R", "Z", "diffuse.R", "N.X", "N.Y", "crypto00.R"}), "A B G R diffuse.R ");
    EXPECT_EQ(of({"V.Normal.R", "V.Depth.R", "V.Vector.X", "P.G", "motionFore.r", "V.Combined.A"}),
              "V.Combined.A ");
    EXPECT_EQ(of({"Y", "uv.Y", "N.Y"}), "Y ");
    EXPECT_EQ(light(makeImage({{"rgba.left", "left", {"R", "Z"}}, {"rgba.right", "right", {"R"}}})),
              "rgba.left:R rgba.right:R ");
}

} // namespace
} // namespace inbetween
