// The names of OpenEXR's compressions and storages.
#pragma once

#include "inbetween/exr.h"

#include <OpenEXR/ImfCompression.h>

namespace inbetween {

std::string compressionName(Imf::Compression compression);
Imf::Compression toImf(Compression compression); // not for keep

} // namespace inbetween
