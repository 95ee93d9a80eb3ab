// What renderers call their layers.
#pragma once

#include <string>
#include <vector>

namespace inbetween {

enum class LayerKind {
    unknown,
    beauty,
    picture, // moves by itself: a foreground, an eye, a heads-up display
    pass,    // colour that belongs to a beauty: light passes, albedo, mattes
    data,    // normals, positions, texture coordinates
    depth,
    vectors,
    identifier,
};

// Of the last word of a layer's path: "DiffDir", "motion_vector", "VRayMtlID".
LayerKind kindOf(const std::string& name);

// How sure a name is the beauty's: 0 is surest; -1: it is none.
int beautyRank(const std::string& name);

// Of a layer or a channel without one: "IndexOB", "light_id", "uCryptoAsset00".
bool namesIdentifier(const std::string& name);

std::string lowerCase(std::string text);
// Lower case, without separators, without the digits at its end and without what renderers put before every
// name: "motion_vector" and "VRayMotionVector" are "motionvector", "AO2" is "ao".
std::string plainName(const std::string& name);
// "DiffDir_02" is {"diff", "dir"}.
std::vector<std::string> wordsOf(const std::string& name);

} // namespace inbetween
