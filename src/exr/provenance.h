// What a generated file says of itself in its header.
#pragma once

namespace inbetween {

// Of everything that the frame was made from: see FrameIdentity.
inline constexpr const char* inputHashAttribute = "inbetween:inputs";

} // namespace inbetween
