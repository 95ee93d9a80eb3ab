// Cryptomatte's metadata: "cryptomatte/<7 hex digits>/name" is the beginning of the names of its layers.
#pragma once

#include "inbetween/image.h"

#include <string>
#include <vector>

namespace inbetween {

// The names of the Cryptomattes that a part's attributes tell of.
std::vector<std::string> cryptomatteNames(const Part& part);

// Whether "name00", "name01", ... or "name" itself is this layer.
bool isOfCryptomatte(const std::string& layer, const std::vector<std::string>& names);

} // namespace inbetween
