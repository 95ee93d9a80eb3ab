#include "roles/layer_names.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>
#include <unordered_set>

namespace inbetween {
namespace {

using Words = std::unordered_set<std::string_view>;

// Plain names, surest first.
constexpr std::string_view beauties[] = {
    "rgba",          // Arnold's default output; Houdini's and Katana's parts
    "rgb",           //
    "beauty",        // Arnold, Redshift, Octane, Unreal's render graph, Karma
    "combined",      // Blender's pass
    "image",         // Blender's File Output node, its first slot
    "finalimage",    // Unreal's Movie Render Queue
    "c",             // Karma and Mantra ("C"), Houdini's default
    "ci",            // RenderMan
    "rgbcolor",      // V-Ray's frame buffer
    "effectsresult", // V-Ray's, with lens effects
    "main",          // Redshift's, Octane's
    "master",        // 3ds Max's and Maya's masterLayer
    "masterbeauty",  // Maya
    "color",         // USD's and Nuke's
    "colour",        //
    "result",        // Cinema 4D
    "bty",           //
    "final",         //
};

// Of a plain name as a whole.
const Words depths{"depth",      "z",           "zdepth",      "depthz",     "worlddepth",
                   "scenedepth", "lineardepth", "cameradepth", "depthlinear"};
const Words vectors{
    "vector",
    "vectors", // Blender
    "forward",
    "backward",
    "motion", // Nuke
    "motionvector",
    "motionvectors", // Arnold, Redshift, Unreal, Unity
    "motionvec",
    "motionvecs",
    "mvec",
    "mv",
    "mvs", // Octane, studios
    "motion2d",
    "2dmotion",
    "2dmotionvector", // Maya's mv2DToxik
    "mvd2toxik",
    "mv2dtoxik",
    "motionvectorsraw", //
    "motionfore",
    "motionback", // RenderMan
    "velocity",
    "velocities",
    "screenvelocity",
    "vel", // V-Ray, Mantra
    "motionvectorforward",
    "motionvectorbackward",
    "motionforward",
    "motionbackward",
};
const Words datas{"n",    "nn",      "ng",      "ns",       "p",        "pos",  "pworld",
                  "pcam", "pref",    "wpref",   "nref",     "nworld",   "uv",   "uvs",
                  "st",   "dpdtime", "pobject", "texcoord", "tangents", "mist", "worldpos"};
const Words identifiers{"indexob",
                        "indexma",
                        "objectindex",
                        "materialindex", // Blender before and from 5
                        "mtlid",
                        "renderid",
                        "nodeid",
                        "objectid", // V-Ray, Redshift
                        "materialid",
                        "instanceid",
                        "primid",
                        "elementid", // Karma
                        "objid",
                        "matid",
                        "id",
                        "ids", //
                        "actorhitproxymask",
                        "customstencil",
                        "stencil"}; // Unreal

// Of any word in a name.
const Words identifierWords{"crypto", "cryptomatte", "ucrypto"};
const Words pictureWords{"fg",    "bg",        "mg",         "foreground", "background",  "midground",
                         "hud",   "ui",        "gui",        "overlay",    "title",       "titles",
                         "text",  "subtitle",  "logo",       "burnin",     "watermark",   "char",
                         "chars", "character", "characters", "env",        "environment", "hero",
                         "set",   "sky",       "crowd",      "plate",      "layer",       "left",
                         "right", "eye",       "fx",         "prop",       "props"};
const Words dataWords{"normal",    "normals",     "position",   "uv",          "uvs",
                      "pref",      "tangent",     "bitangent",  "barycentric", "barycentrics",
                      "curvature", "worldnormal", "bumpnormals"};
const Words passWords{"diffuse",      "diff",         "dif",        "specular",     "spec",
                      "gloss",        "glossy",       "reflect",    "reflection",   "reflections",
                      "refl",         "refract",      "refraction", "refractions",  "refr",
                      "transmission", "transmissive", "trans",      "translucency", "transparency",
                      "emission",     "emit",         "emissive",   "emis",         "incandescence",
                      "illumination", "illum",        "sss",        "subsurface",   "scatter",
                      "scattering",   "coat",         "clearcoat",  "sheen",        "volume",
                      "vol",          "volumetric",   "fog",        "atmosphere",   "indirect",
                      "ind",          "direct",       "dir",        "gi",           "shadow",
                      "shadows",      "lighting",     "light",      "lights",       "lightgroup",
                      "lightgroups",  "lightselect",  "lightmix",   "lgt",          "lg",
                      "lpe",          "caustic",      "caustics",   "irradiance",   "albedo",
                      "raw",          "filter",       "lobe",       "ao",           "occlusion",
                      "denoise",      "denoised",     "denoiser",   "denoising",    "noisy",
                      "mask",         "masks",        "matte",      "mattes",       "multimatte",
                      "puzzlematte",  "holdout",      "variance",   "mse",          "sample",
                      "samples",      "freestyle",    "aov",        "aovs",         "fresnel",
                      "facing",       "roughness",    "metallic",   "metalness",    "opacity",
                      "key",          "fill",         "rim",        "kick",         "bounce",
                      "extratex",     "wireframe"};
// Single words of several, as renderers write them without separators.
const Words passNames{"ambientocclusion", "basecolor",       "diffusecolor",     "diffcol",
                      "glosscol",         "transcol",        "lightselect",      "directdiffuse",
                      "directspecular",   "indirectdiffuse", "indirectspecular", "combineddiffuse",
                      "directglossy",     "selfillum",       "selfillumination", "globalillumination",
                      "diffusefilter",    "visiblelights",   "combinedemission", "combinedvolume",
                      "shadowcatcher",    "diffuselighting", "specularlighting", "rawlight",
                      "totallight",       "samplecount"};
// Before the name of a light: "RGBA_key" (Arnold), "Combined_key" (Blender), "C_key" (Karma).
const Words lightGroupBeginnings{"rgba", "combined", "beauty", "c", "ci", "rgb"};

bool isSeparator(char c) {
    return c == '_' || c == '-' || c == ' ' || c == '.';
}
bool isUpper(char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}
bool isDigit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

bool anyOf(const std::vector<std::string>& words, const Words& known) {
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return known.contains(word); });
}

