// Writes small valid files for every target to start from: fuzz_seeds FOLDER makes FOLDER/exr, weights and
// json.
#include "inbetween/review.h"
#include "manifest/frame_json.h"
#include "shot.h"
#include "support/exr_files.h"

#include <OpenEXR/ImfStandardAttributes.h>
#include <OpenEXR/ImfStringVectorAttribute.h>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;
using namespace inbetween::test;

namespace {

void writeExrSeeds(const fs::path& folder) {
    const auto one = [&](const std::string& name, ExrPartSpec part) {
        part.dataWindow = {{-2, 2}, {9, 11}};
        writeExrFile(folder / name, {.parts = {std::move(part)}});
    };
    for (int compression = Imf::NO_COMPRESSION; compression <= Imf::DWAB_COMPRESSION; ++compression) {
        ExrPartSpec part;
        part.compression = Imf::Compression(compression);
        part.channels = {{"R"}, {"Z", Imf::FLOAT}, {"id", Imf::UINT}};
        one("scanline" + std::to_string(compression), part);
        part.tiled = true;
        one("tiled" + std::to_string(compression), part);
    }
    ExrPartSpec levels{.tiled = true, .levels = Imf::MIPMAP_LEVELS};
    one("mipmap", levels);
    levels.levels = Imf::RIPMAP_LEVELS;
    one("ripmap", levels);
    one("chroma", {.channels = {{"Y"}, {"BY", Imf::HALF, 2, 2}, {"RY", Imf::HALF, 2, 2}}});
    one("attributes", {.editHeader = [](Imf::Header& header) {
            Imf::addOwner(header, "someone");
            Imf::addTimeCode(header, Imf::TimeCode(1, 2, 3, 4));
            Imf::addKeyCode(header, Imf::KeyCode());
            Imf::addFramesPerSecond(header, Imf::Rational(25, 1));
            Imf::addMultiView(header, {"left", "right"});
        }});
    ExrSpec parts;
    parts.parts.resize(2);
    parts.parts[0].name = "left";
    parts.parts[0].view = "left";
    parts.parts[1].name = "ids";
    parts.parts[1].channels = {{"id", Imf::UINT}};
    parts.parts[1].tiled = true;
    writeExrFile(folder / "parts", parts);
    writeExrFile(folder / "aborted", {.parts = {{.compression = Imf::NO_COMPRESSION}}, .complete = false});
    writeDeepExrFile(folder / "deep");
}

void writeWeightsSeeds(const fs::path& folder) {
    const auto write = [&](const char* name, const std::string& header, std::size_t bytes) {
        const std::uint64_t length = header.size();
        std::string file(sizeof length, '\0');
        std::memcpy(file.data(), &length, sizeof length);
        writeBytes(folder / name, file + header + std::string(bytes, '\x3c'));
    };
    write(
        "two_layers",
        R"({"__metadata__":{"architecture":"ibnet1","version":"1"},"conv.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
        R"("conv.bias":{"dtype":"BF16","shape":[2],"data_offsets":[24,28]}})",
        28);
    write("first_layer", R"({"coarse.e1a.bias":{"dtype":"F32","shape":[64],"data_offsets":[0,256]}})", 256);
    write("empty", "{}", 0);
}

void writeJsonSeeds(const fs::path& folder) {
    const inbetween::Manifest shot = fuzzedShot();
    inbetween::writeManifest(folder / "text", shot);
    writeBytes(folder / "manifest", "m" + readBytes(folder / "text"));
    fs::remove(folder / "text");
    writeBytes(folder / "journal", "j" + inbetween::frameToJsonLine(shot.frames[1]));
    const nlohmann::json decisions{{"version", 1},
                                   {"kind", "inbetween decisions"},
                                   {"manifest",
                                    {{"identity", inbetween::shotIdentity(shot)},
                                     {"sourcePattern", shot.sourcePattern},
                                     {"model", "abc"}}},
                                   {"by", "Ada"},
                                   {"decisions",
                                    {{{"frame", 2},
                                      {"pixelHash", "pixels"},
                                      {"verdict", "rerender"},
                                      {"by", "Ada"},
                                      {"at", "2026-11-21T10:15:00Z"},
                                      {"comment", ""}},
                                     {{"frame", 3},
                                      {"pixelHash", "pixels"},
                                      {"verdict", "undecided"},
                                      {"by", "Ada"},
                                      {"at", "2026-11-21T10:15:00Z"},
                                      {"comment", ""}}}}};
    writeBytes(folder / "decisions", "d" + decisions.dump());
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
        return 2;
    }
    const fs::path folder = argv[1];
    for (const char* target : {"exr", "weights", "json"})
        fs::create_directories(folder / target);
    writeExrSeeds(folder / "exr");
    writeWeightsSeeds(folder / "weights");
    writeJsonSeeds(folder / "json");
}