void removeBeginning(std::string& text, std::string_view beginning) {
    if (text.size() > beginning.size() && text.starts_with(beginning))
        text.erase(0, beginning.size());
}

std::string joinedName(const std::string& name) {
    std::string joined = lowerCase(name);
    std::erase_if(joined, isSeparator);
    for (const char* beginning :
         {"vray", "finalimage", "movierenderqueue"}) // "FinalImageMovieRenderQueue_..."
        removeBeginning(joined, beginning);
    return joined;
}

} // namespace

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

std::string plainName(const std::string& name) {
    std::string plain = joinedName(name);
    std::size_t end = plain.size();
    while (end > 1 && isDigit(plain[end - 1]))
        --end;
    plain.erase(end);
    return plain;
}

std::vector<std::string> wordsOf(const std::string& name) {
    std::vector<std::string> words(1);
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool afterLower = i > 0 && !isUpper(name[i - 1]) && !isSeparator(name[i - 1]);
        const bool beforeLower = i + 1 < name.size() && !isUpper(name[i + 1]) && !isSeparator(name[i + 1]) &&
                                 !isDigit(name[i + 1]);
        if (isSeparator(c) || isDigit(c) || (isUpper(c) && (afterLower || beforeLower)))
            words.emplace_back();
        if (!isSeparator(c) && !isDigit(c))
            words.back() += char(std::tolower(static_cast<unsigned char>(c)));
    }
    std::erase(words, "");
    return words;
}

bool namesIdentifier(const std::string& name) {
    const std::vector<std::string> words = wordsOf(name);
    return identifiers.contains(plainName(name)) || lowerCase(name).find("crypto") != std::string::npos ||
           anyOf(words, identifierWords) ||
           (!words.empty() && (words.back() == "id" || words.back() == "ids"));
}

int beautyRank(const std::string& name) {
    // With its digits: "Image2" is another picture.
    const auto found = std::find(std::begin(beauties), std::end(beauties), joinedName(name));
    return found == std::end(beauties) ? -1 : int(found - std::begin(beauties));
}

LayerKind kindOf(const std::string& name) {
    const std::string plain = plainName(name);
    const std::vector<std::string> words = wordsOf(name);
    if (namesIdentifier(name))
        return LayerKind::identifier;
    if (beautyRank(name) >= 0)
        return LayerKind::beauty;
    if (depths.contains(plain))
        return LayerKind::depth;
    if (vectors.contains(plain))
        return LayerKind::vectors;
    if (datas.contains(plain) || anyOf(words, dataWords))
        return LayerKind::data;
    if (passNames.contains(plain) || anyOf(words, passWords) || lowerCase(name).starts_with("vray"))
        return LayerKind::pass;
    if (anyOf(words, pictureWords))
        return LayerKind::picture;
    if (words.size() > 1 && lightGroupBeginnings.contains(words.front()))
        return LayerKind::pass;
    return LayerKind::unknown;
}

} // namespace inbetween
